"""Buildroots and what is in them, as listings."""

from collections.abc import Sequence

from appliance.db.connection import Params, Row
from appliance.db.select import Select, document, flag, moment

HOLDS_ANY = "SELECT 1 FROM buildroot_listing WHERE buildroot_id = :buildroot AND rpm_id IN :rpms LIMIT 1"

_SOURCE = """
buildroot b LEFT JOIN standard_buildroot s ON s.buildroot_id = b.id
LEFT JOIN content_generator g ON g.id = b.cg_id LEFT JOIN host h ON h.id = s.host_id
LEFT JOIN repo r ON r.id = s.repo_id LEFT JOIN tag t ON t.id = r.tag_id
LEFT JOIN events made ON made.id = s.create_event LEFT JOIN events retired ON retired.id = s.retire_event
LEFT JOIN events begun ON begun.id = r.create_event
"""
# What `listBuildroots` may be narrowed by; of those in SEVERAL one of several values will do.
CONDITIONS = {
    "host": "s.host_id = :host",
    "tag": "s.repo_id IN (SELECT id FROM repo WHERE tag_id = :tag)",
    "state": "s.state IN :state",
    "rpm": "b.id IN (SELECT l.buildroot_id FROM buildroot_listing l WHERE l.rpm_id = :rpm)",
    "archive": "b.id IN (SELECT l.buildroot_id FROM buildroot_archives l WHERE l.archive_id = :archive)",
    "task": "s.task_id = :task",
    "buildroot": "b.id IN :buildroot",
    "repo": "s.repo_id = :repo",
}
SEVERAL = ("state", "buildroot")


def listing() -> Select:
    """Buildroots, as `getBuildroot` and `listBuildroots` show them."""
    return Select(
        columns={
            "id": "b.id",
            "br_type": "b.br_type",
            "cg_id": "b.cg_id",
            "cg_name": "g.name",
            "cg_version": "b.cg_version",
            "container_arch": "b.container_arch",
            "arch": "b.container_arch",
            "container_type": "b.container_type",
            "host_os": "b.host_os",
            "host_arch": "b.host_arch",
            "extra": document("b.extra"),
            "host_id": "s.host_id",
            "host_name": "h.name",
            "repo_id": "s.repo_id",
            "repo_state": "r.state",
            "tag_id": "r.tag_id",
            "tag_name": "t.name",
            "task_id": "s.task_id",
            "state": "s.state",
            "create_event_id": "s.create_event",
            "create_event_time": moment("made.time"),
            "create_ts": "made.time",
            "retire_event_id": "s.retire_event",
            "retire_event_time": moment("retired.time"),
            "retire_ts": "retired.time",
            "repo_create_event_id": "r.create_event",
            "repo_create_event_time": moment("begun.time"),
        },
        source=_SOURCE,
        order="b.id",
    )


def contents() -> Select:
    """The packages of buildroots, as `getBuildrootListing` shows them."""
    return Select(
        columns={
            "rpm_id": "p.id",
            "is_update": flag("l.is_update"),
            "name": "p.name",
            "version": "p.version",
            "release": "p.release",
            "epoch": "p.epoch",
            "arch": "p.arch",
            "build_id": "p.build_id",
            "draft": flag("p.draft"),
            "external_repo_id": "p.external_repo_id",
            "external_repo_name": "e.name",
        },
        source=(
            "buildroot_listing l JOIN rpminfo p ON p.id = l.rpm_id JOIN external_repo e ON e.id = p.external_repo_id"
        ),
        order="p.name, p.id",
    )


# `wanted` numbers the packages that are asked for.
_MATCHING = """
WITH wanted (n, name, version, release, arch) AS (VALUES {wanted})
SELECT w.n, r.id, r.external_repo_id, r.payloadhash, r.draft
FROM wanted w
JOIN rpminfo r ON r.name = w.name AND r.version = w.version AND r.release = w.release AND r.arch = w.arch
ORDER BY w.n, r.external_repo_id <> 0, r.draft IS TRUE, r.id DESC
"""


def matching(packages: Sequence[Row]) -> tuple[str, Params]:
    """SQL, with its parameters, for every RPM of each package's name, version, release and arch.

    Rows `n` (the package's place), `id`, `external_repo_id`, `payloadhash`, `draft`; the one that Koji takes
    for a package comes first: ours, no draft, the newest.
    """
    places, params = [], {}
    for number, package in enumerate(packages):
        marks = {f"{key}{number}": package[key] for key in ("name", "version", "release", "arch")}
        places.append(f"({number}, {', '.join(f':{mark}' for mark in marks)})")
        params.update(marks)
    return _MATCHING.format(wanted=", ".join(places)), params


LAST_OF_HOST = """
SELECT buildroot_id FROM standard_buildroot WHERE host_id = :host ORDER BY buildroot_id DESC LIMIT :limit
"""
