"""Build hosts: what they are able to do, whether they are asked to, and which channels they serve."""

from typing import Any

import koji

from appliance import arguments
from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.core import User
from appliance.db.models.tasks import Channel, Host, HostChannel, HostConfig
from appliance.db.queries import hosts as queries
from appliance.db.select import text_time
from appliance.errors import GenericError, ParameterError
from appliance.hub import channels, names, passwords, users
from appliance.hub.bootstrap import step
from appliance.hub.entry_forms import FLAG, NUMBER, TEXT, TEXTS, Form
from appliance.hub.hub import Call

DEFAULT_CHANNEL = "default"
LOCAL = "localhost"  # the host that this program itself is
_CONFIG = ("arches", "capacity", "description", "comment", "enabled")
_EDITABLE: dict[str, type] = {
    "arches": str,
    "capacity": float,
    "description": str,
    "comment": str,
}
_ARCHES = "SELECT arches FROM host_config WHERE revoke_event IS NULL AND arches IS NOT NULL ORDER BY host_id"
_SESSIONS = """
SELECT s.id, s.update_time FROM sessions s JOIN host h ON h.user_id = s.user_id WHERE h.id = :host
"""


def get(call: Call, info: Any, strict: bool = False, event: int | None = None) -> Row | None:
    """The host that INFO (id, name or dict) means, as configured now or at an event.

    `id`, `user_id`, `name`, `update_ts`, `ready`, `task_load`, `arches`, `capacity`, `description`,
    `comment`,
    `enabled`. None if there is none; with STRICT a GenericError.
    """
    column, value = names.clause(info)
    found = queries.listing(event).also(f"h.{column} = :value", value=value).one(call.tx)
    if found is None and strict:
        raise GenericError(f"Invalid hostInfo: {info}")
    return found


def identify(call: Call, info: Any) -> int:
    """The id of the host that INFO means; a GenericError if there is none."""
    found = get(call, info, strict=True)
    assert found is not None
    return int(found["id"])


def _known(call: Call, name: Any) -> Row:
    """The host, or a refusal in the words of the calls that change one."""
    found = get(call, name)
    if found is None:
        raise GenericError(f"host does not exist: {name}")
    return found


def listed(
    call: Call,
    arches: Any = None,
    channel: Any = None,
    ready: bool | None = None,
    enabled: bool | None = None,
    user: Any = None,
) -> Any:
    """Hosts, as `get` shows them, that build for one of ARCHES, serve a channel, belong to a user, are as
    asked.
    """
    select = queries.listing()
    if arches is not None:
        queries.having_arch(select, _arch_names(arches))
    if channel is not None:
        queries.in_channel(select, names.identify(call, Channel, channel))
    if ready is not None:
        select.also("h.ready = :ready", ready=bool(ready))
    if enabled is not None:
        select.also("x.enabled = :enabled", enabled=bool(enabled))
    if user is not None:
        select.also("h.user_id = :user", user=users.identify(call, user))
    return select.rows(call.tx)


def _arch_names(arches: Any) -> list[str]:
    if not arches:
        raise GenericError("arches option cannot be empty")
    wanted = list(arches) if isinstance(arches, (list, tuple)) else [arches]
    return [str(arguments.check(each, str)) for each in wanted]


def all_arches(call: Call) -> list[str]:
    """Every architecture that a host builds for, in its base form (i386 for i686)."""
    held = [koji.canonArch(arch) for arches in call.tx.column(_ARCHES) for arch in arches.split()]
    return list(dict.fromkeys(held))


def last_update(call: Call, host_id: Any, seconds: bool = False) -> Any:
    """When a host was last heard of, as text or in seconds since the epoch; None if never."""
    found = call.tx.rows(_SESSIONS, {"host": arguments.integer(host_id, optional=True)})
    used = max((call.hub.activity.last(row["id"], row["update_time"]) for row in found), default=None)
    return used if seconds else text_time(used)


# making and changing


def create(
    call: Call,
    name: Any,
    arches: Any,
    serving: tuple[str, ...] = (DEFAULT_CHANNEL,),
    krb_principal: Any = None,
    force: bool = False,
) -> int:
    """A new build host with an account of the same name; its id.

    ARCHES is a list of names. An account that is there already must be a host's; FORCE turns a person's
    into one.
    """
    names.check(name)
    users.check_name(name)
    held = koji.parse_arches(" ".join(arches), strict=True)
    if get(call, name) is not None:
        raise GenericError(f"host already exists: {name}")
    user_id = _account(call, name, krb_principal, force)
    host_id = call.tx.insert(Host, user_id=user_id, name=name)
    history.add(call.tx, HostConfig, call.user_id or user_id, host_id=host_id, arches=held)
    for channel in serving:
        join_channel(call, host_id, channel)
    return host_id


def _account(call: Call, name: str, krb_principal: Any, force: bool) -> int:
    clue = {"name": name}
    if krb_principal:
        clue["krb_principal"] = arguments.check(krb_principal, str)
    found = users.get(call, clue, krb_princs=False)
    if found is None:
        return users.create(call, name, usertype=koji.USERTYPES["HOST"], krb_principal=_principal(call, name, clue))
    if found["usertype"] != koji.USERTYPES["HOST"]:
        if not force or found["usertype"] != koji.USERTYPES["NORMAL"]:
            raise GenericError(f"user {name} already exists and it is not a host")
        call.tx.update(User, {"usertype": koji.USERTYPES["HOST"]}, id=found["id"])
    return int(found["id"])


