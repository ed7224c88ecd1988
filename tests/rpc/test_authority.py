"""The table of authority.py, cell by cell: every method of the API, called by each kind of caller.

Each call happens on a hub with real objects in it, and is undone.
"""

import dataclasses
import inspect
import json

import koji
import pytest

from appliance.db.models.builds import Repo
from appliance.db.models.core import Session as SessionRow
from appliance.errors import ActionNotAllowed, AuthError, GenericError
from appliance.hub import (
    buildroots,
    builds,
    channels,
    content_generators,
    hosts,
    imports,
    packages,
    permissions,
    sidetags,
    state,
    subscriptions,
    tagging,
    tags,
    targets,
    tasks,
    users,
    volumes,
)
from appliance.hub.hub import Origin, Session
from appliance.rpc.koji import load_methods
from tests.rpc.authority import cells

METHODS = load_methods().methods
CALLERS = {"A": "anonymous", "U": "user", "O": "owner", "H": "host", "P": "holder", "M": "admin"}
# Refusals that Koji words as plain errors.
_REFUSALS = (
    "Not logged-in",
    "cannot create notif",
    "cannot update notif",
    "cannot delete notif",
    "query returned no rows",
    "only the task owner or an admin",
    "you must be logged in",
)


class Undo(Exception):
    """Ends a transaction that must leave nothing behind."""


class World:
    """A hub with an owner's things in it."""

    def __init__(self, path):
        state.init(path, empty=True)
        self.hub = state.open_hub(path)
        (path / "koji" / "vol" / "second").mkdir(parents=True)
        with self.hub.write() as call:
            self._people(call)
        with self.hub.write(self.admin) as call:
            self._things(call)
        with self.hub.write(self.owner) as call:
            self._own(call)

    def _people(self, call):
        ids = {name: users.create(call, name, "pw") for name in ("admin", "user", "owner", "holder")}
        self.admin = Session(id=1, user_id=ids["admin"], user_name="admin", perms=frozenset({"admin"}))
        call.session = self.admin
        permissions.hold(call, ids["admin"], "admin")
        self.host_id = hosts.create(call, "host", ["x86_64", "noarch"])
        self.user = Session(id=2, user_id=ids["user"], user_name="user")
        self.owner = Session(id=3, user_id=ids["owner"], user_name="owner")
        self.holder = Session(id=4, user_id=ids["holder"], user_name="holder")
        self.host = Session(
            id=5,
            user_id=users.identify(call, "host"),
            user_name="host",
            usertype=1,
            host_id=self.host_id,
            exclusive=True,
        )
        self.anonymous = Session(origin=Origin(principal="newcomer@EXAMPLE.COM"))

    def _things(self, call):
        tags.create(call, "base", arches="x86_64")
        tags.create(call, "tag", parent="base", arches="x86_64")
        tags.create(call, "dest")
        tags.create(call, "asks", perm="image")
        tags.create(call, "locked", locked=True)
        targets.create(call, "target", "tag", "dest")
        for name in ("tag", "dest", "asks", "locked"):
            packages.add(call, name, "pkg", owner="owner")
        volumes.add(call, "second")
        content_generators.grant(call, "holder", "builder", create=True)
        channels.create(call, "extra")
        hosts.join_channel(call, self.host_id, "extra")
        known = {"key": "x", "start_time": 0.0, "update_time": 0.0}
        for name in ("admin", "user", "owner", "holder", "host"):
            session = getattr(self, name)
            call.tx.insert(SessionRow, id=session.id, user_id=session.user_id, **known)
        call.tx.insert(SessionRow, id=77, user_id=self.owner.user_id, **known)

    def _own(self, call):
        made = {"name": "pkg", "version": "1", "release": "1", "epoch": None, "owner": "owner"}
        self.build = imports.new_build(call, made)
        self.draft = imports.new_build(call, {**made, "version": "2", "draft": True})
        self.building = imports.new_build(
            call, {**made, "version": "3", "state": koji.BUILD_STATES["BUILDING"], "completion_time": None}
        )
        tagging.add(call, "tag", self.build)
        self.task = tasks.make(call, "build", ["cli/x.src.rpm", "target", {}])
        self.failed = tasks.make(call, "buildArch", ["cli/x.src.rpm", "tag", "x86_64"])
        call.session = self.host
        tasks.open(call, self.task)
        tasks.open(call, self.failed)
        self.buildroot = buildroots.new(call, self._repository(call), "x86_64", self.failed)
        tasks.fail(call, self.failed, koji.xmlrpcplus.dumps(koji.Fault(1000, "x")))
        call.session = self.owner
        self.side_tag = sidetags.create(call, "tag")["name"]
        subscriptions.want(call, "owner", "pkg", None, False)
        subscriptions.refuse(call, "owner", "pkg", None)

    @staticmethod
    def _repository(call):
        ready = {"state": koji.REPO_STATES["READY"], "creation_time": 0.0, "state_time": 0.0}
        ready["create_event"] = call.tx.event()
        return call.tx.insert(Repo, tag_id=tags.identify(call, "tag"), **ready)

    def enter(self, call, letter, permission):
        """Have CALL be a caller's; the holder holds the one permission from now on."""
        session = getattr(self, CALLERS[letter])
        if letter == "P" and permission and not permission.startswith("cg:"):
            call.session = self.admin
            permissions.grant(call, "holder", permission, create=True)
            session = dataclasses.replace(session, perms=frozenset({permission}))
        call.session = dataclasses.replace(session)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("authority") / "state")
    yield made
    made.hub.close()


