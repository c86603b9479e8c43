"""The catalogue as a whole: every file is read, documented and, with few exceptions, proven."""

from __future__ import annotations

import ast
import builtins
import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import hookproof
from hookproof import ConfigurationError, Provider, get_provider, provider_ids
from hookproof.components import Parts
from hookproof.errors import UnknownProvider
from hookproof.messages import Headers, Request
from tests.support.vectors import proven

PACKAGE = Path(hookproof.__file__).parent
FOLDER = PACKAGE / "providers"
ALIASES: dict[str, str] = json.loads((FOLDER / "aliases.json").read_text())
IDS = provider_ids()
LEAST = 500
# Who is behind most of the world's webhooks, from the lists of the tools that receive them.
BEST_KNOWN = """
adyen airtable airwallex asana auth0 aws-sns azure-devops bigcommerce bitbucket box braintree brex
calendly chargebee checkout-com circleci clerk clickup cloudinary coinbase-commerce contentful
customer-io discord-interactions docusign dropbox dropbox-sign easypost elevenlabs facebook figma
gitea github gitlab gocardless google-chat google-cloud-pubsub grafana heroku hubspot instagram
intercom jira klarna klaviyo launchdarkly lemon-squeezy line linear mailgun mandrill messagebird
messenger microsoft-graph microsoft-teams mollie monday mux netlify notion nylas okta openai
paddle pagerduty paypal paystack persona pipedrive plaid plivo postmark quickbooks razorpay
recharge recurly replicate resend revolut-business sendgrid sentry shopify slack sparkpost square
standard-webhooks strava stripe svix telegram telnyx trello twilio twitch twitter-x typeform
vercel webflow whatsapp woocommerce workos xero zendesk zoom
"""


def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return loaded


def test_the_catalogue_is_the_largest() -> None:
    assert len(IDS) >= LEAST


@pytest.mark.parametrize("name", IDS)
def test_every_file_is_read(name: str) -> None:
    provider = get_provider(name)
    assert (provider.id, bool(provider.schemes)) == (name, True)
    assert provider.established in ("sdk", "docs", "third-party")
    assert re.fullmatch("[a-z]+", provider.category)
    assert provider.name.strip() == provider.name != ""


@pytest.mark.parametrize("name", IDS)
def test_ids_are_well_formed(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("place", ["", "signature", "timestamp", "secret", "event"])
def test_unknown_keys_are_refused_by_name(name: str, place: str) -> None:
    changed = document(name)
    holders = [changed, *(one for one in changed.get("variants", ()) if place in one)]
    for holder in holders if place else [changed]:
        (holder.setdefault(place, {}) if place else holder)["surprise"] = 1
    with pytest.raises(ConfigurationError, match=r"surprise|expected"):
        Provider.from_json(changed, id=name)


@pytest.mark.parametrize("name", IDS)
def test_a_guide_says_where_the_secret_is_and_where_it_is_documented(name: str) -> None:
    guide = document(name)["guide"]
    assert [one for one in guide["docs"] if one.strip()]
    assert guide["secret"].strip()
    assert not {"TODO", "FIXME"} & set(json.dumps(guide).split())


@pytest.mark.parametrize("name", IDS)
def test_events_are_read_from_a_request_that_holds_nothing(name: str) -> None:
    # A place that is never there costs the id; it must not cost the event.
    parts = Parts(Request(method="POST", url="https://example.com/", headers=Headers(), body=b"{}"))
    for template in (*get_provider(name).event.id, *get_provider(name).event.type):
        for component in template.components:
            if component.kind != "xml":
                assert component.read(parts) is None or component.kind in ("path", "url")


@pytest.mark.parametrize("name", IDS)
def test_places_in_a_document_are_written_as_pointers(name: str) -> None:
    # "*" stands for the elements of a list; words in angle brackets stood in somebody's notes.
    for template in (*get_provider(name).event.id, *get_provider(name).event.type):
        for component in template.components:
            pointer = component.pointer or "/x"
            assert re.fullmatch(r"(/[A-Za-z0-9@*][\w.$@*-]*|/_\w+)+", pointer), pointer


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_aliases_resolve_and_hide_nobody(alias: str, name: str) -> None:
    assert alias not in IDS
    assert get_provider(alias).id == name


def test_aliases_lead_to_providers_not_to_aliases() -> None:
    assert set(ALIASES.values()) <= set(IDS)


@pytest.mark.parametrize(
    "name", ["", "nobody", "schema", "aliases", "Stripe", "../stripe", "stripe.json", "str\0ipe"]
)
def test_other_names_are_nobodys(name: str) -> None:
    with pytest.raises(UnknownProvider):
        get_provider(name)


@pytest.mark.parametrize(("name", "files"), [("stripe", 1), ("hellosign", 2), ("slack", 1)])
def test_one_provider_is_one_file(name: str, files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    original = builtins.open

    def counting(file: Any, *args: Any, **kwargs: Any) -> Any:
        if not opened or str(file) != opened[-1]:
            opened.append(str(file))
        return original(file, *args, **kwargs)

    get_provider.cache_clear()
    monkeypatch.setattr(builtins, "open", counting)
    get_provider(name)
    there = [one for one in opened if Path(one).exists()]
    assert len(there) == files
    assert all(Path(one).parent == FOLDER for one in there)


def test_most_providers_are_proven_by_vectors_from_elsewhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    unproven = sorted(set(IDS) - proven())
    text = f"{len(unproven)} of {len(IDS)} providers have no vector from elsewhere: "
    with capsys.disabled():
        sys.stdout.write("\n" + textwrap.fill(text + ", ".join(unproven), width=100) + "\n")
    assert len(unproven) * 3 < len(IDS)


def test_the_best_known_are_all_there_and_proven() -> None:
    assert len(set(BEST_KNOWN.split())) >= 100
    assert sorted(set(BEST_KNOWN.split()) - set(IDS)) == []
    assert sorted(set(BEST_KNOWN.split()) - proven()) == []


def test_no_code_asks_which_provider_it_is() -> None:
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                assert not _names_a_provider(node), f"{file}:{node.lineno}"


def _names_a_provider(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    texts = {
        one.value
        for side in sides
        for one in ast.walk(side)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    return bool(texts & set(IDS)) and any("provider" in ast.unparse(side) for side in sides)
