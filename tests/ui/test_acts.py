"""What people do on pages is done, said and recorded; what they may not do is greyed with the reason."""

import re

import koji
import pytest

from tests.ui.packages import FONTS, QUAY


def build_of(site, package):
    return site.value(
        "SELECT b.id FROM build b JOIN package p ON p.id = b.pkg_id WHERE p.name = :name AND b.version = :version",
        name=package.name, version=package.version,
    )  # fmt: skip


def followed(visitor, path, fields=None, **options):
    """The page that an act leads to."""
    answer = visitor.post(path, fields, **options)
    assert answer.status_code == 303, answer.text[-1500:]
    return answer.headers["Location"], visitor.get(answer.headers["Location"]).text


def test_a_build_is_tagged_by_a_task_and_untagged_at_once(site):
    mira, build = site.visitor("mira"), build_of(site, QUAY)
    _, text = followed(mira, f"/builds/{build}/tag", {"tag": "f42-candidate"})
    assert re.search(r"Task \d+ tags it into f42-candidate", text)
    _, text = followed(mira, f"/builds/{build}/untag", {"tag": "f42-updates"})
    assert "It is in f42-updates no more." in text
    holding = "SELECT COUNT(*) FROM tag_listing WHERE build_id = :build AND revoke_event IS NULL"
    assert site.value(holding, build=build) == 0
    assert "− removed" in mira.get(f"/builds/{build}?view=history").text


def test_a_refusal_stands_on_the_page_with_what_was_typed(site):
    kit, build = site.visitor("kit"), build_of(site, FONTS)
    answer = kit.post(f"/builds/{build}/tag", {"tag": "f42-updates"})
    assert answer.status_code in (400, 403)
    assert "Not done." in answer.text and 'value="f42-updates"' in answer.text


def test_a_tag_is_made_changed_and_deleted(site):
    jonas = site.visitor("jonas")
    where, _ = followed(jonas, "/tags/new", {"tag": "f43", "parent": "f42", "arches": "x86_64"})
    assert where == "/tags/f43"
    followed(jonas, "/tags/edit/f43", {"name": "f43", "arches": "x86_64 aarch64", "locked": "1"})
    followed(jonas, "/tags/extra/f43", {"key": "mock.rpmbuild_timeout", "value": "3600"})
    followed(jonas, "/tags/parent/f43", {"do": "add", "parent": "f42-updates", "priority": "5"})
    followed(jonas, "/tags/parent/f43", {"do": "remove", "parent": "f42"})
    followed(jonas, "/tags/external/f43", {"do": "add", "repo": "fedora-42", "priority": "3", "merge_mode": "bare"})
    followed(jonas, "/tags/package/f43", {"do": "add", "package": "newcomer", "owner": "jonas"})
    text = jonas.get("/tags/f43").text
    assert "locked" in text and "3600" in text and "f42-updates" in text
    assert "newcomer" in jonas.get("/tags/f43?view=packages").text
    history = jonas.get("/tags/f43?view=history").text
    assert "arches: x86_64 aarch64" in history
    followed(jonas, "/tags/delete/f43")
    assert jonas.get("/tags/f43").status_code == 404


def test_wrong_values_are_refused_in_words(site):
    jonas = site.visitor("jonas")
    for path, fields, words in (
        ("/tags/new", {"tag": "bad name"}, "does not match RegexNameInternal"),
        ("/tags/extra/f42", {"key": "a", "value": "{"}, "This is no JSON"),
        ("/tags/parent/f42", {"parent": "nothing"}, "No such tagInfo"),
        ("/tags/parent/f42", {"parent": "f42-build", "priority": "soon"}, "whole number"),
        ("/tags/package/f42", {"do": "add"}, "Say which package"),
    ):
        answer = jonas.post(path, fields)
        assert answer.status_code == 400 and words in answer.text, (path, re.findall("Not done.*", answer.text))


def test_a_target_is_made_and_used(site):
    mira = site.visitor("mira")
    followed(mira, "/targets/new", {"name": "side", "build_tag": "f42-build", "dest_tag": "f42-candidate"})
    assert "side →" in mira.get("/submit?target=side").text
    followed(mira, "/targets/edit/side", {"name": "aside", "build_tag": "f42-build", "dest_tag": "f42"})
    followed(mira, "/targets/delete/aside")
    assert mira.get("/targets/aside").status_code == 404