def _arguments(world):
    """What the cases are called with whose authority depends on the object; all others get odd words."""
    metadata = {
        "metadata_version": 0,
        "output": [],
        "buildroots": [{"content_generator": {"name": "builder", "version": "1"}}],
        "build": {
            "name": "pkg",
            "version": "9",
            "release": "1",
            "source": None,
            "start_time": 1,
            "end_time": 2,
        },
    }
    urgent = ["cli/x.src.rpm", "target", {}, -5]
    return {
        "login": ["user", "pw"],
        "logout#another": [77],
        "getSessionInfo#another": [True, "owner"],
        "build": ["cli/x.src.rpm", "target"],
        "build#urgent": urgent,
        "chainBuild": [[["git://x"]], "target"],
        "chainBuild#urgent": [[["git://x"]], "target", {}, -5],
        "mavenBuild": ["git://x", "target"],
        "mavenBuild#urgent": ["git://x", "target", {}, -5],
        "winBuild": ["vm", "git://x", "target"],
        "count#createUser": ["createUser", "somebody"],
        "count": ["getAPIVersion"],
        "filterResults": ["listTags"],
        "countAndFilterResults": ["listTags"],
        "getUserPerms": ["owner"],
        "createSideTag": ["tag"],
        "distRepo": ["tag", ["0123abcd"]],
        "tagBuild": ["dest", world.build],
        "untagBuild": ["tag", world.build],
        "moveBuild": ["tag", "dest", world.build],
        "moveAllBuilds": ["tag", "dest", "pkg"],
        "tagBuild#tag-asks-permission": ["asks", world.build],
        "tagBuild#tag-is-locked": ["locked", world.build],
        "cancelTask": [world.task],
        "cancelTaskChildren": [world.task],
        "cancelBuild": [world.building],
        "resubmitTask": [world.failed],
        "saveFailedTree": [world.buildroot],
        "removeSideTag": [world.side_tag],
        "editSideTag": [world.side_tag],
        "createNotification": ["owner", None, "tag", True],
        "createNotificationBlock": ["owner", None, "tag"],
        "updateNotification": [1, None, None, True],
        "deleteNotification": [1],
        "deleteNotificationBlock": [1],
        "getBuildNotifications": ["owner"],
        "getBuildNotificationBlocks": ["owner"],
        "getUser": ["owner"],
        "promoteBuild": [world.draft],
        "packageListAdd": ["tag", "other", "owner"],
        "packageListRemove": ["tag", "pkg"],
        "packageListBlock": ["tag", "pkg"],
        "packageListUnblock": ["tag", "pkg"],
        "packageListSetOwner": ["tag", "pkg", "user"],
        "packageListSetArches": ["tag", "pkg", "x86_64"],
        "uploadFile": ["cli/authority", "name", 1, None, 0, "eA=="],
        "importArchive": ["x", {"name": "pkg", "version": "1", "release": "1"}, "image", {"arch": "x86_64"}],
        "importArchive#maven": ["x", world.build, "maven", {}],
        "importArchive#win": ["x", world.build, "win", {}],
        "buildImage": ["n", "1", "x86_64", "target", "ks", "livecd"],
        "buildImage#appliance": ["n", "1", "x86_64", "target", "ks", "appliance"],
        "CGImport": [json.dumps(metadata), "cli/x"],
        "CGInitBuild": ["builder", {"name": "pkg", "version": "9", "release": "1", "epoch": None}],
        "CGRefundBuild": ["builder", world.building, "token"],
        "host.importImage": [world.task, world.build, {"x": {"task_id": world.task, "files": []}}],
        "host.subtask2": [world.task, {}, "sleep", 1],
        "editChannel": ["extra"],
        "renameChannel": ["extra", "other"],
        "newRepo": ["tag"],
        "newRepo#repo": ["tag"],
    }


