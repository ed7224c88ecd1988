"""Listings of archives, of their types, and of what they are made of."""

from collections.abc import Sequence

from appliance.db.connection import Params, Row
from appliance.db.select import Column, Select, document, flag

LISTED: dict[str, str | Column] = {
    "id": "a.id",
    "type_id": "a.type_id",
    "btype_id": "a.btype_id",
    "btype": "y.name",
    "build_id": "a.build_id",
    "buildroot_id": "a.buildroot_id",
    "filename": "a.filename",
    "size": "a.size",
    "checksum": "a.checksum",
    "checksum_type": "a.checksum_type",
    "metadata_only": flag("a.metadata_only"),
    "extra": document("a.extra"),
    "type_name": "t.name",
    "type_description": "t.description",
    "type_extensions": "t.extensions",
    "compression_type": "t.compression_type",
}
_SOURCE = "archiveinfo a JOIN archivetypes t ON t.id = a.type_id JOIN btype y ON y.id = a.btype_id"

# What a build type adds to its archives: the table that holds it, and the columns.
OF_TYPE: dict[str, tuple[str, tuple[str, ...]]] = {
    "maven": ("maven_archives", ("group_id", "artifact_id", "version")),
    "win": ("win_archives", ("relpath", "platforms", "flags")),
    "image": ("image_archives", ("arch",)),
}
# What `listArchives` may be narrowed by.
CONDITIONS = {
    "build": "a.build_id = :build",
    "buildroot": "a.buildroot_id = :buildroot",
    "host": "s.host_id = :host",
    "filename": "a.filename = :filename",
    "size": "a.size = :size",
    "checksum": "a.checksum = :checksum",
    "checksum_type": "a.checksum_type = :checksum_type",
    "archive": "a.id = :archive",
    "image": "c.archive_id = :image",
    "component_buildroot": "l.buildroot_id = :component_buildroot",
}
# What these conditions look at beside the archive, and the columns that it adds.
JOINS: dict[str, tuple[str, dict[str, str | Column]]] = {
    "host": ("JOIN standard_buildroot s ON s.buildroot_id = a.buildroot_id", {"host_id": "s.host_id"}),
    "image": ("JOIN archive_components c ON c.component_id = a.id", {}),
    "component_buildroot": (
        "JOIN buildroot_archives l ON l.archive_id = a.id",
        {"component_buildroot_id": "l.buildroot_id", "project": flag("l.project_dep")},
    ),
}
ROOT = "SELECT 1 FROM archive_rpm_components WHERE archive_id = :id LIMIT 1"


def listing() -> Select:
    """Archives as `listArchives` shows them."""
    return Select(dict(LISTED), _SOURCE, order="a.id")


def of_type(select: Select, kind: str) -> Select:
    """Narrow a listing to archives of a build type that has a table, and show what that says (alias f)."""
    table, columns = OF_TYPE[kind]
    select.columns.update({name: f"f.{name}" for name in columns})
    select.source += f" JOIN {table} f ON f.archive_id = a.id"
    return select


def facts(kind: str) -> Select:
    """What a build type's own table says of archives."""
    table, columns = OF_TYPE[kind]
    return Select({"archive_id": "f.archive_id", **{name: f"f.{name}" for name in columns}}, f"{table} f")


def types() -> Select:
    """Archive types, as `getArchiveTypes` shows them."""
    names = ("id", "name", "description", "extensions", "compression_type")
    return Select({name: f"t.{name}" for name in names}, "archivetypes t", order="t.id")


_MATCHING = """
WITH wanted (n, filename, size, checksum_type, checksum) AS (VALUES {wanted})
SELECT w.n, MIN(a.id) AS id FROM wanted w
JOIN archiveinfo a ON a.filename = w.filename AND a.size = w.size
AND a.checksum_type = w.checksum_type AND a.checksum = w.checksum
GROUP BY w.n
"""


def matching(wanted: Sequence[Row]) -> tuple[str, Params]:
    """SQL, with its parameters, for the first archive of each one's name, size and checksum: `n, id`."""
    places, params = [], {}
    for number, each in enumerate(wanted):
        keys = ("filename", "size", "checksum_type", "checksum")
        marks = {f"{key}{number}": each[key] for key in keys}
        places.append(f"({number}, {', '.join(f':{mark}' for mark in marks)})")
        params.update(marks)
    return _MATCHING.format(wanted=", ".join(places)), params