def test_a_source_package_is_submitted_for_a_target(site):
    with QUAY.srpm.open("rb") as stream:
        where, text = followed(
            site.visitor("kit"), "/submit", {"where": "target:f42", "scratch": "1"}, files={"file": (QUAY.srpm.name, stream)}
        )  # fmt: skip
    assert where.startswith("/tasks/") and QUAY.srpm.name in text
    request = site.value("SELECT request FROM task WHERE id = :id", id=int(where.rsplit("/", 1)[1]))
    name = re.search(r"cli-build/[^<]+\.src\.rpm", request)[0]
    assert (site.hub.paths.koji / "work" / name).read_bytes() == QUAY.srpm.read_bytes()


def test_sources_are_submitted_for_a_project(site):
    mira = site.visitor("mira")
    kinds = {
        "pypi": {"pypi": "lanternfish", "version": "0.9"}, "rubygems": {"gem": "anchor"},
        "scm": {"url": "https://git.example.com/anchor.git", "committish": "main"},
        "link": {"url": "https://example.com/anchor-1-1.src.rpm"},
    }  # fmt: skip
    for kind, fields in kinds.items():
        where, _ = followed(mira, "/submit", {"where": "project:mira/lighthouse", **fields})
        build = int(where.rsplit("/", 1)[1])
        assert site.value("SELECT source_type FROM copr_build WHERE id = :id", id=build) == kind
    with QUAY.srpm.open("rb") as stream:
        where, _ = followed(
            mira, "/submit", {"where": "project:mira/lighthouse", "chroots": ["epel-10-x86_64"]},
            files={"file": (QUAY.srpm.name, stream)},
        )  # fmt: skip
    build = int(where.rsplit("/", 1)[1])
    assert site.value("SELECT COUNT(*) FROM copr_build_chroot WHERE build_id = :id", id=build) == 1


def several(*names):
    return [("file", (name, QUAY.srpm.read_bytes())) for name in names]


def test_several_source_packages_for_a_target_are_one_chain(site):
    where, _ = followed(
        site.visitor("kit"), "/submit", {"where": "target:f42"}, files=several("one-1-1.src.rpm", "two-1-1.src.rpm")
    )
    task = int(where.rsplit("/", 1)[1])
    assert site.value("SELECT method FROM task WHERE id = :id", id=task) == "chainbuild"
    request = site.value("SELECT request FROM task WHERE id = :id", id=task)
    assert "one-1-1.src.rpm" in request and "two-1-1.src.rpm" in request


def test_several_source_packages_for_a_project_are_one_batch(site):
    mira, newest = site.visitor("mira"), site.value("SELECT MAX(id) FROM copr_build")
    followed(
        mira, "/submit", {"where": "project:mira/lighthouse"}, files=several("one-1-1.src.rpm", "two-1-1.src.rpm")
    )  # fmt: skip
    assert site.value("SELECT COUNT(*) FROM copr_build WHERE id > :id", id=newest) == 2
    assert site.value("SELECT COUNT(DISTINCT batch_id) FROM copr_build WHERE id > :id", id=newest) == 1


@pytest.mark.parametrize(
    ("files", "fields", "words"),
    [
        (("a.src.rpm", "b.src.rpm"), {"scratch": "1"}, "A scratch build is of one package"),
        (("a.src.rpm", "a.src.rpm"), {}, "a.src.rpm is there twice"),
    ],
)
def test_sets_that_make_no_sense_are_refused(site, files, fields, words):
    answer = site.visitor("kit").post("/submit", {"where": "target:f42", **fields}, files=several(*files))
    assert answer.status_code == 400 and words in answer.text
    assert not list(site.hub.paths.submitted.glob(".form-*"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"where": "target:f42"}, "Give one source"),
        ({"where": "target:f42", "url": "git+https://a/b", "pypi": "x"}, "Give one source"),
        ({"where": "target:f42", "pypi": "x"}, "For a target the source is"),
        ({"where": "target:nothing", "url": "git+https://a/b"}, "No such build target"),
        ({"where": "", "url": "git+https://a/b"}, "Say for which"),
        ({"where": "project:mira/nothing", "pypi": "x"}, "does not exist"),
        ({"where": "project:mira/lighthouse", "pypi": "x"}, "not allowed to build"),
    ],
)
def test_submissions_that_make_no_sense_are_refused(site, fields, words):
    answer = site.visitor("kit").post("/submit", fields)
    assert answer.status_code in (400, 403, 404) and words in answer.text


