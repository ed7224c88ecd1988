"""Methods of build hosts and channels, and what a host says of itself."""

from typing import Any

from appliance.hub import channels, hosts, scheduler
from appliance.hub.authority import ADMIN, ANYONE, HOST, permission
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

_HOSTS = permission("host")


@method(ANYONE)
def getHost(call: Call, hostInfo: Any, strict: bool = False, event: Any = None) -> Any:
    """A host by id or name, as it is or was configured at an event; nil for an unknown one, an error if
    `strict`.

    `id`, `user_id`, `name`, `update_ts`, `ready`, `task_load`, `arches`, `capacity`, `description`,
    `comment`,
    `enabled`.
    """
    return hosts.get(call, hostInfo, strict, event)


@method(ANYONE)
def listHosts(
    call: Call,
    arches: Any = None,
    channelID: Any = None,
    ready: Any = None,
    enabled: Any = None,
    userID: Any = None,
    queryOpts: Any = None,
) -> Any:
    """Hosts as `getHost` shows them: of one of `arches`, of a channel, of a user; ready or not, enabled or
    not.
    """
    return hosts.listed(call, arches, channelID, ready, enabled, userID)


@method(ANYONE)
def getAllArches(call: Call) -> list[str]:
    """Every architecture that a host builds for, in its base form."""
    return hosts.all_arches(call)


@method(ANYONE)
def getLastHostUpdate(call: Call, hostID: Any, ts: bool = False) -> Any:
    """When a host was last heard of, as text, or with `ts` in seconds since the epoch; nil if never."""
    return hosts.last_update(call, hostID, ts)


@method(_HOSTS, writes=True)
def addHost(call: Call, hostname: Any, arches: Any, krb_principal: Any = None, force: bool = False) -> int:
    """Make a host for a list of `arches`, with an account of its name; its id. `force` turns a user into
    one.
    """
    return hosts.create(call, hostname, arches, krb_principal=krb_principal, force=force)


@method(_HOSTS, writes=True)
def editHost(call: Call, hostInfo: Any, **kw: Any) -> bool:
    """Change `arches` (text), `capacity`, `description`, `comment`; whether anything is new."""
    return hosts.edit(call, hostInfo, kw)


@method(_HOSTS, writes=True)
def enableHost(call: Call, hostname: Any) -> None:
    """Let a host be given tasks."""
    hosts.set_enabled(call, hostname, True)


@method(_HOSTS, writes=True)
def disableHost(call: Call, hostname: Any) -> None:
    """Give a host no further tasks."""
    hosts.set_enabled(call, hostname, False)


@method(_HOSTS, writes=True)
def addHostToChannel(call: Call, hostname: Any, channel_name: Any, create: bool = False, force: bool = False) -> None:
    """Let a host take a channel's tasks; `create` makes the channel, `force` takes a disabled one."""
    hosts.subscribe(call, hostname, channel_name, create, force)


@method(_HOSTS, writes=True)
def removeHostFromChannel(call: Call, hostname: Any, channel_name: Any) -> None:
    """Let a host take a channel's tasks no longer."""
    hosts.unsubscribe(call, hostname, channel_name)


@method(ANYONE)
def getChannel(call: Call, channelInfo: Any, strict: bool = False) -> Any:
    """A channel by id or name: `id`, `name`, `description`, `enabled`, `comment`; nil or, if `strict`, an
    error.
    """
    return channels.get(call, channelInfo, strict)


@method(ANYONE)
def listChannels(call: Call, hostID: Any = None, event: Any = None, enabled: Any = None) -> Any:
    """Channels: all, or those that a host serves or served at an event; enabled or disabled ones."""
    host_id = hosts.identify(call, hostID) if isinstance(hostID, str) and hostID else hostID
    return channels.listed(call, host_id or None, event, enabled)


@method(ADMIN, writes=True)
def addChannel(call: Call, channel_name: Any, description: Any = None) -> int:
    """Make a channel; its id."""
    return channels.create(call, channel_name, description)


@method(ADMIN, writes=True)
def editChannel(call: Call, channelInfo: Any, **kw: Any) -> bool:
    """Change `name`, `description`, `comment`; whether anything is new."""
    return channels.edit(call, channelInfo, kw)


@method(ADMIN, writes=True)
def renameChannel(call: Call, old: Any, new: Any) -> None:
    """Give a channel another name."""
    channels.edit(call, old, {"name": new})


@method(_HOSTS, writes=True)
def enableChannel(call: Call, channelname: Any, comment: Any = None) -> None:
    """Let a channel's tasks be taken."""
    channels.set_enabled(call, channelname, True, comment)


@method(_HOSTS, writes=True)
def disableChannel(call: Call, channelname: Any, comment: Any = None) -> None:
    """Let no further tasks of a channel be taken."""
    channels.set_enabled(call, channelname, False, comment)


@method(HOST, name="host.getID")
def host_getID(call: Call) -> Any:
    """The asking host's id."""
    return call.session.host_id


@method(HOST, name="host.getHost")
def host_getHost(call: Call) -> Any:
    """The asking host, as `getHost` shows it."""
    return hosts.get(call, call.session.host_id)


@method(HOST, name="host.isEnabled")
def host_isEnabled(call: Call) -> Any:
    """Whether the asking host is given tasks."""
    found = hosts.get(call, call.session.host_id, strict=True)
    return found is not None and found["enabled"]


@method(HOST, writes=True, name="host.updateHost")
def host_updateHost(call: Call, task_load: Any, ready: Any, data: Any = None) -> None:
    """The asking host lives, has this much to do, takes more if `ready`; `data` is for the scheduler."""
    scheduler.check_in(call, task_load, ready, data)
