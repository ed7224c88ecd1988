"""What a job's layer holds before it is laid on the buildroot: a user, its home, rpm's macros, sources."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from appliance.builder import results, stages
from appliance.builder.outcome import BuildFailure
from appliance.builder.spec import JobSpec

USER = "mockbuild"  # the name that chroots made for mock's trade know
TOPDIR = ("BUILD", "BUILDROOT", "RPMS", "SOURCES", "SPECS", "SRPMS", "originals")
TREES = ("buildsrpm", "build")  # kinds of jobs whose source is a directory with a spec file
HOSTS = "127.0.0.1 localhost localhost.localdomain\n::1 localhost localhost.localdomain\n"
LEAD, SOURCE_TYPE = b"\xed\xab\xee\xdb", (0, 1)  # of an RPM file: magic, and at offset 6 its type


def fill(spec: JobSpec, lower: Path, upper: Path) -> None:
    """Write the layer. UPPER is empty and ours alone, so nothing in it can lead a write astray."""
    home = upper / "builddir"
    (home / "work").mkdir(parents=True)
    for name in TOPDIR:
        (home / "build" / name).mkdir(parents=True)
    (home / ".rpmmacros").write_text(macros(spec))
    place = {**dict.fromkeys(TREES, "build/SOURCES"), "script": "work"}.get(spec.kind, "build/originals")
    copy_source(spec, home / place)
    if spec.kind in TREES:
        _put_specs(home / "build")
    own(home, spec.uid)
    _accounts(spec.uid, lower, upper)
    _localhost(lower, upper)
    if spec.network:
        _etc(lower, upper).joinpath("resolv.conf").write_bytes(Path("/etc/resolv.conf").read_bytes())


def macros(spec: JobSpec) -> str:
    """The macros file of the user inside: where rpmbuild works, then what the root's description sets."""
    fixed = {
        "%_topdir": "/builddir/build",
        "%_rpmfilename": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
        "%_buildhost": os.uname().nodename,
    }
    given = {name if name.startswith("%") else f"%{name}": value for name, value in spec.root.macros.items()}
    return "".join(f"{name} {value}\n" for name, value in {**fixed, **given}.items())


def check_source(path: Path) -> None:
    """Refuse what is no source RPM by the first bytes, before a buildroot is made for it."""
    try:
        with path.open("rb") as stream:
            lead = stream.read(96)
    except OSError as error:
        raise BuildFailure("no-srpm", "", f"The source package cannot be read: {error}") from error
    if len(lead) < 96 or lead[:4] != LEAD:
        raise BuildFailure("no-srpm", "", f"{path.name} is no RPM file.")
    if tuple(lead[6:8]) != SOURCE_TYPE:
        raise BuildFailure("no-srpm", "", f"{path.name} is a binary package, and a source package is needed.")


def copy_source(spec: JobSpec, target: Path) -> None:
    """Copy what a job is made from into a directory: a file, or a tree with its links as links."""
    if spec.kind in ("rebuild", "resrpm"):
        with Path(spec.source).open("rb") as stream:
            results.copy(stream.fileno(), target / Path(spec.source).name)
    elif spec.source:
        copy_tree(Path(spec.source), target)


def copy_tree(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-R", "-P", "--", f"{source}/.", str(target)], check=True)


def choose_spec(names: Iterable[str], wanted: str) -> str:
    """The one spec file among these names, the wanted one if there are more."""
    found = [name for name in names if name.endswith(".spec") and wanted in ("", name)]
    if len(found) != 1:
        raise BuildFailure("no-srpm", stages.SRPM, f"One spec file is needed, and there are {len(found)}.")
    return found[0]


def _put_specs(topdir: Path) -> None:
    """rpmbuild wants the spec files beside the sources, mock's way; a link is not followed on the host."""
    for path in (topdir / "SOURCES").glob("*.spec"):
        shutil.copy2(path, topdir / "SPECS", follow_symlinks=False)


def own(tree: Path, uid: int) -> None:
    subprocess.run(["chown", "-R", "-h", f"{uid}:{uid}", "--", str(tree)], check=True)


def _accounts(uid: int, lower: Path, upper: Path) -> None:
    """Give the unprivileged user a name inside: some test suites ask for it."""
    entries = {
        "passwd": f"{USER}:x:{uid}:{uid}:Build user:/builddir:/bin/bash\n",
        "group": f"{USER}:x:{uid}:\n",
    }
    with results.directory(lower, "etc") as etc:
        if etc is None:
            return
        for name, entry in entries.items():
            (_etc(lower, upper) / name).write_text(_without_user(_read(etc, name)) + entry)


def _localhost(lower: Path, upper: Path) -> None:
    """Give the loopback its name where no package of the root does, as mock would: test suites serve there."""
    with results.directory(lower, "etc") as etc:
        if etc is not None and not _read(etc, "hosts"):
            (_etc(lower, upper) / "hosts").write_text(HOSTS)


def _without_user(table: str) -> str:
    return "".join(f"{line}\n" for line in table.splitlines() if not line.startswith(f"{USER}:"))


def _etc(lower: Path, upper: Path) -> Path:
    """The layer's /etc, with the mode of the root's own."""
    made = upper / "etc"
    if not made.exists():
        made.mkdir()
        shutil.copystat(lower / "etc", made)
    return made


def _read(directory: int, name: str) -> str:
    try:
        opened = os.open(name, results.FILE, dir_fd=directory)
    except OSError:
        return ""
    with open(opened, encoding="utf-8", errors="replace") as stream:
        return stream.read()
