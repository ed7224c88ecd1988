"""Methods about repositories of tags: looking, states, and what hosts report while they make one."""

from typing import Any

from appliance.hub import dist_repos, repos
from appliance.hub.authority import ANYONE, HOST, LOGIN, permission, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

_REPO = permission("repo")


@method(ANYONE)
def getRepo(
    call: Call, tag: Any, state: Any = None, event: Any = None, dist: Any = False, min_event: Any = None
) -> Any:
    """The newest repository of a tag in a state (ready by default); nil if there is none.

    With event (int) the newest as of then, in whatever state; dist: a dist repository; min_event: none older.
    """
    return repos.newest(call, tag, state, event, dist, min_event)


@method(ANYONE)
def repoInfo(call: Call, repo_id: Any, strict: Any = False) -> Any:
    """A repository; nil if there is none, an error if strict.

    `id`, `tag_id`, `tag_name`, `state` (koji.REPO_STATES), `dist`, `opts`, `custom_opts`, `task_id`,
    `task_state`, and events with their times: `create_event`, `begin_event`, `end_event`, `create_ts`, ...
    """
    return repos.get(call, repo_id, strict)


@method(ANYONE)
def getActiveRepos(call: Call) -> Any:
    """All repositories that are not deleted."""
    return repos.active(call)


@method(_REPO, writes=True)
def repoExpire(call: Call, repo_id: Any) -> None:
    """Let no new build use a repository."""
    repos.expire(call, repo_id)


@method(_REPO, writes=True)
def repoDelete(call: Call, repo_id: Any) -> int:
    """Mark a repository as deleted unless buildroots use it; how many do."""
    return repos.delete(call, repo_id)


@method(_REPO, writes=True)
def repoProblem(call: Call, repo_id: Any) -> None:
    """Mark a repository as broken."""
    repos.problem(call, repo_id)


@method(ANYONE, name="repo.get")
def repo_get(call: Call, tag: Any, min_event: Any = None, at_event: Any = None, opts: Any = None) -> Any:
    """The newest ready repository of a tag; nil if there is none.

    It shows at_event (int), or an event not before min_event; opts: struct of `src`, `debuginfo`,
    `separate_src`, `maven`, which it has, and no others set for it alone.
    """
    return repos.best(call, tag, min_event, at_event, opts)


@method(ANYONE, name="repo.query")
def repo_query(call: Call, clauses: Any, fields: Any = None, opts: Any = None) -> Any:
    """Repositories by clauses ([field, value], [field, operator, value]); fields by name, `*` or `**`."""
    return repos.listed(call, clauses, fields, opts)


@method(ANYONE, name="repo.references")
def repo_references(call: Call, repo_id: Any) -> Any:
    """The buildroots that use a repository: `id`, `host_id`, `task_id`, `create_event`, `state`."""
    return repos.references(call, repo_id)


@method(_REPO, writes=True, name="repo.setState")
def repo_set_state(call: Call, repo_id: Any, state: Any) -> None:
    """Move a repository to a state (int); states only go on, and a deleted one stays so."""
    repos.set_state(call, repo_id, state)


@method(_REPO, writes=True, name="repo.updateEndEvents")
def repo_update_end_events(call: Call) -> None:
    """Note for ready repositories when their tag has changed since."""
    repos.update_end_events(call)


@method(HOST, writes=True, name="host.repoInit")
def host_repo_init(call: Call, tag: Any, task_id: Any = None, event: Any = None, opts: Any = None) -> Any:
    """Begin a repository of a tag, as it is or was at an event; [its id, the event it shows]."""
    return list(repos.init(call, tag, task_id, event, opts))


@method(HOST, writes=True, name="host.repoDone")
def host_repo_done(call: Call, repo_id: Any, data: Any, expire: Any = False, repo_json_updates: Any = None) -> None:
    """Make a repository ready: move uploaded files into place, point `latest` at it.

    data: struct of arch: [directory below work/, [file names]]; expire: never use it for new builds;
    repo_json_updates: struct that goes into its repo.json.
    """
    repos.done(call, repo_id, data, bool(expire), repo_json_updates)


@method(ruled("dist-repo permission, or hub policy dist_repo", LOGIN), writes=True)
def distRepo(call: Call, tag: Any, keys: Any, **task_opts: Any) -> int:
    """Make a dist repository of a tag's builds signed with keys (list of str); the task's id.

    task_opts: `arch` (list), `event`, `volume`, `comps`, `delta`, `inherit`, `latest`, `multilib`,
    `split_debuginfo`, `skip_missing_signatures`, `allow_missing_signatures`, `zck`, ...
    """
    return dist_repos.request(call, tag, keys, task_opts)


@method(HOST, writes=True, name="host.distRepoMove")
def host_dist_repo_move(call: Call, repo_id: Any, uploadpath: Any, arch: Any) -> None:
    """Put one architecture of a dist repository into place: uploaded metadata, and the packages it names."""
    dist_repos.move_in(call, repo_id, uploadpath, arch)
