"""A visit: one request of somebody's browser, what it asks for, and the page that comes of it."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import bottle

from appliance.errors import GenericError
from appliance.hub.authority import Need
from appliance.hub.hub import Call, Hub, Session
from appliance.ui import cookies
from appliance.ui.rendering import environment, query

PER_PAGE = 50


@dataclass
class Visit:
    """What pages and acts are given. `call` is the unit of work that the page reads or the act writes in.

    `given` holds what was typed into the form that comes with the page, `error` why it was refused.
    """

    hub: Hub
    path: str
    base_url: str
    query: dict[str, str]
    sent: dict[str, str]
    address: str
    secret: str
    reference: Any = None
    session: Session = field(default_factory=Session)
    given: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    notice: str | None = None
    status: int = 200
    setting: list[cookies.Cookie] = field(default_factory=list)
    topics: tuple[str, ...] = ()
    heard: int = 0
    _call: Call | None = None

    @property
    def call(self) -> Call:
        assert self._call is not None
        return self._call

    @call.setter
    def call(self, call: Call) -> None:
        call.base_url = self.base_url
        call.session = self.session
        self._call = call

    # what is asked for

    def asked(self, name: str, default: str = "") -> str:
        """A word of the query."""
        return self.query.get(name, default).strip()

    def number(self, name: str, default: int = 0) -> int:
        """A number of the query, never below zero."""
        text = self.asked(name)
        return int(text) if text.isdecimal() and len(text) < 19 else default

    def one_of(self, name: str, choices: Any, default: str = "") -> str:
        """A word of the query that is one of CHOICES."""
        found = self.asked(name, default)
        return found if found in choices else default

    def window(self, size: int = PER_PAGE) -> dict[str, int]:
        """The page of a listing that is asked for, with one row more than it shows, to know of a next one."""
        return {"offset": max(self.number("page", 1) - 1, 0) * size, "limit": size + 1}

    def value(self, name: str, default: Any = "") -> Any:
        """What a field of the form shows: as it was typed, or DEFAULT."""
        return self.given.get(name, self.query.get(name, default)) if name != "password" else ""

    # what may be done

    def refusal(self, need: Need) -> str | None:
        """Why the visitor may not do what has this NEED; None where that one may."""
        return self.objection(lambda: need.check(self.session))

    def objection(self, check: Any) -> str | None:
        """The sentence with which a verb's own CHECK refuses the visitor; None where it doesn't."""
        if not self.session.logged_in:
            return "Sign in to do this."
        try:
            check()
        except GenericError as error:
            return str(error)
        return None

    # what comes of it

    def render(self, template: str, **names: Any) -> str:
        """The page that TEMPLATE makes of NAMES."""
        return environment().get_template(template).render(visit=self, form_token=cookies.token(self.secret), **names)

    def moved(self, where: str) -> bottle.HTTPResponse:
        """The answer for an address whose page stands elsewhere."""
        return bottle.HTTPResponse(status=302, headers={"Location": where, "Cache-Control": "no-store"})

    def here(self, **changes: Any) -> str:
        """This page's address with other words in its query."""
        return self.path + query({**self.query, **changes})

    @property
    def theme(self) -> str:
        return cookies.chosen_theme(self.sent)


def local(address: str, default: str = "/") -> str:
    """ADDRESS if it lies on this site and nowhere else."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and not parts.scheme and not parts.netloc else default


def cut(rows: list[Any], size: int = PER_PAGE) -> tuple[list[Any], bool]:
    """(the rows of one page, whether there are more) of what a window gave."""
    return rows[:size], len(rows) > size
