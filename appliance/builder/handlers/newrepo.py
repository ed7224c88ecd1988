"""The task that makes a tag's repository: composed from rows, published whole, then ready."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import koji

from appliance.builder import outside
from appliance.builder.steps import Finished, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import repo_content, repo_opts, repos, tags
from appliance.hub.hub import Call
from appliance.hub.repo_content import Wanted
from appliance.repodata import publish

_OPTIONS = ("src", "debuginfo", "separate_src")


@handles("newRepo", weight=0.1)
def new_repo(work: Work) -> Step:
    """Compose the repository of a tag as it is now, or was at an event; [its id, the event that it shows]."""
    tag, event = work.argument(0, "tag"), work.argument(1, "event")
    with work.reading() as call:
        tag_id = tags.require(call, tag, event=event)["id"]
        if not repo_content.arches(call, tag_id, event):
            raise GenericError(f"tag {tag} has no arches, so it has no repository")
    if event is None:
        outside.look(work.hub, tag_id)
    repo = _begin(work, tag, event)
    with work.reading() as call:
        directory = repos.directory_of(call, repo)
        for wanted in _parts(call, repo):
            publish(repo_content.compose_tag(call, wanted), directory / wanted.arch)
    with work.writing() as call:
        repos.done(call, repo["id"], {}, expired=event is not None)
    return Finished([repo["id"], repo["create_event"]])


@handles("createrepo", weight=0.1)
def create_repo(work: Work) -> Step:
    """Compose one arch for the host that makes a repository; [where below work its files are, their names].

    That host has not looked at external repositories for us, so they are taken as they are found now.
    """
    repo_id, arch = work.argument(0, "repo_id"), koji.canonArch(work.argument(1, "arch"))
    with work.reading() as call:
        repo = repos.require(call, repo_id)
    if repo["state"] != repos.INIT:
        raise GenericError(f"Repo {repo_id} not in INIT state (got {repo['state']})")
    outside.look(work.hub, repo["tag_id"])
    place = work.output_dir()
    with work.reading() as call:
        (wanted,) = (each for each in _parts(call, repo) if each.arch == arch)
        publish(repo_content.compose_tag(call, replace(wanted, outside_now=True)), place)
    for path in sorted((place / "repodata").iterdir()):
        path.rename(place / path.name)
    (place / "repodata").rmdir()
    return Finished([work.relative(), sorted(path.name for path in place.iterdir())])


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


def _parts(call: Call, repo: Row) -> Iterator[Wanted]:
    """What is composed: a repository for each arch, and one of source packages if that is asked for."""
    opts, event = repo["opts"], repo["create_event"]
    arches = repo_content.arches(call, repo["tag_id"], event)
    for arch in [*arches, *(["src"] if opts["separate_src"] else [])]:
        yield Wanted(repo["tag_id"], arch, event, opts["src"], opts["debuginfo"], repo_id=repo["id"])
