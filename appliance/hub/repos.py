"""Repositories of tags: rows and their states, which one is current, and what is in use."""

import json
from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.arguments import check, convert, identity, integer
from appliance.db import states
from appliance.db.connection import Row
from appliance.db.models.builds import Repo
from appliance.db.queries import repos as queries
from appliance.errors import GenericError, ParameterError
from appliance.hub import events, files, hosts, repo_lists, repo_opts, tag_changes, tags
from appliance.hub.hub import Call

INIT, READY, EXPIRED, DELETED, PROBLEM = range(5)


# reading


def get(call: Call, repo_id: Any, strict: bool = False) -> Row | None:
    """A repository with all that is known of it, as `repoInfo` shows it; None (STRICT: an error) if none."""
    clause = ["id", integer(repo_id, optional=True)]
    found = queries.REPOS.select([clause], "**").one(call.tx)
    if found is None and strict:
        raise GenericError("query returned no rows")
    return found


def require(call: Call, repo_id: Any) -> Row:
    """As `get`; a GenericError if there is no such repository."""
    found = get(call, repo_id, strict=True)
    assert found is not None
    return found


def listed(call: Call, clauses: Any, fields: Any = None, opts: Row | None = None) -> Any:
    """Repositories by clauses, as `View.select` takes them."""
    return queries.REPOS.select(clauses, fields, opts).rows(call.tx, opts)


def active(call: Call) -> list[Row]:
    """Every repository that is not deleted, as `getActiveRepos` shows them."""
    found: list[Row] = queries.REPOS.select([["state", "!=", DELETED]], queries.ACTIVE_FIELDS).rows(call.tx)
    return found


def newest(
    call: Call, tag: Any, state: Any = None, event: Any = None, dist: Any = False, min_event: Any = None
) -> Row | None:
    """The newest repository of a tag in a state (ready by default), or as of EVENT in any; None if none."""
    clauses: list[list[Any]] = [["tag_id", tags.known(call, tag)], ["dist", convert(dist, bool)]]
    state, event = integer(state, optional=True), integer(event, optional=True)
    if event:
        clauses.append(["create_event", "<=", event])
    else:
        clauses.append(["state", READY if state is None else state])
    if min_event is not None:
        clauses.append(["create_event", ">=", integer(min_event)])
    return _first(call, clauses, "-creation_time")


def best(call: Call, tag: Any, min_event: Any = None, at_event: Any = None, opts: Any = None) -> Row | None:
    """The newest ready repository of a tag that has OPTS and no others set for it alone; None if none.

    It shows AT_EVENT if that is given, else no earlier an event than MIN_EVENT.
    """
    tag_id = tags.known(call, tag)
    min_event, at_event = integer(min_event, optional=True), integer(at_event, optional=True)
    wanted = repo_opts.text(repo_opts.checked(opts))
    clauses: list[list[Any]] = [
        ["tag_id", tag_id],
        ["dist", False],
        ["state", READY],
        ["opts", "@>", wanted],
        ["custom_opts", "<@", wanted],
    ]
    if at_event is not None:
        clauses.append(["create_event", at_event])
    elif min_event is not None:
        clauses.append(["create_event", ">=", min_event])
    return _first(call, clauses, "-create_event")


def current(call: Call, tag: Any) -> Row | None:
    """The ready repository of a tag that shows it as it is now; None if there is none."""
    tag_id = tags.known(call, tag)
    return best(call, tag_id, min_event=tag_changes.last(call, tag_id))


def _first(call: Call, clauses: list[list[Any]], order: str) -> Row | None:
    opts = {"order": order, "limit": 1}
    found = listed(call, clauses, "**", opts)
    return found[0] if found else None


def references(call: Call, repo_id: Any) -> list[Row]:
    """The buildroots that use a repository: `id, host_id, task_id, create_event, state`."""
    params = {"repo": identity(repo_id), "expired": koji.BR_STATES["EXPIRED"]}
    return call.tx.rows(queries.REFERENCES, params)


# states


def set_state(call: Call, repo_id: Any, state: Any) -> None:
    """Move a repository to a state, given by number; nothing happens if it is there already."""
    repo_id = integer(repo_id)
    if isinstance(state, int) and state not in range(len(koji.REPO_STATES)):
        raise ParameterError(f"Unknown repo state: {state}")
    old = states.state(call.tx, states.REPO, repo_id)
    if old is None:
        raise GenericError("query returned no rows")
    if not isinstance(state, int):
        raise ParameterError(f"Unknown repo state: {state}")
    new = koji.REPO_STATES[state]
    if old == new:
        return
    if old == "DELETED" and state > DELETED:
        raise GenericError(f"Repo {repo_id} is deleted")
    states.move(call.tx, states.REPO, repo_id, new, state_time=call.now())
    if state == READY:
        _serve_requests(call, repo_id)
    call.ring("repos")


def expire(call: Call, repo_id: Any) -> None:
    """Let no new build use a repository."""
    set_state(call, repo_id, EXPIRED)


def problem(call: Call, repo_id: Any) -> None:
    """Mark a repository as broken."""
    set_state(call, repo_id, PROBLEM)


