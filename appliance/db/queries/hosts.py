"""Listings of build hosts and of the channels through which they take tasks."""

from appliance.db import history
from appliance.db.select import Column, Select, flag

_CHANNEL: dict[str, str | Column] = {
    "id": "c.id",
    "name": "c.name",
    "description": "c.description",
    "enabled": flag("c.enabled"),
    "comment": "c.comment",
}


def listing(event: int | None = None) -> Select:
    """Hosts as they are now, or were configured at an event."""
    columns: dict[str, str | Column] = {
        "id": "h.id",
        "user_id": "h.user_id",
        "name": "h.name",
        "update_ts": "h.update_time",
        "ready": flag("h.ready"),
        "task_load": "h.task_load",
        "arches": "x.arches",
        "capacity": "x.capacity",
        "description": "x.description",
        "comment": "x.comment",
        "enabled": flag("x.enabled"),
    }
    select = Select(columns, "host h JOIN host_config x ON x.host_id = h.id", order="x.create_event, h.id")
    return select.also(history.holds("x", event), event=event)


def having_arch(select: Select, arches: list[str]) -> Select:
    """Narrow a listing to the hosts that build for one of ARCHES."""
    held = "(' ' || REPLACE(x.arches, ',', ' ') || ' ')"
    conditions, params = [], {}
    for number, arch in enumerate(arches):
        conditions.append(f"{held} LIKE '% ' || :arch{number} || ' %' ESCAPE '\\'")
        params[f"arch{number}"] = arch.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
    return select.also(" OR ".join(conditions), **params)


def in_channel(select: Select, channel_id: int) -> Select:
    """Narrow a listing to the hosts that take a channel's tasks."""
    return select.also(
        "h.id IN (SELECT m.host_id FROM host_channels m WHERE m.channel_id = :channel AND m.revoke_event IS NULL)",
        channel=channel_id,
    )


def channels() -> Select:
    """Every channel there is."""
    return Select(dict(_CHANNEL), "channels c", order="c.id")


def channels_of(host_id: int, event: int | None = None) -> Select:
    """The channels that a host takes tasks of now, or took them of at an event."""
    select = Select(dict(_CHANNEL), "host_channels m JOIN channels c ON c.id = m.channel_id", order="c.id")
    return select.also(f"m.host_id = :host AND {history.holds('m', event)}", host=host_id, event=event)
