"""How states are called and which sign they get, where things are shown, and what a task is, in words."""

from typing import Any

import koji

from appliance.db.connection import Row
from appliance.ui.rendering import nvr, part, path

TASK = {
    "FREE": ("wait", "waiting"),
    "ASSIGNED": ("wait", "assigned"),
    "OPEN": ("run", "running"),
    "CLOSED": ("ok", "done"),
    "CANCELED": ("stop", "cancelled"),
    "FAILED": ("bad", "failed"),
}
BUILD = {
    "BUILDING": ("run", "building"),
    "COMPLETE": ("ok", "complete"),
    "DELETED": ("none", "deleted"),
    "FAILED": ("bad", "failed"),
    "CANCELED": ("stop", "cancelled"),
}
REPO = {
    "INIT": ("run", "being made"),
    "READY": ("ok", "ready"),
    "EXPIRED": ("none", "expired"),
    "DELETED": ("none", "deleted"),
    "PROBLEM": ("bad", "problem"),
}
COPR = {
    "succeeded": ("ok", "succeeded"),
    "forked": ("ok", "forked"),
    "failed": ("bad", "failed"),
    "canceled": ("stop", "cancelled"),
    "skipped": ("none", "skipped"),
    "running": ("run", "running"),
    "starting": ("run", "starting"),
    "importing": ("run", "importing"),
    "pending": ("wait", "pending"),
    "waiting": ("wait", "waiting"),
}
METHODS = {
    "build": "build",
    "buildArch": "build for an architecture",
    "buildSRPMFromSCM": "source package",
    "rebuildSRPM": "source package",
    "tagBuild": "tagging",
    "newRepo": "repository",
    "createrepo": "repository part",
    "waitrepo": "wait for a repository",
    "distRepo": "dist repository",
    "createdistrepo": "dist repository part",
    "tagNotification": "mail",
    "buildNotification": "mail",
    "chainbuild": "chain of builds",
    "maven": "Maven build",
    "buildMaven": "Maven project",
    "chainmaven": "chain of Maven builds",
    "wrapperRPM": "wrapper RPMs",
    "image": "image",
    "livemedia": "live image",
    "createLiveMedia": "live image of an architecture",
    "livecd": "live CD",
    "createLiveCD": "live CD of an architecture",
    "appliance": "appliance image",
    "createAppliance": "appliance image of an architecture",
    "kiwiBuild": "kiwi image",
    "createKiwiImage": "kiwi image of an architecture",
    "coprSource": "source package",
    "coprBuild": "build for a chroot",
    "runroot": "command in a build root",
}
_SHORT = {
    "buildArch": "",
    "buildSRPMFromSCM": "source",
    "rebuildSRPM": "source",
    "buildMaven": "",
    "wrapperRPM": "wrapper",
    "createLiveMedia": "",
    "createLiveCD": "",
    "createAppliance": "",
    "createKiwiImage": "",
    "tagBuild": "tag",
    "waitrepo": "repository",
    "newRepo": "repository",
    "createrepo": "repository",
    "coprSource": "source",
    "coprBuild": "",
}


def _said(words: dict[str, tuple[str, str]], name: Any) -> dict[str, str]:
    kind, word = words.get(str(name), ("none", str(name).lower()))
    return {"kind": kind, "word": word}


def task(number: int) -> dict[str, str]:
    """{kind, word} of a task's state."""
    return _said(TASK, koji.TASK_STATES[number])


def build(number: int) -> dict[str, str]:
    return _said(BUILD, koji.BUILD_STATES[number])


def repo(number: int) -> dict[str, str]:
    return _said(REPO, koji.REPO_STATES[number])


def copr(name: str) -> dict[str, str]:
    return _said(COPR, name)


def method(name: str | None) -> str:
    """What a task of this method does."""
    return METHODS.get(name or "", name or "task")


def phase(row: Row) -> str:
    """What a part of something that runs is at: an architecture, or `source`, `tag` and so on."""
    return _SHORT.get(row["method"], row["method"]) or row["label"] or row["arch"]


# where things are


def project_address(ownername: str, name: str) -> str:
    owner = f"g/{part(ownername[1:])}" if ownername.startswith("@") else part(ownername)
    return f"/coprs/{owner}/{part(name)}/"


def subject(row: Row) -> Row:
    """`title`, `address` and `kind` of a row of the overview: what it is about, where that is shown."""
    if row.get("copr_id") is not None:
        name = row["copr_package"] or row["source"] or f"{row['source_type']} build"
        title = f"{name} {row['pkg_version']}" if row["pkg_version"] else name
        chroot = f" for {row['label']}" if row["label"] else ""
        kind = f"{row['ownername']}/{row['projectname']}{chroot}"
        return {"title": title, "address": f"/coprs/build/{row['copr_id']}", "kind": kind}
    if row.get("build_id") is not None:
        return {"title": nvr(row), "address": f"/builds/{row['build_id']}", "kind": method(row["method"])}
    title = row["label"] if row["parent"] and row["label"] else row["source"]
    title = title or f"{method(row['method'])} {row['id']}"
    return {"title": title, "address": f"/tasks/{row['id']}", "kind": method(row["method"])}


def package_address(name: str) -> str:
    return f"/packages/{path(name)}"
