"""A tag's repository as people look at it: the packages that dnf sees, a window at a time, at any event."""

from dataclasses import dataclass

from appliance.db.connection import Row
from appliance.db.select import Options
from appliance.errors import GenericError
from appliance.hub import repo_content
from appliance.hub.hub import Call
from appliance.hub.repo_content import Wanted
from appliance.repodata import Entry

_BUILDS = """
SELECT b.id, p.name || '-' || b.version || '-' || b.release AS nvr
FROM build b JOIN package p ON p.id = b.pkg_id WHERE p.name IN :names AND b.version IN :versions
"""


@dataclass(frozen=True)
class Looked:
    """What a repository lists, by name, and why packages of external repositories are missing, or ""."""

    entries: list[Entry]
    lacking: str

    def __len__(self) -> int:
        return len(self.entries)


def packages(call: Call, wanted: Wanted, text: str, window: Options) -> tuple[list[Row], str]:
    """(a window of the packages with TEXT in their names, why those of external repositories are missing, or "").

    A package has `name, epoch, version, release, arch, origin`, and `build_id`, None for one that is external.
    """
    looked = _looked(call, wanted)
    found = [entry for entry in looked.entries if text.lower() in entry.name.lower()]
    shown = found[window["offset"] : window["offset"] + window["limit"]]
    builds = _builds(call, [entry for entry in shown if not entry.base])
    return [_row(entry, builds.get(entry.origin)) for entry in shown], looked.lacking


def _looked(call: Call, wanted: Wanted) -> Looked:
    """What the repository lists, kept for the next window, since reading it whole takes its time."""
    event = wanted.event or call.tx.value("SELECT MAX(id) FROM events") or 0
    key = (Looked, wanted, int(event))
    found: Looked | None = call.hub.kept.get(key)
    if found is None:
        found = _read(call, wanted)
        call.hub.kept.put(key, found)
    return found


def _read(call: Call, wanted: Wanted) -> Looked:
    lacking = ""
    try:
        found = repo_content.listed(call, wanted)[0]
    except GenericError as error:  # an external repository that nobody has read yet
        found, lacking = repo_content.own(call, wanted), str(error)
    return Looked(sorted(found, key=lambda entry: (entry.name, entry.arch)), lacking)


def _builds(call: Call, entries: list[Entry]) -> dict[str, int]:
    if not entries:
        return {}
    parts = [entry.origin.rsplit("-", 2) for entry in entries if entry.origin.count("-") > 1]
    params = {"names": {part[0] for part in parts}, "versions": {part[1] for part in parts}}
    return {row["nvr"]: row["id"] for row in call.tx.rows(_BUILDS, params)} if parts else {}


def _row(entry: Entry, build_id: int | None) -> Row:
    return {
        "name": entry.name,
        "epoch": None if entry.epoch == "0" else entry.epoch,
        "version": entry.version,
        "release": entry.release,
        "arch": entry.arch,
        "build_id": build_id,
        "origin": entry.origin or entry.base,
    }
