"""Makes of a kickstart file one that installs from Koji's repositories, with all that it includes in it.

Run by itself, as a command of `JobSpec.arrange`, with a JSON document of the fields of `Order`.
"""

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_DEEPEST = 20  # of files that include each other; a kickstart file that goes deeper includes itself


@dataclass
class Order:
    """PATH is made into the file NAME of the working directory; both are kept with the job's results.

    REPOS ({name: address}) replace those that the file names, unless that is None; so does TREE, "" for none.
    A file that is to have a ROOT names the disk of "/".
    """

    path: str
    name: str
    repos: dict[str, str] | None
    tree: str
    root: bool


def stop(reason: str) -> None:
    """End, and say why where the user sees it."""
    with open("/notes/reason", "w", encoding="utf-8") as note:
        note.write(reason)
    sys.exit(reason)


def flattened(path: str, depth: int = 0) -> Iterator[str]:
    """The lines of a file, with those of the files that it includes by relative paths."""
    if not os.path.isfile(path) or depth > _DEEPEST:
        stop(f"Kickstart {path} {'does not exist.' if depth <= _DEEPEST else 'includes itself.'}")
    with open(path, encoding="utf-8", errors="replace") as stream:
        for line in stream.read().splitlines():
            words = line.split()
            if len(words) == 2 and words[0] == "%include" and not words[1].startswith("/") and "://" not in words[1]:
                yield from flattened(os.path.join(os.path.dirname(path), words[1]), depth + 1)
            else:
                yield line


def commands(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each line with its words if it is a command, and none if it is a comment or in a section."""
    section = False
    for line in lines:
        first = line.split(None, 1)[0] if line.strip() else ""
        if first.startswith("%") and first not in ("%include", "%ksappend"):
            section = first != "%end"
        yield line, [] if section or not first or first[0] in "#%" else _words(line)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return line.split()


def changed(lines: Iterable[str], repos: dict[str, str] | None, tree: str) -> Iterator[str]:
    """The lines of a file that installs from REPOS and TREE."""
    gone = {"repo"} if repos is not None else set()
    gone |= {"url"} if tree else set()
    yield from (f'repo --name="{name}" --baseurl={address}' for name, address in (repos or {}).items())
    yield from [f'url --url="{tree}"'] if tree else []
    yield from (line for line, words in commands(lines) if not (words and words[0] in gone))


def option(words: list[str], *names: str) -> str | None:
    """The value of an option of a command, by any of its names."""
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else "".join(words[index + 1 : index + 2])
    return None


def boot_arguments(lines: Iterable[str]) -> str:
    """What the bootloader is to give the kernel besides."""
    found = (option(words, "--append") for _, words in commands(lines) if words[:1] == ["bootloader"])
    return next((each for each in found if each), "")


def root_device(lines: Iterable[str]) -> str | None:
    """The disk that "/" is on, "" if that is left open; None for a file without "/"."""
    found = [words for _, words in commands(lines) if len(words) > 1]
    parts = [words for words in found if words[0] in ("part", "partition")]
    rooted = [words for words in parts if words[1] == "/"]
    if any(words[:2] == ["btrfs", "/"] for words in found):
        rooted += [words for words in parts if words[1].startswith("btrfs")]
    return (option(rooted[0], "--ondisk", "--ondrive") or "") if rooted else None


def write(order: Order) -> None:
    """Do what the order says; in /checkout/boot-arguments stands what the bootloader adds."""
    lines = list(changed(flattened(order.path), order.repos, order.tree))
    if order.root and root_device(lines) is None:
        stop('kickstart lacks a "/" mountpoint')
    text = "".join(f"{line}\n" for line in lines)
    for path in (order.name, f"/kept/{order.name}"):
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    with open(order.path, "rb") as given, open(f"/kept/{os.path.basename(order.path)}", "wb") as kept:
        kept.write(given.read())
    with open("boot-arguments", "w", encoding="utf-8") as stream:
        stream.write(boot_arguments(lines))


if __name__ == "__main__":
    write(Order(**json.loads(sys.argv[1])))
