"""The simulated builder: ends jobs as a script says, with packages made on the spot, and never builds anything.

For tests of those who talk to a hub. It needs no root, no buildroot and no repository, and says `simulated` in
its outcome, in each log and in each package that it makes. The script is `simulated.json` in the job's cache
directory: a list of rules, the first that fits ends the job (see `Rule`); without one the job succeeds.
"""

import fcntl
import fnmatch
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import koji

from appliance.builder import ending, stages
from appliance.builder.outcome import BuildFailure, FailureClass
from appliance.builder.process import Identity
from appliance.builder.spec import JobSpec, result_dir, work_dir
from appliance.durable import write_whole
from appliance.testing import rpmfile

NAME = "simulated"
SCRIPT = "simulated.json"
_SAID = "simulated: no buildroot was made and nothing was compiled\n"


@dataclass
class Rule:
    """How jobs end whose PACKAGE and ARCH (patterns as of file names) and KIND (of `JobSpec`, or `*`) fit.

    END is `success` (with RPMS as `NAME.ARCH`; default: one of the package's name), `failure` (of the class
    FAILURE, with MESSAGE, and LOG as the build's log), `hang` (until a limit of time or somebody ends it) or
    `lost` (the process is gone without a word). DELAY seconds pass before. TIMES -1 is for ever.
    """

    package: str = "*"
    arch: str = "*"
    kind: str = "rebuild"
    end: str = "success"
    rpms: tuple[str, ...] = ()
    failure: FailureClass = "build-failed"
    message: str = "The script lets this build fail."
    log: str = ""
    delay: float = 0.0
    times: int = -1

    def fits(self, package: str, spec: JobSpec) -> bool:
        wanted = ((package, self.package), (spec.target, self.arch), (spec.kind, self.kind))
        return self.times != 0 and all(fnmatch.fnmatchcase(*pair) for pair in wanted)


def add_rule(cache: Path, rule: Rule) -> None:
    """Put a rule at the end of a hub's script."""
    change(cache, lambda rules: rules.append(rule))


def change(cache: Path, edit: Callable[[list[Rule]], object]) -> None:
    """Change a script; jobs that count their rules' times down wait meanwhile."""
    with (cache / f"{SCRIPT}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = cache / SCRIPT
        rules = [Rule(**each) for each in json.loads(path.read_text())] if path.exists() else []
        edit(rules)
        write_whole(path, json.dumps([asdict(rule) for rule in rules]))


def main(jobdir: Path) -> None:
    """Be the process of a job."""
    started = time.time()
    write_whole(jobdir / "pid", Identity.of(os.getpid()).to_json())
    spec = JobSpec.from_json((jobdir / "job.json").read_text())
    for place in (result_dir(jobdir), work_dir(jobdir), work_dir(jobdir) / "out"):
        place.mkdir(exist_ok=True)
    write_whole(work_dir(jobdir) / "report.json", json.dumps({"builder": NAME}))
    package = _package(spec)
    rule = _rule(spec, package)
    verdict = _run(jobdir, spec, package, rule)
    ending.conclude(jobdir, verdict, started, {})


def _rule(spec: JobSpec, package: rpmfile.Spec) -> Rule:
    """The first rule that fits, which is used once more now."""
    found: list[Rule] = []

    def use(rules: list[Rule]) -> None:
        found.extend([rule for rule in rules if rule.fits(package.name, spec)][:1])
        if found and found[0].times > 0:
            found[0].times -= 1

    change(Path(spec.cache_dir), use)
    return found[0] if found else Rule()


def _run(jobdir: Path, spec: JobSpec, package: rpmfile.Spec, rule: Rule) -> BuildFailure | None:
    results = result_dir(jobdir)
    for name in ("root.log", "build.log"):
        (results / name).write_text(_SAID + (rule.log if name == "build.log" else ""))
    with stages.StateLog(results / "state.log").stage(stages.BUILD):
        time.sleep(rule.delay)
        if rule.end == "lost":
            os.kill(os.getpid(), signal.SIGKILL)
        if rule.end == "hang":
            return _hang(spec)
    if rule.end == "failure":
        return BuildFailure(rule.failure, stages.BUILD, f"Simulated: {rule.message}")
    _make(work_dir(jobdir) / "out", spec, package, rule)
    return None


def _hang(spec: JobSpec) -> BuildFailure:
    limits = {"timeout": spec.timeout, "hung": spec.silence_timeout}
    held: list[tuple[float, FailureClass]] = [(each, name) for name, each in limits.items() if each]  # type: ignore[misc]
    if not held:
        signal.pause()
    seconds, failure = min(held)
    time.sleep(seconds)
    return BuildFailure(failure, stages.BUILD, f"Simulated: nothing happened for {seconds:g} seconds.")


def _make(out: Path, spec: JobSpec, package: rpmfile.Spec, rule: Rule) -> None:
    """Make the source package, and what a build for the job's arch makes of it."""
    if spec.kind in ("rebuild", "resrpm"):
        (out / package.filename).write_bytes(Path(spec.source).read_bytes())
    else:
        rpmfile.write(out, package, whole=True)
    wanted = rule.rpms or (f"{package.name}.{spec.target}",)
    for each in wanted if spec.kind in ("rebuild", "build") else ():
        name, _, arch = each.rpartition(".")
        if arch in (spec.target, "noarch"):
            files = (f"/usr/share/{name}/{NAME}",)
            made = replace(package, name=name, arch=arch, source=package.filename, files=files)
            rpmfile.write(out, made, whole=True)


def _package(spec: JobSpec) -> rpmfile.Spec:
    """What a job is about: its source package, its spec file, or the last word of where its sources are."""
    found: dict[str, Any] = {"name": _place(spec), "version": "1", "release": "1"}
    if spec.kind in ("rebuild", "resrpm"):
        found = koji.get_header_fields(spec.source, ["name", "version", "release", "epoch"])
    elif spec.kind == "reading":
        found = _of_name(_place(spec))
    elif spec.kind == "buildsrpm" and not spec.fetch:
        found = _of_spec(next(Path(spec.source).glob("*.spec")))
    summary = f"{found['name']} ({NAME})"
    return rpmfile.Spec(**found, arch="src", summary=summary, buildhost=NAME, buildtime=int(time.time()))


def _of_spec(path: Path) -> dict[str, str]:
    """Name, version and release of a spec file, as far as they are no macros."""
    text = path.read_text(errors="replace")
    found = {"name": path.stem, "version": "1", "release": "1"}
    for name in found:
        match = re.search(rf"^{name}:\s*([^\s%]+)", text, re.MULTILINE | re.IGNORECASE)
        found[name] = match[1] if match else found[name]
    return found


def _of_name(name: str) -> dict[str, str]:
    """Name, version and release in the name of a source package."""
    parts = name.removesuffix(".src").rsplit("-", 2)
    return dict(zip(("name", "version", "release"), [*parts, "1", "1"][:3], strict=True))


def _place(spec: JobSpec) -> str:
    commands = (*spec.fetch, spec.command)
    words = [urlsplit(word).path for command in commands for word in command if "://" in word]
    return Path(words[-1]).stem if words else "package"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
