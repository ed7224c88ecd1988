"""What is installed in a buildroot: for the log, and for the record of what a package was built with."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from appliance.builder.outcome import BuildFailure, Installed
from appliance.builder.sandbox import Sandbox
from appliance.builder.stages import SETUP
from appliance.durable import write_whole

TAGS = ("NAME", "EPOCH", "VERSION", "RELEASE", "ARCH", "BUILDTIME", "LONGSIZE", "SIGMD5")
# What stands for the MD5 where rpm 6 has made a package without one, best first, under Koji's names for them. It is
# asked for only then: older rpms, which know no such packages, refuse a question with a tag that they don't know.
HEADER_DIGESTS = {"SHA3_256HEADER": "sha3-256", "SHA256HEADER": "sha256"}


def note(sandbox: Sandbox, work: Path, results: Path) -> None:
    """List the buildroot in JOBDIR/result/installed_pkgs.log, and whole in JOBDIR/work/buildroot.json."""
    found = query(sandbox)
    (results / "installed_pkgs.log").write_text("".join(_line(item) for item in found))
    write_whole(work / "buildroot.json", json.dumps([asdict(item) for item in found]))


def query(sandbox: Sandbox) -> list[Installed]:
    """The packages that the rpm inside sees; keys, which rpm keeps as packages, are left out."""
    asked = _ask(sandbox, TAGS)
    found = [_parse(line) for line in asked.stdout.splitlines()]
    if not found:
        raise BuildFailure(
            "root-failed",
            SETUP,
            f"The rpm inside the buildroot sees no packages in it: {asked.stderr.strip() or 'its database is empty'}",
        )
    found = [item for item in found if item.name != "gpg-pubkey"]
    if not all(item.sigmd5 for item in found):
        found = _with_digests(sandbox, found)
    return sorted(found, key=lambda item: (item.name, item.arch))


def _ask(sandbox: Sandbox, tags: Sequence[str]) -> subprocess.CompletedProcess[str]:
    form = "\\t".join(f"%{{{tag}}}" for tag in tags) + "\\n"
    return subprocess.run(sandbox.command(["rpm", "-qa", "--qf", form]), capture_output=True, text=True, check=False)


def _with_digests(sandbox: Sandbox, found: list[Installed]) -> list[Installed]:
    """The same packages, those without MD5 known by a digest of their headers that this host's rpm reads, too."""
    here = subprocess.run(["rpm", "--querytags"], capture_output=True, text=True, check=False).stdout.split()
    digests: dict[tuple[str, ...], str] = {}
    for tag in [tag for tag in reversed(HEADER_DIGESTS) if tag in here]:
        for line in _ask(sandbox, ("NAME", "VERSION", "RELEASE", "ARCH", tag)).stdout.splitlines():
            *nvra, digest = line.split("\t")
            if digest != "(none)":
                digests[tuple(nvra)] = f"{HEADER_DIGESTS[tag]}::{digest}"
    return [item if item.sigmd5 else replace(item, sigmd5=digests.get(item.nvra, "")) for item in found]


def satisfy(sandbox: Sandbox, srpms: str) -> bool:
    """True if all that the source packages in a directory inside require is surely there; it saves a dnf.

    Only a name that an installed package provides is sure; versions, paths and conditions are dnf's to judge.
    """
    script = 'rpm -qpR "$0"/*.src.rpm && echo && rpm -qa --provides'
    asked = subprocess.run(
        sandbox.command(["/bin/sh", "-c", script, srpms]), capture_output=True, text=True, check=False
    )
    wanted, _, provided = asked.stdout.partition("\n\n")
    names = {line.partition(" ")[0] for line in provided.splitlines()}
    return asked.returncode == 0 and all(line in names or line.startswith("rpmlib(") for line in wanted.splitlines())


def read(work: Path) -> tuple[Installed, ...]:
    """What `note` wrote; () where the job did not come that far."""
    path = work / "buildroot.json"
    return tuple(Installed(**item) for item in json.loads(path.read_text())) if path.exists() else ()


def _parse(line: str) -> Installed:
    name, epoch, version, release, arch, buildtime, size, sigmd5 = line.split("\t")
    return Installed(
        name,
        _number(epoch),
        version,
        release,
        arch,
        _number(buildtime) or 0,
        _number(size) or 0,
        "" if sigmd5 == "(none)" else sigmd5,
    )


def _number(text: str) -> int | None:
    return None if text == "(none)" else int(text)


def _line(item: Installed) -> str:
    epoch = f"{item.epoch}:" if item.epoch is not None else ""
    nevra = f"{item.name}-{epoch}{item.version}-{item.release}.{item.arch}"
    return f"{nevra} {item.buildtime} {item.size} installed\n"
