"""Bundles: what makes a tag's repository, carried to another hub that has no network."""

import io
import json
import shutil
import tarfile
import time

import pytest

from appliance.builder import bundle_file, fetch
from appliance.db.models.builds import Buildroot, BuildrootListing
from appliance.errors import GenericError
from appliance.hub import (
    bundle_import,
    bundles,
    external_repos,
    external_rpms,
    groups,
    inheritance,
    packages,
    repo_content,
    state,
    tags,
    targets,
    users,
)
from appliance.hub.repo_content import Wanted
from appliance.repodata import compose, from_rpm, publish
from appliance.testing.rpmfile import Spec, write
from appliance.testing.seeding import Seed
from tests.repodata.shelf import packages as packages_of


def fresh(room):
    """A hub that has an admin and nothing else."""
    state.init(room)
    return state.open_hub(room)


@pytest.fixture
def outside(tmp_path):
    """An external repository with more packages than a buildroot needs; its address."""
    place = tmp_path / "outside" / "x86_64"
    paths = write(place, *(Spec(name) for name in ("gcc", "make", "unneeded")))
    rows = {fragment.digest: fragment for fragment in map(from_rpm, paths)}
    entries = [fragment.entry(path.name) for fragment, path in zip(rows.values(), paths, strict=True)]
    packed = {digest: fragment.pack() for digest, fragment in rows.items()}
    publish(compose(entries, lambda _: packed, cache={}, timestamp=1), place)
    return f"file://{place.parent}/$arch/"


@pytest.fixture
def site(tmp_path, outside):
    """A hub with a product that was built from a build tag, which takes packages from outside."""
    hub = fresh(tmp_path / "here")
    seed = Seed(hub)
    seed.tag("f1")
    with seed.call() as call:
        users.bring_about(call, {"name": "carol", "api": False})
        tags.create(call, "f1-build", arches="x86_64", extra={"mock.package_manager": "dnf"})
        inheritance.write(call, tags.known(call, "f1-build"), [inheritance.link(tags.known(call, "f1"))])
        targets.create(call, "f1", "f1-build", "f1")
        groups.add(call, "f1-build", "build")
        groups.add_package(call, "f1-build", "build", "gcc")
        external_repos.create(call, "outside", outside)
        external_repos.add_to_tag(call, "f1-build", "outside", 20)
        packages.add(call, "f1", "bash", owner="carol")
    seed.build("bash-1-1", rpms=["bash.x86_64"], tags=["f1"], logs={"x86_64/build.log": "made\n"})
    seed.build(
        "bash-2-1", rpms=["bash.x86_64", "bash-doc.noarch"], tags=["f1"], epoch=3, owner="carol", source="git://x#1"
    )
    seed.build("zsh-5-1", rpms=["zsh.x86_64"], tags=["f1"], extra={"note": 1})
    _keep_buildroot(hub, seed, outside, "gcc", "make")
    yield hub
    hub.close()


def _keep_buildroot(hub, seed, outside, *names):
    """Say that every package was built where packages from outside were installed."""
    fetch.refresh(hub, outside.replace("$arch", "x86_64"))
    with seed.call() as call:
        repo = external_repos.require(call, "outside")["id"]
        found = [
            {"name": name, "version": "1.0", "release": "1", "epoch": None, "arch": "noarch", "payloadhash": "0" * 32,
             "size": 1, "buildtime": 1}
            for name in names
        ]  # fmt: skip
        root = call.tx.insert(Buildroot, br_type=0, container_arch="x86_64")
        for rpm_id in external_rpms.note(call, [(each, repo) for each in found]):
            call.tx.insert(BuildrootListing, buildroot_id=root, rpm_id=rpm_id)
        call.tx.execute("UPDATE rpminfo SET buildroot_id = :root WHERE build_id IS NOT NULL", {"root": root})


def export(hub, target, tag="f1"):
    with hub.read() as call:
        found = bundles.of_tag(call, tag)
    return bundle_file.write(hub, found, target)


def bring(hub, path):
    with bundle_import.opened(hub, path) as bundle:
        return bundle_import.tag(hub, bundle)


def listed(hub, tag="f1"):
    with hub.read() as call:
        return sorted(repo_content.own(call, Wanted(tags.known(call, tag), "x86_64")))


@pytest.fixture
def there(site, tmp_path, monkeypatch):
    """Another hub that the bundle was brought to; nothing can be fetched there, and what was here is gone."""
    export(site, tmp_path / "f1.bundle")
    wanted = listed(site)
    shutil.rmtree(tmp_path / "outside")
    monkeypatch.setattr(fetch.urllib.request, "urlopen", None)
    hub = fresh(tmp_path / "there")
    bring(hub, tmp_path / "f1.bundle")
    yield hub, wanted
    hub.close()


def test_the_tag_lists_the_same_packages_with_the_same_content(there):
    hub, wanted = there
    assert [entry.nevra for entry in wanted] == ["bash-3:2-1.x86_64", "bash-doc-3:2-1.noarch", "zsh-0:5-1.x86_64"]
    assert listed(hub) == wanted
    for entry in wanted:
        assert (hub.paths.koji / entry.href.removeprefix("toplink/")).is_file()


