"""Methods that submit builds of packages, containers and repositories; each answers a task's id.

`priority` is relative to the default one: higher is later, below zero for admins only.
"""

from typing import Any

from appliance.hub import scratch_merges, submissions
from appliance.hub.authority import ADMIN, LOGIN, permission, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(LOGIN, writes=True)
def build(call: Call, src: Any, target: Any, opts: Any = None, priority: Any = None, channel: Any = None) -> int:
    """Build `src` (an SCM URL, or the path of an uploaded SRPM below work/) for a target.

    opts: struct of `scratch`, `arch_override`, `repo_id`, `skip_tag`, `draft`, `custom_user_metadata`, ...
    """
    return submissions.build(call, src, target, opts, priority, channel)


@method(LOGIN, writes=True)
def chainBuild(call: Call, srcs: Any, target: Any, opts: Any = None, priority: Any = None, channel: Any = None) -> int:
    """Build `srcs`, a list of lists of sources, list after list, each against what the ones before gave."""
    return submissions.chain_build(call, srcs, target, opts, priority, channel)


@method(LOGIN, writes=True)
def mavenBuild(
    call: Call, url: Any, target: Any, opts: Any = None, priority: Any = None, channel: Any = "maven"
) -> int:
    """Build a Maven project from an SCM URL."""
    return submissions.maven_build(call, url, target, opts, priority, channel)


@method(LOGIN, writes=True)
def chainMaven(
    call: Call, builds: Any, target: Any, opts: Any = None, priority: Any = None, channel: Any = "maven"
) -> int:
    """Build Maven projects that depend on each other: a struct of name: parameters."""
    return submissions.chain_maven(call, builds, target, opts, priority, channel)


@method(LOGIN, writes=True)
def wrapperRPM(
    call: Call,
    build: Any,
    url: Any,
    target: Any,
    priority: Any = None,
    channel: Any = "maven",
    opts: Any = None,
) -> int:
    """Wrap the archives of a build that has no RPMs yet into RPMs, by a spec file from an SCM URL."""
    return submissions.wrapper_rpm(call, build, url, target, opts, priority, channel)


@method(ruled("hub policy vm", LOGIN), writes=True)
def winBuild(
    call: Call,
    vm: Any,
    url: Any,
    target: Any,
    opts: Any = None,
    priority: Any = None,
    channel: Any = "vm",
) -> int:
    """Build from an SCM URL in the virtual machine named `vm`."""
    return submissions.win_build(call, vm, url, target, opts, priority, channel)


@method(LOGIN, writes=True)
def buildContainer(
    call: Call,
    src: Any,
    target: Any,
    opts: Any = None,
    priority: Any = None,
    channel: Any = "container-binary",
) -> int:
    """Build a container image from an SCM URL."""
    return submissions.build_container(call, src, target, opts, priority, channel)


@method(LOGIN, writes=True)
def buildSourceContainer(
    call: Call, target: Any, opts: Any = None, priority: Any = None, channel: Any = "container-source"
) -> int:
    """Build a container image of the sources of another build."""
    return submissions.build_source_container(call, target, opts, priority, channel)


@method(permission("regen-repo", "repo"), writes=True)
def newRepo(
    call: Call,
    tag: Any,
    event: Any = None,
    src: Any = False,
    debuginfo: Any = False,
    separate_src: Any = False,
) -> int:
    """Make a tag's repository anew, as the tag is or was at an event; with sources, with debuginfo."""
    return submissions.new_repo(call, tag, event, src=src, separate_src=separate_src, debuginfo=debuginfo)


@method(permission("host"), writes=True)
def restartHosts(call: Call, priority: Any = 5, options: Any = None) -> int:
    """Have build hosts restart once they are idle; options: struct of `channel`, `arches`, `timeout`."""
    return submissions.restart_hosts(call, priority, options)


@method(ADMIN, writes=True)
def mergeScratch(call: Call, task_id: Any) -> int:
    """Import what a closed scratch build has for new architectures into the build of the same source.

    The answer is the build's id.
    """
    return scratch_merges.merge(call, task_id)
