"""External repositories, and the tags that they are part of, as they are now or were at an event."""

from appliance.db.history import holds
from appliance.db.select import Select


def configured(event: int | None = None) -> Select:
    """External repositories that exist: `id, name, url`."""
    return Select(
        {"id": "r.id", "name": "r.name", "url": "c.url"},
        "external_repo r JOIN external_repo_config c ON c.external_repo_id = r.id",
        [holds("c", event)],
        {"event": event},
        order="r.id",
    )


def in_tags(event: int | None = None) -> Select:
    """Their places in tags, by priority."""
    return Select(
        {
            "external_repo_id": "r.id",
            "external_repo_name": "r.name",
            "url": "c.url",
            "tag_id": "tag.id",
            "tag_name": "tag.name",
            "priority": "p.priority",
            "merge_mode": "p.merge_mode",
            "arches": "p.arches",
        },
        "tag_external_repos p JOIN tag ON tag.id = p.tag_id"
        " JOIN external_repo r ON r.id = p.external_repo_id"
        " JOIN external_repo_config c ON c.external_repo_id = r.id",
        [holds("p", event), holds("c", event)],
        {"event": event},
        order="p.priority, tag.id",
    )
