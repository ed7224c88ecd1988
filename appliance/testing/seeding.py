"""Builds that are there without having been built: rows, real small packages, logs, tags."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji

from appliance.hub import bootstrap, builds, imports, packages, removal, tagging, tags, targets, users
from appliance.hub.hub import Call, Hub
from appliance.testing import rpmfile

_EMPTY = ("BUILDING", "FAILED", "CANCELED")  # states of builds that have no packages
ARCHES = "x86_64"


@dataclass(frozen=True)
class _Wanted:
    """One build to be made."""

    nvr: dict[str, Any]
    state: str
    rpms: tuple[str, ...]
    logs: Mapping[str, str]
    tags: tuple[str, ...]


class Seed:
    """Puts things into a hub as if they had been there, with the hub's own rules and no waiting."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    @contextmanager
    def call(self, user: str = "admin") -> Iterator[Call]:
        """A unit of work of the hub, as USER with an admin's rights."""
        with self.hub.write() as call:
            call.session = bootstrap.operator(call)
            call.session.user_id, call.session.user_name = users.identify(call, user), user
            yield call

    def bootstrap(self, path: Path | str) -> list[str]:
        """Bring about what a bootstrap file says; lines that say what was made."""
        return bootstrap.apply(self.hub, Path(path))

    def tag(self, name: str, arches: str = ARCHES, **options: Any) -> int:
        """A tag, if there is none of that name yet; its id. OPTIONS are those of `createTag`."""
        with self.call() as call:
            return _tag(call, name, arches, **options)

    def target(self, name: str, build_tag: str | None = None, dest_tag: str | None = None) -> None:
        """A target, with `NAME-build` that inherits from `NAME` where no tags are given."""
        with self.call() as call:
            dest = _tag(call, dest_tag or name)
            targets.create(call, name, _tag(call, build_tag or f"{name}-build", parent=dest), dest)

    def build(
        self,
        nvr: str,
        *,
        rpms: Iterable[str] = (),
        logs: Mapping[str, str] | None = None,
        tags: Iterable[str] = (),
        state: str = "COMPLETE",
        owner: str = "admin",
        epoch: int | None = None,
        **build: Any,
    ) -> dict[str, Any]:
        """A build, as `getBuild` shows it; with a source package and RPMS, unless its STATE has none.

        RPMS are `NAME.ARCH`, files are made on the spot; LOGS has texts by path below the build's logs, such
        as `x86_64/build.log`. The build is put into TAGS, which are made where they are missing, as is the
        package's place in their lists. STATE is one of Koji's names. Further keys of BUILD are `source`,
        `start_time`, `completion_time` (seconds), `extra`, `draft`, `task_id`.
        """
        named = {key: koji.parse_NVR(nvr)[key] for key in ("name", "version", "release")}
        wanted = _Wanted({**named, "epoch": epoch}, state, tuple(rpms), logs or {}, tuple(tags))
        with tempfile.TemporaryDirectory(prefix="appliance-seed-") as room, self.call(owner) as call:
            return _build(call, wanted, build, Path(room))

    def builds(self, *nvrs: str, **options: Any) -> list[dict[str, Any]]:
        """Several builds that are alike; each with a package of its own name, if OPTIONS do not say which."""
        return [self.build(nvr, **{"rpms": (f"{_name(nvr)}.x86_64",), **options}) for nvr in nvrs]


def _name(nvr: str) -> str:
    return str(koji.parse_NVR(nvr)["name"])


def _build(call: Call, wanted: _Wanted, values: dict[str, Any], room: Path) -> dict[str, Any]:
    if wanted.state in _EMPTY and (wanted.rpms or wanted.tags):
        raise ValueError(f"a build that is {wanted.state} has neither RPMs nor tags")
    first = wanted.state if wanted.state in _EMPTY else "COMPLETE"
    data = {**wanted.nvr, "state": koji.BUILD_STATES[first], **values}
    if first == "BUILDING":
        data["completion_time"] = None
    build = builds.require(call, imports.new_build(call, data, strict=True))
    if first == "COMPLETE":
        _add_rpms(call, build, wanted.rpms, room / "rpms")
    _add_logs(call, build, wanted.logs, room / "logs")
    for name in wanted.tags:
        _put_into(call, _tag(call, name), build)
    if wanted.state == "DELETED":
        removal.delete(call, build["id"])
    return builds.require(call, build["id"])


def _add_rpms(call: Call, build: dict[str, Any], wanted: tuple[str, ...], room: Path) -> None:
    release = koji.parse_target_release(build["release"]) if build["draft"] else build["release"]
    same = {"version": build["version"], "release": release, "epoch": build["epoch"]}
    buildtime = int(call.now())
    specs = [rpmfile.Spec(build["name"], arch="src", buildtime=buildtime, **same)]
    for each in wanted:
        name, _, arch = each.rpartition(".")
        files = (f"/usr/share/{name}/{arch}",)
        specs.append(rpmfile.Spec(name, arch=arch, source=build["name"], files=files, buildtime=buildtime, **same))
    for path in rpmfile.write(room, *specs, whole=True):
        imports.rpm(call, path, build)


def _add_logs(call: Call, build: dict[str, Any], logs: Mapping[str, str], room: Path) -> None:
    for name, text in logs.items():
        path = room / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        imports.log(call, path, build, str(Path(name).parent) if "/" in name else None)
    shutil.rmtree(room, ignore_errors=True)


def _put_into(call: Call, tag_id: int, build: dict[str, Any]) -> None:
    listed = packages.listed(call, tag_id, package_id=build["package_id"], inherit=True)
    if not listed:
        packages.put(call, tag_id, build["package_id"], build["owner_id"], force=True)
    tagging.tag(call, tags.require(call, tag_id), build)


def _tag(call: Call, name: str, arches: str = ARCHES, **options: Any) -> int:
    found = tags.get(call, name)
    return int(found["id"]) if found else tags.create(call, name, arches=arches, **options)
