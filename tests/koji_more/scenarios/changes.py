"""Changing tags, packages, groups, hosts, channels and users: odd names and values, and doing it twice."""

from tests.koji_more.questions import USELESS, grid
from tests.koji_more.site import settle

NAMES = ["a b", "a/b", "A.b+c-d_e", "ünï", "-dash", "base", "1234", "", None, 17, [], "a" * 257, "f"]


def run(h):
    known = settle(h)
    for name in NAMES:
        called(h, known, name)
    tags(h)
    links(h, known)
    lists(h)
    hosts(h)
    users(h)
    strangers(h)


def called(h, known, name):
    h.admin.createTag(name)
    h.admin.createBuildTarget(name, "base", "dest")
    h.admin.createExternalRepo(name, "http://example.com/")
    h.admin.addChannel(name)
    h.admin.newGroup(name)
    h.admin.createUser(name)
    h.admin.addHost(name, ["x86_64"])
    h.admin.grantPermission("alice", name, create=True)
    h.admin.grantCGAccess("alice", name, create=True)
    h.admin.packageListAdd("mid", name, owner="alice")
    h.admin.groupPackageListAdd("base", "build", name)
    h.admin.editTag2(known["dest"], name=name)
    h.admin.editTag2(known["dest"], name="dest")


def tags(h):
    base = {"name": "new"}
    odd = {
        "parent": ["base", {"name": "base"}, "gone", "no-such", 99999, {"name": None}, []],
        "arches": ["x86_64,i686", "x86_64  i686", ["x86_64", "i686"], "a/b", 7, [], ["x", 7]],
        "perm": ["special", 1, "no-such", {"name": "admin"}, {"name": None}],
        "locked": [True, None, 1, "x"],
        "extra": [{}, {"a": None}, {"a": {"b": [1]}}, [], "x", {"": 1}],
    }
    for number, (name, value) in enumerate((name, value) for name, values in odd.items() for value in values):
        h.admin.createTag(**{**base, "name": f"new{number}", name: value})
        h.admin.getTag(f"new{number}")
    edits = {
        "arches": ["i686,x86_64", "", None, "a b"],
        "perm": ["special", None, 99999, ""],
        "locked": [True, None, "x"],
        "extra": [{"a": 1}, {"a": 1}, {}, None, "x"],
        "remove_extra": [["a"], ["a"], [], None, "a", {}],
        "block_extra": [["k"], ["k"], None, 5, {}],
        "name": ["", None, "base"],
    }
    for name, values in edits.items():
        for value in values:
            h.admin.editTag2("mid", **{name: value})
        h.admin.getTag("mid", blocked=True)


def links(h, known):
    link = {"parent_id": known["other"], "priority": 5, "maxdepth": None}
    link.update(intransitive=False, noconfig=False, pkg_filter="")
    changes = [link, {"parent_id": "base", "priority": 6}, {"parent_id": "mid", "priority": 7}]
    changes += [
        {"parent_id": None},
        {"parent_id": "no-such"},
        {"parent_id": 99999},
        {"priority": "x"},
        {"priority": "7"},
    ]
    changes += [{"maxdepth": "2"}, {"intransitive": "x"}, {"delete link": True}, {"delete link": True}]
    for change in changes:
        h.admin.setInheritanceData("dest", [{**link, **change}])
        h.admin.getInheritanceData("dest")
    for data in ([], {}, [{}], [5], None, "x", [link, link], [link, {**link, "parent_id": known["mid"]}]):
        h.admin.setInheritanceData("dest", data, clear=True)
        h.admin.getInheritanceData("dest")
    h.admin.setInheritanceData("base", [{**link, "parent_id": known["leaf"]}])
    h.admin.getFullInheritance("leaf")
    h.admin.getBuildConfig("f-build")


