"""The history of every table on the time axis, with the names behind its ids, as `queryHistory` shows it."""

from dataclasses import dataclass, field

from appliance.db.select import Column, Select, document, flag


@dataclass(frozen=True)
class Versioned:
    """One table (alias t): its own FIELDS; NAMES, `{shown name: (table, alias, its column here)}`; and
    FILTERS.

    FILTERS says of which column (or of which of several) each search option must be the value; an option that
    is not there excludes the table. Where Koji looks at one of several columns alone (a target's destination,
    a group's requirement, the group in a membership), so does this.
    """

    fields: tuple[str | tuple[str, Column], ...]
    names: dict[str, tuple[str, str, str]]
    filters: dict[str, str]
    more: dict[str, str] = field(default_factory=dict)
    joins: str = ""


def _flag(name: str) -> tuple[str, Column]:
    return name, flag(f"t.{name}")


_TAG = {"tag.name": ("tag", "tag_1", "tag_id")}
_USER = {"user.name": ("users", "user_1", "user_id")}
_PACKAGE = {"package.name": ("package", "package_1", "package_id")}
_REPO = {"external_repo.name": ("external_repo", "repo_1", "external_repo_id")}
_HOST = {"host.name": ("host", "host_1", "host_id")}
_GROUP = {"group.name": ("groups", "group_1", "group_id")}

TABLES: dict[str, Versioned] = {
    "build_target_config": Versioned(
        ("build_target_id", "build_tag", "dest_tag"),
        {
            "build_target.name": ("build_target", "target_1", "build_target_id"),
            "build_tag.name": ("tag", "build_tag_1", "build_tag"),
            "dest_tag.name": ("tag", "dest_tag_1", "dest_tag"),
        },
        {"build_target": "t.build_target_id", "tag": "t.dest_tag"},
    ),
    "cg_users": Versioned(
        ("user_id", "cg_id"),
        {**_USER, "content_generator.name": ("content_generator", "cg_1", "cg_id")},
        {"user": "t.user_id", "cg": "t.cg_id"},
    ),
    "external_repo_config": Versioned(
        ("external_repo_id", "url"),
        _REPO,
        {"external_repo": "t.external_repo_id"},
    ),
    "external_repo_data": Versioned(
        ("external_repo_id", ("data", document("t.data"))),
        _REPO,
        {"external_repo": "t.external_repo_id"},
    ),
    "group_config": Versioned(
        (
            "group_id",
            "tag_id",
            _flag("blocked"),
            _flag("exported"),
            "display_name",
            _flag("is_default"),
            _flag("uservisible"),
            "description",
            "langonly",
            _flag("biarchonly"),
        ),
        {**_GROUP, **_TAG},
        {"group": "t.group_id", "tag": "t.tag_id"},
    ),
    "group_package_listing": Versioned(
        ("group_id", "tag_id", "package", _flag("blocked"), "type", _flag("basearchonly"), "requires"),
        {**_GROUP, **_TAG},
        {"group": "t.group_id", "tag": "t.tag_id", "package_name": "t.package"},
    ),
    "group_req_listing": Versioned(
        ("group_id", "tag_id", "req_id", _flag("blocked"), "type", _flag("is_metapkg")),
        {**_GROUP, **_TAG, "req.name": ("groups", "req_1", "req_id")},
        {"group": "t.req_id", "tag": "t.tag_id"},
    ),
    "host_channels": Versioned(
        ("host_id", "channel_id"),
        {**_HOST, "channels.name": ("channels", "channel_1", "channel_id")},
        {"host": "t.host_id", "channel": "t.channel_id"},
    ),
    "host_config": Versioned(
        ("host_id", "arches", "capacity", "description", "comment", _flag("enabled")),
        _HOST,
        {"host": "t.host_id"},
    ),
    "tag_config": Versioned(
        ("tag_id", "arches", "perm_id", _flag("locked"), _flag("maven_support"), _flag("maven_include_all")),
        {**_TAG, "permission.name": ("permissions", "perm_1", "perm_id")},
        {"tag": "t.tag_id", "permission": "t.perm_id"},
    ),
    "tag_external_repos": Versioned(
        ("tag_id", "external_repo_id", "priority", "merge_mode", "arches"),
        {**_TAG, **_REPO},
        {"tag": "t.tag_id", "external_repo": "t.external_repo_id"},
    ),
    "tag_extra": Versioned(("tag_id", "key", "value"), _TAG, {"tag": "t.tag_id", "xkey": "t.key"}),
    "tag_inheritance": Versioned(
        (
            "tag_id",
            "parent_id",
            "priority",
            "maxdepth",
            _flag("intransitive"),
            _flag("noconfig"),
            "pkg_filter",
        ),
        {**_TAG, "parent.name": ("tag", "parent_1", "parent_id")},
        {"tag": "t.tag_id t.parent_id"},
    ),
    "tag_listing": Versioned(
        ("build_id", "tag_id"),
        _TAG,
        {"tag": "t.tag_id", "build": "t.build_id", "package": "b.pkg_id"},
        {
            "name": "p.name",
            "version": "b.version",
            "release": "b.release",
            "epoch": "b.epoch",
            "build.state": "b.state",
        },
        " JOIN build b ON b.id = t.build_id JOIN package p ON p.id = b.pkg_id",
    ),
    "tag_package_owners": Versioned(
        ("package_id", "tag_id", "owner"),
        {**_PACKAGE, **_TAG, "owner.name": ("users", "owner_1", "owner")},
        {"package": "t.package_id", "tag": "t.tag_id", "user": "t.owner"},
    ),
    "tag_packages": Versioned(
        ("package_id", "tag_id", _flag("blocked"), "extra_arches"),
        {**_PACKAGE, **_TAG},
        {"package": "t.package_id", "tag": "t.tag_id"},
    ),
    "user_groups": Versioned(
        ("user_id", "group_id"),
        {**_USER, "group.name": ("users", "group_1", "group_id")},
        {"user": "t.group_id"},
    ),
    "user_perms": Versioned(
        ("user_id", "perm_id"),
        {**_USER, "permission.name": ("permissions", "perm_1", "perm_id")},
        {"user": "t.user_id", "permission": "t.perm_id"},
    ),
}

