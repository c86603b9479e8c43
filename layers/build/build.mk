# How `sam build` builds each function and layer: target build-<logical id>, run in a copy of the
# resource's folder, its result in $(ARTIFACTS_DIR).
#
# SAM tells a makefile neither the architecture nor the parameters. But it resolves the template's
# Metadata, and so ContextPath: !Sub "layers/build/${Architecture}" picks arm64/Makefile or
# x86_64/Makefile, which say the platform and include this file.
#
# Everything is compiled here: /opt and /var/task are read-only on Lambda, so source would be
# compiled again in every cold start. Its place on Lambda goes into the bytecode, not this machine's.

# CPython 3.13 compiles (another version's bytecode would not be read); pip runs in any.
PYTHON_313 := $(firstword $(foreach name,python3.13 python3 python,$(shell $(name) -c \
	'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && command -v $(name))))
PYTHON_PIP := $(firstword $(foreach name,python3.13 python3 python,$(shell $(name) -c \
	'import pip' 2>/dev/null && command -v $(name))))
BUILD_DIR := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))

# Amazon Linux 2023 has glibc 2.34: any manylinux wheel up to that runs there.
PLATFORMS := $(foreach tag,manylinux_2_34 manylinux_2_28 manylinux2014,--platform $(tag)_$(PLATFORM))

.PHONY: build-IngestFunction build-ConsumeFunction build-HookproofLayer build-DependenciesLayer \
	build-CryptographyLayer

# The stamp makes each build's code differ, as SAM moves the alias to a new version only then:
# a new layer or a changed parameter would not reach the alias.
build-IngestFunction build-ConsumeFunction:
	cp *.py "$(ARTIFACTS_DIR)"
	date -u +%Y-%m-%dT%H:%M:%SZ >"$(ARTIFACTS_DIR)/built"
	$(call compile,$(ARTIFACTS_DIR),/var/task)

build-HookproofLayer:
	mkdir -p "$(ARTIFACTS_DIR)/python"
	cp -R hookproof "$(ARTIFACTS_DIR)/python/"
	find "$(ARTIFACTS_DIR)/python" -name __pycache__ -prune -exec rm -rf {} +
	$(call compile,$(ARTIFACTS_DIR)/python,/opt/python)

build-DependenciesLayer build-CryptographyLayer:
	$(if $(PYTHON_PIP),,$(error No Python with pip on PATH: install one, or use "make build"))
	$(PYTHON_PIP) -m pip -qq --disable-pip-version-check --no-input install --require-hashes \
		--only-binary :all: $(PLATFORMS) --implementation cp --python-version 3.13 --no-compile \
		--target "$(ARTIFACTS_DIR)/python" --requirement requirements.txt
	$(PYTHON_PIP) "$(BUILD_DIR)trim.py" "$(ARTIFACTS_DIR)/python"
	$(call compile,$(ARTIFACTS_DIR)/python,/opt/python)

define compile
	$(if $(PYTHON_313),\
		$(PYTHON_313) "$(BUILD_DIR)bytecode.py" "$(1)" $(2),\
		@echo "No CPython 3.13 on PATH: $(2) is not compiled, and cold starts are slower" >&2)
endef
