"""Reading users, permissions, groups, hosts, channels and wishes for mail, by everybody and in every way."""

from tests.koji_more.questions import LISTINGS, grid, product, ways
from tests.koji_more.site import settle


def run(h):
    known = settle(h)
    users(h, known)
    permissions(h, known)
    hosts(h, known)
    mail(h)


def users(h, known):
    named = [each for each in ways("alice", known["bob"], "team") if each not in ({}, {"name": None}, {"x": 1})]
    clues = [{"krb_principal": "alice@EXAMPLE.COM"}, {"krb_principal": "no"}, "alice@EXAMPLE.COM", "host2"]
    grid(h.admin, "getUser", {"userInfo": "alice"}, userInfo=[*named, *clues], krb_princs=[False], groups=[True])
    product(h.admin, "getUser", userInfo=["no", 9999, {"id": 999}, "carol"], strict=[True], groups=[True])
    for method, name in (("getUserPerms", "userID"), ("getUserPermsInheritance", "userID"), ("getUserGroups", "user")):
        grid(h.anon, method, {name: "alice"}, **{name: named})
    grid(h.anon, "getGroupMembers", {"group": "team"}, group=[each for each in named if each != {"id": "x"}])
    types = [0, 1, 2, None, [0, 1], [], 3, "x", {}, [99]]
    listings = [each for each in LISTINGS if each != []]
    found = {"prefix": ["a", "A", "_", "%"], "perm": ["repo", "special", "no", 1]}
    grid(h.admin, "listUsers", {}, userType=[each for each in types if each != []], queryOpts=listings, **found)
    product(h.admin, "listUsers", userType=[0, 2, None], perm=["repo", "admin"], inherited_perm=[True, False])


def permissions(h, known):
    for session in (h.admin, h.user, h.builder, h.anon):
        session.getPerms()
        session.getUserPerms()
        session.getLoggedInUser()
        session.listCGs()
        session.checkTagAccess("base")
        for perm in ("admin", "host", "no-such", None, 1, [], {}):
            session.hasPerm(perm)
            session.hasPerm(perm, strict=True)
    product(h.admin, "getUserPerms", userID=["carol", "team", known["alice"]], with_groups=[True, False])


def hosts(h, known):
    moments = [known["made"], known["grown"], 1, "x", True, {}]
    named = ways("host2", known["host2"], "no-such")
    grid(h.admin, "getHost", {"hostInfo": "host2"}, hostInfo=named, strict=[True], event=moments)
    arches = ["x86_64", ["ppc64le", "i686"], ["noarch"], [], "", "x86", 7, None, ["x86_64", 7]]
    channels = ways("chan", known["chan"])
    owners = [3, "host2", "alice", "no-such"]
    flags = {"ready": [True, False, 0], "enabled": [True, False, 0]}
    grid(h.admin, "listHosts", {}, arches=arches, channelID=channels, userID=owners, queryOpts=LISTINGS, **flags)
    grid(h.admin, "getChannel", {"channelInfo": "chan"}, channelInfo=channels, strict=[True])
    grid(h.admin, "listChannels", {}, hostID=["host2", 1, "no", None, 0, ""], event=moments, enabled=[True, False, 0])
    product(
        h.admin, "listChannels", hostID=["host2", "kojibuilder.local"], event=[known["grown"], None], enabled=[True]
    )
    grid(h.admin, "getLastHostUpdate", {"hostID": known["host2"]}, hostID=["host2", 999, None, "1", []], ts=[True])
    for session in (h.admin, h.user, h.anon):
        session.host.getID()
        session.host.isEnabled()
    for load, ready in ((1.5, True), ("2", True), (-1, True), (None, True), (0, None), (0, 1), (0, "x"), (0, False)):
        h.builder.host.updateHost(load, ready)
        h.admin.getHost("kojibuilder.local")
    for data in (None, {"maxjobs": 5}, "text", '{"a": 1}', [], 5):
        h.builder.host.setHostData(data)
        h.builder.host.updateHost(0.0, True, data)
        h.admin.scheduler.getHostData(1)


def mail(h):
    kojiuser = h.user.getLoggedInUser()["id"]
    h.user.createNotification(kojiuser, "pa", "base", True)
    h.user.createNotificationBlock(kojiuser, "pb")
    for session in (h.admin, h.user, h.builder, h.anon):
        for verb in (
            "getBuildNotification",
            "getBuildNotificationBlock",
            "deleteNotification",
            "deleteNotificationBlock",
        ):
            for number in (99999, "x", None, [], 1 if session in (h.builder, h.anon) else 2):
                getattr(session, verb)(number)
        session.updateNotification(99999, None, None, True)
        session.createNotification(99999, None, None, True)
        session.createNotificationBlock("no-such")
        session.getBuildNotifications()
        session.getBuildNotificationBlocks("kojiuser")
