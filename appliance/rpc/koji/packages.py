"""Methods of packages and of the package lists of tags."""

from typing import Any

from appliance.hub import packages, tags, users
from appliance.hub.authority import ANYONE, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

PACKAGE_LIST = ruled("hub policy package_list")


@method(ANYONE, writes="create")
def getPackage(call: Call, info: Any, strict: bool = False, create: bool = False) -> Any:
    """`id, name` of a package; nil if there is none, with `strict` a fault, with `create` a new one."""
    return packages.get(call, info, strict, create)


@method(ANYONE)
def getPackageID(call: Call, name: Any, strict: bool = False) -> Any:
    """The id of the package of that name; nil if there is none, with `strict` a fault."""
    return packages.id_of(call, name, strict)


@method(ANYONE)
def getPackageConfig(call: Call, tag: Any, pkg: Any, event: Any = None) -> Any:
    """What counts for a package in a tag, inherited or its own, as in `listPackages`; nil if nothing does."""
    tag_id, package = tags.identify(call, tag, strict=False), packages.get(call, pkg)
    if tag_id is None or package is None:
        return None
    return packages.entry(call, tag_id, package["id"], event)


@method(ANYONE)
def checkTagPackage(call: Call, tag: Any, pkg: Any) -> bool:
    """Whether a package is on a tag's list, inherited or own, and not blocked."""
    tag_id, package = tags.identify(call, tag, strict=False), packages.get(call, pkg)
    return tag_id is not None and package is not None and packages.allowed(call, tag_id, package["id"])


@method(ANYONE)
def listPackagesSimple(call: Call, prefix: Any = None, queryOpts: Any = None) -> Any:
    """All packages: `package_id, package_name`; `prefix` begins the name, in either case of letters."""
    return packages.every(call, prefix, queryOpts)


@method(ANYONE)
def listPackages(
    call: Call,
    tagID: Any = None,
    userID: Any = None,
    pkgID: Any = None,
    prefix: Any = None,
    inherited: bool = False,
    with_dups: bool = False,
    event: Any = None,
    queryOpts: Any = None,
    with_owners: bool = True,
    with_blocked: bool = True,
) -> Any:
    """Package lists of tags; without a tag, user and package `listPackagesSimple`.

    - tagID, userID (the owner), pkgID: names or ids
    - inherited: what the tag inherits too, of which the nearest counts, or all `with_dups`

    Each `package_id, package_name, tag_id, tag_name, owner_id, owner_name, extra_arches, blocked`; without
    the owner if `with_owners` is false, without blocked ones if `with_blocked` is.
    """
    if tagID is None and userID is None and pkgID is None:
        return packages.every(call, prefix, queryOpts)
    found = packages.listed(
        call,
        None if tagID is None else tags.known(call, tagID),
        None if userID is None else users.identify(call, userID),
        None if pkgID is None else packages.identify(call, pkgID),
        event,
        inherited,
        with_dups,
        with_owners,
        with_blocked,
    )
    return packages.narrowed(found, prefix, queryOpts)


@method(PACKAGE_LIST, writes=True)
def packageListAdd(
    call: Call,
    taginfo: Any,
    pkginfo: Any,
    owner: Any = None,
    block: Any = None,
    extra_arches: Any = None,
    force: bool = False,
    update: bool = False,
) -> None:
    """Put a package (a new one, if there is none of that name) on a tag's list, or change its entry.

    - owner: name or id, needed for a new entry
    - block: whether no build of it shall count
    - extra_arches: text, architectures beyond the tag's
    - force: despite policy (for admins) and blocks
    - update: only if there is an entry
    """
    packages.add(call, taginfo, pkginfo, owner, block, extra_arches, force, update)


@method(PACKAGE_LIST, writes=True)
def packageListRemove(call: Call, taginfo: Any, pkginfo: Any, force: bool = False) -> None:
    """Take a package off a tag's own list, so that what is inherited counts."""
    packages.remove(call, taginfo, pkginfo, force)


@method(PACKAGE_LIST, writes=True)
def packageListBlock(call: Call, taginfo: Any, pkginfo: Any, force: bool = False) -> None:
    """Block a package that a tag lists."""
    packages.block(call, taginfo, pkginfo, force)


@method(PACKAGE_LIST, writes=True)
def packageListUnblock(call: Call, taginfo: Any, pkginfo: Any, force: bool = False) -> None:
    """End a package's block in a tag."""
    packages.unblock(call, taginfo, pkginfo, force)


@method(PACKAGE_LIST, writes=True)
def packageListSetOwner(call: Call, taginfo: Any, pkginfo: Any, owner: Any, force: bool = False) -> None:
    """Set the owner of a package in a tag."""
    packages.add(call, taginfo, pkginfo, owner=owner, force=force, update=True)


@method(PACKAGE_LIST, writes=True)
def packageListSetArches(call: Call, taginfo: Any, pkginfo: Any, arches: Any, force: bool = False) -> None:
    """Set the extra architectures of a package in a tag; nil leaves them."""
    packages.add(call, taginfo, pkginfo, extra_arches=arches, force=force, update=True)
