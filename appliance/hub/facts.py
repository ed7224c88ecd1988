"""What hub policies ask about an action: the data given, and what the hub knows of user, package, build."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import koji
import koji.tasks

from appliance.db.connection import Row
from appliance.db.models.builds import ContentGenerator, Volume
from appliance.db.models.tags import BuildTarget, Package, Tag
from appliance.errors import GenericError
from appliance.hub import builds, names, permissions, tags, users
from appliance.hub.hub import Call

_BUILDROOTS = """
SELECT buildroot_id FROM rpminfo WHERE build_id = :build
UNION
SELECT buildroot_id FROM archiveinfo WHERE build_id = :build
"""
_GENERATORS = """
SELECT DISTINCT g.name FROM buildroot b LEFT JOIN content_generator g ON g.id = b.cg_id WHERE b.id IN
:buildroots
"""
_ROOT_TAGS = """
SELECT DISTINCT t.id, t.name, r.create_event AS event FROM standard_buildroot s
JOIN repo r ON r.id = s.repo_id JOIN tag t ON t.id = r.tag_id WHERE s.buildroot_id IN :buildroots
"""
_TARGET_TAG = """
SELECT t.id, t.name, NULL AS event FROM build_target_config c JOIN tag t ON t.id = c.build_tag
WHERE c.build_target_id = :target AND c.revoke_event IS NULL
"""
_TYPES = "SELECT t.name FROM build_types b JOIN btype t ON t.id = b.btype_id WHERE b.build_id = :build"
_TAGS = """
SELECT t.name FROM tag_listing l JOIN tag t ON t.id = l.tag_id WHERE l.build_id = :build AND l.revoke_event
IS NULL
"""
_ACTIVE = "SELECT 1 FROM tag_config WHERE tag_id = :tag AND revoke_event IS NULL"


class Facts(dict[str, Any]):
    """The data of one action. Koji's tests read it as a mapping; ours ask for what can be derived from it."""

    def __init__(self, call: Call, data: Row) -> None:
        super().__init__(data)
        self.call = call
        self.running: set[int] = set()

    def copy(self) -> "Facts":
        """The rule engine works on a copy, into which it also writes."""
        fresh = Facts(self.call, self)
        fresh.running = self.running
        return fresh

    @cached_property
    def user(self) -> Row | None:
        """`user_id` of the data, else the asking user."""
        info = self.get("user_id") if "user_id" in self else self.call.session.user_id
        return None if info is None else users.get(self.call, info, krb_princs=False)

    @cached_property
    def permissions(self) -> list[str]:
        return permissions.held(self.call, self.user["id"]) if self.user else []

    @cached_property
    def groups(self) -> dict[int, str]:
        return users.groups_of(self.call, self.user["id"]) if self.user else {}

    @cached_property
    def build(self) -> Row:
        """The build that the data names; a GenericError if there is no such."""
        found = builds.get(self.call, self["build"], strict=True)
        assert found is not None
        return found

    @cached_property
    def package(self) -> Row:
        """`id` and `name`; the id of a package that is not known yet is None."""
        if "package" not in self:
            self._need("build", "package")
            return {"id": self.build["package_id"], "name": self.build["name"]}
        found = names.lookup(self.call, Package, self["package"])
        if found is None and not isinstance(self["package"], str):
            raise GenericError(f"No such package: {self['package']}")
        return found or {"id": None, "name": self["package"]}

    def of_build(self, field: str) -> Any:
        """FIELD of the data, else of the build."""
        if field not in self:
            self._need("build", field)
        return self[field] if field in self else self.build[field]

    def _need(self, key: str, wanted: str) -> None:
        if key not in self:
            raise GenericError(f"policy requires {wanted} data")

    @cached_property
    def volume(self) -> str | None:
        if "volume" in self:
            found = names.lookup(self.call, Volume, self["volume"])
            return found["name"] if found else None
        return str(self.build["volume_name"]) if "build" in self else None

    def tag_name(self, key: str) -> str | None:
        """The name of the tag that KEY of the data means; None if there is none now."""
        if self.get(key) is None:
            return None
        found = names.lookup(self.call, Tag, self[key])
        if found is None or self.call.tx.value(_ACTIVE, {"tag": found["id"]}) is None:
            return None
        return str(found["name"])

    def side_tag_owner(self, key: str) -> int | None:
        """The id of the user whose side tag KEY of the data means; None if that is no side tag."""
        if self.get(key) is None:
            return None
        found = tags.get(self.call, self[key])
        if found is None or not found["extra"].get("sidetag"):
            return None
        return int(found["extra"].get("sidetag_user_id") or 0)

    @cached_property
    def tags(self) -> list[str]:
        """Names of the tags that the build has now."""
        return self.call.tx.column(_TAGS, {"build": self.build["id"]}) if "build" in self else []

    @cached_property
    def buildroots(self) -> set[int | None]:
        """Where the build's files come from; None stands for files without a buildroot."""
        if "buildroots" in self:
            return set(self["buildroots"])
        if "build" not in self:
            return set()
        return set(self.call.tx.column(_BUILDROOTS, {"build": self.build["id"]}))

    @cached_property
    def imported(self) -> bool:
        """Whether a file of the build has no buildroot."""
        if not self.get("build"):
            raise GenericError("policy data must contain a build")
        return None in self.call.tx.column(_BUILDROOTS, {"build": self.build["id"]})

    @cached_property
    def generators(self) -> set[str | None]:
        """Names of the content generators; None stands for files that no generator made."""
        if "cg_list" in self:
            return {self._generator(each) for each in self["cg_list"]}
        known = [each for each in self.buildroots if each is not None]
        found: set[str | None] = set(self.call.tx.column(_GENERATORS, {"buildroots": known})) if known else set()
        return found | {None} if None in self.buildroots else found

    def _generator(self, info: Any) -> str:
        found = names.lookup(self.call, ContentGenerator, info, strict=True)
        assert found is not None
        return str(found["name"])

    @cached_property
    def build_tags(self) -> list[Row]:
        """`id`, `name` and `event` of the tags that the build was or will be built from."""
        given = self["build_tags"] if "build_tag" not in self and "build_tags" in self else []
        if "build_tag" in self:
            given = [self["build_tag"]]
        return [self._tag(each) for each in given] or self._target_tags() or self._root_tags()

    def _tag(self, info: Any) -> Row:
        found = names.lookup(self.call, Tag, info, strict=True)
        assert found is not None
        return {**found, "event": None}

    def _target_tags(self) -> list[Row]:
        target = names.lookup(self.call, BuildTarget, self["target"]) if self.get("target") else None
        return self.call.tx.rows(_TARGET_TAG, {"target": target["id"]}) if target else []

    def _root_tags(self) -> list[Row]:
        known = [each for each in self.buildroots if each is not None]
        return self.call.tx.rows(_ROOT_TAGS, {"buildroots": known}) if known else []

    @cached_property
    def types(self) -> set[str]:
        """What the build consists of: rpm, maven, win, image, ..."""
        if "btypes" in self:
            return set(self["btypes"])
        return set(self.call.tx.column(_TYPES, {"build": self.build["id"]})) if "build" in self else set()

    @cached_property
    def owned(self) -> bool:
        """Whether the user, or a group that the user is in, owns the build."""
        self._need("build", "build")
        owner = self.build["owner_id"]
        return self.user is not None and (owner == self.user["id"] or owner in self.groups)

    @cached_property
    def source(self) -> Any:
        """Where the sources come from: by the data, the build, or the task that made it."""
        if "source" in self:
            return self["source"]
        if "build" not in self:
            return None
        if self.build["source"] is not None or self.build["task_id"] is None:
            return self.build["source"]
        return task_source(self.call, self.build["task_id"])


