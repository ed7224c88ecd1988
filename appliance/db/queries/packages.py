"""Packages, and the package lists of tags with their owners."""

from appliance.db.connection import Row, Transaction
from appliance.db.history import holds
from appliance.db.select import Column, Select, flag

_ENTRY: dict[str, str | Column] = {
    "package_id": "package.id",
    "package_name": "package.name",
    "tag_id": "tag.id",
    "tag_name": "tag.name",
    "extra_arches": "k.extra_arches",
    "blocked": flag("k.blocked"),
}
_OWNER: dict[str, str | Column] = {"owner_id": "u.id", "owner_name": "u.name"}
_ENTRIES = "tag_packages k JOIN tag ON tag.id = k.tag_id JOIN package ON package.id = k.package_id"
_OWNED = (
    f"{_ENTRIES} JOIN tag_package_owners o ON o.tag_id = k.tag_id AND o.package_id = k.package_id"
    " JOIN users u ON u.id = o.owner"
)


def every(prefix: str | None) -> Select:
    """All packages there are, in any tag or none; PREFIX begins the name in either case of letters."""
    columns: dict[str, str | Column] = {"package_id": "package.id", "package_name": "package.name"}
    select = Select(columns, "package", order="package.id")
    if prefix is not None:
        # what stands for other letters in LIKE does so here too, as in Koji
        select.also("LOWER(package.name) LIKE LOWER(:prefix) || '%'", prefix=prefix)
    return select


def entries(event: int | None, with_owners: bool = True, with_blocked: bool = True) -> Select:
    """The entries of package lists, oldest first."""
    select = Select(dict(_ENTRY), _ENTRIES, [holds("k", event)], {"event": event}, order="k.create_event")
    if with_owners:
        select.columns, select.source = _ENTRY | _OWNER, _OWNED
        select.also(holds("o", event))
    return select if with_blocked else select.also("NOT k.blocked")


def own_entry(tx: Transaction, tag_id: int, package_id: int) -> Row | None:
    """A tag's own entry for a package now, without what it inherits."""
    select = entries(None).also("k.tag_id = :tag AND k.package_id = :package", tag=tag_id, package=package_id)
    return select.one(tx)
