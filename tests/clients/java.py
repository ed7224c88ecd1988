"""Debian's Maven for buildroots: itself in packages, and what it builds with as a build of the hub's."""

import subprocess
from pathlib import Path

import koji

from tests.clients.site import Site, distribution, group

NVR = "org.apache.maven.plugins-maven-plugins-12-1"
_INFO = {"group_id": "org.apache.maven.plugins", "artifact_id": "maven-plugins", "version": "12"}
_GROUPS = {"maven-build": ["maven", "default-jdk-headless"], "wrapper-rpm-build": []}
_REPOSITORY = "usr/share/maven-repo"


def offer(site: Site) -> None:
    """Give the tag demo-build the groups that need Maven, and Debian's artifacts, since builds see no network."""
    session = site.session()
    tree = site.directory / "java"
    for package in (distribution("maven") / "Packages").glob("*.rpm"):
        _unpack(package, tree)
    build = {**koji.parse_NVR(NVR), "epoch": None}
    session.createMavenBuild(build, _INFO)
    with session.multicall(strict=True, batch=100) as calls:
        for path in (tree / _REPOSITORY).rglob("*"):
            if path.suffix in (".pom", ".jar"):
                calls.importArchive(*_arrived(site, path, path.relative_to(tree / _REPOSITORY)))
        calls.packageListAdd("demo-build", build["name"], "kojiadmin")
        calls.tagBuildBypass("demo-build", NVR)
        calls.editTag2("demo-build", maven_support=True, maven_include_all=True)
        for name, more in _GROUPS.items():
            calls.groupListAdd("demo-build", name)
            for each in [*group(distribution("maven"), "build"), *more]:
                calls.groupPackageListAdd("demo-build", name, each)


def _arrived(site: Site, path: Path, below: Path) -> tuple[str, str, str, dict[str, str]]:
    """Put an artifact where uploads are; the arguments that import it from there."""
    place = Path("cli-import") / below
    target = site.state / "koji" / "work" / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.read_bytes())
    *groups, artifact, version, _ = below.parts
    return str(place), NVR, "maven", {"group_id": ".".join(groups), "artifact_id": artifact, "version": version}


def _unpack(package: Path, target: Path) -> None:
    """What a package has of Java's artifacts, some of which are links to its libraries."""
    listed = subprocess.run(["rpm", "-qlp", package], capture_output=True, text=True, check=True).stdout
    if f"/{_REPOSITORY}/" not in listed:
        return
    target.mkdir(parents=True, exist_ok=True)
    with package.open("rb") as source:
        archive = subprocess.run(["rpm2archive", "-n"], stdin=source, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", target, "./usr/share"], input=archive, check=True)
