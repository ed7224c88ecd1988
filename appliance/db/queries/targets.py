"""Build targets as they are now or were at an event."""

from appliance.db.history import holds
from appliance.db.select import Select


def configured(event: int | None = None) -> Select:
    """Targets that exist: `id, name, build_tag, build_tag_name, dest_tag, dest_tag_name`."""
    return Select(
        {
            "id": "t.id",
            "name": "t.name",
            "build_tag": "c.build_tag",
            "build_tag_name": "b.name",
            "dest_tag": "c.dest_tag",
            "dest_tag_name": "d.name",
        },
        "build_target_config c JOIN build_target t ON t.id = c.build_target_id"
        " JOIN tag b ON b.id = c.build_tag JOIN tag d ON d.id = c.dest_tag",
        [holds("c", event)],
        {"event": event},
        order="t.id",
    )
