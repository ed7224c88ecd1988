"""What tags hold through inheritance of every shape, as it changes, and as it was at each moment."""

TAGS = "abcde"
SHAPES = (
    ("b", [("a", {})]),
    ("c", [("b", {}), ("a", {})]),
    ("d", [("b", {}), ("c", {}), ("a", {"pkg_filter": "beta"})]),
    ("e", [("d", {})]),
)
CHANGES = (
    ("d", [("c", {"pkg_filter": "^alpha$"}), ("a", {"pkg_filter": "g.*"})]),
    ("d", [("c", {"maxdepth": 0}), ("a", {"noconfig": True})]),
    ("c", [("b", {"intransitive": True}), ("a", {"pkg_filter": "(alpha|beta)"})]),
)


def run(h):
    ids = [h.admin.createTag(tag, arches="x86_64") for tag in TAGS]
    fill(h)
    moments = []
    for child, parents in SHAPES:
        link(h, ids, child, parents)
    look(h, ["c", "d", "e"])
    for child, parents in CHANGES:
        moments.append(h.admin.getLastEvent()["id"])
        link(h, ids, child, parents)
        look(h, ["d"])
    for step in (block, retag, forget):
        moments.append(h.admin.getLastEvent()["id"])
        step(h)
        look(h, ["d", "e"])
    for moment in moments:
        look(h, [ids[1], "e"], moment)
        h.admin.listTagged("c", event=moment)
        h.admin.tagChangedSinceEvent(moment, [ids[0], ids[2]])
        for tag in ids:
            h.admin.tagLastChangeEvent(tag, before=moment)
            h.admin.tagFirstChangeEvent(tag, after=moment)
    h.admin.queryHistory(tag="c", tables=["tag_listing", "tag_packages"])


def look(h, tags, event=None):
    for tag in tags:
        h.admin.listTagged(tag, inherit=True, event=event)
        h.admin.getLatestBuilds(tag, event=event)
        h.admin.listTaggedRPMS(tag, inherit=True, event=event, arch="src")


def fill(h):
    for name in ("alpha-1.0-1", "alpha-1.0-2", "alpha-1.1-1", "beta-1.0-1", "beta-1.0-2"):
        h.import_rpms([f"{name}.src.rpm"], "cli")
    h.admin.createEmptyBuild("gamma", "3", "1", None)
    for place in ("a alpha", "a beta", "a gamma", "b alpha", "c beta", "d gamma", "e alpha"):
        h.admin.packageListAdd(*place.split(), owner="kojiuser")
    tagged = ("a alpha-1.0-1", "a beta-1.0-1", "a gamma-3-1", "b alpha-1.0-2", "c beta-1.0-2", "b alpha-1.0-1")
    for place in (*tagged, "c beta-1.0-1"):
        h.admin.tagBuildBypass(*place.split())


def link(h, ids, child, parents):
    plain = {"maxdepth": None, "intransitive": False, "noconfig": False, "pkg_filter": ""}
    links = [
        {"parent_id": ids[TAGS.index(parent)], "priority": number * 5, **plain, **changes}
        for number, (parent, changes) in enumerate(parents)
    ]
    h.admin.setInheritanceData(child, links, True)


def block(h):
    h.admin.packageListBlock("c", "alpha")
    h.admin.packageListBlock("b", "beta")


def retag(h):
    h.admin.packageListUnblock("b", "beta")
    h.admin.untagBuildBypass("b", "alpha-1.0-2")
    h.admin.tagBuildBypass("b", "alpha-1.1-1")
    h.admin.tagBuildBypass("b", "alpha-1.0-1", force=True)


def forget(h):
    h.admin.packageListRemove("a", "gamma", force=True)
    h.admin.deleteTag("c")
    h.admin.createTag("c", parent="a")
