"""Comps groups in tags, with their packages and the groups that they require."""

from appliance.db.history import holds
from appliance.db.select import Select, flag


def configured(tags: list[int], event: int | None = None) -> Select:
    """The groups that these tags name themselves, oldest entry first."""
    return Select(
        {
            "name": "g.name",
            "group_id": "c.group_id",
            "tag_id": "c.tag_id",
            "blocked": flag("c.blocked"),
            "exported": flag("c.exported"),
            "display_name": "c.display_name",
            "is_default": flag("c.is_default"),
            "uservisible": flag("c.uservisible"),
            "description": "c.description",
            "langonly": "c.langonly",
            "biarchonly": flag("c.biarchonly"),
        },
        "group_config c JOIN groups g ON g.id = c.group_id",
        [holds("c", event), "c.tag_id IN :tags"],
        {"tags": tags, "event": event},
        order="c.create_event",
    )


def packages(tags: list[int], event: int | None = None) -> Select:
    """The packages that these tags put into groups themselves, oldest entry first."""
    return Select(
        {
            "group_id": "c.group_id",
            "tag_id": "c.tag_id",
            "package": "c.package",
            "blocked": flag("c.blocked"),
            "type": "c.type",
            "basearchonly": flag("c.basearchonly"),
            "requires": "c.requires",
        },
        "group_package_listing c",
        [holds("c", event), "c.tag_id IN :tags"],
        {"tags": tags, "event": event},
        order="c.create_event",
    )


def requirements(tags: list[int], event: int | None = None) -> Select:
    """What these tags make groups require themselves, oldest entry first; `name` is the required group's."""
    return Select(
        {
            "group_id": "c.group_id",
            "tag_id": "c.tag_id",
            "req_id": "c.req_id",
            "name": "g.name",
            "blocked": flag("c.blocked"),
            "type": "c.type",
            "is_metapkg": flag("c.is_metapkg"),
        },
        "group_req_listing c JOIN groups g ON g.id = c.req_id",
        [holds("c", event), "c.tag_id IN :tags"],
        {"tags": tags, "event": event},
        order="c.create_event",
    )