_COMMON: dict[str, str | Column] = {
    "active": flag("CASE WHEN t.revoke_event IS NULL THEN 1 END"),
    "create_event": "t.create_event",
    "revoke_event": "t.revoke_event",
    "creator_id": "t.creator_id",
    "revoker_id": "t.revoker_id",
    "creator_name": "creator.name",
    "revoker_name": "revoker.name",
    "create_ts": "ev1.time",
    "revoke_ts": "ev2.time",
}
_JOINS = """
JOIN events ev1 ON ev1.id = t.create_event
LEFT JOIN events ev2 ON ev2.id = t.revoke_event
JOIN users creator ON creator.id = t.creator_id
LEFT JOIN users revoker ON revoker.id = t.revoker_id"""


def of(table: str) -> Select:
    """All there ever was in a table of TABLES."""
    known = TABLES[table]
    columns = dict(_COMMON)
    for each in known.fields:
        name, column = each if isinstance(each, tuple) else (each, f"t.{each}")
        columns[name] = column
    columns.update({shown: f"{alias}.name" for shown, (_, alias, _) in known.names.items()})
    columns.update(known.more)
    joins = "".join(
        f" LEFT JOIN {other} {alias} ON {alias}.id = t.{here}" for other, alias, here in known.names.values()
    )
    return Select(columns, f"{table} t{_JOINS}{joins}{known.joins}")


def condition(table: str, option: str) -> str | None:
    """What must hold of the rows if OPTION, which is also the parameter's name, is searched for; None if
    nothing can.
    """
    columns = TABLES[table].filters.get(option)
    return " OR ".join(f"{column} = :{option}" for column in columns.split()) if columns else None


def marked(select: Select, created: str, revoked: str, mark: str) -> Select:
    """Rows whose beginning or end meets a condition, and which of the two does, as `_created_MARK`,
    `_revoked_MARK`.
    """
    select.columns[f"_created_{mark}"] = flag(created)
    select.columns[f"_revoked_{mark}"] = flag(revoked)
    return select.also(f"{created} OR {revoked}")
