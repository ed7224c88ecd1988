"""Listings of builds."""

from appliance.db.select import Column, Select, document, flag, moment

NVR = "p.name || '-' || b.version || '-' || b.release"

LISTED: dict[str, str | Column] = {
    "build_id": "b.id",
    "version": "b.version",
    "release": "b.release",
    "epoch": "b.epoch",
    "draft": flag("b.draft"),
    "state": "b.state",
    "completion_time": moment("b.completion_time"),
    "promotion_time": moment("b.promotion_time"),
    "start_time": moment("b.start_time"),
    "source": "b.source",
    "extra": document("b.extra"),
    "creation_event_id": "e.id",
    "creation_time": moment("e.time"),
    "task_id": "b.task_id",
    "creation_ts": "e.time",
    "start_ts": "b.start_time",
    "completion_ts": "b.completion_time",
    "promotion_ts": "b.promotion_time",
    "package_id": "p.id",
    "package_name": "p.name",
    "name": "p.name",
    "volume_id": "v.id",
    "volume_name": "v.name",
    "nvr": NVR,
    "owner_id": "o.id",
    "owner_name": "o.name",
    "promoter_id": "b.promoter",
    "promoter_name": "m.name",
}
ONE = {"id": "b.id", **LISTED, "cg_id": "b.cg_id", "cg_name": "c.name"}

# Every build has a package, an event, a volume and an owner. The joins are outer ones so that a planner
# starts from the builds, whose order a listing usually asks for, and not from the few volumes.
SOURCE = """build b
LEFT JOIN package p ON p.id = b.pkg_id
LEFT JOIN events e ON e.id = b.create_event
LEFT JOIN volume v ON v.id = b.volume_id
LEFT JOIN users o ON o.id = b.owner
LEFT JOIN users m ON m.id = b.promoter"""

# Nearly all builds are complete: the plus keeps a planner from the index on states, which would find all.
IS_COMPLETE = "+b.state = 1"

# What `type` of listBuilds and listTagged adds: columns, and the table that holds the type's own facts.
TYPED: dict[str, tuple[dict[str, str], str]] = {
    "maven": (
        {"maven_group_id": "t.group_id", "maven_artifact_id": "t.artifact_id", "maven_version": "t.version"},
        "JOIN maven_builds t ON t.build_id = b.id",
    ),
    "win": ({"platform": "t.platform"}, "JOIN win_builds t ON t.build_id = b.id"),
    "image": ({}, "JOIN image_builds t ON t.build_id = b.id"),
}
# Of any other type a build only says that it is.
OF_TYPE = "JOIN build_types t ON t.build_id = b.id AND t.btype_id = :btype"


def one() -> Select:
    """Builds as `getBuild` shows them."""
    return Select(dict(ONE), f"{SOURCE}\nLEFT JOIN content_generator c ON c.id = b.cg_id")


def listing(kind: str | None = None) -> Select:
    """Builds as `listBuilds` shows them; KIND is a build type, which needs `:btype` unless it is in TYPED."""
    columns, join = TYPED.get(kind, ({}, OF_TYPE)) if kind else ({}, "")
    return Select({**LISTED, **columns}, f"{SOURCE}\n{join}")


def untagged() -> Select:
    """Complete builds that no tag has."""
    columns: dict[str, str | Column] = {
        "id": "b.id",
        "name": "p.name",
        "version": "b.version",
        "release": "b.release",
    }
    return (
        Select(columns, "build b JOIN package p ON p.id = b.pkg_id")
        .also("NOT EXISTS (SELECT 1 FROM tag_listing l WHERE l.build_id = b.id AND l.revoke_event IS NULL)")
        .also(IS_COMPLETE)
    )
