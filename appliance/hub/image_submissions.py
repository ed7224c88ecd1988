"""Calls that submit images: what each accepts, and the task it makes."""

from typing import Any

import koji

from appliance.arguments import check
from appliance.db.connection import Row
from appliance.errors import ActionNotAllowed, GenericError
from appliance.hub import authority, targets, tasks
from appliance.hub.hub import Call
from appliance.hub.submissions import urgency

_KICKSTART_KINDS = ("livecd", "appliance", "livemedia")


def kickstart(call: Call, kind: Any, args: dict[str, Any], opts: Any, priority: Any) -> int:
    """An image from a kickstart file: KIND is livecd, appliance or livemedia, and names the permission.

    ARGS are `name, version, arch, target, ksfile`, in this order. The answer is the task's id.
    """
    if kind not in _KICKSTART_KINDS:
        raise GenericError(f"Unrecognized image type: {kind}")
    _check_texts(args, "name", "ksfile", "version")
    authority.require(call.session, kind)
    arch = "noarch" if kind == "livemedia" else args["arch"]
    return tasks.make(call, kind, [*args.values(), opts], channel=kind, arch=arch, **urgency(call, priority))


def oz(call: Call, args: dict[str, Any], opts: Any, priority: Any) -> int:
    """An image from an installation tree. ARGS are `name, version, arches, target, inst_tree`; its id."""
    _check_texts(args, "name", "inst_tree", "version")
    authority.require(call.session, "image")
    return _make(call, "image", [*args.values(), opts], **urgency(call, priority))


def indirection(call: Call, opts: Any, priority: Any) -> int:
    """An image made of two others by a template; the task's id."""
    routing = urgency(call, priority)
    check(opts, dict)
    if "scratch" not in opts and "indirection_template_url" not in opts:
        raise ActionNotAllowed("Non-scratch builds must provide url for the indirection template")
    if "arch" in opts:
        routing["arch"] = opts["arch"]
    return _make(call, "indirectionimage", [opts], **routing)


def osbuild(call: Call, args: dict[str, Any], opts: Any, priority: Any) -> int:
    """An image by osbuild. ARGS are `name, version, distro, image_type, target, arches`; the task's id."""
    _check_texts(args, "name", "version", "distro", "target")
    check(args["image_type"], (str, list))
    check(args["arches"], list)
    check(opts, dict, optional=True)
    return _make(call, "osbuildImage", [*args.values(), opts], **urgency(call, priority))


def kiwi(call: Call, args: dict[str, Any], opts: Row, priority: Any) -> int:
    """An image by kiwi. ARGS are `target, arches, desc_url, desc_path`, OPTS the others; the task's id."""
    _check_texts(args, "desc_url", "desc_path")
    for name in ("profile", "version", "release", "repo_releasever", "result_bundle_name_format"):
        check(opts[name], str, optional=True)
    for name in ("repos", "type_attr"):
        check(opts[name], list, optional=True)
    targets.get(call, args["target"], strict=True)
    wanted = {**opts, "optional_arches": _arches(opts["optional_arches"], optional=True)}
    for name in ("scratch", "make_prep", "use_buildroot_repo"):
        wanted[name] = bool(wanted[name])
    given = {name: value for name, value in wanted.items() if value}
    arglist = [args["target"], _arches(args["arches"]), args["desc_url"], args["desc_path"], given]
    return _make(call, "kiwiBuild", arglist, **urgency(call, priority))


def driver_disk(call: Call, args: list[Any], opts: Row, priority: Any) -> int:
    """A driver update disk. ARGS are name, version, arches, target and package list; the task's id."""
    return _make(call, "dudBuild", [*args, opts], **urgency(call, priority))


def _make(call: Call, method: str, arglist: list[Any], **routing: Any) -> int:
    return tasks.make(call, method, arglist, channel="image", **routing)


def _arches(value: Any, optional: bool = False) -> list[str]:
    text = " ".join(value) if isinstance(value, list) else value
    found: list[str] = koji.parse_arches(text, to_list=True, strict=True, allow_none=optional)
    return found


def _check_texts(args: dict[str, Any], *names: str) -> None:
    for name in names:
        check(args[name], str)
