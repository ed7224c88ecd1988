"""Methods that submit images; each answers a task's id."""

from typing import Any

from appliance.hub import image_submissions as images
from appliance.hub.authority import permission, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

_IMAGE = permission("image")


@method(ruled("the permission of the image's type: livecd, appliance, livemedia"), writes=True)
def buildImage(
    call: Call,
    name: Any,
    version: Any,
    arch: Any,
    target: Any,
    ksfile: Any,
    img_type: Any,
    opts: Any = None,
    priority: Any = None,
) -> int:
    """Make a livecd, an appliance or a livemedia image from a kickstart file."""
    args = {"name": name, "version": version, "arch": arch, "target": target, "ksfile": ksfile}
    return images.kickstart(call, img_type, args, opts, priority)


@method(ruled("image permission"), writes=True)
def buildImageOz(
    call: Call,
    name: Any,
    version: Any,
    arches: Any,
    target: Any,
    inst_tree: Any,
    opts: Any = None,
    priority: Any = None,
) -> int:
    """Make an image from an installation tree."""
    args = {"name": name, "version": version, "arches": arches, "target": target, "inst_tree": inst_tree}
    return images.oz(call, args, opts, priority)


@method(_IMAGE, writes=True)
def buildImageIndirection(call: Call, opts: Any = None, priority: Any = None) -> int:
    """Make an image of two others; opts need `scratch` or `indirection_template_url`."""
    return images.indirection(call, opts, priority)


@method(_IMAGE, writes=True)
def osbuildImage(
    call: Call,
    name: Any,
    version: Any,
    distro: Any,
    image_type: Any,
    target: Any,
    arches: Any,
    opts: Any = None,
    priority: Any = None,
) -> int:
    """Make an image by osbuild."""
    args = {
        "name": name,
        "version": version,
        "distro": distro,
        "image_type": image_type,
        "target": target,
        "arches": arches,
    }
    return images.osbuild(call, args, opts, priority)


@method(_IMAGE, writes=True)
def kiwiBuild(
    call: Call,
    target: Any,
    arches: Any,
    desc_url: Any,
    desc_path: Any,
    optional_arches: Any = None,
    profile: Any = None,
    scratch: Any = False,
    priority: Any = None,
    make_prep: Any = False,
    repos: Any = None,
    release: Any = None,
    type: Any = None,
    type_attr: Any = None,
    result_bundle_name_format: Any = None,
    use_buildroot_repo: Any = True,
    version: Any = None,
    repo_releasever: Any = None,
) -> int:
    """Make an image from a kiwi description below `desc_path` of an SCM URL."""
    args = {"target": target, "arches": arches, "desc_url": desc_url, "desc_path": desc_path}
    opts = {
        "scratch": scratch,
        "profile": profile,
        "version": version,
        "release": release,
        "optional_arches": optional_arches,
        "repos": repos,
        "repo_releasever": repo_releasever,
        "make_prep": make_prep,
        "type": type,
        "use_buildroot_repo": use_buildroot_repo,
        "type_attr": type_attr,
        "result_bundle_name_format": result_bundle_name_format,
    }
    return images.kiwi(call, args, opts, priority)


@method(_IMAGE, writes=True)
def dudBuild(
    call: Call,
    dud_name: Any,
    dud_version: Any,
    arches: Any,
    target: Any,
    pkg_list: Any,
    optional_arches: Any = None,
    scratch: Any = False,
    alldeps: Any = False,
    scmurl: Any = None,
    priority: Any = None,
) -> int:
    """Make a driver update disk of packages of a target."""
    opts = {"scratch": scratch, "alldeps": alldeps, "scmurl": scmurl, "optional_arches": optional_arches}
    return images.driver_disk(call, [dud_name, dud_version, arches, target, pkg_list], opts, priority)
