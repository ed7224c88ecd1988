"""Searching things by name: where each type of thing has its name."""

from dataclasses import dataclass

from appliance.db.select import Select

_NVRA = "r.name || '-' || r.version || '-' || r.release || '.' || r.arch || '.rpm'"
_NVR = "p.name || '-' || b.version || '-' || b.release"
_WIN = "LTRIM(f.relpath || '/' || a.filename, '/')"


@dataclass(frozen=True)
class Place:
    """SOURCE holds things with an ID, shown by NAME, found by any of MATCHED."""

    source: str
    id: str
    name: str
    matched: tuple[str, ...]


def _plain(table: str, condition: str = "") -> Place:
    return Place(f"{table} x{condition}", "x.id", "x.name", ("x.name",))


PLACES: dict[str, Place] = {
    "package": _plain("package"),
    "build": Place("build b JOIN package p ON p.id = b.pkg_id", "b.id", _NVR, (_NVR,)),
    "tag": _plain("tag", " JOIN tag_config c ON c.tag_id = x.id AND c.revoke_event IS NULL"),
    "target": _plain(
        "build_target", " JOIN build_target_config c ON c.build_target_id = x.id AND c.revoke_event IS NULL"
    ),
    "user": _plain("users"),
    "host": _plain("host"),
    "rpm": Place("rpminfo r", "r.id", _NVRA, (_NVRA,)),
    "maven": Place(
        "archiveinfo a JOIN maven_archives f ON f.archive_id = a.id",
        "a.id",
        "a.filename",
        ("a.filename", "f.group_id || '-' || f.artifact_id || '-' || f.version"),
    ),
    "win": Place(
        "archiveinfo a JOIN win_archives f ON f.archive_id = a.id",
        "a.id",
        _WIN,
        ("a.filename", "f.relpath || '/' || a.filename"),
    ),
}
_MATCHES = {
    "glob": "LOWER({}) LIKE LOWER(:terms) ESCAPE '\\'",
    "regexp": "regexp_like({}, :terms, 'i')",
}


def named(kind: str, match: str) -> Select:
    """`id` and `name` of things of a type whose name matches `:terms`: a glob, a regexp, or else exactly."""
    place = PLACES[kind]
    condition = _MATCHES.get(str(match), "{} = :terms")
    matched = " OR ".join(condition.format(name) for name in place.matched)
    return Select({"id": place.id, "name": place.name}, place.source, [matched])
