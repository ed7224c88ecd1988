"""Components that a content generator names: matched with the RPMs and archives that the hub has."""

from dataclasses import dataclass, field
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.queries import archives as queries
from appliance.errors import GenericError
from appliance.hub import archives, builds, cg_metadata, components, external_rpms
from appliance.hub.hub import Call

_AT_ONCE = 500  # archives in one question


@dataclass
class Components:
    """Ids of RPMs and archives; NOTES say what was named and is not known here."""

    rpms: list[int] = field(default_factory=list)
    archives: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def match(call: Call, named: Any) -> Components:
    """The components that there are. One that is not known is passed over, with a note."""
    by_type: dict[str, list[Row]] = {"rpm": [], "file": [], "kojifile": []}
    for each in named:
        kind = cg_metadata.field(each, "type", str)
        if kind not in by_type:
            raise GenericError(f"No such component type: {kind}")
        by_type[kind].append(each)
    found = Components()
    _match_rpms(call, by_type["rpm"], found)
    _match_files(call, by_type["file"], found)
    found.archives += [_known(call, each) for each in by_type["kojifile"]]
    found.rpms = list(dict.fromkeys(found.rpms))
    found.archives = list(dict.fromkeys(found.archives))
    return found


def _match_rpms(call: Call, named: list[Row], found: Components) -> None:
    for each in named:
        if "location" in each:
            raise GenericError("External rpms not allowed")
        if "id" in each:
            raise GenericError("Unexpected 'id' field in component")
        for key in components.NVRA if external_rpms.ident(each) else (*components.NVRA, "sigmd5"):
            cg_metadata.field(each, key, str)
    for each, rows in components.candidates(call, named):
        if not rows:
            found.notes.append(f"IGNORED: no such rpm: {each!r}")
            continue
        if rows[0]["draft"]:
            raise GenericError("Draft rpm not supported")
        if rows[0]["payloadhash"] != external_rpms.ident(each):
            found.notes.append(f"IGNORED: the rpm has another digest: {each!r}")
        found.rpms.append(rows[0]["id"])


def _match_files(call: Call, named: list[Row], found: Components) -> None:
    wanted = [_clue(each) for each in named]
    known: dict[int, int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = call.tx.rows(*queries.matching(wanted[start : start + _AT_ONCE]))
        known.update({start + row["n"]: row["id"] for row in rows})
    found.archives += [known[number] for number in sorted(known)]
    found.notes += [f"IGNORED: no such archive: {each!r}" for number, each in enumerate(named) if number not in known]


def _clue(said: Row) -> Row:
    kind = cg_metadata.field(said, "checksum_type", str)
    return {
        "filename": cg_metadata.field(said, "filename", str),
        "size": cg_metadata.field(said, "filesize", int),
        "checksum": cg_metadata.field(said, "checksum", str),
        "checksum_type": checksum_type(kind),
    }


def checksum_type(kind: str) -> int:
    """The number of a kind of checksum that archives may have."""
    if kind not in ("md5", "sha1", "sha256"):
        raise GenericError(f"Unsupported checksum type: {kind}")
    return int(koji.CHECKSUM_TYPES[kind])


def _known(call: Call, said: Row) -> int:
    """The id of an archive that is named by it; everything else that is said must fit."""
    archive = archives.require(call, cg_metadata.field(said, "archive_id", int))
    build = builds.require(call, archive["build_id"])
    for key in ("nvr", "filename"):
        if key not in said:
            raise GenericError(f"{key} field missing for component, archive_id={archive['id']}")
    expected = {
        "nvr": build["nvr"],
        "filename": archive["filename"],
        "filesize": archive["size"],
        "checksum": archive["checksum"],
        "checksum_type": koji.CHECKSUM_TYPES[archive["checksum_type"]],
    }
    for key, value in expected.items():
        if key in said and said[key] != value:
            raise GenericError(
                f"Component field {key} does not match for archive_id={archive['id']}: {value} != {said[key]}"
            )
    return int(archive["id"])
