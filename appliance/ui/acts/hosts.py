"""What people do with hosts and channels."""

from appliance.errors import GenericError
from appliance.hub import channels, hosts
from appliance.hub.authority import ADMIN, permission
from appliance.ui.forms import Form
from appliance.ui.pages.hosts import channel as channel_page
from appliance.ui.pages.hosts import listing, one
from appliance.ui.rendering import path
from appliance.ui.site import act
from appliance.ui.visit import Visit

_HOSTS = permission("host")


@act("/hosts/new", need=_HOSTS, page=listing, like="addHost")
def create(visit: Visit, form: Form) -> str:
    hosts.create(visit.call, form.text("name"), form.words("arches"))
    visit.notice = "The host is made; its builder logs in with a principal or a password of its own."
    return f"/hosts/{path(form.text('name'))}"


@act("/hosts/enable/<name:path>", need=_HOSTS, page=one, like="enableHost disableHost")
def enable(visit: Visit, form: Form, name: str) -> str:
    hosts.set_enabled(visit.call, name, form.text("do") == "enable")
    visit.notice = "It gets tasks." if form.text("do") == "enable" else "It gets no further tasks; what runs goes on."
    return f"/hosts/{path(name)}"


@act("/hosts/edit/<name:path>", need=_HOSTS, page=one, like="editHost")
def edit(visit: Visit, form: Form, name: str) -> str:
    try:
        capacity = float(form.text("capacity") or 0)
    except ValueError:
        raise GenericError("The capacity is a number.") from None
    texts = {key: form.text(key) for key in ("arches", "description", "comment")}
    hosts.edit(visit.call, name, {**texts, "capacity": capacity})
    visit.notice = "Saved."
    return f"/hosts/{path(name)}"


@act("/hosts/channel/<name:path>", need=_HOSTS, page=one, like="addHostToChannel removeHostFromChannel")
def channel(visit: Visit, form: Form, name: str) -> str:
    """Let a host serve a channel, or no more."""
    if form.text("do") == "leave":
        hosts.unsubscribe(visit.call, name, form.text("channel"))
    else:
        hosts.subscribe(visit.call, name, form.text("channel"))
    visit.notice = "Saved."
    return f"/hosts/{path(name)}"


@act("/channels/new", need=ADMIN, page=listing, like="addChannel")
def create_channel(visit: Visit, form: Form) -> str:
    channels.create(visit.call, form.text("channel"), form.text("description") or None)
    visit.notice = f"The channel {form.text('channel')} is made."
    return f"/channels/{path(form.text('channel'))}"


@act("/channels/enable/<name:path>", need=_HOSTS, page=channel_page, like="enableChannel disableChannel")
def enable_channel(visit: Visit, form: Form, name: str) -> str:
    channels.set_enabled(visit.call, name, form.text("do") == "enable")
    return f"/channels/{path(name)}"
