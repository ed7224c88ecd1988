"""Comparisons: what a build changed against another of its package: packages, sizes, files, dependencies."""

from dataclasses import dataclass, field
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import builds, headers, rpms
from appliance.hub.hub import Call

MOST = 60  # packages compared, and lines shown of each kind
_NOISE = ("/usr/lib/.build-id", "/usr/lib/debug/.build-id", "/usr/lib/debug/.dwz")
KINDS = {
    koji.DEP_REQUIRE: "requires",
    koji.DEP_PROVIDE: "provides",
    koji.DEP_CONFLICT: "conflicts",
    koji.DEP_OBSOLETE: "obsoletes",
    koji.DEP_SUGGEST: "suggests",
    koji.DEP_ENHANCE: "enhances",
    koji.DEP_SUPPLEMENT: "supplements",
    koji.DEP_RECOMMEND: "recommends",
}
_SIGNS = ((koji.RPMSENSE_LESS, "<"), (koji.RPMSENSE_GREATER, ">"), (koji.RPMSENSE_EQUAL, "="))
_PREVIOUS = """
SELECT b.id FROM build b
WHERE b.pkg_id = :package AND +b.state = :complete AND b.id <> :id AND b.draft IS NOT TRUE
AND +b.completion_time < :before ORDER BY +b.completion_time DESC LIMIT 1
"""


@dataclass
class Change:
    """What is different in one package: NAME.ARCH, its sizes (None where it is not there), and what came
    and went.
    """

    name: str
    arch: str
    old_size: int | None
    new_size: int | None
    old_id: int | None = None
    new_id: int | None = None
    files: list[tuple[str, str]] = field(default_factory=list)
    sizes: list[tuple[str, int, int]] = field(default_factory=list)
    dependencies: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "plus" if self.old_size is None else "minus" if self.new_size is None else "other"

    @property
    def quiet(self) -> bool:
        """Whether nothing but the size can have changed."""
        return self.kind == "other" and not (self.files or self.dependencies or self.sizes)


def previous(call: Call, build: Row) -> Row | None:
    """The complete build of the same package before this one; None for the first."""
    before = build["completion_ts"] or call.now()
    params = {
        "package": build["package_id"],
        "complete": builds.COMPLETE,
        "id": build["id"],
        "before": before,
    }
    found = call.tx.value(_PREVIOUS, params)
    return None if found is None else builds.get(call, int(found))


def between(call: Call, old: Row, new: Row) -> list[Change]:
    """What each package of NEW changed against OLD, in the order of names."""
    if old["package_id"] != new["package_id"]:
        raise GenericError("Builds of different packages have nothing to compare.")
    before, after = _packages(call, old), _packages(call, new)
    names = sorted({*before, *after}, key=lambda key: (key[1] == "src", *key))
    return [_change(call, key, before.get(key), after.get(key)) for key in names[:MOST]]


def _packages(call: Call, build: Row) -> dict[tuple[str, str], Row]:
    return {(row["name"], row["arch"]): row for row in rpms.of_build(call, build["id"])}


def _change(call: Call, key: tuple[str, str], old: Row | None, new: Row | None) -> Change:
    change = Change(
        *key,
        old_size=old["size"] if old else None,
        new_size=new["size"] if new else None,
        old_id=old["id"] if old else None,
        new_id=new["id"] if new else None,
    )
    if old and new and not key[0].endswith(("-debuginfo", "-debugsource")):
        _compare_files(call, change, old, new)
        was, now = _dependencies(call, old), _dependencies(call, new)
        change.dependencies = _came_and_went(was, now)
    return change


def _compare_files(call: Call, change: Change, old: Row, new: Row) -> None:
    was, now = _files(call, old), _files(call, new)
    change.files = _came_and_went(was, now)
    grown = [(name, was[name], now[name]) for name in was.keys() & now.keys() if was[name] != now[name]]
    change.sizes = sorted(grown, key=lambda each: -abs(each[2] - each[1]))[:MOST]


def _came_and_went(was: Any, now: Any) -> list[tuple[str, str]]:
    """[(minus or plus, text)] in the order of the texts."""
    gone = [(text, "minus") for text in was if text not in now]
    came = [(text, "plus") for text in now if text not in was]
    return [(sign, text) for text, sign in sorted([*gone, *came])]


def _files(call: Call, rpm: Row) -> dict[str, int]:
    """{path: size}; where a path has the version in it, a star stands there, so that it compares."""
    return {
        _starred(row["name"], rpm): row["size"]
        for row in headers.files(call, rpm["id"])
        if not row["name"].startswith(_NOISE)
    }


def _starred(path: str, rpm: Row) -> str:
    full = f"-{rpm['version']}-{rpm['release']}"
    return path.replace(full, "-*").replace(f"-{rpm['version']}", "-*")


def _dependencies(call: Call, rpm: Row) -> set[str]:
    own = f"{rpm['version']}-{rpm['release']}"
    return {
        f"{KINDS[row['type']]} {shown(row, own)}"
        for row in headers.dependencies(call, rpm["id"])
        if not row["name"].startswith("rpmlib(")
    }


def shown(row: Row, own: str = "") -> str:
    """A dependency as spec files write it; the package's OWN version is called that."""
    sign = "".join(word for flag, word in _SIGNS if row["flags"] & flag)
    if not sign or not row["version"]:
        return str(row["name"])
    version = "this version" if own and row["version"].rpartition(":")[2] == own else row["version"]
    return f"{row['name']} {sign} {version}"