def lists(h):
    entries = ({}, {"owner": "bob"}, {"block": True}, {"block": False}, {"extra_arches": "i686"}, {"update": True})
    for package in ("pa", "pb", "unheard"):
        for entry in (*entries, {"owner": "no-such"}, {"owner": "alice", "block": True, "force": True}):
            h.admin.packageListAdd("leaf", package, **entry)
            h.admin.getPackageConfig("leaf", package)
        for verb in ("Block", "Block", "Unblock", "Unblock", "Remove", "Remove"):
            getattr(h.admin, f"packageList{verb}")("leaf", package)
            h.admin.getPackageConfig("leaf", package)
    for verb in (
        "groupListAdd",
        "groupListBlock",
        "groupListAdd",
        "groupListUnblock",
        "groupListRemove",
        "groupListRemove",
    ):
        for group in ("build", "no-such", None):
            getattr(h.admin, verb)("leaf", group)
        h.admin.getTagGroups("leaf", incl_blocked=True)
    grid(
        h.admin,
        "addExternalRepoToTag",
        {"tag_info": "mid", "repo_info": "ext2", "priority": 1},
        priority=USELESS,
        merge_mode=USELESS,
    )
    grid(
        h.admin,
        "editTagExternalRepo",
        {"tag_info": "leaf", "repo_info": "ext2"},
        priority=["8", None, "x"],
        merge_mode=["koji", "no"],
    )
    h.admin.editExternalRepo(None, url="http://example.com/")
    h.admin.getTagExternalRepos("leaf")


def hosts(h):
    values = {
        "capacity": [1, 0, -1, 2.5, "3", "x", None],
        "arches": ["x86_64", ["a"], None],
        "comment": ["new", None, 7],
    }
    for name, pool in values.items():
        for value in pool:
            h.admin.editHost("host2", **{name: value})
        h.admin.getHost("host2")
    for channel in ("chan", "off", "new", None):
        h.admin.addHostToChannel("host3", channel)
        h.admin.addHostToChannel("host3", channel, create=True, force=True)
        h.admin.removeHostFromChannel("host3", channel)
        h.admin.removeHostFromChannel("host3", channel)
        h.admin.editChannel(channel, comment="changed")
        h.admin.disableChannel(channel, comment="why")
        h.admin.enableChannel(channel)
        h.admin.getChannel(channel)
    for name in ("chan", "off", "renamed", None):
        h.admin.renameChannel("chan", name)
    h.admin.renameChannel("renamed", "x" * 200)
    h.admin.listChannels()


def users(h):
    mappings = [[{"old": None, "new": "m1@X"}], [{"old": "m1@X", "new": "m2@X"}], [{"old": "m1@X", "new": None}]]
    mappings += [
        [{"old": None, "new": "alice@EXAMPLE.COM"}],
        [{"old": None, "new": None}],
        [{}],
        [],
        None,
        "x",
        {"old": 1},
    ]
    for mapping in mappings:
        h.admin.editUser("carol", krb_principal_mappings=mapping)
        h.admin.getUser("carol")
    for status in (0, 1, 2, None, "x"):
        h.admin.createUser(f"status-{status}", status=status)
    for who in ("alice", "team", "host2", "no-such"):
        for verb in ("disableUser", "enableUser", "enableUser"):
            getattr(h.admin, verb)(who)
        h.admin.grantPermission(who, "image")
        h.admin.grantPermission(who, "image")
        h.admin.addGroupMember("team", who)
        h.admin.dropGroupMember("team", who)
        h.admin.revokePermission(who, "image")
        h.admin.revokePermission(who, "image")
    h.admin.grantPermission("alice", "x" * 60, create=True)


def strangers(h):
    for session in (h.anon, h.user, h.builder):
        for tag in ("base", "no-such-tag"):
            for package in ("pa", "unheard"):
                session.packageListAdd(tag, package, "alice")
                session.packageListAdd(tag, package, "nobody-here")
                session.packageListBlock(tag, package)
                session.packageListUnblock(tag, package)
                session.packageListRemove(tag, package)
                session.packageListSetOwner(tag, package, "bob")
                session.packageListSetArches(tag, package, "x86_64")
        for suffix in (None, "foo", "bad"):
            session.createSideTag("base", suffix=suffix)
        session.createSideTag("no-such-tag")
        session.removeSideTag("base")
        session.editSideTag("base", debuginfo=True)
        session.scheduler.doRun()
        session.evalPolicy("tag", {"tag": "x-locked"})
