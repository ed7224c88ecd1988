"""A sample site: the hub of a small team, its rows made by the verbs that clients and builders call."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.builder import local
from appliance.db.models.tasks import TaskFailure
from appliance.hub import (
    buildroots,
    channels,
    completion,
    copr_builds,
    copr_packages,
    copr_results,
    copr_states,
    copr_submissions,
    external_repos,
    groups,
    mock_chroots,
    packages,
    project_settings,
    projects,
    repos,
    state,
    submissions,
    tagging,
    tags,
    targets,
    tasks,
    users,
)
from appliance.hub.hub import Call, Hub, Session
from tests.ui.packages import (
    ANCHOR,
    FONTS,
    HARBOR,
    LANTERN,
    MOORING,
    QUAY,
    QUAY_OLD,
    TIDE,
    TIDE_NEXT,
    TIDE_OLD,
    Package,
)

PASSWORD = "anchors aweigh"
CHROOTS = ("fedora-42-x86_64", "fedora-42-aarch64", "epel-10-x86_64")
COMPILER = [
    "src/ballast.c:88:21: error: incompatible types when assigning to type 'struct keel' from type 'int'",
    "   88 |         ship->keel = keel_lay(depth);",
    "      |                     ^~~~~~~~",
    "make[2]: *** [Makefile:214: src/ballast.o] Error 1",
    "error: Bad exit status from /var/tmp/rpm-tmp.bVx7Qd (%build)",
]


class Clock:
    """The hub's time, which the sample moves on by itself."""

    def __init__(self, ago: float) -> None:
        self.now = time.time() - ago

    def __call__(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.now += seconds


def made(place: Path) -> Path:
    """A state directory with the sample in it."""
    state.init(place, empty=True)
    hub = state.open_hub(place)
    Sample(hub).fill()
    hub.close()
    return place


class Sample:
    """Fills a hub, in the order in which a team would have: `fill` does it all."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.clock = Clock(ago=3 * 86400)
        hub.clock = hub.database.clock = self.clock
        self.people: dict[str, Session] = {}

    def fill(self) -> None:
        self.make_people()
        self.make_tags()
        self.build_history()
        self.make_projects()
        self.clock.now = time.time() - 900
        self.fail(TIDE, "jonas")
        self.lack(MOORING, "kit")
        self.send_mails()
        self.clock.now = time.time() - 95
        self.run_on(TIDE_NEXT, "jonas")
        self.wait_in_line()

    @contextmanager
    def by(self, name: str) -> Iterator[Call]:
        """A unit of work of one of the people, or of the local `host`."""
        with self.hub.write() as call:
            call.session = local.ensure(call) if name == "host" else self.people.get(name, Session())
            yield call
        self.clock.rest(0.2)

    # the site

    def make_people(self) -> None:
        everybody = (("mira", ["admin"]), ("jonas", ["tag"]), ("kit", []))
        with self.hub.write() as call:
            for name, permissions in everybody:
                entry = {"name": name, "password": PASSWORD, "permissions": permissions, "api_token": name}
                users.bring_about(call, entry)
                user_id = users.identify(call, name)
                held = frozenset(permissions)
                self.people[name] = Session(user_id=user_id, user_name=name, perms=held)
            for name in CHROOTS:
                mock_chroots.bring_about(call, {"name": name})
        with self.by("mira") as call:
            local.register(call)
            channels.edit(call, "default", {"description": "Most builds"})

    def make_tags(self) -> None:
        with self.by("mira") as call:
            tags.create(call, "f42", arches="x86_64 aarch64")
            tags.create(call, "f42-updates", parent="f42")
            tags.create(call, "f42-override", parent="f42-updates")
            tags.create(call, "f42-build", parent="f42-override", arches="x86_64 aarch64")
            tags.create(call, "f42-candidate", arches="x86_64")
            tags.edit(call, "f42-build", extra={"mock.package_manager": "dnf5"})
            external_repos.create(call, "fedora-42", "https://mirror.example.com/fedora/42/$arch/")
            external_repos.add_to_tag(call, "f42-build", "fedora-42", 10)
            targets.create(call, "f42", "f42-build", "f42-candidate")
            targets.create(call, "f42-updates", "f42-build", "f42-updates")
            for name in ("libquay", "harbor-cli", "python-lanternfish", "driftwood-fonts", "tidewater"):
                packages.add(call, "f42", name, "mira")
            for name in ("tidewater", "mooring", "anchorage", "libquay", "harbor-cli", "python-lanternfish"):
                packages.add(call, "f42-candidate", name, "jonas")
            packages.add(call, "f42-updates", "driftwood-fonts", "kit", block=True, force=True)
        with self.by("mira") as call:
            groups.add(call, "f42-build", "build", description="What every buildroot has")
            for name in ("bash", "coreutils", "gcc", "make", "rpm-build"):
                groups.add_package(call, "f42-build", "build", name)
            self.repo, _ = repos.init(call, "f42-build")
            repos.set_state(call, self.repo, repos.READY)

    # builds of koji

    def build_history(self) -> None:
        for package, owner, tag, took in (
            (QUAY_OLD, "mira", "f42", 231), (LANTERN, "jonas", "f42", 48), (FONTS, "kit", "f42", 31),
            (TIDE_OLD, "jonas", "f42", 187), (QUAY, "mira", "f42-updates", 262), (HARBOR, "mira", "f42-candidate", 118),
        ):  # fmt: skip
            self.build(package, owner, tag, took)
            self.clock.rest(7 * 3600 + 811)

    def submit(self, package: Package, owner: str) -> int:
        with self.by(owner) as call:
            return submissions.build(call, f"cli-build/1763.AbCd/{package.nvr}.src.rpm", "f42")

    def open(self, task_id: int) -> None:
        with self.by("host") as call:
            assert tasks.open(call, task_id)

    def child(self, parent: int, method: str, label: str, arch: str, arguments: list[object]) -> int:
        with self.by("host") as call:
            task_id = tasks.make(call, method, arguments, parent=parent, label=label, arch=arch)
        self.open(task_id)
        return task_id

    def close(self, task_id: int, result: object = None) -> None:
        with self.by("host") as call:
            tasks.close(call, task_id, tasks.encode_result(result))

    def output(self, task_id: int) -> Path:
        place = Path(self.hub.paths.topdir.work(), self.hub.paths.topdir.taskrelpath(task_id))
        place.mkdir(parents=True, exist_ok=True)
        return place

    def log(self, task_id: int, name: str, text: str) -> None:
        (self.output(task_id) / name).write_text(text)

    def source(self, task_id: int, package: Package) -> None:
        """The task that makes the source package, from beginning to end."""
        part = self.child(task_id, "rebuildSRPM", "srpm", "noarch", [f"{package.nvr}.src.rpm", "f42-build", {}])
        self.log(part, "build.log", f"Wrote: /builddir/build/SRPMS/{package.nvr}.src.rpm\n")
        self.clock.rest(9)
        self.close(part, {"srpm": f"{package.nvr}.src.rpm"})

    def announce(self, task_id: int, package: Package) -> int:
        facts = {"name": package.name, "version": package.version, "release": f"{package.release}.fc42"}
        source = f"git+https://git.example.com/rpms/{package.name}.git#4f1c9d2"
        with self.by("host") as call:
            return completion.init(call, {**facts, "epoch": None, "task_id": task_id, "source": source})

    def build(self, package: Package, owner: str, tag: str, took: float) -> int:
        """A build that goes well and is tagged; its id."""
        task_id = self.submit(package, owner)
        self.clock.rest(1.5)
        self.open(task_id)
        self.source(task_id, package)
        build_id = self.announce(task_id, package)
        parts = {arch: self.child(task_id, "buildArch", arch, arch, [package.nvr]) for arch in package.arches}
        roots = {arch: self.root(part, arch) for arch, part in parts.items()}
        for number, (arch, part) in enumerate(parts.items()):
            self.clock.rest(took / len(parts))
            self.deliver(part, package, arch, with_source=not number)
            self.close(part, {"rpms": []})
        self.complete(task_id, build_id, package, parts, roots)
        tagger = self.child(task_id, "tagBuild", "tag", "noarch", [tag, build_id, False, None, True])
        with self.by("mira") as call:
            tagging.add(call, tag, build_id, force=True)
        self.close(tagger)
        self.close(task_id)
        self.send_mails()
        return build_id

    def send_mails(self) -> None:
        with self.hub.read() as call:
            waiting = call.tx.column("SELECT id FROM task WHERE state = 0 AND method LIKE '%Notification'")
        for task_id in waiting:
            self.open(task_id)
            self.close(task_id)

    def root(self, task_id: int, arch: str) -> int:
        with self.by("host") as call:
            made = buildroots.new(call, self.repo, arch if arch != "noarch" else "x86_64", task_id)
            known = [
                {"name": name, "version": "1.0", "release": "1.fc42", "epoch": None, "arch": "noarch", "size": 1000,
                 "payloadhash": f"{number:032x}", "buildtime": 1760000000, "location": "fedora-42"}
                for number, name in enumerate(("bash", "coreutils", "gcc", "glibc", "make", "rpm-build"))
            ]  # fmt: skip
            buildroots.set_list(call, made, known, task_id)
            buildroots.set_state(call, made, "BUILDING", task_id)
            return made

    def deliver(self, task_id: int, package: Package, arch: str, with_source: bool) -> None:
        """What a builder uploads: packages and logs."""
        place = self.output(task_id)
        for path in [*package.rpms(arch), *([package.srpm] if with_source else [])]:
            shutil.copy(path, place)
        self.log(task_id, "build.log", build_log(package, arch))
        self.log(task_id, "root.log", "Installing: bash, coreutils, gcc\nComplete!\n")
        self.log(task_id, "state.log", state_log(self.clock.now))

    def complete(
        self, task_id: int, build_id: int, package: Package, parts: dict[str, int], roots: dict[str, int]
    ) -> None:
        relative = self.hub.paths.topdir.taskrelpath
        first = next(iter(parts.values()))
        rpms = {f"{relative(part)}/{path.name}": roots[arch] for arch, part in parts.items()
                for path in package.rpms(arch)}  # fmt: skip
        names = ("build.log", "root.log", "state.log")
        logs = {arch: [f"{relative(part)}/{name}" for name in names] for arch, part in parts.items()}
        source = f"{relative(first)}/{package.srpm.name}"
        with self.by("host") as call:
            completion.complete(call, task_id, build_id, source, list(rpms), rpms, logs)

    def begin(self, package: Package, owner: str) -> tuple[int, int, dict[str, int]]:
        """(task, build, {arch: its part}) of a build whose parts have begun."""
        task_id = self.submit(package, owner)
        self.clock.rest(1)
        self.open(task_id)
        self.source(task_id, package)
        build_id = self.announce(task_id, package)
        parts = {arch: self.child(task_id, "buildArch", arch, arch, [package.nvr]) for arch in package.arches}
        return task_id, build_id, parts

    def end_badly(self, task_id: int, build_id: int, parts: dict[str, int], why: dict[str, object]) -> None:
        broken, *others = parts.values()
        text = str(why["message"])
        with self.by("host") as call:
            tasks.fail(call, broken, tasks.encode_fault(1005, text))
            call.tx.insert(TaskFailure, task_id=broken, **why)
            for other in others:
                tasks.cancel(call, other)
            completion.fail(call, task_id, build_id)
            tasks.fail(call, task_id, tasks.encode_fault(1005, text))
            call.tx.insert(TaskFailure, task_id=task_id, **{"class": "BuildError", "message": text})

    def fail(self, package: Package, owner: str) -> int:
        """A build that a compiler refuses; its id."""
        task_id, build_id, parts = self.begin(package, owner)
        log = build_log(package, "x86_64", lines=140).rpartition("Executing(%install)")[0]
        number = log.count("\n") + 1
        self.log(
            parts["x86_64"], "build.log", log + "\n".join(COMPILER) + "\n\nRPM build errors:\n    Bad exit status\n"
        )
        self.clock.rest(41)
        self.log(parts["x86_64"], "state.log", state_log(self.clock.now))
        self.end_badly(task_id, build_id, parts, {
            "class": "build-failed", "stage": "rpmbuild", "log": "build.log", "line": number, "subject": "src/ballast.c",
            "message": "The package could not be built; see build.log.", "lines": json.dumps(COMPILER),
        })  # fmt: skip
        return build_id

    def lack(self, package: Package, owner: str) -> int:
        """A build that wants a package which there is not; its id."""
        task_id, build_id, parts = self.begin(package, owner)
        line = "No matching package to install: 'rope-devel >= 4'"
        self.log(parts["x86_64"], "root.log", f"Updating repositories\n{line}\nNot all dependencies satisfied\n")
        self.clock.rest(6)
        self.end_badly(task_id, build_id, parts, {
            "class": "unmet-buildrequires", "stage": "chroot init", "log": "root.log", "line": 2,
            "subject": "rope-devel >= 4", "message": "What the package needs to be built is not there.",
            "lines": json.dumps([line, "Not all dependencies satisfied"]),
        })  # fmt: skip
        return build_id

    def run_on(self, package: Package, owner: str) -> tuple[int, dict[str, int]]:
        """A build that is still running when the sample is shown."""
        _, build_id, parts = self.begin(package, owner)
        for arch, part in parts.items():
            text = build_log(package, arch, lines=60).rpartition("Executing(%install)")[0]
            self.log(part, "build.log", text)
            self.log(part, "state.log", state_log(self.clock.now, ended=False))
        return build_id, parts

    def wait_in_line(self) -> None:
        for package in (HARBOR, LANTERN):
            self.submit(package, "kit")
        with self.by("mira") as call:
            tasks.make(call, "newRepo", ["f42-build"], label=None)

    # builds of projects

    def make_projects(self) -> None:
        with self.by("mira") as call:
            project_settings.add(call, "mira", {
                "name": "lighthouse", "chroots": list(CHROOTS),
                "description": "Nightly builds of the harbor tools.\n\nThey may sink; bring a life jacket.",
                "instructions": "After enabling it, install harbor-cli.", "homepage": "https://example.com/harbor",
            })  # fmt: skip
            project = projects.find(call, "mira", "lighthouse")
            for name in ("anchorage", "python-lanternfish", "libquay", "mooring"):
                url = f"https://git.example.com/{name}.git"
                given = {"package_name": name, "clone_url": url, "committish": "main"}
                copr_packages.add(call, project, name, "scm", given)
        good = dict.fromkeys(CHROOTS, "succeeded")
        self.project_build(ANCHOR, good)
        self.project_build(LANTERN, good)
        self.project_build(QUAY, {**good, CHROOTS[2]: "failed"})
        self.project_build(MOORING, dict.fromkeys(CHROOTS, "failed"))

    def project_build(self, package: Package, ends: dict[str, str]) -> int:
        """A build whose chroots end as ENDS says."""
        self.clock.rest(3600)
        with self.by("mira") as call:
            project = projects.find(call, "mira", "lighthouse")
            build_id = int(copr_submissions.rebuild(call, project, {"package_name": package.name})["id"])
            task_id = copr_builds.get(call, build_id)["task_id"]
        self.open(task_id)
        self.clock.rest(12)
        with self.by("mira") as call:
            copr_states.source_starting(call, build_id)
            copr_states.source_running(call, build_id)
            address = f"/results/mira/lighthouse/srpm-builds/{build_id:08d}/{package.srpm.name}"
            version = f"{package.version}-{package.release}.fc42"
            copr_states.importing(call, build_id, package.name, version, address)
            copr_states.imported(call, build_id)
        for chroot, end in ends.items():
            self.project_part(build_id, package, chroot, end)
        self.close(task_id)
        return build_id

    def project_part(self, build_id: int, package: Package, chroot: str, end: str) -> None:
        """The half of a build for one chroot."""
        with self.by("mira") as call:
            known = copr_builds.chroots_of(call, [build_id])
            task_id = next(row["task_id"] for row in known if row["name"] == chroot)
        self.open(task_id)
        with self.by("mira") as call:
            copr_states.chroot_starting(call, build_id, chroot)
            copr_states.chroot_running(call, build_id, chroot)
        self.clock.rest(35)
        room = copr_results.chroot_dir(build_id, package.name)
        place = self.hub.paths.results / "mira" / "lighthouse" / chroot / room
        place.mkdir(parents=True)
        if end == "succeeded":
            self.succeed(build_id, package, chroot, place, task_id)
        else:
            self.break_down(build_id, chroot, place, task_id)

    def succeed(self, build_id: int, package: Package, chroot: str, place: Path, task_id: int) -> None:
        arch = "noarch" if "noarch" in package.arches else chroot.rsplit("-", 1)[1]
        (place / "builder-live.log").write_text(build_log(package, arch))
        rows = []
        for path in [package.srpm, *package.rpms(arch)]:
            shutil.copy(path, place)
            named = {"name": package.name, "epoch": None, "version": package.version}
            release = f"{package.release}.fc42"
            kind = "src" if path == package.srpm else arch
            rows.append({**named, "release": release, "arch": kind, "filename": path.name, "size": path.stat().st_size})
        with self.by("mira") as call:
            copr_states.chroot_succeeded(call, build_id, chroot, rows)
        self.close(task_id)

    def break_down(self, build_id: int, chroot: str, place: Path, task_id: int) -> None:
        (place / "builder-live.log").write_text("Executing(%build): /bin/sh -e\n" + "\n".join(COMPILER) + "\n")
        with self.by("mira") as call:
            copr_states.chroot_failed(call, build_id, chroot)
        why = {
            "class": "build-failed", "stage": "rpmbuild", "log": "builder-live.log", "line": 2, "lines": json.dumps(COMPILER),
            "subject": "src/ballast.c", "message": "The package could not be built.",
        }  # fmt: skip
        with self.by("host") as call:
            tasks.fail(call, task_id, tasks.encode_fault(1005, "the build failed"))
            call.tx.insert(TaskFailure, task_id=task_id, **why)


def build_log(package: Package, arch: str, lines: int = 90) -> str:
    """What rpmbuild would have said."""
    compiled = [
        f"gcc -O2 -flto=auto -ffat-lto-objects -Wall -c src/part{number:03d}.c -o src/part{number:03d}.o"
        for number in range(lines)
    ]
    if lines > 20:
        compiled[17] = "src/rigging.c:31:9: warning: unused variable 'sail' [-Wunused-variable]"
        compiled[18] = "\x1b[32m   31 |     int sail;\x1b[0m"
    return "\n".join([
        f"Building target platforms: {arch}", f"Building for target {arch}",
        "Executing(%prep): /bin/bash -e /var/tmp/rpm-tmp.aE2xWm", "+ umask 022", f"+ cd {package.name}-{package.version}",
        "Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.bVx7Qd", "+ make -j2", *compiled,
        "Executing(%install): /bin/bash -e /var/tmp/rpm-tmp.cQ0pLk", "+ make install DESTDIR=/builddir/build/BUILDROOT",
        "Processing files: " + package.nvr, f"Wrote: /builddir/build/RPMS/{package.nvr}.{arch}.rpm", "",
    ])  # fmt: skip


def state_log(now: float, ended: bool = True) -> str:
    """What the builder would have noted of its stages."""
    said = [("Start: chroot init", 38), ("Finish: chroot init", 33), ("Start: rpmbuild", 33)]
    said += [("Finish: rpmbuild", 0)] if ended else []
    stamps = [(time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now - before)), text) for text, before in said]
    return "".join(f"{stamp},000 - {text}\n" for stamp, text in stamps)
