"""Calls that submit work: what each accepts, and the task it makes."""

from typing import Any

import koji

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.tasks import Channel
from appliance.errors import ActionNotAllowed, GenericError, ParameterError, PreBuildError
from appliance.hub import builds, names, policy, scheduler, scm, tags, targets, tasks
from appliance.hub.hub import Call

_FREE_CHOICE = ("parent", "label", "channel", "arch", "priority", "assign")


def urgency(call: Call, priority: Any) -> Row:
    """The task option for a PRIORITY relative to the default one; below zero (sooner) is for admins only."""
    if not priority:
        return {}
    if check(priority, int) < 0 and not call.session.may("admin"):
        raise ActionNotAllowed("only admins may create high-priority tasks")
    return {"priority": koji.PRIO_DEFAULT + priority}


def routing(call: Call, priority: Any, channel: Any) -> Row:
    """The task options for a relative PRIORITY and a CHANNEL; nothing for None."""
    return {**urgency(call, priority), **({"channel": channel} if channel else {})}


def options(opts: Any) -> Row:
    """A submission's options as a dict; what is empty means none."""
    taken: Row = check(opts or {}, dict)
    return taken


def _send(call: Call, method: str, arglist: list[Any], priority: Any, channel: Any) -> int:
    return tasks.make(call, method, arglist, **routing(call, priority, channel))


# RPM builds


def build(call: Call, source: Any, target: Any, opts: Any = None, priority: Any = None, channel: Any = None) -> int:
    """Build SOURCE (an SCM URL, or an uploaded SRPM's path below work/) for TARGET; the task's id."""
    check(source, str)
    return _send(call, "build", [source, target, options(opts)], priority, channel)


def chain_build(
    call: Call, sources: Any, target: Any, opts: Any = None, priority: Any = None, channel: Any = None
) -> int:
    """Build lists of sources one after the other, each against what the ones before gave; the task's id."""
    check(sources, list)
    task_id = _send(call, "chainbuild", [sources, target, options(opts)], priority, channel)
    if any(scm.is_upload(str(each)) for level in sources if isinstance(level, list) for each in level):
        scheduler.keep_here(call, task_id, "Koji's daemon takes an uploaded source package for a build to wait for")
    return task_id


# Maven


def maven_build(call: Call, url: Any, target: Any, opts: Any, priority: Any, channel: Any) -> int:
    """Build a Maven project from an SCM; the task's id."""
    require_maven(call)
    check(url, str)
    return _send(call, "maven", [url, target, options(opts)], priority, channel)


def chain_maven(call: Call, builds: Any, target: Any, opts: Any, priority: Any, channel: Any) -> int:
    """Build Maven projects that depend on each other, `{name: its parameters}`; the task's id."""
    require_maven(call)
    check(builds, dict)
    return _send(call, "chainmaven", [builds, target, opts], priority, channel)


def wrapper_rpm(call: Call, build: Any, url: Any, target: Any, opts: Any, priority: Any, channel: Any) -> int:
    """Wrap a finished build's archives into RPMs by a spec file from an SCM; the task's id."""
    require_maven(call)
    wanted = {name: value for name, value in options(opts).items() if name != "repo_id"}
    check(url, str)
    wrapped = builds.require(call, build)
    if not (wanted.get("scratch") or wanted.get("create_build")) and _has_rpms(call, wrapped["id"]):
        raise PreBuildError(f"wrapper rpms for {koji.buildLabel(wrapped)} have already been built")
    arglist = [url, targets.require(call, target), builds.as_argument(wrapped), None, wanted]
    return tasks.make(call, "wrapperRPM", arglist, channel=check(channel, str), **urgency(call, priority))


def _has_rpms(call: Call, build_id: int) -> bool:
    found = call.tx.value("SELECT 1 FROM rpminfo WHERE build_id = :build LIMIT 1", {"build": build_id})
    return found is not None


def require_maven(call: Call) -> None:
    """Refuse where the hub takes no Maven builds."""
    if not call.settings.koji.enable_maven:
        raise GenericError("Maven support not enabled")


# Windows


def win_build(call: Call, vm: Any, url: Any, target: Any, opts: Any, priority: Any, channel: Any) -> int:
    """Build from an SCM in the virtual machine VM; the task's id. The hub policy `vm` decides who may."""
    if not call.settings.koji.enable_win:
        raise GenericError("Windows support not enabled")
    check(vm, str)
    check(url, str)
    tag = targets.require(call, target)["dest_tag"]
    policy.enforce(call, "vm", {"vm_name": vm, "tag": tag})
    return _send(call, "winbuild", [vm, url, target, options(opts)], priority, channel)


