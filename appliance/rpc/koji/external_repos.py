"""Methods of external repositories and of their places in tags."""

from typing import Any

from appliance.hub import external_repos, external_rpms
from appliance.hub.authority import ADMIN, ANYONE, permission
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

TAG = permission("tag")


@method(ADMIN, writes=True)
def createExternalRepo(call: Call, name: Any, url: Any) -> Any:
    """Make an external repository; its `id, name, url`. `$arch` in the URL stands for the architecture."""
    return external_repos.create(call, name, url)


@method(ANYONE)
def listExternalRepos(call: Call, info: Any = None, url: Any = None, event: Any = None, queryOpts: Any = None) -> Any:
    """The external repositories, each `id, name, url`: all, that of a name or id, those of a URL."""
    return external_repos.listing(call, info, url, event, queryOpts)


@method(ANYONE)
def getExternalRepo(call: Call, info: Any, strict: bool = False, event: Any = None) -> Any:
    """An external repository's `id, name, url`; nil if there is none, with `strict` a fault."""
    return external_repos.get(call, info, strict, event)


@method(ADMIN, writes=True)
def editExternalRepo(call: Call, info: Any, name: Any = None, url: Any = None) -> None:
    """Give an external repository another name, another URL, or both."""
    external_repos.edit(call, info, name, url)


@method(ADMIN, writes=True)
def deleteExternalRepo(call: Call, info: Any) -> None:
    """Delete an external repository and take it out of all tags."""
    external_repos.delete(call, info)


@method(TAG, writes=True)
def addExternalRepoToTag(
    call: Call, tag_info: Any, repo_info: Any, priority: Any, merge_mode: Any = "koji", arches: Any = None
) -> None:
    """Make an external repository part of a tag.

    - priority: number, the lower the earlier; a tag has each once
    - merge_mode: `koji`, `simple` or `bare`
    - arches: text, the architectures that it is limited to
    """
    external_repos.add_to_tag(call, tag_info, repo_info, priority, merge_mode, arches)


@method(TAG, writes=True)
def removeExternalRepoFromTag(call: Call, tag_info: Any, repo_info: Any) -> None:
    """Take an external repository out of a tag."""
    external_repos.remove_from_tag(call, tag_info, repo_info)


@method(TAG, writes=True)
def editTagExternalRepo(
    call: Call,
    tag_info: Any,
    repo_info: Any,
    priority: Any = None,
    merge_mode: Any = None,
    arches: Any = None,
) -> bool:
    """Change what is not nil of an external repository's place in a tag; whether anything changed."""
    return external_repos.edit_in_tag(call, tag_info, repo_info, priority, merge_mode, arches)


@method(ANYONE)
def getTagExternalRepos(call: Call, tag_info: Any = None, repo_info: Any = None, event: Any = None) -> Any:
    """Places of external repositories in tags, by priority: `tag_id, tag_name, external_repo_id,
    external_repo_name, url, priority, merge_mode, arches`. Of a tag (without inheritance), of a repository,
    or all.
    """
    return external_repos.places(call, tag_info, repo_info, event)


@method(ANYONE)
def getExternalRepoList(call: Call, tag_info: Any, event: Any = None) -> Any:
    """As `getTagExternalRepos`, for a tag and then what it inherits from, each repository once."""
    return external_repos.inherited(call, tag_info, event)


@method(ANYONE, name="repo.getExternalRepoData")
def get_external_repo_data(call: Call, erepo: Any) -> Any:
    """What `repo.setExternalRepoData` stored of an external repository; nil if nothing."""
    return external_repos.data(call, erepo)


@method(permission("repo"), writes=True, name="repo.setExternalRepoData")
def set_external_repo_data(call: Call, external_repo_id: Any, data: Any) -> None:
    """Store what was seen of an external repository, a struct."""
    external_repos.set_data(call, external_repo_id, data)


@method(ADMIN, writes=True)
def addExternalRPM(call: Call, rpminfo: Any, external_repo: Any, strict: bool = True) -> None:
    """Make an RPM of an external repository (name or id) known.

    `rpminfo` has `name, version, release, epoch, arch, payloadhash, size, buildtime`. One that is known
    already is a fault, or if `strict` is false only one with another payload.
    """
    external_rpms.add(call, rpminfo, external_repo, strict)
