"""Projects in bundles: their repositories, results and chroots, carried to a hub without network."""

import json
import shutil

import pytest

from appliance.builder import bundle_file, fetch
from appliance.errors import GenericError
from appliance.hub import (
    bundle_import,
    bundle_projects,
    copr_repos,
    mock_chroots,
    project_dirs,
    project_history,
    projects,
    state,
)
from appliance.repodata import compose, comps, from_rpm, publish
from appliance.testing.rpmfile import Spec, write
from tests.copr.conftest import X86
from tests.copr.test_moments import Project
from tests.repodata.shelf import packages

GROUPS = b"<comps><group><id>buildsys-build</id><packagelist/></group></comps>"


@pytest.fixture
def base(tmp_path):
    """The chroot's own repository, with a group."""
    place = tmp_path / "base"
    paths = write(place, Spec("gcc"), Spec("unneeded"))
    fragments = [from_rpm(path) for path in paths]
    rows = {fragment.digest: fragment.pack() for fragment in fragments}
    entries = [fragment.entry(path.name) for fragment, path in zip(fragments, paths, strict=True)]
    publish(compose(entries, lambda _: rows, cache={}, timestamp=1, extras=comps(GROUPS)), place)
    return place


@pytest.fixture
def hello(copr, project, base, tmp_path):
    """A project with one build, made in a buildroot with gcc from the chroot's repository."""
    with copr.hub.write() as call:
        config = {"name": X86, "install": ["@buildsys-build"], "repo": [{"name": "base", "baseurl": f"file://{base}"}]}
        mock_chroots.bring_about(call, config)
    found = Project(copr, project, tmp_path)
    build_id, _ = found.build("1")
    installed = {"name": "gcc", "epoch": None, "version": "1.0", "release": "1", "arch": "noarch"}
    place = copr.hub.paths.results / "alice" / project / X86 / f"{build_id:08d}-hello"
    (place / "buildroot.json").write_text(json.dumps([installed]))
    (place / "build.log.gz").write_bytes(b"log")
    return found


@pytest.fixture
def there(copr, hello, base, tmp_path, monkeypatch):
    """A hub elsewhere, and the project in it; nothing can be fetched there."""
    with copr.hub.read() as call:
        found = bundle_projects.of_project(call, f"alice/{hello.name}")
    bundle_file.write(copr.hub, found, tmp_path / "bundle")
    shutil.rmtree(base)
    monkeypatch.setattr(fetch.urllib.request, "urlopen", None)
    state.init(tmp_path / "there")
    hub = state.open_hub(tmp_path / "there")
    bring(hub, tmp_path / "bundle")
    yield hub, hello.name
    hub.close()


def bring(hub, path):
    with bundle_import.opened(hub, path) as bundle:
        return bundle_projects.bring_in(hub, bundle)


def listed(hub, name):
    with hub.read() as call:
        project = projects.find(call, "alice", name)
        chroot = mock_chroots.find(call, X86)
        return copr_repos.entries(call, project_dirs.main(call, project)["id"], chroot["id"])


def test_the_project_lists_the_same_packages(there, copr):
    hub, name = there
    (here,), (elsewhere,) = listed(copr.hub, name), listed(hub, name)
    same = ("name", "epoch", "version", "release", "arch", "pkgid", "digest", "sourcerpm")
    assert [getattr(here, key) for key in same] == [getattr(elsewhere, key) for key in same]
    place = hub.paths.results / "alice" / name / X86 / elsewhere.href
    assert place.is_file() and (place.parent / "build.log.gz").read_bytes() == b"log"


def test_history_says_which_packages_came(there):
    hub, name = there
    with hub.read() as call:
        told = project_history.listed(call, projects.find(call, "alice", name), parts=True)
    assert ("package", "hello", "plus") in [(each["noun"], each["subject"], each["kind"]) for each in told]


def test_its_repository_is_composed(there):
    hub, name = there
    with hub.write() as call:
        assert copr_repos.compose_pending(call) >= 1
    assert [each.name for each in packages(hub.paths.results / "alice" / name / X86)] == ["hello"]


def test_its_chroot_installs_from_what_the_buildroot_held(there):
    hub, _ = there
    with hub.read() as call:
        config = mock_chroots.config(call, X86)
    ((repo,), place) = config["repo"], hub.paths.bundles
    assert config["install"] == ["@buildsys-build"] and repo["baseurl"].startswith(f"file://{place.resolve()}/")
    (root,) = place.glob(f"*/{X86}")
    assert [each.name for each in packages(root)] == ["gcc"]
    assert any(path.name.endswith("comps.xml") for path in (root / "repodata").iterdir())


def test_a_second_import_changes_nothing(there, tmp_path):
    hub, name = there
    assert bring(hub, tmp_path / "bundle")[-1] == "0 builds taken in, 1 were here already"
    assert len(listed(hub, name)) == 1


def test_a_chroot_that_is_configured_stays_as_it_is(copr, hello, tmp_path):
    with copr.hub.read() as call:
        found = bundle_projects.of_project(call, f"alice/{hello.name}")
    bundle_file.write(copr.hub, found, tmp_path / "bundle")
    state.init(tmp_path / "there")
    hub = state.open_hub(tmp_path / "there")
    with hub.write() as call:
        mock_chroots.bring_about(call, {"name": X86, "install": ["bash"], "repo": []})
    bring(hub, tmp_path / "bundle")
    with hub.read() as call:
        assert mock_chroots.config(call, X86) == {"install": ["bash"], "repo": []}


def test_a_package_that_is_here_with_other_content_is_refused_and_nothing_of_its_build_stays(there, tmp_path):
    hub, name = there
    (here,) = listed(hub, name)
    with hub.write() as call:
        call.tx.execute("UPDATE copr_build SET submitted_on = submitted_on + 1")
    place = hub.paths.results / "alice" / name / X86
    before = sorted(path.name for path in place.iterdir())
    path = place / here.href
    path.unlink()
    write(path.parent, Spec("hello", version="1", summary="another"))
    with hub.write() as call:
        call.tx.execute("UPDATE copr_rpm SET checksum = :sum", {"sum": from_rpm(path).pkgid})
    with pytest.raises(GenericError, match=f"of the bundle is not that of {here.origin}: SUMMARY was 'another'"):
        bring(hub, tmp_path / "bundle")
    assert listed(hub, name) != [] and sorted(path.name for path in place.iterdir()) == before
