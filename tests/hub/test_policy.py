"""Hub policies: Koji's language, every test that rules are made of, and the same rule on every road."""

import threading

import pytest

from appliance.errors import ActionNotAllowed, ConfigurationError, GenericError, ParameterError
from appliance.hub import (
    builds,
    content_generators,
    hosts,
    imports,
    packages,
    permissions,
    policy,
    sidetags,
    tagged,
    tagging,
    tags,
    targets,
    tasks,
    user_groups,
)
from appliance.hub.hub import Session
from appliance.settings import Settings


@pytest.fixture
def rule(hub):
    """Set a policy's rules."""

    def set_rules(text, name="try"):
        hub.settings.koji.policy[name] = text

    return set_rules


@pytest.fixture
def ask(hub, boss):
    """What the policy `try` says of some data, asked by the admin or by another session."""

    def evaluate(session=boss, **data):
        with hub.read(session) as call:
            return policy.evaluate(call, "try", data)

    return evaluate


@pytest.fixture
def told(rule, ask):
    """Whether a test, said in the policy language, holds for some data."""

    def holds(test, session=None, **data):
        rule(f"{test} :: yes\nall :: no")
        extra = {} if session is None else {"session": session}
        return ask(**extra, **data) == "yes"

    return holds


@pytest.fixture
def build(hub, boss, alice):
    """A build of alice's in a tag `f40`, built from `f40-build` which inherits `base`."""
    with hub.write(boss) as call:
        base = tags.create(call, "base")
        child = tags.create(call, "f40-build", parent="base")
        tags.create(call, "f40")
        targets.create(call, "f40", "f40-build", "f40")
        packages.add(call, "f40", "pkg", owner="alice")
        made = {"name": "pkg", "version": "1.0", "release": "2.fc40", "epoch": None, "owner": "alice"}
        build_id = imports.new_build(call, {**made, "source": "git://a/b#c"})
        tagging.add(call, "f40", build_id, force=True)
    return {"id": build_id, "base": base, "child": child}


# the language


def test_the_first_rule_that_holds_decides(rule, ask):
    rule("false :: one\ntrue :: two\ntrue :: three")
    assert ask() == "two"


def test_all_tests_of_a_rule_must_hold(rule, ask):
    rule("true && false :: both\ntrue !! not\nfalse !! negated")
    assert ask() == "negated"


def test_rules_nest(rule, ask):
    rule("true :: {\n  false :: inner\n  match arch x86* :: outer {}\n}\nall :: end")
    assert ask(arch="i686") == "end"


def test_rules_have_the_words_of_1_36(rule, ask):
    rule("! bool scratch :: flag real\nflagged real :: yes\nall :: {\n  all :: break 1\n  all :: no\n}\nall :: {\n"
         "  all :: stop\n}\nall :: no")  # fmt: skip
    assert ask(scratch=False) == "yes"
    assert ask(scratch=True) is None


def test_comments_and_empty_lines_are_nothing(rule, ask):
    rule("# first\n\nall :: here # last")
    assert ask() == "here"


def test_no_rule_that_holds_is_no_action(rule, ask):
    rule("false :: never")
    assert ask() is None


def test_an_unknown_policy_is_an_error(ask):
    with pytest.raises(GenericError, match="no such policy: try"):
        ask()


@pytest.mark.parametrize(
    "text", ["nonsense :: allow", "all allow", "all :: {", "}", "compare a b :: x", "has :: x", ":: allow"]
)
def test_rules_that_cannot_be_read_are_named_at_the_start(text):
    settings = Settings()
    settings.koji.policy["tag"] = text
    with pytest.raises(ConfigurationError, match="policy tag: "):
        policy.verify(settings)


def test_policies_may_ask_each_other_but_not_in_circles(rule, ask):
    rule("true :: allow", name="other")
    rule("policy other :: yes\nall :: no")
    assert ask() == "yes"
    rule("policy try :: yes", name="other")
    with pytest.raises(GenericError, match="policy loop"):
        ask()


def test_a_test_that_trips_is_a_refusal_not_a_crash(rule, ask):
    rule("compare number < 3 :: allow")
    with pytest.raises(GenericError, match="can't decide"):
        ask(number="three")


@pytest.mark.parametrize("data", [None, "x", 5, []])
def test_data_must_be_a_struct(hub, boss, rule, data):
    rule("all :: allow")
    with hub.read(boss) as call, pytest.raises(ParameterError):
        policy.evaluate(call, "try", data)


