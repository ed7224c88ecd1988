"""The state of a buildroot's repositories: a checksum of their repomd.xml, which is all that is fetched."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from appliance.builder.spec import RepoSpec, RootSpec

LIMIT = 64 << 20
BASE_ARCH = {"i386": "i386", "i486": "i386", "i586": "i386", "i686": "i386", "armv7hl": "arm"}


class Unreachable(Exception):
    """A repository whose repomd.xml none of its addresses gave; the text names it and the last reason."""


def of(root: RootSpec) -> str:
    """A checksum over the repositories' repomd.xml; Unreachable if there is one without."""
    known = {
        "arch": root.arch,
        "basearch": BASE_ARCH.get(root.arch, root.arch),
        "releasever": root.releasever or "0",
    }
    summed = hashlib.sha256()
    for repo in root.repos:
        summed.update(hashlib.sha256(_index(repo, known)).digest())
    return summed.hexdigest()


def _index(repo: RepoSpec, known: Mapping[str, str]) -> bytes:
    """The repository's repomd.xml; nothing for one that dnf does without where it is not to be had."""
    try:
        return _repomd(repo, known)
    except Unreachable:
        if repo.options.get("skip_if_unavailable") != "True":
            raise
        return b""


def _repomd(repo: RepoSpec, known: Mapping[str, str]) -> bytes:
    reason = "it has no address"
    for address in _addresses(repo, known):
        try:
            return read(address.rstrip("/") + "/repodata/repomd.xml")
        except OSError as error:
            reason = f"{address}: {error}"
    raise Unreachable(f"Repository {repo.id} cannot be read: {reason}")


def _addresses(repo: RepoSpec, known: Mapping[str, str]) -> Iterator[str]:
    """Where the repository may be, its own addresses before those that its mirror list names."""
    yield from (substitute(url, known) for url in repo.baseurl)
    for listed in (repo.metalink, repo.mirrorlist):
        if listed:
            yield from (substitute(url, known) for url in _mirrors(substitute(listed, known)))


def _mirrors(url: str) -> list[str]:
    """The base addresses in a mirror list (one a line) or in a metalink, which names repomd.xml itself."""
    try:
        text = read(url).decode("utf-8", "replace")
    except OSError:
        return []
    linked = re.findall(r">\s*((?:https?|file|ftp)://[^<\s]+?)/repodata/repomd\.xml\s*<", text)
    return linked or re.findall(r"^\s*((?:https?|file|ftp)://\S+)", text, re.MULTILINE)


def substitute(url: str, known: Mapping[str, str]) -> str:
    """URL with dnf's variables ($name, ${name}) replaced where they are known."""

    def value(match: re.Match[str]) -> str:
        return known.get((match[1] or match[2]).lower(), match[0])

    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", value, url)


def read(url: str) -> bytes:
    """A file by its path, file:, http:, https: or ftp: address; OSError if it cannot be had."""
    if url.startswith("/"):
        return Path(url).read_bytes()
    if url.startswith("file:"):
        return Path(unquote(url.removeprefix("file://").removeprefix("file:"))).read_bytes()
    if not re.match(r"(https?|ftp)://", url):
        raise OSError(f"not an address of a repository: {url}")
    from urllib.request import Request, urlopen  # much stands behind it that most jobs do without

    with urlopen(Request(url, headers={"User-Agent": "libdnf"}), timeout=30) as answer:
        return bytes(answer.read(LIMIT))


def digest(parts: Sequence[object]) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
