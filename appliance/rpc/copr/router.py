"""The register of Copr's endpoints: which function answers which method at which address, and who may ask."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from appliance.errors import CoprError, NotFound
from appliance.hub.authority import ANYONE, Need

Answer = Callable[..., Any]

_PLACE = re.compile(r"<(int:)?(\w+)>")


class MethodNotAllowed(CoprError):
    status = 405


@dataclass(frozen=True)
class Endpoint:
    """One method at one address.

    WARNING is what clients of a deprecated method are told, EARLY_WARNING if they are even when not let in.
    With JSON_PART a part of a multipart body that is called `json` stands for the form.
    """

    run: Answer
    need: Need
    writes: bool = False
    warning: str | None = None
    early_warning: bool = False
    json_part: bool = False

    @property
    def needs_login(self) -> bool:
        return self.need is not ANYONE


@dataclass
class Resource:
    """One address with its methods. One that ends in a slash is known without it to its own methods alone."""

    pattern: str
    endpoints: dict[str, Endpoint] = field(default_factory=dict)

    def __post_init__(self) -> None:
        text = _PLACE.sub(
            lambda place: rf"(?P<{place[2]}>{r'[0-9]+' if place[1] else '[^/]+'})", self.pattern.rstrip("/")
        )
        self._regex = re.compile(text + r"(?P<_slash>/?)\Z")

    def match(self, path: str) -> tuple[dict[str, str], bool] | None:
        """(what stands in the places, whether a slash is missing), or None."""
        found = self._regex.match(path)
        if found is None:
            return None
        places = found.groupdict()
        bare = not places.pop("_slash")
        return places, bare and self.pattern.endswith("/")

    def allowed(self, path: str) -> list[str]:
        """What OPTIONS says of the address; nothing where PATH lacks its slash, as in Copr."""
        match = self.match(path)
        return [] if match is None or match[1] else self.methods()

    def methods(self) -> list[str]:
        """What the address answers to."""
        extra = {"OPTIONS"} | ({"HEAD"} if "GET" in self.endpoints else set())
        return sorted(extra | set(self.endpoints))


class Router:
    """Finds the endpoint that a request is for."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = list(resources)

    def find(self, method: str, path: str) -> tuple[Resource, dict[str, str]]:
        """(address, what stands in its places). Raises NotFound, MethodNotAllowed."""
        known = False
        for resource in self.resources:
            match = resource.match(path)
            if match is None:
                continue
            if method in resource.methods():
                return resource, match[0]
            known = known or not match[1]
        if known:
            raise MethodNotAllowed("The method is not allowed for the requested URL.")
        raise NotFound("Such API endpoint doesn't exist")


_resources: dict[str, Resource] = {}


def registered() -> list[Resource]:
    """Every address that the modules of this package have declared."""
    return list(_resources.values())


def route(
    method: str,
    *patterns: str,
    need: Need,
    writes: bool = False,
    instead_of: str = "",
    early_warning: bool = False,
    json_part: bool = False,
) -> Callable[[Answer], Answer]:
    """Declare what answers METHOD at these addresses, below /api_3.

    The function gets the call, the request, and by name what stands at the address's <places>. INSTEAD_OF is
    another method that older clients use for the same; they are told that it is deprecated.
    """

    def register(function: Answer) -> Answer:
        for pattern in patterns:
            endpoints = _resources.setdefault(pattern, Resource(pattern)).endpoints
            endpoints[method] = Endpoint(function, need, writes, json_part=json_part)
            if instead_of:
                text = f"This method is deprecated: Use {method} method instead of {instead_of}"
                endpoints[instead_of] = Endpoint(function, need, writes, text, early_warning, json_part)
        return function

    return register
