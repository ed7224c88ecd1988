"""What a job makes outside its own directory, on record before it is made: its death leaves nothing."""

import subprocess
from pathlib import Path

FILE = "claims"


def add(record: Path, *paths: Path) -> None:
    """Note paths, one a line."""
    with record.open("a") as stream:
        stream.writelines(f"{path}\n" for path in paths)


def read(record: Path) -> list[Path]:
    return [Path(line) for line in record.read_text().splitlines()] if record.exists() else []


def clear(work: Path) -> None:
    """Remove what a job claimed, and then its working directory."""
    for path in read(work / FILE):
        remove(path)
    remove(work)


def remove(tree: Path) -> None:
    """Remove a tree, however deep it is and whatever its names are; nothing happens if it is not there."""
    subprocess.run(["rm", "-rf", "--one-file-system", "--", str(tree)], check=False)
