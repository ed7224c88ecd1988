"""Side tags: tags whose extra settings say so, and whose they are."""

from appliance.db.connection import Transaction
from appliance.db.history import holds
from appliance.db.select import Select


def listing(user_id: int | None, base_id: int | None) -> Select:
    """Side tags with `user_id` as text; of a user, on top of a tag."""
    select = Select(
        {"id": "tag.id", "name": "tag.name", "user_id": "o.value", "user_name": "u.name"},
        "tag JOIN tag_extra s ON s.tag_id = tag.id JOIN tag_extra o ON o.tag_id = tag.id"
        " LEFT JOIN users u ON u.id = CAST(o.value AS INTEGER)",
        [holds("s"), "s.key = 'sidetag' AND s.value = 'true'", holds("o"), "o.key = 'sidetag_user_id'"],
        order="tag.id",
    )
    if user_id is not None:
        select.also("o.value = :user", user=str(user_id))
    if base_id is not None:
        inherits = f"SELECT 1 FROM tag_inheritance l WHERE l.tag_id = tag.id AND {holds('l')}"
        select.also(f"EXISTS ({inherits} AND l.parent_id = :base)", base=base_id)
    return select


def count(tx: Transaction, user_id: int) -> int:
    """How many side tags a user has."""
    found: int = tx.value(
        f"SELECT COUNT(*) FROM tag_extra e WHERE e.key = 'sidetag_user_id' AND e.value = :user AND {holds('e')}",
        {"user": str(user_id)},
    )
    return found


def has_builds(tx: Transaction, tag_id: int) -> bool:
    """Whether any build is tagged into a tag."""
    sql = f"SELECT 1 FROM tag_listing l WHERE l.tag_id = :tag AND {holds('l')} LIMIT 1"
    return tx.value(sql, {"tag": tag_id}) is not None