def test_a_file_that_nobody_took_does_not_stay(site):
    kit = site.visitor("kit")
    answer = kit.post("/submit", {"where": "target:f42"}, files={"file": ("notes.txt", b"no package")})
    assert "is no source package" in answer.text
    assert not list(site.hub.paths.submitted.glob(".form-*"))


def test_a_task_is_cancelled_by_its_owner_alone(site):
    waiting = site.value(
        "SELECT t.id FROM task t JOIN users u ON u.id = t.owner WHERE u.name = 'kit' AND t.state = 0 AND t.method = 'build'"
    )
    jonas = site.visitor("jonas")
    assert "Only kit, who owns it, or an admin may cancel it." in jonas.get(f"/tasks/{waiting}").text
    assert jonas.post(f"/tasks/{waiting}/cancel").status_code == 403
    followed(site.visitor("kit"), f"/tasks/{waiting}/cancel")
    assert site.value("SELECT state FROM task WHERE id = :id", id=waiting) == koji.TASK_STATES["CANCELED"]
    where, _ = followed(site.visitor("kit"), f"/tasks/{waiting}/resubmit")
    assert where != f"/tasks/{waiting}"


def test_only_admins_set_priorities(site):
    task = site.value("SELECT MAX(id) FROM task WHERE state = 0")
    assert site.visitor("jonas").post(f"/tasks/{task}/priority", {"priority": "5"}).status_code == 403
    followed(site.visitor("mira"), f"/tasks/{task}/priority", {"priority": "5"})
    assert site.value("SELECT priority FROM task WHERE id = :id", id=task) == 5


def test_a_project_is_made_changed_forked_and_deleted(site):
    kit = site.visitor("kit")
    fields = {"ownername": "kit", "name": "dinghy", "chroots": ["fedora-42-x86_64"], "description": "A small boat"}
    where, text = followed(kit, "/coprs/new", fields)
    assert where == "/coprs/kit/dinghy/" and "A small boat" in text and "dnf copr enable" in text
    changed = {
        "description": "A boat",
        "chroots": ["fedora-42-x86_64", "epel-10-x86_64"],
        "homepage": "https://example.com",
    }
    _, text = followed(kit, "/coprs/kit/dinghy/edit", changed)
    assert "A boat" in text and "2 chroots" in text
    followed(kit, "/coprs/kit/dinghy/chroot", {"chroot": "epel-10-x86_64", "additional_packages": "ninja"})
    assert "ninja" in kit.get("/coprs/kit/dinghy/?view=edit").text
    followed(kit, "/coprs/kit/dinghy/people", {"user": "jonas", "role": "builder", "state": "approved"})
    assert "project:kit/dinghy" in site.visitor("jonas").get("/submit?project=kit/dinghy").text
    told = kit.get("/coprs/kit/dinghy/?view=history").text
    for line in ("description: A small boat", "description: A boat", "buildroot_pkgs: ninja", "jonas as builder"):
        assert line in told
    assert "jonas as builder" not in site.visitor().get("/coprs/kit/dinghy/?view=history").text
    followed(kit, "/coprs/kit/dinghy/regenerate")
    where, _ = followed(site.visitor("jonas"), "/coprs/kit/dinghy/fork", {"ownername": "jonas", "name": "raft"})
    assert where == "/coprs/jonas/raft/"
    assert "To delete it, type its name." in kit.post("/coprs/kit/dinghy/delete", {"confirm": "x"}).text
    followed(kit, "/coprs/kit/dinghy/delete", {"confirm": "dinghy"})
    assert kit.get("/coprs/kit/dinghy/").status_code == 404


def test_strangers_to_a_project_change_nothing(site):
    kit = site.visitor("kit")
    for what in ("edit", "chroot", "regenerate", "delete", "people", "rebuild"):
        fields = {"confirm": "lighthouse", "chroot": "epel-10-x86_64", "package": "mooring", "user": "kit", "role": "admin",
                  "state": "approved"}  # fmt: skip
        assert kit.post(f"/coprs/mira/lighthouse/{what}", fields).status_code in (400, 403), what
    assert site.value("SELECT deleted FROM project WHERE name = 'lighthouse'") == 0


def test_somebody_asks_for_a_part_and_gets_it(site):
    followed(site.visitor("jonas"), "/coprs/mira/lighthouse/ask", {"role": "builder"})
    mira = site.visitor("mira")
    assert "asks for it" in mira.get("/coprs/mira/lighthouse/?view=people").text
    followed(mira, "/coprs/mira/lighthouse/people", {"user": "jonas", "role": "builder", "state": "approved"})
    followed(site.visitor("jonas"), "/coprs/mira/lighthouse/rebuild", {"package": "anchorage"})


