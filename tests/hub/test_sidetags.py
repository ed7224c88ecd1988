"""Side tags: what the settings and their owners' rights decide."""

import pytest

from appliance.db.models.builds import Build
from appliance.errors import ActionNotAllowed, GenericError
from appliance.hub import builds, packages, sidetags, tagging, tags, targets


@pytest.fixture
def base(hub, boss):
    with hub.write(boss) as call:
        tags.create(call, "base", arches="x86_64", extra={"sidetag_rpm_macros_allowed": "dist with_*"})
        packages.add(call, "base", "bash", owner="boss")
        build = {"pkg_id": packages.identify(call, "bash"), "version": "1", "release": "1", "state": 1}
        call.tx.insert(
            Build, **build, volume_id=0, owner=call.user_id, create_event=call.tx.event(), completion_time=1.0
        )
    return "base"


@pytest.mark.parametrize("remove_empty", [False, True])
def test_the_last_build_takes_its_side_tag_along_where_the_settings_say_so(hub, alice, base, remove_empty):
    hub.settings.koji.sidetag.remove_empty = remove_empty
    with hub.write(alice) as call:
        made = sidetags.create(call, base)
        tag, build = tags.require(call, made["id"]), builds.require(call, "bash-1-1")
        tagging.tag(call, tag, build)
        tagging.untag(call, tag, build)
        assert (tags.get(call, made["id"]) is None) == remove_empty
        assert (targets.get(call, made["name"]) is None) == remove_empty


def test_other_tags_stay_when_their_last_build_leaves(hub, boss, base):
    hub.settings.koji.sidetag.remove_empty = True
    with hub.write(boss) as call:
        tag, build = tags.require(call, base), builds.require(call, "bash-1-1")
        tagging.tag(call, tag, build)
        tagging.untag(call, tag, build)
        assert tags.get(call, base) is not None


def test_a_new_side_tag_asks_for_its_repository_where_the_settings_say_so(hub, alice, base):
    with hub.write(alice) as call:
        assert sidetags.create(call, base)["request"] is None
        hub.settings.koji.sidetag.trigger_new_repo = True
        made = sidetags.create(call, base)
        assert made["request"]["tag_id"] == made["id"]


def test_names_follow_the_template_and_are_not_taken_twice(hub, alice, boss, base):
    hub.settings.koji.sidetag.name_template = "{basetag}-for-work"
    with hub.write(alice) as call:
        assert sidetags.create(call, base)["name"] == "base-for-work"
    with hub.write(alice) as call, pytest.raises(GenericError, match="'base-for-work' already exists"):
        sidetags.create(call, base)


def test_only_its_owner_and_admins_touch_it(hub, alice, boss, base):
    with hub.write(boss) as call:
        of_boss = sidetags.create(call, base)["name"]
    with hub.write(alice) as call:
        of_alice = sidetags.create(call, base)["name"]
        for touch in (sidetags.remove, sidetags.edit):
            with pytest.raises(ActionNotAllowed, match="This is not your sidetag"):
                touch(call, of_boss)
        with pytest.raises(GenericError, match="Extra can be modified only with"):
            sidetags.edit(call, of_alice, extra={"any": 1})
    with hub.write(boss) as call:
        sidetags.edit(call, of_alice, extra={"any": 1}, rpm_macros={"with_x": 1})
        assert tags.require(call, of_alice)["extra"]["rpm.macro.with_x"] == 1
        sidetags.edit(call, of_alice, remove_extra=["any"], remove_rpm_macros=["with_x"])
        assert not {"any", "rpm.macro.with_x"} & set(tags.require(call, of_alice)["extra"])
        sidetags.remove(call, of_alice)
        assert tags.get(call, of_alice) is None
