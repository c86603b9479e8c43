"""Values that tell the source's own deliveries from those of a provider's other customers.

A provider with one key for all signs for each of them: the account that the request names must
be the source's. ``options`` of a file: ``require``, place -> template; one that is empty (an
optional value of the secret that was not given) asks nothing.
"""

from __future__ import annotations

from hookproof.components import Parts, parse_component
from hookproof.document import Fields
from hookproof.errors import SignatureMismatch
from hookproof.scheme import Scheme
from hookproof.template import Template


def check_own_values(scheme: Scheme, parts: Parts) -> None:
    """Accept a request whose values are the source's. Raises: SignatureMismatch."""
    fields = Fields(scheme.options, "options")
    for place, text in fields.texts_by_name("require").items():
        expected = Template.parse(text, "options.require").render(parts)
        found = parse_component(place, "options.require").read(parts)
        if expected and expected != found:
            raise SignatureMismatch(f"{place}: another one than the source's")
    fields.done()
