"""What a tag's repository lists at any event, and the repository itself, composed from rows alone."""

from dataclasses import dataclass

import koji

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import external_repos, foreign, groups, packages, tag_listings, tagged, tags
from appliance.hub.hub import Call
from appliance.repodata import (
    GZ,
    ZST,
    BlockCache,
    Compression,
    Extra,
    Listing,
    RepodataError,
    Repository,
    Source,
    compose,
    comps,
    merge,
    modules,
    pkgorigins,
    updateinfo,
)
from appliance.repodata.merge import expand


@dataclass(frozen=True)
class Wanted:
    """Which repository of a tag: ARCH is canonical (`x86_64`, `i386`), EVENT None for now.

    With OUTSIDE_NOW external repositories are taken as they are known now, whatever the event. REPO_ID is the
    repository that it is composed for, if it is for one.
    """

    tag_id: int
    arch: str
    event: int | None = None
    src: bool = False
    debuginfo: bool = False
    outside_now: bool = False
    repo_id: int = 0

    @property
    def origin(self) -> str:
        """Where the tag's own packages are from, in the form by which Koji's daemon knows them from external ones."""
        return f"file:///repo_{self.repo_id}_premerge/"


def own(call: Call, wanted: Wanted) -> Listing:
    """The tag's own packages for a repository: the latest build of each package, inherited ones too.

    The tag's extra `repo_include_all` has all builds listed. Raises RepodataError, which names both builds,
    where two packages of one name, epoch, version, release and architecture have different contents.
    """
    tag = tags.require(call, wanted.tag_id, event=wanted.event)
    latest = not tag["extra"].get("repo_include_all", False)
    picked = tagged.pick(call, wanted.tag_id, tagged.Filter(event=wanted.event, inherit=True, latest=latest))
    if picked is None:
        return Listing()
    return tag_listings.listing(call, wanted.tag_id, picked, tuple(_own_arches(wanted)), wanted.debuginfo)


def _own_arches(wanted: Wanted) -> list[str]:
    if wanted.arch == "src":
        return ["src"]
    arches = sorted(expand(wanted.arch) - _multilib(wanted.arch))
    return [*arches, "src"] if wanted.src else arches


def _multilib(arch: str) -> set[str]:
    """A tag's own repository of an arch holds that arch's packages; what is merged may be multilib."""
    return expand(arch) - {"noarch", arch, *(each for each in expand(arch) if koji.canonArch(each) == arch)}


def external(call: Call, wanted: Wanted) -> list[tuple[Row, str]]:
    """The external repositories that take part, each with its URL for the arch, in their order."""
    found = external_repos.inherited(call, wanted.tag_id, wanted.event)
    return [
        (each, address(call, each["url"]).replace("$arch", wanted.arch).rstrip("/"))
        for each in found
        if not each["arches"] or wanted.arch in each["arches"].split()
    ]


def address(call: Call, url: str) -> str:
    """Where an external repository is: copr://OWNER/PROJECT/CHROOT means the results of a project here."""
    scheme, _, rest = url.partition("://")
    return f"{call.settings.address}/results/{rest}" if scheme == "copr" else url


def listed(call: Call, wanted: Wanted) -> tuple[Listing, list[tuple[str, str]]]:
    """The packages that the repository lists, and where each is from if external ones take part.

    Between a tag's own packages and external ones, and among the latter, the merge mode decides.
    """
    mine, others = own(call, wanted), external(call, wanted)
    if not others:
        return mine, []
    sources = [
        Source(wanted.origin, mine),
        *(_source(call, wanted, repo, url) for repo, url in others),
    ]
    blocked = [
        each["package_name"]
        for each in packages.listed(call, tag_id=wanted.tag_id, inherit=True, event=wanted.event, with_owners=False)
        if each["blocked"]
    ]
    merged = merge(sources, others[0][0]["merge_mode"], wanted.arch, blocked)
    key = Listing, wanted.tag_id, wanted.arch, wanted.src, wanted.debuginfo
    listing = Listing.with_repeats(merged.entries, like=call.hub.kept.get(key))
    if wanted.event is None:
        call.hub.kept.put(key, listing)
    return listing, merged.origins


def origin(repo: Row, arch: str) -> str:
    """Where an external repository's packages are from, for an arch: its URL as the API has it."""
    return str(repo["url"]).replace("$arch", arch)


def _source(call: Call, wanted: Wanted, repo: Row, url: str) -> Source:
    return Source(origin(repo, wanted.arch), foreign.entries(call, url, _revision(call, wanted, repo, url)))


def _revision(call: Call, wanted: Wanted, repo: Row, url: str) -> str:
    """What was last seen at URL by the moment that is wanted."""
    event = None if wanted.outside_now else wanted.event
    seen = external_repos.data(call, repo["external_repo_id"], event) or {}
    revision = seen.get("revisions", {}).get(url)
    if revision is None:
        raise GenericError(f"external repository {repo['external_repo_name']} has not been read from {url} yet")
    return str(revision)


def _passed_through(call: Call, wanted: Wanted) -> list[Extra]:
    """Advisories and modules of the external repositories, which Koji's merging takes along too."""
    found = [foreign.extras(call, url, _revision(call, wanted, repo, url)) for repo, url in external(call, wanted)]
    told = {kind: [each[kind] for each in found if kind in each] for kind in foreign.PASSED_THROUGH}
    made = {"updateinfo": updateinfo, "modules": modules}
    return [extra for kind, texts in told.items() if texts for extra in made[kind](*texts)]


def compose_tag(call: Call, wanted: Wanted) -> Repository:
    """The repository of a tag; the same rows always give the same bytes."""
    try:
        return _composed(call, wanted)
    except RepodataError as error:
        raise GenericError(str(error)) from None


def _composed(call: Call, wanted: Wanted) -> Repository:
    entries, origins = listed(call, wanted)
    extras = comps(comps_xml(call, wanted).encode())
    if origins:
        extras += [*pkgorigins(origins), *_passed_through(call, wanted)]
    event = wanted.event or call.tx.value("SELECT MAX(id) FROM events")
    made = call.tx.value("SELECT time FROM events WHERE id = :id", {"id": event})
    return compose(
        entries,
        lambda digests: foreign.load_fragments(call, digests),
        cache=cache(call),
        timestamp=int(made or 0),
        revision=str(event),
        compression=compression(call),
        extras=extras,
    )


def comps_xml(call: Call, wanted: Wanted) -> str:
    """The tag's groups as dnf reads them."""
    return str(koji.generate_comps(groups.of_tag(call, wanted.tag_id, wanted.event), expand_groups=True))


def cache(call: Call) -> BlockCache:
    return BlockCache(call.paths.cache / "blocks")


def compression(call: Call) -> Compression:
    return ZST if call.settings.repositories.compression == "zstd" else GZ


def arches(call: Call, tag_id: int, event: int | None = None) -> list[str]:
    """The canonical arches that a tag's repository is made for, once each."""
    config = tags.build_config(call, tag_id, event)
    return list(dict.fromkeys(koji.canonArch(each) for each in (config["arches"] or "").split()))
