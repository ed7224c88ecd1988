"""What a tag's repository lists, and what it refuses to list."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from appliance.builder import fetch
from appliance.builder.outside import look
from appliance.errors import GenericError
from appliance.hub import external_repos, foreign, packages, repo_content, tags, users
from appliance.hub.repo_content import Wanted
from appliance.repodata import ForeignRepository, compose, from_rpm, modules, publish, updateinfo
from appliance.testing.rpmfile import Spec, write
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


ADVISORY = """<?xml version="1.0"?>
<updates><update from="x" status="final" type="security" version="1"><id>{id}</id><title>t</title>
<issued date="2024-01-01 00:00:00"/><description>d</description><pkglist><collection short="c"><name>c</name>
<package name="{name}" version="1.0" release="1" epoch="0" arch="noarch" src="{name}"><filename>{name}.rpm</filename>
</package></collection></pkglist></update></updates>
"""
MODULE = "---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: {name}\n  stream: one\n"


@pytest.fixture
def outside(tmp_path):
    """A function that makes an external repository of one package with an advisory and a module; its URL."""

    def made(name):
        root = tmp_path / "outside" / name
        fragment = from_rpm(*write(root, Spec(name)))
        extras = [
            *updateinfo(ADVISORY.format(id=f"A-{name}", name=name).encode()),
            *modules(MODULE.format(name=name).encode()),
        ]
        load = {fragment.digest: fragment.pack()}
        publish(compose([fragment.entry(f"{name}.rpm")], lambda _: load, cache={}, timestamp=1, extras=extras), root)
        return f"file://{root}"

    return made


def test_advisories_and_modules_of_external_repositories_reach_the_tags(hub, seed, outside, tmp_path):
    with seed.call() as call:
        for priority, name in enumerate(("first", "second")):
            external_repos.create(call, name, outside(name))
            external_repos.add_to_tag(call, "f1", name, priority)
        tag_id = tags.known(call, "f1")
    look(hub, tag_id)
    publish(composed(hub), tmp_path / "merged")
    merged = ForeignRepository(tmp_path / "merged", "")
    assert [word for word in (b"A-first", b"A-second") if word in merged.extra("updateinfo")] == [
        b"A-first",
        b"A-second",
    ]
    assert merged.extra("modules").decode() == MODULE.format(name="first") + MODULE.format(name="second")


def test_a_repository_is_fetched_once_however_many_want_it(hub, seed, outside, monkeypatch):
    url, read, fetched, together = outside("first"), fetch.read, [], threading.Barrier(4)

    def noting(address, *limit):
        if address.endswith("repomd.xml"):
            together.wait(10)
        fetched.append(address)
        return read(address, *limit)

    monkeypatch.setattr(fetch, "read", noting)
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: fetch.refresh(hub, url), range(4)))) == 1
    assert len([each for each in fetched if "primary" in each]) == 1


def test_what_was_read_of_a_repository_is_forgotten_whole(hub, seed, outside):
    url = outside("first")
    revision = fetch.refresh(hub, url)
    with seed.call() as call:
        assert set(foreign.extras(call, url, revision)) == {"updateinfo", "modules"}
        foreign.forget(call, url, revision)
        assert not foreign.known(call, url, revision)
        assert not foreign.extras(call, url, revision)
