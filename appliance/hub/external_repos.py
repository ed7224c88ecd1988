"""External repositories: where packages come from that were not built here, and their places in tags."""

import json
from typing import Any

import koji

from appliance import arguments
from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.tags import ExternalRepo, ExternalRepoConfig, ExternalRepoData, TagExternalRepo
from appliance.db.queries import external_repos as queries
from appliance.db.select import Options
from appliance.errors import GenericError
from appliance.hub import inheritance, names, tags
from appliance.hub.hub import Call

PLACE = ("priority", "merge_mode", "arches")


# the repositories


def get(call: Call, info: Any, strict: bool = False, event: int | None = None) -> Row | None:
    """An external repository's `id, name, url`; None if there is none, with STRICT a GenericError."""
    found = listing(call, info, event=event)
    if len(found) > 1:  # of nil, which means them all
        raise GenericError("More than one repo in the result.")
    if not found and strict:
        raise GenericError(f"No such repo: {info}")
    return found[0] if found else None


def require(call: Call, info: Any, event: int | None = None) -> Row:
    """As `get`; a GenericError if there is none."""
    found = get(call, info, strict=True, event=event)
    assert found is not None
    return found


def listing(
    call: Call,
    info: Any = None,
    url: str | None = None,
    event: int | None = None,
    options: Options | None = None,
) -> Any:
    """The external repositories there are: that of a name or id, those of a URL."""
    select = queries.configured(event)
    if info is not None:
        column, value = names.clause(info)
        select.also(f"r.{column} = :repo", repo=value)
    if url:
        select.also("c.url = :url", url=arguments.check(url, str))
    return select.rows(call.tx, options)


def create(call: Call, name: Any, url: Any) -> Row:
    """A new external repository; its `id, name, url`. The URL gets a slash at its end."""
    if get(call, names.check(name)) is not None or name == "INTERNAL":
        raise GenericError(f'An external repo named "{name}" already exists')
    url = directory(url)
    repo_id = int((names.lookup(call, ExternalRepo, name, create=True) or {})["id"])
    history.add(call.tx, ExternalRepoConfig, call.user_id, external_repo_id=repo_id, url=url)
    return {"id": repo_id, "name": name, "url": url}


def directory(url: Any) -> str:
    """URL with a slash at its end."""
    text: str = arguments.check(url, str)
    return text if text.endswith("/") else f"{text}/"


def edit(call: Call, info: Any, name: Any = None, url: Any = None) -> None:
    """Give an external repository another name, another URL, or both."""
    repo = require(call, info)
    if name and name != repo["name"]:
        _rename(call, repo["id"], names.check(name))
    if url and directory(url) != repo["url"]:
        history.revoke(call.tx, ExternalRepoConfig, call.user_id, external_repo_id=repo["id"])
        values = {"external_repo_id": repo["id"], "url": directory(url)}
        history.add(call.tx, ExternalRepoConfig, call.user_id, **values)
    call.ring("repos")


def _rename(call: Call, repo_id: int, name: str) -> None:
    taken = names.lookup(call, ExternalRepo, name)
    if taken is not None:
        raise GenericError(f'name "{name}" is already taken by external repo {taken["id"]}')
    call.tx.update(ExternalRepo, {"name": name}, id=repo_id)


def delete(call: Call, info: Any) -> None:
    """End an external repository, and its places in tags."""
    repo = require(call, info)
    history.revoke(call.tx, TagExternalRepo, call.user_id, external_repo_id=repo["id"])
    history.revoke(call.tx, ExternalRepoConfig, call.user_id, external_repo_id=repo["id"])
    call.ring("repos")


# what was last seen of them


def data(call: Call, info: Any, event: int | None = None) -> Any:
    """What was stored of an external repository's state; None if nothing was."""
    holds = history.holds("d", event)
    sql = f"SELECT d.data FROM external_repo_data d WHERE d.external_repo_id = :repo AND {holds}"
    text = call.tx.value(sql, {"repo": names.identify(call, ExternalRepo, info), "event": event})
    return None if text is None else json.loads(text)


def set_data(call: Call, info: Any, value: Any) -> None:
    """Store what was seen of an external repository: a dict that JSON can say."""
    repo_id = names.identify(call, ExternalRepo, info)
    text = json.dumps(arguments.convert(value, dict))
    history.revoke(call.tx, ExternalRepoData, call.user_id, external_repo_id=repo_id)
    row = {"external_repo_id": repo_id, "data": text}
    history.add(call.tx, ExternalRepoData, call.user_id, **row)
    call.ring("repos")


