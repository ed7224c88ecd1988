"""What a job makes outside its own directory, on record before it is made: its death leaves nothing."""

import os
import time
from pathlib import Path

from appliance.builder.process import as_root

FILE = "claims"
TAKEN = "taken"  # those of a job's paths elsewhere that are its own use of disk


def add(record: Path, *paths: Path, during: str = "") -> None:
    """Note paths, one a line; with DURING, they are claimed only if the job dies in that stage."""
    with record.open("a") as stream:
        stream.writelines(f"{during}\t{path}\n" for path in paths)


def read(record: Path, stage: str = "") -> list[Path]:
    """The paths on record that hold for a job which died in this stage."""
    lines = record.read_text().splitlines() if record.exists() else []
    noted = [line.partition("\t") for line in lines]
    return [Path(path) for during, _, path in noted if during in ("", stage)]


def clear(work: Path, stage: str = "") -> None:
    """Remove what a job claimed, and then its working directory."""
    for path in read(work / FILE, stage):
        remove(path)
    remove(work)


def put_away(work: Path, stage: str, trash: Path) -> None:
    """Do as `clear` does, but at once: what was claimed goes to a directory that `empty` clears later."""
    trash.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(read(work / FILE, stage)):
        if path.exists():
            path.rename(trash / f"{os.getpid()}-{time.monotonic_ns()}-{number}")
    remove(work)


def empty(trash: Path) -> None:
    """Remove what cancelled jobs have left to be removed."""
    for path in trash.iterdir() if trash.is_dir() else ():
        remove(path)


def remove(tree: Path) -> None:
    """Remove a tree, however deep it is and whosever its files are; nothing happens if it is not there."""
    if not os.path.lexists(tree):
        return
    import subprocess  # a job's first process starts without it

    subprocess.run([*as_root(), "rm", "-rf", "--one-file-system", "--", str(tree)], check=False)
