"""Sessions side by side: who may go on when one becomes exclusive, ends, or its user's rights change."""

import xmlrpc.client


def run(h):
    logins(h)
    exclusive(h)
    ends(h)
    numbers(h)
    rights(h)
    queries(h)
    together(h)


def enter(h, label, *args, **kwargs):
    session = h.new(label)
    return session._adopt(session.login("kojiuser", h.password("user"), *args, **kwargs))


def logins(h):
    for options in (
        (),
        ({},),
        (None,),
        ({"hostip": "1.2.3.4"},),
        ("",),
        (5,),
        (None, True),
        (None, False, True),
        (None, 1, 2, 3),
    ):
        session = enter(h, "login", *options)
        session.getSessionInfo()
        session.logout()
        session.getLoggedInUser()
    enter(h, "login", exclusive=True).getSessionInfo()
    enter(h, "login", renew=True).getSessionInfo()
    for name, password in (
        (None, None),
        ("", ""),
        ("kojiuser", []),
        (7, "x"),
        ({}, "x"),
        ("no", "x"),
        ("kojiuser", "wrong"),
    ):
        h.anon.login(name, password)


def exclusive(h):
    first, second = enter(h, "first"), enter(h, "second")
    second.exclusiveSession()
    for call in (
        first.getLoggedInUser,
        first.subsession,
        first.exclusiveSession,
        first.getSessionInfo,
        first.sharedSession,
    ):
        call()
    second.exclusiveSession(force=True)
    third = enter(h, "third")
    third.exclusiveSession(force=False)
    third.exclusiveSession(True)
    second.getLoggedInUser()
    third.getSessionInfo()
    below = h.new("below")._adopt(third.subsession())
    below.exclusiveSession(force=True)
    below.getSessionInfo()
    third.sharedSession()
    third.sharedSession()
    first.getLoggedInUser()
    third.exclusiveSession(1, 2)
    third.logout()
    below.getLoggedInUser()


def ends(h):
    one, two = enter(h, "one"), enter(h, "two")
    for number in (two._sinfo["session-id"], 99999, "x", None, h.admin._sinfo["session-id"]):
        one.logoutChild(number)
    two.getLoggedInUser()
    one.logout(two._sinfo["session-id"])
    two.getLoggedInUser()
    one.logout(h.admin._sinfo["session-id"])
    h.admin.logout(one._sinfo["session-id"])
    one.getLoggedInUser()
    for session in (h.anon, h.user):
        for number in (99999, "x", [], 1.5):
            session.logoutChild(number)


def numbers(h):
    session = enter(h, "numbers")
    for number, call in (
        (5, lambda: session.createNotification(2, None, None, True)),
        (5, session.getLoggedInUser),
        (4, session.getLoggedInUser),
        (9, session.getLoggedInUser),
        (9, lambda: session.createNotificationBlock(2)),
        (9, session.getBuildNotificationBlocks),
        (-1, session.getLoggedInUser),
        (10, lambda: session.deleteNotificationBlock(99999)),
        (10, session.error),
        (11, lambda: session.multiCall([{"methodName": "createNotificationBlock", "params": [2, None, None]}])),
        (11, session.getLoggedInUser),
    ):
        session._callnum = number
        call()


def rights(h):
    session = enter(h, "rights")
    for change in (
        lambda: h.admin.grantPermission("kojiuser", "tag"),
        lambda: h.admin.revokePermission("kojiuser", "tag"),
        lambda: h.admin.newGroup("taggers"),
        lambda: h.admin.grantPermission("taggers", "tag"),
        lambda: h.admin.addGroupMember("taggers", "kojiuser"),
        lambda: h.admin.dropGroupMember("taggers", "kojiuser"),
        lambda: h.admin.editUser("kojiuser", name="renamed"),
        lambda: h.admin.editUser("renamed", name="kojiuser"),
        lambda: h.admin.disableUser("kojiuser"),
        lambda: h.admin.enableUser("kojiuser"),
    ):
        change()
        session.getPerms()
        session.hasPerm("tag")
        session.getLoggedInUser()
        session.editTag2("no-such-tag", arches="")
    for user in (None, 1, "kojiuser", "no-such", 99999):
        session.getSessionInfo(details=True, user_id=user)


def queries(h):
    session = enter(h, "queries")
    known = f"session-id={session._sinfo['session-id']}&session-key={session._sinfo['session-key']}"
    body = xmlrpc.client.dumps((), "getLoggedInUser")
    for query in (
        f"{known}&callnum=3",
        known,
        f"{known}&callnum=x",
        "session-id=1",
        "session-id=x&session-key=y",
        "unheard=1",
        "x",
    ):
        h.post(body, query=query)
    for text in ("", "x", "<a/>", body[:-5], body + "x", "<methodCall><methodName>echo</methodName></methodCall>"):
        h.post(text)
    for value in (
        "<int>x</int>",
        "<boolean>2</boolean>",
        "<unheard/>",
        "<double>x</double>",
        "text",
        "<nil/>",
        "<i8>7</i8>",
    ):
        param = f"<params><param><value>{value}</value></param></params>"
        h.post(f"<methodCall><methodName>echo</methodName>{param}</methodCall>")
    for method in ("GET", "PUT", "HEAD"):
        h.post("", method=method)


def together(h):
    def call(method, *params):
        return {"methodName": method, "params": list(params)}

    for calls in (
        [],
        [call("createTag", "m1"), call("createTag", "m1"), call("createTag", "m2")],
        [call("multiCall", [call("createTag", "m3"), call("createTag", "m1")])],
        [call("noSuchMethod"), call("error"), call("echo", None)],
        [{"methodName": "getAPIVersion"}],
        ["x"],
        [None],
        "x",
        None,
        [call("host.getID"), call("exclusiveSession"), call("getTag", "m2", True)],
    ):
        h.user.multiCall(calls)
        h.admin.multiCall(calls)
        h.anon.system.multicall(calls)
    h.admin.multiCall()
    for tag in ("m1", "m2", "m3"):
        h.admin.queryHistory(["tag_config"], tag=tag)
