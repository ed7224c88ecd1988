"""Reading tags: the builds that are in one, inherited or not, the latest of each package, and their files."""

from dataclasses import dataclass
from typing import Any

from appliance.arguments import check
from appliance.db.connection import Row
from appliance.db.models.tags import Package
from appliance.db.queries import builds as build_queries
from appliance.db.queries import tagged as queries
from appliance.db.queries.builds import IS_COMPLETE
from appliance.db.queries.tagged import Picked
from appliance.errors import GenericError
from appliance.hub import builds, inheritance, names, rpms
from appliance.hub.hub import Call


@dataclass
class Filter:
    """Which builds of a tag are wanted.

    LATEST is True for one a package, a number for so many, else all. PACKAGE is a name or id, OWNER a user's
    name, KIND a build type, DRAFT True, False or (both) None.
    """

    event: Any = None
    inherit: Any = False
    latest: Any = False
    package: Any = None
    owner: str | None = None
    kind: str | None = None
    draft: Any = None


def listed(call: Call, tag_id: int, wanted: Filter, extra: bool = False, prefix: str | None = None) -> list[Row]:
    """Complete builds in a tag as `listTagged` shows them: nearest tag first, there most recently tagged
    first.

    Builds of packages that the tag does not list, or blocks, are left out.
    """
    picked = pick(call, tag_id, wanted)
    if picked is None:
        return []
    select = queries.builds(picked, extra)
    if prefix:
        select.also("LOWER(p.name) LIKE LOWER(:prefix) || '%'", prefix=check(prefix, str))
    found: list[Row] = select.rows(call.tx)
    return found


def latest(call: Call, tag_id: int, package: Any = None, event: int | None = None, **wanted: Any) -> list[Row]:
    """The latest build of each package, inherited ones too: by when it was tagged, whatever its version."""
    return listed(call, tag_id, Filter(event=event, inherit=True, latest=True, package=package, **wanted))


def with_rpms(
    call: Call, tag_id: int, wanted: Filter, arch: Any = None, signatures: bool = False, extra: bool = True
) -> list[list[Row]]:
    """[the RPMs of the builds, the builds]; ARCH is a name or a list, SIGNATURES gives a row a signature."""
    picked = pick(call, tag_id, wanted)
    if picked is None:
        return [[], []]
    select = queries.rpms(picked, extra, signatures)
    if arch:
        select.also("r.arch IN :arches", arches=rpms.arch_names(arch, "arch option"))
    builds.narrow_draft(select, wanted.draft, "r")
    return [select.rows(call.tx), queries.builds(picked).rows(call.tx)]


def with_archives(call: Call, tag_id: int, wanted: Filter, extra: bool = True) -> list[list[Row]]:
    """[the archives of the builds, the builds]; of a type (maven, win) both must be."""
    picked = pick(call, tag_id, wanted)
    if wanted.kind is not None and wanted.kind not in queries.TYPED_ARCHIVE:
        raise GenericError(f"unsupported archive type: {wanted.kind}")
    if picked is None:
        return [[], []]
    return [queries.archives(picked, extra).rows(call.tx), queries.builds(picked).rows(call.tx)]


def latest_maven(call: Call, tag_id: int, event: int | None = None, inherit: bool = True) -> list[Row]:
    """The latest Maven archives in a tag: one version of each artifact, more from tags that include all."""
    picked = pick(call, tag_id, Filter(event=event, inherit=inherit))
    if picked is None:
        return []
    picked.conditions.remove(IS_COMPLETE)
    chosen: dict[tuple[str, str], dict[str, int]] = {}
    found = {row["id"]: row for row in queries.maven(picked).rows(call.tx) if _is_wanted(row, chosen)}
    return [{key: value for key, value in row.items() if key != "all_versions"} for row in found.values()]


def _is_wanted(row: Row, chosen: dict[tuple[str, str], dict[str, int]]) -> bool:
    """Note which build gives each version of an artifact: the first one met, and all its archives of that
    version.
    """
    versions = chosen.setdefault((row["group_id"], row["artifact_id"]), {})
    if row["version"] not in versions and (not versions or row["all_versions"]):
        versions[row["version"]] = row["build_id"]
    return bool(versions.get(row["version"]) == row["build_id"])


def pick(call: Call, tag_id: int, wanted: Filter) -> Picked | None:
    """The query for what is wanted; None if a package is asked for that there isn't."""
    chain = [(place.tag_id, _pattern(place.patterns)) for place in inheritance.order(call, tag_id, wanted.event)]
    check(wanted.kind, str, optional=True)
    picked = Picked(chain, bool(wanted.inherit), wanted.event, _limit(wanted.latest), wanted.kind)
    if wanted.kind and wanted.kind not in build_queries.TYPED:
        picked.params["btype"] = builds.type_id(call, wanted.kind)
    if wanted.package is not None:
        found = names.lookup(call, Package, wanted.package)
        if found is None:
            return None
        picked.package_id = found["id"]
    if wanted.owner:
        picked.also("o.name = :owner", owner=check(wanted.owner, str))
    if wanted.draft is not None:
        picked.also(f"b.draft IS {'' if wanted.draft else 'NOT '}TRUE")
    return picked


def _limit(latest: Any) -> int | None:
    if not latest:
        return None
    return latest if isinstance(latest, int) and not isinstance(latest, bool) else 1


def _pattern(patterns: tuple[str, ...]) -> str | None:
    """One regular expression for names that match all of PATTERNS from their beginning."""
    return "^" + "".join(f"(?=(?:{each}))" for each in patterns) if patterns else None
