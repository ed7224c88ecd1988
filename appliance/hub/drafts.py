"""Draft builds: promoted, they become the build of their NVR."""

from pathlib import Path
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.models.builds import Build, Rpm
from appliance.errors import GenericError
from appliance.hub import builds, files, policy, signatures, tagging, volumes
from appliance.hub.hub import Call

POLICY = "draft_promotion"

# Packages of builds that are no drafts whose names a draft's have.
_TAKEN = """
SELECT o.id, o.name, o.version, o.release, o.arch FROM rpminfo r
JOIN rpminfo o ON o.name = r.name AND o.version = r.version AND o.release = r.release AND o.arch = r.arch
WHERE r.build_id = :build AND o.build_id <> r.build_id AND NOT o.draft AND o.external_repo_id = 0 LIMIT 1
"""


def promote(call: Call, info: Any, force: bool = False) -> Row:
    """Make a complete draft the build of its NVR; the build. Its files move, a link stays where they were."""
    draft = builds.require(call, info)
    release = _target_release(call, draft)
    asked = {"build": draft["id"], "target_release": release, "user_id": call.user_id}
    policy.enforce(call, POLICY, asked, force=force)
    call.tx.update(
        Build,
        {"draft": False, "release": release, "promoter": call.user_id, "promotion_time": call.now()},
        id=draft["id"],
    )
    call.tx.update(Rpm, {"draft": False}, build_id=draft["id"])
    build = builds.require(call, draft["id"])
    _move_files(call, draft, build)
    volumes.apply_policy(call, build["id"])
    tagging.mark(call, build["id"], "DRAFT_PROMOTION")
    call.ring("builds")
    return builds.require(call, build["id"])


def _target_release(call: Call, draft: Row) -> str:
    refusal = f"Cannot promote build {draft['nvr']}. Reason: "
    if not draft["draft"]:
        raise GenericError(f"{refusal}Not a draft build")
    if draft["state"] != builds.COMPLETE:
        raise GenericError(f"{refusal}state ({koji.BUILD_STATES[draft['state']]}) is not COMPLETE.")
    other = successor(call, draft["id"])
    if other is not None:
        raise GenericError(f"{refusal}Target build exists: {other['nvr']}(#{other['id']})")
    taken = call.tx.row(_TAKEN, {"build": draft["id"]})
    if taken is not None:
        raise GenericError(f"{refusal}NVRA conflict: {signatures.nvra(taken)} (#{taken['id']})")
    return str(koji.parse_target_release(draft["release"]))


def successor(call: Call, info: Any, safe: bool = False) -> Row | None:
    """The build of the NVR that a draft is to have; None for any other build, and with SAFE for what is none."""
    draft = builds.get(call, info) if safe else builds.require(call, info)
    if draft is None or not draft["draft"]:
        return None
    release = koji.parse_target_release(draft["release"])
    return builds.get(call, {"name": draft["name"], "version": draft["version"], "release": release})


def _move_files(call: Call, draft: Row, build: Row) -> None:
    top = call.paths.topdir
    source = Path(top.build(draft))
    if not source.exists():
        raise GenericError(f"Cannot promote build {draft['nvr']}. Reason: it has no files")
    files.rename(call, source, Path(top.build(build)))
    volumes.link_default(call, build)
    volumes.link_back(call, build, draft["release"])
