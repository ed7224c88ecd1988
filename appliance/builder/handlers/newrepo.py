"""The task that makes a tag's repository: composed from rows, published whole, then ready."""

from typing import Any

from appliance.builder import fetch
from appliance.builder.steps import Finished, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import external_repos, repo_content, repo_opts, repos, tags
from appliance.hub.repo_content import Wanted
from appliance.repodata import publish

_OPTIONS = ("src", "debuginfo", "separate_src")


@handles("newRepo", weight=0.1)
def new_repo(work: Work) -> Step:
    """Compose the repository of a tag as it is now, or was at an event; [its id, the event that it shows]."""
    tag, event = work.argument(0, "tag"), work.argument(1, "event")
    if event is None:
        _look_outside(work, tag)
    repo = _begin(work, tag, event)
    with work.reading() as call:
        directory = repos.directory_of(call, repo)
        for arch in repo_content.arches(call, repo["tag_id"], event):
            opts = repo["opts"] or {}
            wanted = Wanted(
                repo["tag_id"], arch, repo["create_event"], bool(opts.get("src")), bool(opts.get("debuginfo"))
            )
            publish(repo_content.compose_tag(call, wanted), directory / arch)
    with work.writing() as call:
        repos.done(call, repo["id"], {}, expired=event is not None)
    return Finished([repo["id"], repo["create_event"]])


def _begin(work: Work, tag: Any, event: int | None) -> Row:
    """The task's repository row; the one it began before a restart, if it did."""
    given = {name: work.argument(index, name) for index, name in enumerate(_OPTIONS, 2)}
    opts = {**repo_opts.known(work.argument(5, "opts")), **{k: v for k, v in given.items() if v is not None}}
    with work.writing() as call:
        found = call.tx.value(
            "SELECT id FROM repo WHERE task_id = :task AND state = :init",
            {"task": work.id, "init": repos.INIT},
        )
        repo_id = found or repos.init(call, tag, work.id, event, opts)[0]
        return repos.require(call, repo_id)


def _look_outside(work: Work, tag: Any) -> None:
    """Bring what is known of the tag's external repositories up to date."""
    with work.reading() as call:
        tag_id = tags.require(call, tag)["id"]
        arches = repo_content.arches(call, tag_id)
        found = [pair for arch in arches for pair in repo_content.external(call, Wanted(tag_id, arch))]
    if not arches:
        raise GenericError(f"tag {tag} has no arches, so it has no repository")
    seen: dict[str, dict[str, str]] = {}
    for repo, url in found:
        seen.setdefault(repo["external_repo_name"], {})[url] = fetch.refresh(work.hub, url)
    for name, revisions in seen.items():
        _note(work, name, revisions)


def _note(work: Work, name: str, revisions: dict[str, str]) -> None:
    """Record the revisions that were seen; an unchanged repository makes no event."""
    with work.reading() as call:
        known = external_repos.data(call, name) or {}
    before = known.get("revisions", {})
    if any(before.get(url) != revision for url, revision in revisions.items()):
        with work.writing() as call:
            external_repos.set_data(call, name, {**known, "revisions": {**before, **revisions}})