def spoil(call: Call, task_ids: list[int]) -> None:
    """Mark as broken what these tasks of the local host began and did not come to finish.

    It goes as expired repositories do. Those of other hosts stay as they are, as in Koji: their repository daemon,
    or time, sees to them.
    """
    for repo_id in call.tx.column(queries.UNFINISHED, {"tasks": task_ids, "init": INIT, "local": hosts.LOCAL}):
        problem(call, repo_id)


def delete(call: Call, repo_id: Any) -> int:
    """Mark a repository as deleted unless buildroots use it; how many do. The files stay for now."""
    used = len(references(call, repo_id))
    if not used:
        set_state(call, repo_id, DELETED)
    return used


def _serve_requests(call: Call, repo_id: int) -> None:
    repo = require(call, repo_id)
    if repo["dist"] or repo["opts"] is None:
        return
    call.tx.execute(
        queries.SERVE,
        {
            "repo": repo_id,
            "tag": repo["tag_id"],
            "event": repo["create_event"],
            "now": call.now(),
            "opts": repo_opts.text(repo["opts"]),
            "custom": repo_opts.text(repo["custom_opts"]),
        },
    )


def update_end_events(call: Call) -> None:
    """Note for ready repositories when their tag has changed since."""
    clauses = [["end_event", "IS", None], ["state", READY]]
    for row in listed(call, clauses, ["id", "tag_id", "create_event"]):
        end = tag_changes.first(call, row["tag_id"], after=row["create_event"])
        if end is not None:
            call.tx.update(Repo, {"end_event": end}, id=row["id"])


# making


def init(call: Call, tag: Any, task_id: Any = None, event: Any = None, opts: Any = None) -> tuple[int, int]:
    """Begin a repository of a tag as it is now or was at EVENT; (its id, the event it shows).

    Its directory holds what a host needs to compose it: lists of packages, comps, what is blocked.
    """
    task_id, event = integer(task_id, optional=True), integer(event, optional=True)
    found = tags.require(call, tag, event=event)
    if event is not None:
        events.get(call, event, strict=True)
    wanted, custom = repo_opts.of_tag(call, found, opts)
    if wanted["maven"] and not call.settings.koji.enable_maven:
        raise GenericError("Maven support not enabled")
    shown = call.tx.event() if event is None else event
    repo_id = call.tx.insert(
        Repo,
        create_event=shown,
        tag_id=found["id"],
        state=INIT,
        task_id=task_id,
        begin_event=tag_changes.last(call, found["id"], before=shown) or shown,
        end_event=tag_changes.first(call, found["id"], after=shown),
        creation_time=call.now(),
        state_time=call.now(),
        opts=repo_opts.text(wanted),
        custom_opts=repo_opts.text(custom),
    )
    repo_lists.write(call, require(call, repo_id), found)
    return repo_id, shown


def done(call: Call, repo_id: Any, data: Any, expired: bool = False, updates: Any = None) -> None:
    """Make a repository ready: move the files that hosts uploaded into place, and point `latest` at it.

    DATA is {arch: [directory below work/, [file names]]}; UPDATES go into the repository's repo.json. EXPIRED
    ones are kept for builds of the past and never become the latest.
    """
    repo = require(call, repo_id)
    check(data, dict)
    if repo["state"] != INIT:
        raise GenericError(f"Repo {repo_id} not in INIT state (got {repo['state']})")
    directory = directory_of(call, repo)
    if updates:
        _update_json(call, directory / "repo.json", check(updates, dict))
    if not repo["dist"]:
        for arch, files_of_arch in data.items():
            upload, names = _uploads(files_of_arch)
            _move_in(call, directory / koji.canonArch(arch), upload, names)
    if expired:
        expire(call, repo_id)
        return
    set_state(call, repo["id"], READY)
    point_latest(call, repo)


def directory_of(call: Call, repo: Row) -> Path:
    """Where a repository's files are."""
    place = call.paths.topdir.distrepo if repo["dist"] else call.paths.topdir.repo
    return Path(place(repo["id"], repo["tag_name"]))


def _uploads(value: Any) -> tuple[str, list[str]]:
    if not isinstance(value, list) or len(value) != 2:
        raise ParameterError(f"not a directory and a list of files: {value!r}")
    return check(value[0], str), [check(name, str) for name in check(value[1], list)]


def _update_json(call: Call, path: Path, updates: Row) -> None:
    known = json.loads(path.read_text())
    files.discard(call, path)
    files.write(call, path, [json.dumps({**known, **updates}, indent=2).encode()])


def _move_in(call: Call, directory: Path, upload: str, names: list[str]) -> None:
    if not directory.is_dir():
        raise GenericError(f"Repo arch directory missing: {directory}")
    for name in names:
        source = paths.inside(call.paths.topdir.work(), upload, name)
        place = directory if name.endswith("pkglist") else directory / "repodata"
        if not source.exists():
            raise GenericError(f"uploaded file missing: {source}")
        target = paths.inside(place, name)
        files.discard(call, target)
        files.move(call, source, target)


def point_latest(call: Call, repo: Row) -> bool:
    """Point the tag's `latest` link at a repository, unless there is a newer one or it has custom options."""
    if repo["custom_opts"] and not repo["dist"]:
        return False
    params = {"tag": repo["tag_id"], "ready": READY, "event": repo["create_event"], "dist": repo["dist"]}
    if call.tx.value(queries.NEWER, params) is not None:
        return False
    directory = directory_of(call, repo)
    files.link(call, directory.with_name("latest"), directory.name)
    return True