def test_a_build_of_a_project_is_cancelled_repeated_and_deleted(site):
    mira = site.visitor("mira")
    where, _ = followed(mira, "/coprs/mira/lighthouse/rebuild", {"package": "anchorage"})
    followed(mira, f"{where}/cancel")
    assert "cancelled" in mira.get(where).text
    again, _ = followed(mira, f"{where}/resubmit")
    assert again != where
    followed(mira, f"{where}/delete")
    assert mira.get(where).status_code == 404


def test_hosts_and_channels_are_run_by_who_may(site):
    mira = site.visitor("mira")
    followed(mira, "/hosts/new", {"name": "builder9.example.com", "arches": "x86_64 noarch"})
    followed(mira, "/channels/new", {"channel": "heavy", "description": "Large builds"})
    followed(mira, "/hosts/channel/builder9.example.com", {"do": "join", "channel": "heavy"})
    followed(mira, "/hosts/edit/builder9.example.com", {"arches": "x86_64", "capacity": "3.5", "comment": "on loan"})
    _, text = followed(mira, "/hosts/enable/builder9.example.com", {"do": "disable"})
    assert "disabled" in text and "on loan" in text and "heavy" in text
    followed(mira, "/channels/enable/heavy", {"do": "disable"})
    assert site.visitor("kit").post("/hosts/enable/localhost", {"do": "disable"}).status_code == 403


def test_users_groups_and_permissions_are_run_by_admins(site):
    mira = site.visitor("mira")
    followed(mira, "/users/new", {"user": "nils", "kind": "0"})
    followed(mira, "/users/new", {"user": "crew", "kind": "2"})
    followed(mira, "/users/member/crew", {"do": "add", "user": "nils"})
    followed(mira, "/users/permission/crew", {"do": "grant", "permission": "repo"})
    assert "through crew" in mira.get("/users/nils").text
    followed(mira, "/users/status/nils", {"do": "disable"})
    assert "blocked" in mira.get("/users/nils").text
    assert "admin permission required" in site.visitor("kit").get("/users/nils").text


def test_a_repository_is_asked_for_expired_and_deleted(site):
    mira = site.visitor("mira")
    _, text = followed(site.visitor("kit"), "/tags/repo/f42-build")
    assert "A fresh repository is asked for" in text
    repo = site.value("SELECT id FROM repo WHERE state = 1")
    followed(mira, f"/repos/{repo}/expire")
    assert "expired" in mira.get(f"/repos/{repo}").text
    assert "They use it" in mira.post(f"/repos/{repo}/delete").text.replace("buildroots use it", "They use it")


def test_a_token_is_shown_once_and_works(site):
    kit = site.visitor("kit")
    text = kit.post("/api/token").text
    login, token = (re.search(rf"^{name} = (\S+)$", text, re.MULTILINE)[1] for name in ("login", "token"))
    answer = kit.http.get(f"{site.url}/api_3/auth-check", auth=(login, token), timeout=30)
    assert answer.status_code == 200 and answer.json()["name"] == "kit"
    assert token not in kit.get("/api").text


def test_what_may_not_be_done_is_greyed_with_the_reason(site):
    build = build_of(site, QUAY)
    text = site.visitor().get(f"/builds/{build}").text
    assert re.search(r"<button[^>]* disabled title=\"It is not being built.\"", text)
    assert "Sign in" in text
    text = site.visitor("kit").get("/tags/f42?view=edit").text
    assert "tag permission required (logged in as kit)" in text
    assert not re.search(r"<button(?![^>]*(disabled|name=\"theme\"|plain))[^>]*>(Save|Delete f42|Add)", text)


def test_a_build_of_a_project_is_promoted_into_a_tag(site):
    mira = site.visitor("mira")
    found = site.value(
        "SELECT b.id FROM copr_build b JOIN copr_package k ON k.id = b.package_id WHERE k.name = 'anchorage' ORDER BY b.id"
    )
    assert site.visitor("kit").post(f"/coprs/build/{found}/promote", {"tag": "f42-candidate"}).status_code == 403
    where, text = followed(mira, f"/coprs/build/{found}/promote", {"tag": "f42-candidate"})
    assert where.startswith("/builds/") and "anchorage-0.4-1.fc42 is a build of Koji" in text
    assert "builder-live.log" in text and "/usr/bin/anchorage" in mira.get(f"{where}?view=packages").text
