"""Reading packages and the lists of tags: owners, blocks and filters, inherited or not, now and then."""

from tests.koji_more.questions import LISTINGS, grid, product, ways
from tests.koji_more.site import settle


def run(h):
    known = settle(h)
    moments = [known["made"], known["grown"], 1, "x", True, None]
    grid(
        h.admin, "listPackages", {}, tagID=ways("base", known["leaf"], "gone"), userID=["alice", known["bob"], "x", 1.5]
    )
    grid(h.admin, "listPackages", {}, pkgID=ways("pa", 1), prefix=["p", "P", "", "p_", "%", None], queryOpts=LISTINGS)
    inherited = {"tagID": "f-build", "inherited": True}
    by = {"userID": ["alice", "no"], "pkgID": ["pb", "no"], "prefix": ["q", None]}
    grid(h.admin, "listPackages", inherited, event=moments, with_dups=[True], **by)
    columns = ["package_name", "-package_name", "extra_arches", "blocked", "no_such_column"]
    orders = [{"order": column} for column in columns] + [{"countOnly": True}, {"offset": "x"}]
    grid(h.admin, "listPackages", inherited, queryOpts=orders)
    shown = {"with_dups": [True, False], "with_owners": [True, False], "with_blocked": [True, False]}
    product(h.admin, "listPackages", tagID=["leaf"], inherited=[True, False], event=[None, known["grown"]], **shown)
    grid(h.admin, "listPackagesSimple", {}, prefix=["p", "Q", "_", "%", ""], queryOpts=LISTINGS)
    h.admin.listPackagesSimple(queryOpts={"order": "package_name", "limit": 2})
    grid(h.admin, "getPackage", {"info": "pa"}, info=ways("Pz", 1))
    product(h.admin, "getPackage", info=["no-such", 99999, {"name": "x"}, "bad name!"], strict=[True, False])
    product(h.admin, "getPackage", info=["made-now", 777, {"name": "made-so"}, "made-now"], create=[True])
    grid(h.admin, "getPackageID", {"name": "pa"}, name=[1, {"name": "pa"}, "no-such", None, "", 1.5], strict=[True])
    grid(h.admin, "getPackageConfig", {"tag": "mid", "pkg": "pa"}, tag=ways("f-build"), pkg=ways("pb"), event=moments)
    times = [None, known["grown"], known["made"]]
    product(h.admin, "getPackageConfig", tag=["base", "mid", "gone"], pkg=["pa", "pb", "qc"], event=times)
    changes(h, known)


def changes(h, known):
    for tag in ("f-build", "leaf", "other", "gone", "no-such", None):
        h.admin.tagFirstChangeEvent(tag)
        h.admin.tagLastChangeEvent(tag)
        h.admin.tagFirstChangeEvent(tag, after=known["grown"])
        h.admin.tagLastChangeEvent(tag, before=known["grown"], inherit=False)
    moments = [known["made"], known["grown"], known["changed"], 99999]
    tags = [
        [known["base"]],
        [known["mid"], known["other"]],
        [],
        [99999],
        [None],
        ["base"],
        [str(known["base"])],
        "base",
    ]
    product(h.admin, "tagChangedSinceEvent", event=moments, taglist=tags[:2])
    grid(h.admin, "tagChangedSinceEvent", {"event": known["grown"]}, taglist=tags)
    for event in (1, 99999, 0, -1, "x", None, True, known["made"]):
        h.admin.getEvent(event, strict=False)
        h.admin.getLastEvent(before=event, strict=False)