def task_source(call: Call, task_id: int) -> Any:
    """The source that a task's request names; None if its kind has none."""
    found = call.tx.row("SELECT method, request FROM task WHERE id = :id", {"id": task_id})
    if found is None or found["method"] == "indirectionimage":
        return None
    params = task_params(found["method"], koji.xmlrpcplus.loads(found["request"])[0])
    named = {"winbuild": ("source_url",), "wrapperRPM": ("spec_url",)}.get(found["method"], ("src", "url"))
    return _first(params, named)


def of_task(call: Call, method: str, arglist: Any) -> Row:
    """Policy data from a task's method and arguments: source, target, tag, build_tag, scratch, where it
    names them.
    """
    params = task_params(method, arglist)
    if method == "indirectionimage":
        params = {**(params.get("opts") or {}), "opts": params.get("opts")}
    data: Row = {}
    source = None if method == "newRepo" else _first(params, ("src", "spec_url", "url"))
    if source is not None:
        data["source"] = source
    data.update(_target(call, params))
    data.update(_named_tag(call, params, ("tag", "tag_id", "tag_info"), "tag"))
    data.update(_named_tag(call, params, ("build_tag",), "build_tag"))
    if "scratch" in (params.get("opts") or {}):
        data["scratch"] = params["opts"]["scratch"]
    return data


def task_params(method: str, arglist: Any) -> Row:
    """A task's arguments by name; empty for a kind of task that Koji does not know, or a wrong shape."""
    try:
        return dict(koji.tasks.parse_task_params(method, arglist))
    except (TypeError, koji.GenericError):
        return {}


def _first(params: Row, keys: Iterable[str]) -> Any:
    return next((params[key] for key in keys if key in params), None)


def _target(call: Call, params: Row) -> Row:
    keys = [key for key in ("target", "build_target", "target_info") if key in params]
    if not keys:
        return {}
    target = params[keys[0]]
    if isinstance(target, dict):
        target = target.get("name")
    found = None if target is None else names.lookup(call, BuildTarget, target)
    return {"target": found["name"] if found else None}


def _named_tag(call: Call, params: Row, keys: Iterable[str], name: str) -> Row:
    info = _first(params, keys)
    try:
        found = names.lookup(call, Tag, info)
    except koji.GenericError:
        return {}
    return {name: found["name"]} if found else {}
