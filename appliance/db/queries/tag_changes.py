"""The events that changed tags and external repositories, first and last."""

from collections.abc import Iterable

from appliance.db.connection import Params, Transaction

# what makes a tag's content; its targets do not
TAG_TABLES = (
    "tag_listing",
    "tag_inheritance",
    "tag_config",
    "tag_extra",
    "tag_packages",
    "tag_external_repos",
    "group_package_listing",
    "group_req_listing",
    "group_config",
)
REPO_TABLES = ("external_repo_config", "external_repo_data")

_TAG_COLUMNS = [("tag_updates", "update_event")] + [
    (table, column) for table in TAG_TABLES for column in ("create_event", "revoke_event")
]
_REPO_COLUMNS = [(table, column) for table in REPO_TABLES for column in ("create_event", "revoke_event")]


def any_since(tx: Transaction, tags: list[int], event: int) -> bool:
    """Whether one of TAGS changed after an event."""
    parts = [
        f"EXISTS (SELECT 1 FROM {table} WHERE tag_id IN :tags AND {column} > :event)" for table, column in _TAG_COLUMNS
    ]
    return bool(tx.value(f"SELECT {' OR '.join(parts)}", {"tags": tags, "event": event}))


def build_tags(tx: Transaction, since: int | None) -> list[int]:
    """The tags that are built from; with SINCE those that an event after it may have changed.

    That is wider than what `last` finds: limits of inheritance are not looked at.
    """
    if since is None:
        return tx.column(f"SELECT DISTINCT t.build_tag {_TARGETS} ORDER BY t.build_tag")
    changed = [f"SELECT tag_id FROM {table} WHERE {column} > :since" for table, column in _TAG_COLUMNS]
    changed += [_USERS_OF_REPOS.format(table=table, column=column) for table, column in _REPO_COLUMNS]
    changed += [f"SELECT t.build_tag {_TARGETS} AND t.create_event > :since"]
    return tx.column(_BEHIND.format(changed=" UNION ".join(changed), targets=_TARGETS), {"since": since})


_TARGETS = "FROM build_target_config t WHERE t.revoke_event IS NULL"
_USERS_OF_REPOS = """
SELECT u.tag_id FROM {table} r JOIN tag_external_repos u ON u.external_repo_id = r.external_repo_id
WHERE r.{column} > :since AND u.revoke_event IS NULL
"""
_BEHIND = """
WITH RECURSIVE changed (tag_id) AS (
    SELECT tag_id FROM ({changed}) AS own
    UNION
    SELECT i.tag_id FROM changed c JOIN tag_inheritance i ON i.parent_id = c.tag_id AND i.revoke_event IS NULL
)
SELECT DISTINCT t.build_tag {targets} AND t.build_tag IN (SELECT tag_id FROM changed) ORDER BY t.build_tag
"""


def first_after(tx: Transaction, tags: list[int], repos: list[int], event: int) -> int | None:
    """The first event after another that changed one of TAGS or external REPOS."""
    return _extreme(tx, "MIN", "{column} > :event", {"tags": tags, "repos": repos, "event": event})


def last(tx: Transaction, tags: list[int], repos: list[int], before: int | None) -> int | None:
    """The last event (BEFORE another) that changed one of TAGS or external REPOS."""
    condition = "{column} IS NOT NULL" if before is None else "{column} < :event"
    return _extreme(tx, "MAX", condition, {"tags": tags, "repos": repos, "event": before})


def created(tx: Transaction, tag_id: int) -> int | None:
    """The event that first made a tag."""
    found: int | None = tx.value("SELECT MIN(create_event) FROM tag_config WHERE tag_id = :tag", {"tag": tag_id})
    return found


def _extreme(tx: Transaction, word: str, condition: str, params: Params) -> int | None:
    """MIN or MAX of the events in all the columns, in one query that looks each tag's up in an index."""
    tag = "(SELECT {word}({column}) FROM {table} WHERE tag_id = owner.id AND {condition})"
    parts = list(_parts(tag, word, condition, _TAG_COLUMNS, "tag AS owner WHERE owner.id IN :tags"))
    if params["repos"]:
        repo = tag.replace("tag_id", "external_repo_id")
        owners = "external_repo AS owner WHERE owner.id IN :repos"
        parts += _parts(repo, word, condition, _REPO_COLUMNS, owners)
    found: int | None = tx.value(f"SELECT {word}(event) FROM ({' UNION ALL '.join(parts)}) AS changes", params)
    return found


def _parts(value: str, word: str, condition: str, columns: list[tuple[str, str]], owners: str) -> Iterable[str]:
    for table, column in columns:
        where = condition.format(column=column)
        event = value.format(word=word, table=table, column=column, condition=where)
        yield f"SELECT {event} AS event FROM {owners}"