def test_builds_are_who_they_were(there):
    from appliance.hub import builds

    hub, _ = there
    with hub.read() as call:
        bash, zsh = builds.require(call, "bash-2-1"), builds.require(call, "zsh-5-1")
        assert (bash["epoch"], bash["owner_name"], bash["source"]) == (3, "carol", "git://x#1")
        assert zsh["extra"] == {"note": 1}
        assert builds.get(call, "bash-1-1") is None, "no repository lists it"


def test_the_tag_can_be_built_from_with_what_the_buildroots_held(there, monkeypatch):
    hub, _ = there
    monkeypatch.undo()
    with hub.read() as call:
        build_tag = tags.require(call, "f1-build")
        assert build_tag["extra"] == {"mock.package_manager": "dnf"}
        assert [each["name"] for each in groups.of_tag(call, build_tag["id"])] == ["build"]
        target = targets.require(call, "f1")
        assert (target["build_tag_name"], target["dest_tag_name"]) == ("f1-build", "f1")
        ((repo, url),) = repo_content.external(call, Wanted(build_tag["id"], "x86_64"))
    assert url.startswith(f"file://{hub.paths.bundles.resolve()}/") and repo["external_repo_name"] == "bundle-f1"
    assert sorted(each.name for each in packages_of(hub.paths.bundles / "bundle-f1" / "x86_64")) == ["gcc", "make"]
    fetch.refresh(hub, url)


def test_a_second_import_changes_nothing(there, tmp_path):
    hub, wanted = there
    with hub.read() as call:
        event = call.tx.value("SELECT MAX(id) FROM events")
    assert bring(hub, tmp_path / "f1.bundle")[-1] == "0 builds imported, 2 were here already"
    assert listed(hub) == wanted
    with hub.read() as call:
        tables = ("tag_listing", "tag_packages", "tag_config", "tag_inheritance", "tag_external_repos")
        for table in tables:
            assert call.tx.value(f"SELECT MAX(create_event) FROM {table}") <= event, table


def test_nothing_of_the_bundle_stays_in_the_work_area(there):
    hub, _ = there
    assert list((hub.paths.koji / "work" / "bundles").glob("*")) == []


def test_another_build_of_that_name_is_not_overwritten(site, tmp_path):
    export(site, tmp_path / "f1.bundle")
    hub = fresh(tmp_path / "there")
    hub.database.clock = lambda: time.time() + 1000  # so that its packages are built at another time
    Seed(hub).build("zsh-5-1", rpms=["zsh.x86_64"])
    with pytest.raises(GenericError, match=r"build zsh-5-1 is here with another zsh-5-1\.(src|x86_64)\.rpm"):
        bring(hub, tmp_path / "f1.bundle")


def test_a_package_that_is_nowhere_any_more_is_named(site, tmp_path):
    with site.write() as call:
        call.tx.execute("DELETE FROM foreign_package WHERE name = 'make'")
    with pytest.raises(GenericError, match=r"1 packages of buildroots can't be had any more: make-1\.0-1\.noarch\.rpm"):
        export(site, tmp_path / "f1.bundle")
    assert list(tmp_path.glob("*bundle*")) == []


# damaged and hostile files


def rewritten(source, target, change):
    """A copy of a bundle of which CHANGE(member, content) makes other (member, content) pairs."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            for facts, content in change(member, old.extractfile(member).read()):
                facts.size = len(content)
                new.addfile(facts, io.BytesIO(content))
    return target


@pytest.fixture
def bundle(site, tmp_path):
    export(site, tmp_path / "f1.bundle")
    return tmp_path / "f1.bundle"


def test_a_damaged_file_is_noticed_before_anything_is_done(bundle, tmp_path):
    def damage(member, content):
        yield member, content.replace(b"zsh", b"zzz") if member.name.endswith("zsh-5-1.x86_64.rpm") else content

    hub = fresh(tmp_path / "there")
    with pytest.raises(GenericError, match=r"zsh-5-1\.x86_64\.rpm in the bundle is damaged"):
        bring(hub, rewritten(bundle, tmp_path / "bad", damage))
    with hub.read() as call:
        assert tags.get(call, "f1") is None


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil"])
def test_a_file_outside_is_refused(bundle, tmp_path, name):
    def smuggle(member, content):
        if member.name == bundles.INDEX:
            said = json.loads(content)
            said["members"][name] = {"sha256": "0" * 64, "size": 0}
            content = json.dumps(said).encode()
        yield member, content

    with pytest.raises(GenericError, match="Invalid path|outside"):
        bring(fresh(tmp_path / "there"), rewritten(bundle, tmp_path / "bad", smuggle))


def test_a_link_is_no_file(bundle, tmp_path):
    def link(member, content):
        if member.name.endswith("zsh-5-1.x86_64.rpm"):
            member.type, member.linkname, content = tarfile.SYMTYPE, "/etc/passwd", b""
        yield member, content

    with pytest.raises(GenericError, match="not a regular file"):
        bring(fresh(tmp_path / "there"), rewritten(bundle, tmp_path / "bad", link))


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100])
def test_what_is_no_bundle_is_said_so(tmp_path, content):
    (tmp_path / "odd").write_bytes(content)
    with pytest.raises(GenericError, match="odd is no bundle"):
        bring(fresh(tmp_path / "there"), tmp_path / "odd")


def test_a_bundle_cut_short_is_refused(bundle, tmp_path):
    (tmp_path / "cut").write_bytes(bundle.read_bytes()[: bundle.stat().st_size // 2])
    with pytest.raises(GenericError, match="no bundle"):
        bring(fresh(tmp_path / "there"), tmp_path / "cut")
