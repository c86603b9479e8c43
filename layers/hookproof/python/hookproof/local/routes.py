"""The API's routes, read from the template's own OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

_ANY = "x-amazon-apigateway-any-method"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a request goes: the route's method and path, and what its variables hold."""

    method: str
    resource: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The route as API Gateway names it in an event."""
        return "$default" if self.resource == "$default" else f"{self.method} {self.resource}"


class Routes:
    """The methods and paths that reach the function.

    >>> Routes([("POST", "/webhooks/{source}")]).find("POST", "/webhooks/stripe").parameters
    {'source': 'stripe'}
    """

    def __init__(self, routes: Iterable[tuple[str, str]]) -> None:
        self._routes = sorted(routes, key=_specificity)

    @classmethod
    def of(cls, resources: Mapping[str, Any]) -> Routes:
        """The routes of every HTTP API among a stack's resources."""
        found = []
        for resource in resources.values():
            if resource.get("Type") == "AWS::ApiGatewayV2::Api":
                paths = resource.get("Properties", {}).get("Body", {}).get("paths", {})
                found += [
                    ("ANY" if method == _ANY else method.upper(), path)
                    for path, methods in paths.items()
                    for method in methods
                ]
        return cls(found)

    def find(self, method: str, path: str) -> Route | None:
        """The most specific route for a request, or None: the API answers 404 by itself."""
        for wanted, resource in self._routes:
            parameters = _match(resource, path)
            if parameters is not None and wanted in (method, "ANY"):
                return Route(method=wanted, resource=resource, parameters=parameters)
        return None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._routes)


def _specificity(route: tuple[str, str]) -> tuple[bool, int, bool]:
    """Literal paths come before variables, and a named method before ANY."""
    method, resource = route
    return resource == "$default", resource.count("{"), method == "ANY"


def _match(resource: str, path: str) -> dict[str, str] | None:
    if resource == "$default":
        return {}
    wanted, given = resource.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    parameters = {}
    for pattern, segment in zip(wanted, given, strict=True):
        if pattern.startswith("{"):
            if not segment:
                return None
            parameters[pattern.strip("{}")] = unquote(segment)
        elif pattern != segment:
            return None
    return parameters