def _principal(call: Call, name: str, clue: Row) -> str | None:
    form = call.settings.koji.host_principal_format
    return clue.get("krb_principal") or (form.replace("%s", name) if form else None)


def edit(call: Call, info: Any, changes: Row) -> bool:
    """Set `arches`, `capacity`, `description`, `comment` to what CHANGES says; whether anything is new."""
    found = get(call, info, strict=True)
    assert found is not None
    wanted = {key: changes[key] for key in _EDITABLE if key in changes and changes[key] != found[key]}
    for key, value in wanted.items():
        wanted[key] = _capacity(value) if key == "capacity" else arguments.check(value, _EDITABLE[key])
    if wanted:
        _configure(call, found, wanted)
    return bool(wanted)


def _capacity(value: Any) -> float:
    """VALUE as a capacity: more than the weight of one average task."""
    if isinstance(value, bool) or arguments.convert(value, float) <= 1:
        raise ParameterError(f"Invalid value for capacity: {value}")
    return float(value)


def set_enabled(call: Call, name: Any, enabled: bool) -> None:
    """Let a host be given tasks, or not."""
    _configure(call, _known(call, name), {"enabled": enabled})


def _configure(call: Call, host: Row, changes: Row) -> None:
    values = {key: host[key] for key in _CONFIG}
    history.revoke(call.tx, HostConfig, call.user_id, host_id=host["id"])
    history.add(call.tx, HostConfig, call.user_id, host_id=host["id"], **{**values, **changes})
    call.ring("tasks")


# channels


def subscribe(call: Call, name: Any, channel: Any, create_channel: bool = False, force: bool = False) -> None:
    """Let a host take a channel's tasks; CREATE_CHANNEL makes it, FORCE takes a disabled one."""
    host = _known(call, name)
    if create_channel:
        names.check(channel)
    found = _channel(call, channel, create_channel)
    if not force and not found["enabled"]:
        raise GenericError(f"channel {channel} is disabled")
    if _serves(call, host["id"], found["id"]):
        raise GenericError(f"host {name} is already subscribed to the {channel} channel")
    join_channel(call, host["id"], found["id"])


def unsubscribe(call: Call, name: Any, channel: Any) -> None:
    """Let a host take a channel's tasks no longer."""
    host, found = _known(call, name), _channel(call, channel)
    if not history.revoke(call.tx, HostChannel, call.user_id, host_id=host["id"], channel_id=found["id"]):
        raise GenericError(f"host {name} is not subscribed to the {channel} channel")


def _channel(call: Call, info: Any, create_channel: bool = False) -> Row:
    found = channels.get(call, info)
    if found is None and create_channel:
        found = channels.get(call, channels.create(call, info))
    if found is None:
        raise GenericError(f"channel does not exist: {info}")
    return found


def _serves(call: Call, host_id: int, channel_id: int) -> bool:
    sql = "SELECT 1 FROM host_channels WHERE host_id = :host AND channel_id = :channel AND revoke_event IS NULL"
    return call.tx.value(sql, {"host": host_id, "channel": channel_id}) is not None


def join_channel(call: Call, host_id: int, channel: Any) -> None:
    """Let a host take a channel's tasks; nothing happens if it does already."""
    channel_id = names.identify(call, Channel, channel)
    if not _serves(call, host_id, channel_id):
        history.add(call.tx, HostChannel, call.user_id, host_id=host_id, channel_id=channel_id)
        call.ring("tasks")


_FORM = Form(
    {"name": TEXT},
    {
        "password": TEXT, "arches": TEXTS, "channels": TEXTS, "capacity": NUMBER, "description": TEXT, "comment": TEXT,
        "enabled": FLAG, "permissions": TEXTS, "principals": TEXTS,
    },
)  # fmt: skip


@step("host", _FORM)
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make or change a host to what a bootstrap file's `[[host]]` says."""
    found = get(call, entry["name"])
    host_id = found["id"] if found else create(call, entry["name"], entry.get("arches", []), ())
    if found and "arches" in entry:
        edit(call, host_id, {"arches": koji.parse_arches(" ".join(entry["arches"]), strict=True)})
    edit(call, host_id, {name: entry[name] for name in ("capacity", "description", "comment") if name in entry})
    for channel in entry.get("channels", [DEFAULT_CHANNEL]):
        join_channel(call, host_id, channel)
    if "enabled" in entry and entry["enabled"] != bool((get(call, host_id) or {})["enabled"]):
        set_enabled(call, host_id, entry["enabled"])
    _set_password(call, entry)
    users.bring_rights_about(call, users.identify(call, entry["name"]), entry)
    return []


def _set_password(call: Call, entry: Row) -> None:
    stored = call.tx.value("SELECT password FROM users WHERE name = :name", {"name": entry["name"]})
    if entry.get("password") and not passwords.matches(entry["password"], stored):
        call.tx.update(User, {"password": passwords.hashed(entry["password"])}, name=entry["name"])
