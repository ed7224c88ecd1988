"""What forges say of a push, in one form for all of them, and which packages it touches."""

import json
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from appliance.db.connection import Row
from appliance.errors import BadRequest


@dataclass(frozen=True)
class Push:
    """URLS are addresses of the repository, REF the branch or tag, PATHS what changed (None: not known)."""

    urls: tuple[str, ...]
    ref: str
    is_tag: bool
    committish: str
    paths: tuple[str, ...] | None = None
    actor: str | None = None


def read(forge: str, headers: Mapping[str, str], sent: Any) -> Push | None:
    """The push that a forge tells of; None for what is none. Raises BadRequest for what it can't be."""
    try:
        found = READERS[forge](headers, sent)
    except (KeyError, TypeError, IndexError, AttributeError):
        raise BadRequest("Bad Request") from None
    if found is None or not found.committish.strip("0"):  # a branch or tag that was deleted
        return None
    return found


def _github(headers: Mapping[str, str], sent: Any) -> Push | None:
    event = headers.get("X-GitHub-Event", "push")
    if event not in ("push", "create"):
        return None
    repository, ref = sent["repository"], _short(sent.get("ref", ""))
    is_tag = sent.get("ref_type") == "tag" or sent.get("ref", "").startswith("refs/tags/")
    committish = ref if is_tag else sent.get("after", "")
    actor = (sent.get("sender") or {}).get("url")
    urls = (repository["clone_url"], *(repository[key] for key in ("html_url", "git_url") if repository.get(key)))
    return Push(urls, ref, is_tag, committish, _changed(sent.get("commits")), actor)


def _gitlab(headers: Mapping[str, str], sent: Any) -> Push | None:
    if sent["object_kind"] not in ("push", "tag_push"):
        return None
    is_tag, ref = sent["object_kind"] == "tag_push", _short(sent.get("ref", ""))
    name = sent.get("user_username")
    committish = sent.get("after") or ""
    if is_tag and committish.strip("0"):
        committish = ref
    project, actor = sent["project"], f"gitlab.com:{name}" if name else None
    urls = tuple(project[key] for key in ("git_http_url", "web_url") if project.get(key))
    return Push((project["git_http_url"], *urls), ref, is_tag, committish, _changed(sent.get("commits")), actor)


def _bitbucket(headers: Mapping[str, str], sent: Any) -> Push | None:
    change = sent["push"]["changes"][0]["new"]
    if change is None:
        return None
    is_tag = change["type"] == "tag"
    committish = change["name"] if is_tag else change["target"]["hash"]
    actor = ((sent.get("actor") or {}).get("links") or {}).get("html", {}).get("href")
    urls = (sent["repository"]["links"]["html"]["href"],)
    return Push(urls, change["name"], is_tag, committish, None, actor)


def _pagure(headers: Mapping[str, str], sent: Any) -> Push | None:
    topic = headers.get("X-Pagure-Topic") or sent.get("topic", "")
    if not topic.endswith(("git.receive", "git.tag.creation")):
        return None
    said = sent["msg"]
    is_tag = topic.endswith("git.tag.creation")
    ref = said["tag"] if is_tag else said["branch"]
    repository = said["repo"]
    base = repository["full_url"].rstrip("/")
    ssh_like = posixpath.join(f"{urlsplit(base).scheme}://{urlsplit(base).netloc}", repository["fullname"])
    committish = ref if is_tag else said["end_commit"]
    return Push((base, ssh_like), ref, is_tag, committish, None, said.get("agent") or said.get("authors"))


READERS: dict[str, Callable[[Mapping[str, str], Any], Push | None]] = {
    "github": _github,
    "gitlab": _gitlab,
    "bitbucket": _bitbucket,
    "pagure": _pagure,
}


def _short(ref: str) -> str:
    """A branch's or tag's own name."""
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _changed(commits: Any) -> tuple[str, ...] | None:
    """The files that commits name; None where none says."""
    if not commits:
        return None
    kinds = ("added", "modified", "removed")
    return tuple(path for commit in commits for kind in kinds for path in commit.get(kind) or ())


def touches(push: Push, package: Row, name: str | None) -> bool:
    """Whether a package is to be built again: NAME, if given, is the only one asked for.

    Its repository must be the one, its branch (if it names one) be pushed to, and some change be below its
    directory. A tag is for the package that it names, as in NAME-VERSION, unless one was asked for.
    """
    source = json.loads(package["source_json"])
    if name is not None and package["name"] != name:
        return False
    if _plain(source["clone_url"]) not in {_plain(url) for url in push.urls}:
        return False
    if push.is_tag:
        return name is not None or push.ref.startswith(f"{package['name']}-")
    if source.get("committish") and _short(source["committish"]) != push.ref:
        return False
    below = posixpath.normpath((source.get("subdirectory") or ".").strip("/") or ".")
    return below == "." or push.paths is None or any(path.startswith(f"{below}/") for path in push.paths)


def _plain(url: str) -> str:
    """An address without what does not matter for which repository it is."""
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path.rstrip('/').removesuffix('.git').lower()}"
