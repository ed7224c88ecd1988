"""What dnf asks for: .repo files and the description of a project's repositories."""

import base64
import configparser
import json
import shutil
import time

import pytest

from appliance.db.models.copr import MockChroot, ProjectChroot
from appliance.hub import copr_repos
from tests.copr.conftest import ARM, EPEL, X86

I386 = "fedora-rawhide-i386"


@pytest.fixture
def i386(copr):
    """A chroot of an architecture that x86_64 runs too."""
    values = {"os_release": "fedora", "os_version": "rawhide", "arch": "i386"}
    with copr.hub.write() as call:
        if not call.tx.value("SELECT 1 FROM mock_chroot WHERE arch = 'i386'"):
            call.tx.insert(MockChroot, **values)
    return I386


def repo(copr, project, release="fedora-rawhide", owner="alice", **params):
    """The sections of a .repo file."""
    answer = copr.anon.send("GET", f"/coprs/{owner}/{project}/repo/{release}/x.repo", params=params)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain")
    parser = configparser.ConfigParser()
    parser.read_string(answer.text)
    return {name: dict(parser[name]) for name in parser.sections()}


def test_a_repo_file_names_the_repository_and_its_key(copr, project):
    ((section, values),) = repo(copr, project).items()
    assert section == f"copr:127.0.0.1:alice:{project}"
    base = f"{copr.anon.url}/results/alice/{project}"
    assert values["baseurl"] == f"{base}/fedora-$releasever-$basearch/"
    assert values["gpgkey"] == f"{base}/pubkey.gpg"


def test_a_group_has_repo_files(copr):
    team = copr.group("packagers", "alice")
    name = copr.alice.new_project("shared", [EPEL], owner=team)
    ((section, values),) = repo(copr, name, "epel-9", "g/packagers").items()
    assert section == f"copr:127.0.0.1:group_packagers:{name}"
    assert f"/results/{team}/{name}/" in values["baseurl"]


def test_a_repository_that_cannot_be_written_keeps_no_other_from_being_made(copr):
    barred, other = (copr.alice.new_project(name, [X86]) for name in ("barred", "not-barred"))
    for name in (barred, other):
        copr.alice.put(f"project/regenerate-repos/alice/{name}")
    places = [copr.hub.paths.results / "alice" / name / X86 for name in (barred, other)]
    shutil.rmtree(places[0], ignore_errors=True)
    places[0].parent.mkdir(parents=True, exist_ok=True)
    places[0].write_text("in the way")
    with copr.hub.write() as call:
        copr_repos.compose_pending(call)
    assert (places[1] / "repodata" / "repomd.xml").exists()
    places[0].unlink()
    with copr.hub.write() as call:
        assert copr_repos.compose_pending(call) == 1
    assert (places[0] / "repodata" / "repomd.xml").exists()


def test_where_there_is_no_repository_one_learns_which_there_are(copr, project):
    answer = copr.anon.send("GET", f"/coprs/alice/{project}/repo/fedora-40/x.repo")
    assert answer.status_code == 404
    told = json.loads(base64.b64decode(answer.headers["Copr-Error-Data"]))
    assert told["available chroots"] == [X86, ARM]
    assert copr.anon.send("GET", "/coprs/alice/nothing/repo/fedora-40/").status_code == 404


def test_needed_projects_come_along_each_once(copr, project):
    far = copr.bob.new_project("far", [X86])
    near = copr.bob.new_project("near", [X86], runtime_dependencies=f"copr://bob/{far}")
    needed = f"copr://bob/{near} copr://bob/{far} https://repo.example/$chroot/"
    copr.alice.put(f"project/edit/alice/{project}", runtime_dependencies=needed)
    copr.bob.put(f"project/edit/bob/{far}", runtime_dependencies=f"copr://alice/{project}")
    sections = repo(copr, project)
    assert [name.partition(":")[0] for name in sections] == ["copr", "coprdep", "coprdep", "coprdep"]
    assert sum(near in name for name in sections) == sum(far in name for name in sections) == 1
    described = copr.anon.get(f"rpmrepo/alice/{project}/fedora-rawhide")
    assert [each["type"] for each in described["dependencies"]] == ["copr", "copr", "external_baseurl"]


def test_a_needed_project_that_went_does_not_break_the_file(copr, project):
    gone = copr.bob.new_project("gone", [X86])
    copr.alice.put(f"project/edit/alice/{project}", runtime_dependencies=f"copr://bob/{gone}")
    copr.bob.delete(f"project/delete/bob/{gone}")
    assert len(repo(copr, project)) == 1
    assert copr.anon.get(f"rpmrepo/alice/{project}/fedora-rawhide")["dependencies"] == []


def test_a_second_architecture_is_served_where_it_is_wanted(copr, project, i386):
    copr.alice.put(f"project/edit/alice/{project}", chroots=[X86, i386])
    assert len(repo(copr, project, arch="x86_64")) == 1
    copr.alice.put(f"project/edit/alice/{project}", multilib=True)
    sections = repo(copr, project, arch="x86_64")
    assert [values.get("cost") for values in sections.values()] == [None, "1100"]
    described = copr.anon.get(f"rpmrepo/alice/{project}/fedora-rawhide")
    arches = described["repos"]["fedora-rawhide"]["arch"]
    assert arches["x86_64"]["multilib"] == {"i386": {"opts": {"cost": "1100"}}}


def test_a_chroot_that_was_dropped_is_offered_while_it_stays(copr, project):
    copr.alice.put(f"project/edit/alice/{project}", chroots=[X86])
    arches = copr.anon.get(f"rpmrepo/alice/{project}/x")["repos"]["fedora-rawhide"]["arch"]
    assert arches["aarch64"]["delete_after_days"] in (6, 7) and "delete_after_days" not in arches["x86_64"]
    with copr.hub.write() as call:
        project_id = call.tx.value("SELECT id FROM project WHERE name = :name", {"name": project})
        passed = {"delete_after": time.time() - 1}
        call.tx.update(ProjectChroot, passed, project_id=project_id, deleted=True)
    assert list(copr.anon.get(f"rpmrepo/alice/{project}/x")["repos"]["fedora-rawhide"]["arch"]) == ["x86_64"]


def test_side_directories_are_described(copr, project):
    copr.build(project, project_dirname=f"{project}:pr:7")
    copr.build(project, project_dirname=f"{project}:custom:x")
    directories = copr.anon.get(f"rpmrepo/alice/{project}/x")["directories"]
    assert directories == {
        project: {},
        f"{project}:custom:x": {},
        f"{project}:pr:7": {"delete_after_days": 39},
    }
    ((_, values),) = repo(copr, f"{project}:pr:7").items()
    assert f"/results/alice/{project}:pr:7/" in values["baseurl"]
