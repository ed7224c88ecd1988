"""The tests that a hub policy's rules are made of, beside the general ones that come with Koji's rule engine.

Names and meaning are Koji's (its page on defining hub policies); arguments are glob patterns unless said
otherwise.
"""

from collections.abc import Iterable

import koji.policy
from koji.util import multi_fnmatch

from appliance.errors import GenericError
from appliance.hub import inheritance
from appliance.hub.facts import Facts


class _Patterns(koji.policy.BaseSimpleTest):
    """True if one of the values that the facts give matches one of the patterns."""

    def run(self, data: Facts) -> bool:
        patterns = self.str.split()[1:]
        return any(value is not None and multi_fnmatch(str(value), patterns) for value in self.values(data))

    def values(self, data: Facts) -> Iterable[str | None]:
        raise GenericError(f"the policy test {self.name} has nothing to look at")


class Operation(koji.policy.MatchTest):
    """`tag`, `untag`, `move`."""

    name = field = "operation"


class Method(koji.policy.MatchTest):
    """The method of the task."""

    name = field = "method"


class VmName(koji.policy.MatchTest):
    """The virtual machine of a Windows build."""

    name = field = "vm_name"


class IsChildTask(koji.policy.BoolTest):
    """Whether the task has a parent."""

    name = "is_child_task"
    field = "parent"


class ByTagSubtask(koji.policy.BoolTest):
    """Whether a build is tagged by a task that another one waits for, as at the end of a build (Koji 1.36)."""

    name = field = "by_tag_subtask"


class IsNewPackage(koji.policy.BaseSimpleTest):
    """Whether the package is not known yet."""

    name = "is_new_package"

    def run(self, data: Facts) -> bool:
        return data.package["id"] is None


class Package(_Patterns):
    name = "package"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [data.package["name"]]


class Version(_Patterns):
    name = "version"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [data.of_build("version")]


class Release(_Patterns):
    name = "release"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [data.of_build("release")]


class Volume(_Patterns):
    name = "volume"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [data.volume]


class Tag(_Patterns):
    """The tag of the action."""

    name = "tag"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [data.tag_name("tag")]


class FromTag(_Patterns):
    """The tag that a build is moved out of."""

    name = "fromtag"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [data.tag_name("fromtag")]


class IsSideTag(koji.policy.BaseSimpleTest):
    """Whether the tag of the action is a side tag."""

    name = "is_sidetag"

    def run(self, data: Facts) -> bool:
        return data.side_tag_owner("tag") is not None


class IsSideTagOwner(koji.policy.BaseSimpleTest):
    """Whether the user owns the side tag of the action: `tag` (the default), `fromtag`, or `both`."""

    name = "is_sidetag_owner"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        words = text.split()[1:] or ["tag"]
        if len(words) > 1:
            raise GenericError("Just one argument is allowed for this test.")
        if words[0] not in ("tag", "fromtag", "both"):
            raise GenericError(f"Policy test is_sidetag_owner has only /tag/fromtag/both options (got {words[0]})")
        self.keys = ["tag", "fromtag"] if words[0] == "both" else words

    def run(self, data: Facts) -> bool:
        owners = [data.side_tag_owner(key) for key in self.keys]
        user = data.user
        if user is None or None in owners:
            return False
        return "admin" in data.permissions or all(owner == user["id"] for owner in owners)


class HasTag(_Patterns):
    """Any tag that the build has now."""

    name = "hastag"

    def values(self, data: Facts) -> Iterable[str | None]:
        return data.tags


class SkipTag(koji.policy.BaseSimpleTest):
    """Whether the build shall not be tagged."""

    name = "skip_tag"

    def run(self, data: Facts) -> bool:
        return bool(data.get("skip_tag"))


class BuildTag(_Patterns):
    """Any tag that the build was or will be built from."""

    name = "buildtag"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [each["name"] for each in data.build_tags]


class BuildTagInheritsFrom(_Patterns):
    """Any ancestor of a tag that the build was or will be built from."""

    name = "buildtag_inherits_from"

    def values(self, data: Facts) -> Iterable[str | None]:
        for tag in data.build_tags:
            for link in inheritance.full(data.call, tag["id"], event=tag["event"]):
                yield link["name"]


class BuildType(_Patterns):
    """Any of rpm, maven, win, image, ... that the build consists of."""

    name = "buildtype"

    def values(self, data: Facts) -> Iterable[str | None]:
        return data.types


class CgMatchAny(_Patterns):
    """Any content generator that made a part of the build."""

    name = "cg_match_any"

    def values(self, data: Facts) -> Iterable[str | None]:
        return data.generators


class CgMatchAll(koji.policy.BaseSimpleTest):
    """Whether content generators that match made every part of the build."""

    name = "cg_match_all"

    def run(self, data: Facts) -> bool:
        patterns = self.str.split()[1:]
        made_by = data.generators
        return bool(made_by) and all(name is not None and multi_fnmatch(name, patterns) for name in made_by)


class Imported(koji.policy.BaseSimpleTest):
    """Whether a part of the build was not built in a buildroot known here."""

    name = "imported"

    def run(self, data: Facts) -> bool:
        return data.imported


class User(_Patterns):
    name = "user"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [data.user["name"]] if data.user else []


class UserInGroup(_Patterns):
    name = "user_in_group"

    def values(self, data: Facts) -> Iterable[str | None]:
        return data.groups.values()


class HasPerm(_Patterns):
    """Any permission that the user holds, own or through groups."""

    name = "has_perm"

    def values(self, data: Facts) -> Iterable[str | None]:
        return data.permissions


class IsBuildOwner(koji.policy.BaseSimpleTest):
    """Whether the user, or a group that the user is in, owns the build."""

    name = "is_build_owner"

    def run(self, data: Facts) -> bool:
        return data.owned


class IsDraft(koji.policy.BaseSimpleTest):
    """Whether the build is a draft."""

    name = "is_draft"

    def run(self, data: Facts) -> bool:
        return bool(data["draft"] if "draft" in data else "build" in data and data.build["draft"])


class Source(_Patterns):
    """Where the build's sources come from."""

    name = "source"

    def values(self, data: Facts) -> Iterable[str | None]:
        return [data.source]
