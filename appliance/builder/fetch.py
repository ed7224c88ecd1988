"""Fetching an external repository's metadata, as far as it is needed and no larger than it may be."""

import shutil
import threading
import urllib.error
import urllib.parse
import urllib.request
from fnmatch import fnmatchcase
from pathlib import Path

from appliance.errors import GenericError
from appliance.hub import foreign
from appliance.hub.hub import Hub
from appliance.paths import inside
from appliance.repodata import ForeignRepository
from appliance.repodata.blocks import KINDS
from appliance.settings import Copr

_TIMEOUT = 30  # seconds without a byte
_MAX_FILE = 1 << 30
_ONE_AT_A_TIME: dict[str, threading.Lock] = {}  # by revision, which has one place to be fetched to
_SCHEMES = ("http", "https", "file", "ftp")


def refresh(hub: Hub, url: str) -> str:
    """Bring the database's view of the repository at URL up to date; its revision.

    Raises GenericError, with the address, where it cannot be read.
    """
    url = url.rstrip("/")
    index = read(f"{url}/repodata/repomd.xml")
    revision = foreign.revision_of(index)
    with _ONE_AT_A_TIME.setdefault(revision, threading.Lock()):
        with hub.read() as call:
            if foreign.known(call, url, revision):
                return revision
        directory = hub.paths.cache / "external" / revision
        repository = _download(directory, url, index)
        with hub.write() as call:
            foreign.remember(call, repository, revision)
        shutil.rmtree(directory, ignore_errors=True)
    return revision


def _download(directory: Path, url: str, index: bytes) -> ForeignRepository:
    (directory / "repodata").mkdir(parents=True, exist_ok=True)
    (directory / "repodata" / "repomd.xml").write_bytes(index)
    repository = ForeignRepository(directory, url)
    kinds = (*KINDS, *foreign.PASSED_THROUGH)
    for href, _, _ in repository.wanted(*kinds):
        path = inside(directory, href)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(read(f"{url}/{href}"))
    repository.verify(*kinds)
    return repository


def read(url: str, limit: int = _MAX_FILE) -> bytes:
    """The content at URL. Raises GenericError for other schemes, failures, and what is larger than LIMIT bytes."""
    if urllib.parse.urlsplit(url).scheme not in _SCHEMES:
        raise GenericError(f"cannot fetch {url}: only {', '.join(_SCHEMES)} are allowed")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
            content: bytes = response.read(limit + 1)
    except urllib.error.HTTPError as error:
        raise GenericError(f"cannot fetch {url}: {error}") from error
    except OSError as error:
        raise GenericError(f"cannot fetch {url}: {getattr(error, 'reason', error)}") from error
    if len(content) > limit:
        raise GenericError(f"cannot fetch {url}: larger than {limit} bytes")
    return content


def check(url: str, limits: Copr) -> None:
    """Refuse a URL whose protocol or host the settings do not allow."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in limits.allowed_protocols:
        raise GenericError(f"cannot fetch {url}: the protocol must be one of {', '.join(limits.allowed_protocols)}")
    if not any(fnmatchcase(parts.hostname or "", pattern) for pattern in limits.allowed_hosts):
        raise GenericError(f"cannot fetch {url}: its host is not among those that the settings allow")