# containers, as the hub plug-in of Koji's container builds takes them


def build_container(call: Call, source: Any, target: Any, opts: Any, priority: Any, channel: Any) -> int:
    """Build a container image from an SCM; the task's id."""
    check(source, str)
    return _send(call, "buildContainer", [source, target, options(opts)], priority, channel)


def build_source_container(call: Call, target: Any, opts: Any, priority: Any, channel: Any) -> int:
    """Build a container image of sources; the task's id."""
    return _send(call, "buildSourceContainer", [target, options(opts)], priority, channel)


# the hub's own


def new_repo(call: Call, tag: Any, event: Any = None, **flags: Any) -> int:
    """Make a tag's repository anew, as it is or was at EVENT; the task's id.

    FLAGS are `src`, `debuginfo`, `separate_src`: what it shall hold besides.
    """
    tags.get(call, tag, strict=True, event=event)
    wanted = {"event": event} if event is not None else {}
    wanted.update({name: True for name, value in flags.items() if value})
    return tasks.make(call, "newRepo", koji.encode_args(tag, **wanted), priority=15, channel="createrepo")


def restart_hosts(call: Call, priority: Any = 5, opts: Any = None) -> int:
    """Have the build hosts restart once they are idle, all or those that OPTS name; the task's id."""
    if not isinstance(opts, (dict, type(None))):
        raise ParameterError(f"Invalid type of options: {type(opts)}")
    return tasks.make(call, "restartHosts", [] if opts is None else [opts], priority=priority)


def make_any(call: Call, args: tuple[Any, ...], opts: Row) -> int:
    """Make a task of any method as an admin wants it; its id. ARGS or OPTS have `method` and `arglist`."""
    if "owner" in opts:
        raise ActionNotAllowed("The owner option is not allowed here")
    given = {**opts, **dict(zip(("method", "arglist"), args, strict=False))}
    missing = {"method", "arglist"} - set(given)
    if missing or len(args) > 2:
        raise ParameterError(f"makeTask() needs a method and its arguments, not {len(args)} values")
    method, arglist = check(given["method"], str), check(given["arglist"], (list, tuple))
    return tasks.make(call, method, arglist, **_chosen(opts))


def _chosen(opts: Row) -> Row:
    """The task options that a client may set; one that is set must have a value."""
    chosen = {name: opts[name] for name in _FREE_CHOICE if name in opts}
    for name in {"channel", "assign"} & set(chosen):
        names.clause(chosen[name])
    if "parent" in chosen:
        chosen["parent"] = integer(chosen["parent"])
    if "label" in chosen:
        check(chosen["label"], str)
    return chosen


def make_subtask(call: Call, method: Any, arglist: Any, parent: Any, opts: Row) -> int:
    """Make a subtask of a task that the asking host has open, or find the one with the same label; its id.

    OPTS as for `tasks.make`, without owner; `kwargs` are keyword arguments.
    """
    tasks.assert_own(call, parent)
    if "owner" in opts:
        raise ActionNotAllowed("The owner option is not allowed here")
    found = tasks.labelled(call, parent, opts["label"]) if opts.get("label") is not None else None
    if found is not None:
        return found
    if opts.get("kwargs"):
        arglist = koji.encode_args(*arglist, **opts["kwargs"])
    return tasks.make(call, method, arglist, **{**_chosen(opts), "parent": parent})


def again(call: Call, task_id: Any) -> int:
    """Submit a top-level task that was canceled or failed once more, as its owner or an admin; the new id."""
    old = tasks.require(call, task_id, request=True)
    if old["state"] not in (tasks.CANCELED, tasks.FAILED):
        raise GenericError("only canceled or failed tasks may be resubmitted")
    if old["parent"] is not None:
        raise GenericError("only top-level tasks may be resubmitted")
    if call.user_id != old["owner"] and not call.session.may("admin"):
        raise GenericError("only the task owner or an admin may resubmit a task")
    channel = names.lookup(call, Channel, old["channel_id"], strict=True)
    assert channel is not None
    same = {"arch": old["arch"], "priority": old["priority"], "channel": channel["name"]}
    return tasks.make(call, old["method"], old["request"], **same)