# their places in tags


def of_tags(call: Call, tag_ids: list[int], event: int | None = None) -> list[Row]:
    """The places of external repositories in these tags, without inheritance; see `places`."""
    found: list[Row] = queries.in_tags(event).also("p.tag_id IN :tags", tags=tag_ids).rows(call.tx)
    return found


def places(call: Call, tag: Any = None, repo: Any = None, event: int | None = None) -> list[Row]:
    """`tag_id, tag_name, external_repo_id, external_repo_name, url, priority, merge_mode, arches` by
    priority: all, those of a tag, those of a repository.
    """
    select = queries.in_tags(event)
    if tag:
        select.also("p.tag_id = :tag", tag=tags.known(call, tag))
    if repo:
        select.also("p.external_repo_id = :repo", repo=require(call, repo, event)["id"])
    found: list[Row] = select.rows(call.tx)
    return found


def inherited(call: Call, tag: Any, event: int | None = None) -> list[Row]:
    """A tag's external repositories with those that it inherits, as in `places`: in the order of inheritance,
    then by priority, each repository once.
    """
    order = inheritance.order(call, tags.require(call, tag, event=event)["id"], event)
    ids = list(dict.fromkeys(place.tag_id for place in order))
    rank = {tag_id: number for number, tag_id in enumerate(ids)}
    found = sorted(of_tags(call, ids, event), key=lambda each: (rank[each["tag_id"]], each["priority"]))
    nearest: dict[int, Row] = {}
    for each in found:
        nearest.setdefault(each["external_repo_id"], each)
    return list(nearest.values())


def add_to_tag(
    call: Call, tag: Any, repo: Any, priority: Any, merge_mode: str | None = "koji", arches: Any = None
) -> None:
    """Make an external repository part of a tag. No two of a tag have one priority.

    ARCHES limits it to some architectures; MERGE_MODE is one of `koji.REPO_MERGE_MODES`.
    """
    merge_mode = "koji" if merge_mode is None else merge_mode
    if merge_mode not in list(koji.REPO_MERGE_MODES):
        raise GenericError(f"No such merge mode: {merge_mode}")
    found_tag, found = tags.require(call, tag), require(call, repo)
    values = {
        "priority": arguments.integer(priority),
        "merge_mode": merge_mode,
        "arches": None if arches is None else names.arches(arches, strict=False),
    }
    _check_free(call, found_tag, found, values["priority"])
    place = {"tag_id": found_tag["id"], "external_repo_id": found["id"]}
    history.add(call.tx, TagExternalRepo, call.user_id, **place, **values)
    call.ring("repos")


def _check_free(call: Call, tag: Row, repo: Row, priority: int) -> None:
    for place in of_tags(call, [tag["id"]]):
        if place["external_repo_id"] == repo["id"]:
            raise GenericError(f"tag {tag['name']} already associated with external repo {repo['name']}")
        if place["priority"] == priority:
            raise GenericError(f"tag {tag['name']} already associated with an external repo at priority {priority}")


def edit_in_tag(
    call: Call, tag: Any, repo: Any, priority: Any = None, merge_mode: Any = None, arches: Any = None
) -> bool:
    """Change what is not None of an external repository's place in a tag; whether that changed anything."""
    place = _place(call, tag, repo)
    wanted = {"priority": priority, "merge_mode": merge_mode, "arches": arches}
    if arches is not None:
        wanted["arches"] = names.arches(arches)
    wanted = {name: place[name] if value is None else value for name, value in wanted.items()}
    if all(place[name] == wanted[name] for name in PLACE):
        return False
    remove_from_tag(call, place["tag_id"], place["external_repo_id"])
    add_to_tag(call, place["tag_id"], place["external_repo_id"], **wanted)
    return True


def remove_from_tag(call: Call, tag: Any, repo: Any) -> None:
    """Take an external repository out of a tag."""
    place = _place(call, tag, repo)
    where = {name: place[name] for name in ("tag_id", "external_repo_id")}
    history.revoke(call.tx, TagExternalRepo, call.user_id, **where)
    call.ring("repos")


def _place(call: Call, tag: Any, repo: Any) -> Row:
    found_tag, found = tags.require(call, tag), require(call, repo)
    for place in of_tags(call, [found_tag["id"]]):
        if place["external_repo_id"] == found["id"]:
            return place
    raise GenericError(f"external repo {found['name']} not associated with tag {found_tag['name']}")
