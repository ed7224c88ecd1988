"""Buildroots of failed jobs, kept for a while so that people can have them: one directory a task.

KEPT/tree is what the job had of a root, KEPT/base names the root that it is laid on, if it is not whole.
"""

import shutil
import time
from pathlib import Path

from appliance.builder import claims, namespace
from appliance.builder.logs import Log
from appliance.builder.outcome import BuildFailure
from appliance.builder.spec import JobSpec, result_dir, work_dir

TREE, BASE = "tree", "base"
_SECRETS = ("*/tmp/krb5cc*", "*/etc/*.keytab")


def keep(jobdir: Path, tree: str) -> None:
    """Put what a failed job had of a root aside, if it had any; nothing of the job runs."""
    if not (tree and Path(tree).is_dir()):
        return
    place, base = jobdir / "kept", work_dir(jobdir) / BASE
    place.mkdir()
    Path(tree).rename(place / TREE)
    if base.exists():
        base.rename(place / BASE)


def take(jobdir: Path, place: Path) -> None:
    """Move what `keep` put aside to a place of its own, if it did."""
    if (jobdir / "kept").is_dir():
        claims.remove(place)
        place.parent.mkdir(exist_ok=True)
        (jobdir / "kept").rename(place)


def expire(places: Path, seconds: float, now: float | None = None) -> list[Path]:
    """Remove what has been kept for so long; what was removed."""
    limit = (time.time() if now is None else now) - seconds
    old = [path for path in places.iterdir() if path.stat().st_mtime < limit] if places.is_dir() else []
    for path in old:
        claims.remove(path)
    return old


def archive(jobdir: Path, spec: JobSpec) -> None:
    """Pack a kept root (`full`), or its user's home with sources and build directories, as a result."""
    place, out = Path(spec.source), work_dir(jobdir) / "out"
    out.mkdir()
    tree = _whole(place, work_dir(jobdir)) if spec.full else place / TREE
    excluded = [f"--exclude={pattern}" for pattern in _SECRETS]
    command = [
        "tar",
        "-C",
        str(tree),
        "-czf",
        str(out / spec.output),
        *excluded,
        "--",
        "." if spec.full else "builddir",
    ]
    if Log(result_dir(jobdir) / "archive.log", spec.log_mb).run(command):
        raise BuildFailure("root-failed", "", "The buildroot could not be packed; see archive.log.")


def _whole(place: Path, work: Path) -> Path:
    """The root as the job saw it."""
    base = place / BASE
    if not base.exists():
        return place / TREE
    lower, merged = Path(base.read_text()), work / "merged"
    if not lower.is_dir():
        raise BuildFailure("root-failed", "", "The root below this buildroot is gone; its home can be saved yet.")
    for path in (merged, work / "ovl"):
        path.mkdir()
    namespace.overlay(lower, place / TREE, work / "ovl", merged)
    return merged


def free(places: Path, megabytes: int) -> None:
    """Remove kept roots, the oldest first, until so much of the disk is free."""
    found = list(places.iterdir()) if places.is_dir() else []
    for path in sorted(found, key=lambda path: path.stat().st_mtime):
        if shutil.disk_usage(places).free >= megabytes << 20:
            return
        claims.remove(path)