def test_threads_do_not_see_each_others_data(hub, boss, rule):
    rule("match who a :: for-a\nmatch who b :: for-b")
    wrong = []

    def often(who):
        for _ in range(300):
            with hub.read(boss) as call:
                if policy.evaluate(call, "try", {"who": who}) != f"for-{who}":
                    wrong.append(who)

    threads = [threading.Thread(target=often, args=(who,)) for who in "ab" * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong and not any(thread.is_alive() for thread in threads)


# the decision


def test_allow_deny_and_anything_else(hub, boss, rule):
    with hub.read(boss) as call:
        rule("all :: allow")
        assert policy.check(call, "try", {}) == (True, "")
        rule("all :: DENY  with a reason")
        assert policy.check(call, "try", {}) == (False, "with a reason")
        rule("all :: maybe")
        assert policy.check(call, "try", {}) == (False, "error in policy")
        rule("none :: allow")
        assert policy.check(call, "try", {}) == (False, "not covered by policy")
        assert policy.check(call, "try", {}, default="allow") == (True, "not covered by policy")


def test_a_missing_policy_allows_unless_told_otherwise(hub, boss):
    with hub.read(boss) as call:
        assert policy.check(call, "unheard-of", {}) == (True, "missing policy")
        hub.settings.koji.missing_policy_ok = False
        assert policy.check(call, "unheard-of", {}) == (False, "missing policy")


def test_only_an_admin_can_force(hub, boss, alice, rule):
    rule("all :: deny never")
    with hub.read(boss) as call:
        assert policy.check(call, "try", {}, force=True) == (True, "overriden by force")
    with hub.read(alice) as call, pytest.raises(ActionNotAllowed, match=r"policy violation \(try\): never"):
        policy.enforce(call, "try", {}, force=True)


# the tests


def test_users_groups_and_permissions(hub, boss, alice, told):
    with hub.write(boss) as call:
        user_groups.create(call, "packagers")
        user_groups.add_member(call, "packagers", "alice")
        permissions.grant(call, "packagers", "image")
    assert told("user ali*", session=alice)
    assert told("user boss", user_id="boss")
    assert told("user_in_group pack*", user_id="alice")
    assert not told("user_in_group pack*", user_id="boss")
    assert told("has_perm image", user_id="alice")
    assert told("has_perm x adm*", user_id="boss")
    assert not told("has_perm *", user_id="nobody-here")


def test_packages_versions_and_releases(build, told):
    assert told("package p*", build=build["id"])
    assert told("package p*", package="pkg")
    assert told("is_new_package", package="unheard-of")
    assert not told("is_new_package", package="pkg")
    assert told("version 1.*", build="pkg-1.0-2.fc40")
    assert told("release *.fc40", build=build["id"])
    assert told("version 9", version="9")
    assert not told("version 1.*", build=build["id"], version="2")


@pytest.mark.parametrize(
    "test", ["package x", "is_new_package", "version x", "release x", "imported", "is_build_owner"]
)
def test_a_test_without_what_it_needs_is_an_error(told, test):
    with pytest.raises(GenericError, match="polic"):
        told(test)


def test_tags(hub, boss, build, told):
    assert told("tag f4?", tag="f40")
    assert told("tag f4?", tag=build["child"]) is False
    assert told("fromtag base", fromtag="base")
    assert told("hastag f*", build=build["id"])
    assert not told("hastag base", build=build["id"])
    assert not told("tag *", tag="no-such-tag")
    with hub.write(boss) as call:
        tags.delete(call, "f40")
    assert not told("tag *", tag="f40")


def test_side_tags_and_their_owners(hub, alice, boss, build, told):
    with hub.write(alice) as call:
        made = sidetags.create(call, "f40-build")
    name = made["name"]
    assert told("is_sidetag", tag=name)
    assert not told("is_sidetag", tag="f40")
    assert told("is_sidetag_owner", tag=name, session=alice)
    assert told("is_sidetag_owner", tag=name, session=boss)
    assert not told("is_sidetag_owner both", tag=name, fromtag="f40", session=alice)
    assert not told("is_sidetag_owner fromtag", tag=name, session=alice)
    with pytest.raises(GenericError, match="options"):
        told("is_sidetag_owner x", tag=name)


def test_where_a_build_comes_from(build, told):
    assert told("buildtag *-build", target="f40")
    assert told("buildtag f40-build", build_tag="f40-build")
    assert told("buildtag b*", build_tags=["f40-build", "base"])
    assert told("buildtag_inherits_from base", target="f40")
    assert not told("buildtag_inherits_from f40-build", target="f40")
    assert not told("buildtag *", build=build["id"])
    assert not told("buildtag *", target="no-such-target")


def test_what_a_build_is(hub, boss, build, told):
    with hub.write(boss) as call:
        builds.add_type(call, build["id"], "image")
    assert told("buildtype im*", build=build["id"])
    assert told("buildtype maven", btypes=["maven"])
    assert told("source git://a/*", build=build["id"])
    assert told("source cli-build*", source="cli-build/x.src.rpm")
    assert told("volume DEF*", build=build["id"])
    assert not told("is_draft", build=build["id"])
    assert told("is_draft", draft=True)
    assert told("is_build_owner", build=build["id"], user_id="alice")
    assert not told("is_build_owner", build=build["id"], user_id="boss")


def test_a_group_owns_builds_too(hub, boss, build, told):
    with hub.write(boss) as call:
        user_groups.create(call, "team")
        user_groups.add_member(call, "team", "boss")
        builds.set_owner(call, build["id"], "team")
    assert told("is_build_owner", build=build["id"], user_id="boss")


def test_content_generators(hub, boss, told):
    with hub.write(boss) as call:
        content_generators.grant(call, "alice", "osbs", create=True)
    assert told("cg_match_any o*", cg_list=["osbs"])
    assert told("cg_match_all o*", cg_list=["osbs"])
    assert not told("cg_match_all x*", cg_list=["osbs"])
    assert not told("cg_match_all *", cg_list=[])
    with pytest.raises(GenericError):
        told("cg_match_any *", cg_list=["unheard-of"])


def test_tasks(told):
    assert told("method build*", method="buildArch")
    assert told("is_child_task", parent=5)
    assert not told("is_child_task", parent=None)
    assert told("operation tag", operation="tag")
    assert told("skip_tag", skip_tag=True)
    assert told("vm_name win*", vm_name="win7")
    assert told("has req_channel", req_channel="x")
    assert told("bool scratch", scratch=True)


def test_a_tasks_arguments_become_data(hub, boss, build):
    with hub.read(boss) as call:
        data = policy.task_data(call, "build", ["git://a/b#c", "f40", {"scratch": True}])
        assert data == {"source": "git://a/b#c", "target": "f40", "scratch": True}
        assert policy.task_data(call, "build", ["x", "no-such-target", None])["target"] is None
        assert policy.task_data(call, "newRepo", ["f40-build"]) == {"tag": "f40-build"}
        assert policy.task_data(call, "unheardOf", [1, 2]) == {}
        assert policy.task_data(call, "build", []) == {}


# the same rule on every road


@pytest.fixture
def locked(hub, boss, build, rule):
    """Tag `x-locked` takes nothing, by policy."""
    rule("tag x-* && operation tag move :: deny this tag is locked\nall :: allow", name="tag")
    with hub.write(boss) as call:
        tags.create(call, "x-locked")
        packages.add(call, "x-locked", "pkg", owner="alice")
    return build


def test_no_road_leads_round_the_tag_policy(hub, boss, alice, locked):
    for session in (boss, alice):
        for info in ("x-locked", {"name": "x-locked"}):
            with hub.write(session) as call, pytest.raises(ActionNotAllowed, match="this tag is locked"):
                tagging.add(call, info, locked["id"])
    with hub.write(alice) as call, pytest.raises(ActionNotAllowed):
        tagging.add(call, "x-locked", locked["id"], force=True)


def test_a_policy_can_tell_the_tagging_at_the_end_of_a_build(hub, boss, build, rule):
    rule("by_tag_subtask :: allow\nall :: deny only builds", name="tag")
    with hub.write(boss) as call:
        tags.create(call, "dest")
        packages.add(call, "dest", "pkg", owner="alice")
        host = Session(user_id=boss.user_id, host_id=hosts.create(call, "builder", ["noarch"]), perms=boss.perms)
    with hub.write(host) as call:
        parent = tasks.make(call, "build", ["git://a/b#c", "f40", {}])
        tasks.open(call, parent)
        alone, below = (tasks.make(call, "tagBuild", ["dest", build["id"]], parent=each) for each in (None, parent))
        for task_id in (alone, below):
            tasks.open(call, task_id)
        with pytest.raises(ActionNotAllowed, match="only builds"):
            tagging.perform(call, alone, "dest", build["id"])
        tagging.perform(call, below, "dest", build["id"])
        assert tagged.listed(call, tags.known(call, "dest"), tagged.Filter())


def test_package_lists_are_for_those_whom_the_policy_names(hub, alice, build):
    with hub.write(alice) as call, pytest.raises(ActionNotAllowed, match="policy violation"):
        packages.add(call, "f40", "other", owner="alice")
    with hub.write(alice) as call, pytest.raises(ActionNotAllowed):
        packages.add(call, "f40", "other", owner="alice", force=True)
