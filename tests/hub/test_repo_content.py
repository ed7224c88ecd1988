"""What a tag's repository lists, and what it refuses to list."""

import pytest

from appliance.errors import GenericError
from appliance.hub import packages, repo_content, tags, users
from appliance.hub.repo_content import Wanted
from appliance.testing.seeding import Seed


@pytest.fixture
def seed(hub):
    with hub.write() as call:
        users.bring_about(call, {"name": "admin", "password": "x", "permissions": ["admin"]})
    made = Seed(hub)
    made.tag("f1")
    return made


def listed(hub, arch="x86_64", **options):
    with hub.read() as call:
        wanted = Wanted(tags.known(call, "f1"), arch, **options)
        return [f"{each.name}-{each.version}.{each.arch}" for each in repo_content.listed(call, wanted)[0]]


def composed(hub):
    with hub.read() as call:
        return repo_content.compose_tag(call, Wanted(tags.known(call, "f1"), "x86_64"))


def test_the_latest_build_of_each_package_is_listed(hub, seed):
    seed.build("bash-1-1", rpms=["bash.x86_64", "bash-doc.noarch"], tags=["f1"])
    seed.build("bash-2-1", rpms=["bash.x86_64", "bash.s390x"], tags=["f1"])
    assert listed(hub) == ["bash-2.x86_64"]


def test_a_tag_may_have_all_builds_listed(hub, seed):
    seed.build("bash-1-1", rpms=["bash.x86_64"], tags=["f1"])
    seed.build("bash-2-1", rpms=["bash.x86_64"], tags=["f1"])
    with seed.call() as call:
        tags.edit(call, "f1", extra={"repo_include_all": True})
    assert listed(hub) == ["bash-2.x86_64", "bash-1.x86_64"]


def test_sources_are_listed_where_asked_for_or_alone(hub, seed):
    seed.build("bash-1-1", rpms=["bash.x86_64", "bash-doc.noarch"], tags=["f1"])
    assert sorted(listed(hub, src=True)) == ["bash-1.src", "bash-1.x86_64", "bash-doc-1.noarch"]
    assert listed(hub, arch="src") == ["bash-1.src"]


def test_debuginfo_is_listed_where_asked_for(hub, seed):
    seed.build("bash-1-1", rpms=["bash.x86_64", "bash-debuginfo.x86_64"], tags=["f1"])
    assert listed(hub) == ["bash-1.x86_64"]
    assert sorted(listed(hub, debuginfo=True)) == ["bash-1.x86_64", "bash-debuginfo-1.x86_64"]


def test_a_blocked_package_is_not_listed(hub, seed):
    seed.build("bash-1-1", rpms=["bash.x86_64"], tags=["f1"])
    with seed.call() as call:
        packages.block(call, "f1", "bash")
    assert listed(hub) == []


def test_two_builds_with_one_package_of_different_content_are_both_named(hub, seed):
    """Only drafts can bring that about: NVRs of others are unique."""
    seed.build("bash-1-1", rpms=["bash.x86_64", "common.noarch"], tags=["f1"])
    draft = seed.build("zsh-1-1", rpms=["common.noarch"], draft=True, buildtime=5, tags=["f1"])
    with pytest.raises(GenericError) as caught:
        composed(hub)
    message = str(caught.value)
    assert "common-0:1-1.noarch is there twice with different contents" in message
    assert "bash-1-1" in message and draft["nvr"] in message


def test_the_same_rows_give_the_same_bytes_whatever_is_cached(hub, seed):
    seed.build("bash-1-1", rpms=["bash.x86_64", "bash-doc.noarch"], tags=["f1"])
    first, again = composed(hub), composed(hub)
    (hub.paths.cache / "blocks").rename(hub.paths.cache / "gone")
    assert first.repomd == again.repomd == composed(hub).repomd
