"""What tags hold: builds in the order of inheritance and tagging, and the RPMs and archives of these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from appliance.db.connection import Params
from appliance.db.history import holds
from appliance.db.queries.builds import IS_COMPLETE, NVR, OF_TYPE, TYPED
from appliance.db.select import Column, Select, document, flag, moment

BUILD: dict[str, str | Column] = {
    "tag_id": "k.tag_id",
    "tag_name": "g.name",
    "id": "b.id",
    "build_id": "b.id",
    "version": "b.version",
    "release": "b.release",
    "epoch": "b.epoch",
    "state": "b.state",
    "completion_time": moment("b.completion_time"),
    "promotion_time": moment("b.promotion_time"),
    "start_time": moment("b.start_time"),
    "task_id": "b.task_id",
    "draft": flag("b.draft"),
    "owner_id": "o.id",
    "owner_name": "o.name",
    "promoter_id": "b.promoter",
    "promoter_name": "m.name",
    "creation_event_id": "e.id",
    "creation_time": moment("e.time"),
    "volume_id": "v.id",
    "volume_name": "v.name",
    "package_id": "p.id",
    "package_name": "p.name",
    "name": "p.name",
    "nvr": NVR,
    "create_event": "k.create_event",
}
_BUILD_SOURCE = """
LEFT JOIN build b ON b.id = k.build_id
LEFT JOIN tag g ON g.id = k.tag_id
LEFT JOIN package p ON p.id = b.pkg_id
LEFT JOIN events e ON e.id = b.create_event
LEFT JOIN volume v ON v.id = b.volume_id
LEFT JOIN users o ON o.id = b.owner
LEFT JOIN users m ON m.id = b.promoter"""

RPM: dict[str, str | Column] = {
    "name": "r.name",
    "version": "r.version",
    "release": "r.release",
    "arch": "r.arch",
    "id": "r.id",
    "epoch": "r.epoch",
    "draft": flag("r.draft"),
    "payloadhash": "r.payloadhash",
    "size": "r.size",
    "buildtime": "r.buildtime",
    "buildroot_id": "r.buildroot_id",
    "build_id": "r.build_id",
    "metadata_only": flag("r.metadata_only"),
}
ARCHIVE: dict[str, str | Column] = {
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
}
TYPED_ARCHIVE: dict[str, tuple[dict[str, str], str]] = {
    "maven": (
        {"maven_group_id": "f.group_id", "maven_artifact_id": "f.artifact_id", "maven_version": "f.version"},
        "JOIN maven_archives f ON f.archive_id = a.id",
    ),
    "win": (
        {"relpath": "f.relpath", "platforms": "f.platforms", "flags": "f.flags"},
        "JOIN win_archives f ON f.archive_id = a.id",
    ),
}
MAVEN: dict[str, str | Column] = {
    "tag_id": "k.tag_id",
    "tag_name": "g.name",
    "pkg_id": "b.pkg_id",
    "build_id": "b.id",
    "build_name": "p.name",
    "build_version": "b.version",
    "build_release": "b.release",
    "build_epoch": "b.epoch",
    "state": "b.state",
    "task_id": "b.task_id",
    "owner": "b.owner",
    "volume_id": "v.id",
    "volume_name": "v.name",
    "id": "a.id",
    "type_id": "a.type_id",
    "buildroot_id": "a.buildroot_id",
    "filename": "a.filename",
    "size": "a.size",
    "checksum": "a.checksum",
    "checksum_type": "a.checksum_type",
    "metadata_only": flag("a.metadata_only"),
    "extra": document("a.extra"),
    "group_id": "f.group_id",
    "artifact_id": "f.artifact_id",
    "version": "f.version",
    "tag_event": "k.create_event",
}

# The tags in the order in which they are looked at: position, tag, whether its builds count, and the pattern
# (or null) that a package's name must match for its entry in that tag's package list to count.
#
# `ranked` numbers the builds of each package: nearest tag first, most recently tagged first, and of two
# builds tagged by one event the newer first. A package counts by its nearest entry in the package lists.
_PICKED = """(
WITH chain (pos, tag_id, builds, pattern) AS (VALUES {chain}),
ranked AS (
    SELECT c.pos, l.tag_id, l.build_id, b.pkg_id, l.create_event, ROW_NUMBER() OVER (
        PARTITION BY b.pkg_id ORDER BY c.pos, l.create_event DESC, b.id DESC) AS place
    FROM {tables}
    {joins}
    WHERE {conditions}
)
SELECT n.pos, n.tag_id, n.build_id, n.create_event FROM ranked n LEFT JOIN package q ON q.id = n.pkg_id
WHERE {latest} (
    SELECT s.blocked FROM chain c JOIN tag_packages s ON s.tag_id = c.tag_id
    WHERE s.package_id = n.pkg_id AND {list_holds} {filtered}
    ORDER BY c.pos LIMIT 1
) IS FALSE
) k"""
# From the tags to what they list, or from a package's few builds to the tags they are in; CROSS JOIN tells
# SQLite to keep to that order, and is an inner join like any other elsewhere.
_BY_TAG = "chain c CROSS JOIN tag_listing l CROSS JOIN build b"
_BY_PACKAGE = "build b CROSS JOIN tag_listing l CROSS JOIN chain c"
_ORDER = "k.pos, k.create_event DESC, k.build_id DESC"


@dataclass
class Picked:
    """Which builds are wanted. CHAIN is (tag id, pattern or None) from the tag itself on; with INHERIT builds
    of all these tags count, else the first one's.
    """

    chain: Sequence[tuple[int, str | None]]
    inherit: bool
    event: int | None = None
    latest: int | None = None
    kind: str | None = None
    package_id: int | None = None
    conditions: list[str] = field(default_factory=lambda: [IS_COMPLETE])
    params: Params = field(default_factory=dict)

    def also(self, condition: str, **params: object) -> "Picked":
        """Narrow the builds (alias b; owner o) before they are ranked."""
        self.conditions.append(condition)
        self.params.update(params)
        return self

    def once(self) -> str:
        """As `sql`, but a build that is met several times stands only where it is met last."""
        again = "SELECT k.*, MAX(k.pos) OVER (PARTITION BY k.build_id) AS last_pos"
        return f"(SELECT * FROM ({again} FROM {self.sql()}) k WHERE k.pos = k.last_pos) k"

    def sql(self) -> str:
        """The builds as a table `k` with `pos, tag_id, build_id, create_event`."""
        filtered = any(pattern for _, pattern in self.chain)
        joins = ["JOIN users o ON o.id = b.owner"] if any("o." in each for each in self.conditions) else []
        if self.kind:
            joins.append(TYPED.get(self.kind, ({}, OF_TYPE))[1])
        return _PICKED.format(
            chain=", ".join(self._places()),
            list_holds=holds("s" if self.event is None else "+s", self.event),
            tables=_BY_TAG if self.package_id is None else _BY_PACKAGE,
            joins="\n    ".join(joins),
            conditions=" AND ".join([*self._given(), *self.conditions]),
            latest="n.place <= :latest AND" if self.latest is not None else "",
            filtered="AND (c.pattern IS NULL OR regexp_like(q.name, c.pattern))" if filtered else "",
        )

    def _given(self) -> Iterator[str]:
        yield "c.builds = 1 AND l.tag_id = c.tag_id AND l.build_id = b.id"
        yield holds("l", self.event)
        if self.package_id is not None:
            yield "b.pkg_id = :package"

    def _places(self) -> Iterator[str]:
        for pos, (tag, pattern) in enumerate(self.chain):
            counts = self.inherit or pos == 0
            yield f"({pos}, {int(tag)}, {int(counts)}, {f':pattern{pos}' if pattern else 'NULL'})"

    def bound(self) -> Params:
        """The parameters of `sql`."""
        patterns = {f"pattern{pos}": pattern for pos, (_, pattern) in enumerate(self.chain) if pattern}
        own = {"event": self.event, "latest": self.latest, "package": self.package_id}
        return {**self.params, **patterns, **own}


def builds(picked: Picked, extra: bool = False) -> Select:
    """Builds as `listTagged` shows them, in the order in which tags are looked at."""
    columns, join = TYPED.get(picked.kind, ({}, "")) if picked.kind else ({}, "")
    shown = {**BUILD, **columns, **({"extra": document("b.extra")} if extra else {})}
    return Select(shown, picked.sql() + _BUILD_SOURCE + "\n" + join, params=picked.bound(), order=_ORDER)


def rpms(picked: Picked, extra: bool = True, signatures: bool = False) -> Select:
    """The RPMs of these builds as `listTaggedRPMS` shows them; with SIGNATURES one row a signature."""
    shown = {**RPM, **({"extra": document("r.extra")} if extra else {})}
    source = picked.once() + "\nJOIN rpminfo r ON r.build_id = k.build_id"
    if signatures:
        shown["sigkey"] = "s.sigkey"
        source += "\nLEFT JOIN rpmsigs s ON s.rpm_id = r.id"
    return Select(shown, source, params=picked.bound(), order=f"{_ORDER}, r.id")


def archives(picked: Picked, extra: bool = True) -> Select:
    """The archives of these builds as `listTaggedArchives` shows them."""
    columns, join = TYPED_ARCHIVE.get(picked.kind, ({}, "")) if picked.kind else ({}, "")
    shown = {**ARCHIVE, **columns, **({"extra": document("a.extra")} if extra else {})}
    joins = f"JOIN archiveinfo a ON a.build_id = k.build_id\nJOIN btype y ON y.id = a.btype_id\n{join}"
    return Select(shown, f"{picked.once()}\n{joins}", params=picked.bound(), order=f"{_ORDER}, a.id")


def maven(picked: Picked) -> Select:
    """Maven archives as `getLatestMavenArchives` shows them; `all_versions` says what their tag is set to."""
    source = (
        f"{picked.sql()}\nJOIN build b ON b.id = k.build_id\nJOIN tag g ON g.id = k.tag_id"
        "\nJOIN package p ON p.id = b.pkg_id\nJOIN volume v ON v.id = b.volume_id"
        "\nJOIN archiveinfo a ON a.build_id = b.id\nJOIN maven_archives f ON f.archive_id = a.id"
        f"\nJOIN tag_config z ON z.tag_id = k.tag_id AND {holds('z', picked.event)}"
    )
    shown = {**MAVEN, "all_versions": flag("z.maven_include_all")}
    return Select(shown, source, params=picked.bound(), order="k.pos, k.create_event DESC, a.id")
