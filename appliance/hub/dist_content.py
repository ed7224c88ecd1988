"""What a dist repository holds: the RPMs of a tag, each in the copy signed with the key that is wanted most."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.errors import BuildError, GenericError
from appliance.hub import builds, foreign, rpms, tagged
from appliance.hub.hub import Call
from appliance.repodata import Entry, Fragment
from appliance.repodata.merge import expand

_FRAGMENTS = "SELECT rpm_id, sigkey, pkgid, digest, sourcerpm FROM rpm_fragment WHERE rpm_id IN :rpms"

_BASELINES = {"x86_64_v2": ("x86_64",)}  # whose packages run there as well


@dataclass(frozen=True)
class Wanted:
    """Which RPMs: of a tag at an event, for one ARCH in its base form (or `src`), with KEYS in lower case."""

    tag_id: int
    arch: str
    keys: tuple[str, ...]
    event: int
    latest: Any
    inherit: bool


@dataclass
class Choice:
    """A copy of an RPM: `sigkey` None is the unsigned one, of `available` those whose signatures are known."""

    rpm: Row
    build: Row
    sigkey: str | None
    available: list[str]

    @property
    def file_name(self) -> str:
        return f"{self.rpm['name']}-{self.rpm['version']}-{self.rpm['release']}.{self.rpm['arch']}.rpm"

    def path(self, call: Call) -> Path:
        if self.sigkey is None:
            return rpms.path(call, self.build, self.rpm)
        return rpms.copy_path(call, self.build, self.rpm, self.sigkey)


def arches(arch: str) -> list[str]:
    """The arches of the packages that a repository of ARCH holds by itself."""
    if arch == "src":
        return ["src"]
    own = {each for each in expand(arch) if each in ("noarch", arch) or koji.canonArch(each) == arch}
    return sorted(own.union(*map(arches, _BASELINES.get(arch, ()))))


def choose(call: Call, wanted: Wanted) -> list[Choice]:
    """The RPMs of the tag, by name. Draft builds are refused: what they become is not known yet."""
    picked = tagged.Filter(event=wanted.event, inherit=wanted.inherit, latest=wanted.latest)
    found, made = tagged.with_rpms(call, wanted.tag_id, picked, arch=arches(wanted.arch), signatures=True)
    for build in made:
        if build.get("draft"):
            raise BuildError(f"Draft build: {build['nvr']} is not allowed")
    full = {build["id"]: build for build in (builds.require(call, each["id"]) for each in made)}
    choices: dict[int, Choice] = {}
    for row in found:
        sigkey = row.pop("sigkey")
        choice = choices.setdefault(row["id"], Choice(row, full[row["build_id"]], None, []))
        if sigkey is not None:
            choice.available.append(sigkey.lower())
    for choice in choices.values():
        choice.sigkey = next((key for key in wanted.keys if key in choice.available), None)
    return sorted(choices.values(), key=lambda each: each.file_name)


def described(choice: Choice) -> Row:
    """The package as `kojipkgs` has it."""
    return {**choice.rpm, "sigkey": choice.sigkey}


def entries(call: Call, described_: dict[str, Row]) -> list[Entry]:
    """The packages of `kojipkgs` ({file name: description}) as a repository lists them, by file name."""
    ids = [row["id"] for row in described_.values()]
    known = {(row["rpm_id"], row["sigkey"]): row for row in call.tx.rows(_FRAGMENTS, {"rpms": ids})}
    return [_entry(name, row, known) for name, row in sorted(described_.items())]


def _entry(name: str, row: Row, known: dict[tuple[int, str], Row]) -> Entry:
    found = known.get((row["id"], row["sigkey"] or ""))
    if found is None:
        raise GenericError(f"nothing is known of {name} with signature {row['sigkey'] or 'none'}")
    return Entry(
        row["name"], str(row["epoch"] or 0), row["version"], row["release"], row["arch"], found["pkgid"],
        found["digest"], found["sourcerpm"] or "", f"Packages/{name[0].lower()}/{name}", "", "",
    )  # fmt: skip


def fragments(call: Call, listed: Iterable[Entry]) -> dict[str, Fragment]:
    """{file name: what repositories say of the package}."""
    listed = list(listed)
    rows = foreign.load_fragments(call, [entry.digest for entry in listed])
    return {Path(entry.href).name: Fragment.unpack(rows[entry.digest]) for entry in listed}