def _call(world, name, letter, permission):
    """Whether a caller is let in by the method that NAME begins with, and what the answer was."""
    method = METHODS[name.partition("#")[0]]
    args = _arguments(world).get(name, _words(method))
    method.signature.bind(*args)
    try:
        with world.hub.write() as call:
            world.enter(call, letter, permission)
            method.run(call, args, {})
            raise Undo
    except (AuthError, ActionNotAllowed) as error:
        return False, str(error)
    except GenericError as error:
        return not any(word in str(error) for word in _REFUSALS), str(error)
    except Exception as error:  # whatever odd words make of it, it was let in
        return True, repr(error)


def _words(method):
    """As many words as the method asks for."""
    plain = inspect.Parameter.empty
    return [
        "x"
        for each in method.signature.parameters.values()
        if each.default is plain and each.kind is each.POSITIONAL_OR_KEYWORD
    ]


def test_every_method_has_a_row_and_every_row_a_method():
    named = {name.partition("#")[0] for name in cells()}
    assert sorted(set(METHODS) - named) == []
    assert sorted(named - set(METHODS)) == []


def test_every_method_says_what_it_needs():
    silent = [name for name, method in METHODS.items() if not method.need.words]
    assert silent == []


@pytest.mark.parametrize("name", sorted(cells()))
def test_the_table_holds(world, name):
    rule = cells()[name]
    wrong = {}
    for letter in CALLERS:
        if letter == "P" and not rule.permission:
            expected = rule.lets_in[1] == "U"
        else:
            expected = letter in rule.lets_in
        let_in, answer = _call(world, name, letter, rule.permission)
        if let_in != expected:
            wrong[CALLERS[letter]] = f"{'let in' if let_in else 'refused'}: {answer[:150]}"
    assert wrong == {}


def test_what_needs_more_than_reading_is_never_open_to_strangers(world):
    """CVE-2018-1002150: two methods without a check let anybody move files."""
    open_writes = [
        name for name, method in METHODS.items() if method.writes is True and cells()[name].lets_in[0] == "A"
    ]
    assert sorted(open_writes) == [
        "exclusiveSession",
        "getRPMChecksums",
        "login",
        "sharedSession",
        "sslLogin",
    ]


def test_builds_exist_for_the_table(world):
    """A row that names an object which is not there would prove nothing."""
    with world.hub.read(world.admin) as call:
        assert builds.get(call, world.build)["owner_name"] == "owner"
        assert builds.get(call, world.draft)["draft"]
        assert tasks.get(call, world.task)["owner"] == world.owner.user_id
        assert tasks.get(call, world.failed)["state"] == koji.TASK_STATES["FAILED"]
