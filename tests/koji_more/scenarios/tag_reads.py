"""Reading tags, what they inherit, targets and external repositories: every way to name them, every moment."""

from tests.koji_more.questions import LISTINGS, USELESS, grid, product, ways
from tests.koji_more.site import settle


def run(h):
    known = settle(h)
    now_and_then = [None, known["made"], known["grown"]]
    tags = ways("base", known["leaf"], "gone", known["gone"])
    moments = [known["made"], known["changed"], 1, 0, 99999, "x", "auto", {}, True, None]
    h.anon.getTag("base")
    grid(h.admin, "getTag", {"tagInfo": "base"}, tagInfo=tags, strict=[True], event=moments)
    product(h.admin, "getTag", tagInfo=["mid", "gone"], blocked=[True, False], event=now_and_then)
    product(h.admin, "getTagID", info=["gone", known["gone"], "no-such", 12345], strict=[True, False])
    for method in ("getBuildConfig", "getInheritanceData", "getFullInheritance"):
        grid(h.admin, method, {"tag": "f-build"}, tag=tags, event=moments)
        product(h.admin, method, tag=["base", "leaf", "other", "gone"], event=now_and_then)
    product(h.admin, "getFullInheritance", tag=["base", "mid"], event=now_and_then, reverse=[True])
    grid(h.admin, "getFullInheritance", {"tag": "base"}, stops=[{}, {"x": 1}], jumps=[[], {"1": 2}], unheard=[1])
    listings(h, known)
    outside(h, known, tags, moments, now_and_then)
    product(h.admin, "checkTagAccess", tag_id=["leaf", "other", "base"], user_id=[None, 1, known["bob"], 0, "x", ""])
    product(
        h.admin, "checkTagPackage", tag=["mid", "f-build", "no-such"], pkg=["pa", "pb", "qc", "Pz", "no-such", None]
    )


def listings(h, known):
    builds = ["pa-1.0-1", known["build"], {"name": "pa", "version": "1.0", "release": "1"}, "no-such-1-1"]
    patterns = ["*a*", "?id", "[bm]*", "f_*", "%", "B*", "", "base", 7]
    packages = ["pa", "Pz", "no-such", {"name": None}, 1]
    grid(h.admin, "listTags", {}, build=builds, package=packages, perms=[False], pattern=patterns, queryOpts=LISTINGS)
    for column in ("name", "arches", "perm_id", "perm", "tag.id", "blocked", "owner_name", "extra"):
        h.admin.listTags(queryOpts={"order": column})
        h.admin.listTags(package="pa", queryOpts={"order": "-" + column})
    groups = {"inherit": [True, False], "incl_pkgs": [True, False], "incl_reqs": [True], "incl_blocked": [True, False]}
    product(h.admin, "getTagGroups", tag=["base", "leaf"], event=[None, known["grown"]], **groups)


def outside(h, known, tags, moments, now_and_then):
    repos = ways("ext1", 2, "ext3")
    grid(h.admin, "getTagExternalRepos", {}, tag_info=tags, repo_info=repos, event=moments)
    product(h.admin, "getExternalRepoList", tag_info=["f-build", "mid", "gone", "no-such"], event=now_and_then)
    grid(h.admin, "getExternalRepo", {"info": "ext1"}, info=repos, event=moments)
    product(h.admin, "getExternalRepo", info=["ext3", 3, "no-such"], event=now_and_then, strict=[True])
    urls = ["http://example.com/one/", "http://example.com/ext1/$arch/", "x", None]
    grid(h.admin, "listExternalRepos", {}, info=["ext2", 1, "no-such"], url=urls, event=moments, queryOpts=LISTINGS)
    grid(h.admin, "getBuildTarget", {"info": "f"}, info=ways("g2", 1, "old"), event=moments)
    product(h.admin, "getBuildTarget", info=["g", "old", 3, "no-such"], event=now_and_then, strict=[True, False])
    ends = {"buildTagID": ["leaf", known["leaf"], "no-such"], "destTagID": ["dest", known["base"], None]}
    grid(h.admin, "getBuildTargets", {}, info=["f", "no-such", *USELESS], event=moments, queryOpts=LISTINGS, **ends)
    product(h.admin, "getBuildTargets", event=now_and_then, **ends)
