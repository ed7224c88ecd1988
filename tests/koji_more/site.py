"""A hub with something of everything, past and present: what the scenarios ask about."""

import xmlrpc.client


def done(value):
    return xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True)


def failed(code, text):
    return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text), allow_none=True)


def settle(h):
    """Make it; the ids and events that scenarios need, by name."""
    known = {}
    people(h.admin, known)
    tags(h.admin, known)
    known["made"] = h.admin.getLastEvent()["id"]
    contents(h.admin, known)
    hosts(h.admin, known)
    groups(h.admin)
    known["grown"] = h.admin.getLastEvent()["id"]
    change(h.admin)
    known["changed"] = h.admin.getLastEvent()["id"]
    return known


def people(admin, known):
    known["alice"] = admin.createUser("alice", krb_principal="alice@EXAMPLE.COM")
    known["bob"] = admin.createUser("bob", status=1)
    admin.createUser("carol")
    known["team"] = admin.newGroup("team")
    admin.addGroupMember("team", "alice")
    admin.addGroupMember("team", "carol")
    admin.grantPermission("team", "repo")
    admin.grantPermission("carol", "tag")
    admin.grantPermission("alice", "target")
    admin.grantPermission("bob", "special", create=True, description="A special one")
    admin.grantCGAccess("alice", "cgen", create=True)


def tags(admin, known):
    extra = {"mock.new_chroot": 1, "k": "v", "deep": {"a": [1, None]}}
    known["base"] = admin.createTag("base", arches="x86_64 i686", extra=extra)
    known["mid"] = admin.createTag("mid", parent="base", extra={"k": "w"})
    known["leaf"] = admin.createTag("leaf", parent="mid", arches="noarch", perm="special")
    known["other"] = admin.createTag("other", arches="ppc64le", locked=True)
    known["f-build"] = admin.createTag("f-build", parent="leaf", arches="x86_64 i686")
    known["gone"] = admin.createTag("gone", arches="s390x", extra={"g": 1})
    known["dest"] = admin.createTag("dest")
    admin.createTag("x-locked")
    filtered = {"maxdepth": 1, "intransitive": True, "noconfig": True, "pkg_filter": "^p"}
    plain = {"maxdepth": None, "intransitive": False, "noconfig": False, "pkg_filter": ""}
    links = [
        {"parent_id": known["base"], "priority": 20, **filtered},
        {"parent_id": known["other"], "priority": 5, **plain},
    ]
    admin.setInheritanceData("f-build", links)
    admin.editTag2("mid", block_extra=["mock.new_chroot"], extra={"m": 2})


def contents(admin, known):
    for tag, package, owner, block, arches in (
        ("base", "pa", "alice", None, None),
        ("base", "pb", "kojiuser", None, "x86_64 ppc64"),
        ("base", "qc", "bob", None, None),
        ("mid", "pb", "carol", True, None),
        ("leaf", "qd", "alice", None, "src"),
        ("mid", "qc", "alice", None, None),
        ("dest", "pa", "bob", None, None),
        ("other", "Pz", "alice", True, None),
        ("gone", "pa", "alice", None, None),
    ):
        admin.packageListAdd(tag, package, owner, block, arches, True)
    known["build"] = admin.createEmptyBuild("pa", "1.0", "1", None)
    admin.createEmptyBuild("qc", "1", "1", 0, owner="alice")
    admin.createEmptyBuild("lost", "1", "1", None)
    for tag, build in (("base", "pa-1.0-1"), ("base", "qc-1-1"), ("mid", "pa-1.0-1"), ("dest", "pa-1.0-1")):
        admin.tagBuildBypass(tag, build)
    for target, build_tag, dest_tag in (("f", "f-build", "dest"), ("g", "leaf", "base"), ("old", "leaf", "gone")):
        admin.createBuildTarget(target, build_tag, dest_tag)
    for repo in ("ext1", "ext2", "ext3"):
        admin.createExternalRepo(repo, f"http://example.com/{repo}/$arch")
    admin.addExternalRepoToTag("base", "ext1", 10)
    admin.addExternalRepoToTag("base", "ext2", 5, merge_mode="bare", arches="x86_64")
    admin.addExternalRepoToTag("leaf", "ext2", 7, merge_mode="simple")


def hosts(admin, known):
    known["chan"] = admin.addChannel("chan", "A channel")
    admin.addChannel("off")
    admin.disableChannel("off", comment="not now")
    known["host2"] = admin.addHost("host2", ["ppc64le", "s390x"], krb_principal="host2@X")
    admin.addHost("host3", ["x86_64", "noarch"])
    for host, channel in (("host2", "chan"), ("host3", "off"), ("kojibuilder.local", "chan")):
        admin.addHostToChannel(host, channel, force=True)
    admin.editHost("host2", description="two", comment="c", capacity=4.5)
    admin.disableHost("host3")


def groups(admin):
    for tag, group in (
        ("base", "build"),
        ("base", "srpm-build"),
        ("mid", "build"),
        ("leaf", "extra"),
        ("leaf", "build"),
    ):
        admin.groupListAdd(tag, group)
    admin.groupListAdd("base", "fancy", display_name="Fancy", langonly="de", biarchonly=True, uservisible=False)
    for tag, package in (("base", "bash"), ("base", "gcc"), ("mid", "make")):
        admin.groupPackageListAdd(tag, "build", package)
    admin.groupPackageListAdd("base", "fancy", "x", type="optional", basearchonly=True, requires="y")
    admin.groupReqListAdd("base", "fancy", "build")
    admin.groupPackageListBlock("leaf", "build", "gcc")


def change(admin):
    admin.untagBuildBypass("base", "qc-1-1")
    admin.packageListSetOwner("base", "qc", "carol")
    admin.editTag2("base", arches="x86_64", extra={"k": "v2"}, remove_extra=["deep"])
    admin.editBuildTarget("g", "g2", "leaf", "dest")
    admin.deleteBuildTarget("old")
    admin.editExternalRepo("ext1", url="http://example.com/one/")
    admin.removeExternalRepoFromTag("base", "ext2")
    admin.deleteExternalRepo("ext3")
    admin.groupPackageListRemove("base", "build", "bash")
    admin.removeHostFromChannel("kojibuilder.local", "chan")
    admin.editHost("host2", comment="d")
    admin.dropGroupMember("team", "carol")
    admin.revokePermission("alice", "target")
    admin.deleteTag("gone")
    admin.editTag2("other", locked=False)
