"""The map of the site: which function shows a page, which does an act, and what each needs of its caller."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.hub.authority import Need

Function = Callable[..., Any]


@dataclass(frozen=True)
class Page:
    """A function of a Visit and the parts of its address; its answer is HTML, or what bottle takes.

    What it shows changes when one of `live`, topics of the bell, is rung.
    """

    pattern: str
    need: Need
    function: Function
    live: tuple[str, ...] = ()


@dataclass(frozen=True)
class Act:
    """A function of a Visit, a Form and the parts of its address, run in a writing transaction; it answers
    where to go.

    `page` is shown again, with what was typed, where the act is refused. `like` names the method of Koji's
    API
    that does the same: the needs of both are equal, and a test says so. With `uploads` files may come with
    the form.
    `first` is done before the writing transaction, for what takes its time.
    """

    pattern: str
    need: Need
    function: Function
    page: Function
    like: str | None = None
    uploads: bool = False
    first: Function | None = None


PAGES: list[Page] = []
ACTS: list[Act] = []


def page(*patterns: str, need: Need, live: tuple[str, ...] = ()) -> Callable[[Function], Function]:
    """Show the function's answer at these addresses."""

    def register(function: Function) -> Function:
        PAGES.extend(Page(pattern, need, function, live) for pattern in patterns)
        return function

    return register


def act(
    pattern: str,
    need: Need,
    page: Function,
    like: str | None = None,
    uploads: bool = False,
    first: Function | None = None,
) -> Callable[[Function], Function]:
    """Let people do the function by a POST to this address."""

    def register(function: Function) -> Function:
        ACTS.append(Act(pattern, need, function, page, like, uploads, first))
        return function

    return register


def narrowness(pattern: str) -> list[int]:
    """A key to sort addresses by, so that each is found before those that would take it too."""
    return [3 if ":path>" in part else 1 if ":int>" in part else 2 if "<" in part else 0 for part in pattern.split("/")]


def load() -> None:
    """Import every module that registers pages or acts."""
    for room in ("pages", "acts"):
        package = importlib.import_module(f"appliance.ui.{room}")
        for found in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{found.name}")
