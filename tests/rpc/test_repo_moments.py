"""Repositories of any moment, as dnf and caches see them over HTTP."""

import time
from datetime import UTC, datetime

import pytest
import requests

from appliance.app import Appliance
from appliance.hub import bootstrap, builds, pins, repo_moments, state, tagging, tags
from appliance.testing.seeding import Seed
from tests.repodata.shelf import packages, run


class Site:
    """A served hub whose tag `f1` got a package, then a newer one and another, then lost the other."""

    def __init__(self, directory):
        state.init(directory)
        self.hub = state.open_hub(directory)
        self.seed = Seed(self.hub)
        self.appliance = Appliance(self.hub, "127.0.0.1:0", builder=False)
        self.appliance.start()
        self.seed.tag("f1")
        self.events = [self.put("bash-1-1"), self.put("bash-2-1", "zsh-5-1"), self.take("zsh-5-1")]

    def put(self, *nvrs):
        self.seed.builds(*nvrs, tags=("f1",))
        return self.event()

    def take(self, nvr):
        with self.seed.call() as call:
            tagging.untag(call, tags.require(call, "f1"), builds.require(call, nvr))
        return self.event()

    def event(self):
        with self.hub.read() as call:
            return call.tx.value("SELECT MAX(id) FROM events")

    def get(self, path, **headers):
        return requests.get(f"{self.appliance.url}/repo/{path}", headers=headers, timeout=20)

    def names(self, moment, room, tag="f1"):
        """What a repository lists: fetched whole, and read by createrepo_c."""
        target = room / str(moment)
        index = self.get(f"{tag}/{moment}/x86_64/repodata/repomd.xml")
        assert index.status_code == 200, index.text
        (target / "repodata").mkdir(parents=True, exist_ok=True)
        (target / "repodata" / "repomd.xml").write_bytes(index.content)
        for part in index.text.split('href="')[1:]:
            href = part.partition('"')[0]
            (target / href).write_bytes(self.get(f"{tag}/{moment}/x86_64/{href}").content)
        return sorted(f"{each.name}-{each.version}" for each in packages(target))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("site") / "state")
    yield made
    made.appliance.stop()


def test_each_event_shows_what_the_tag_was_then(site, tmp_path):
    one, two, three = site.events
    assert site.names(f"@{one}", tmp_path) == ["bash-1"]
    assert site.names(f"@{two}", tmp_path) == ["bash-2", "zsh-5"]
    assert site.names(f"@{three}", tmp_path) == ["bash-2"]
    assert site.names("latest", tmp_path) == ["bash-2"]


def test_a_date_means_the_last_event_before_it(site, tmp_path):
    with site.hub.read() as call:
        moment = call.tx.value("SELECT time FROM events WHERE id = :id", {"id": site.events[1]}) + 0.001
    text = datetime.fromtimestamp(moment, UTC).isoformat()
    assert site.names(f"@{text}", tmp_path) == ["bash-2", "zsh-5"]
    assert site.get(f"f1/@{text[:10]}/x86_64/repodata/repomd.xml").status_code == 404  # today at midnight


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("f1/@99999999/x86_64/", "there was no event 99999999"),
        ("f1/@1/x86_64/", "there was no tag f1 at event 1"),
        ("f1/@2999-01-01/x86_64/", "has not come yet"),
        ("f1/@2999-13-01/x86_64/", "Invalid time"),
        ("f1/@nonsense/x86_64/", "no event, no date, and no snapshot"),
        ("f1/latest/s390x/", "tag f1 had no repository for s390x, but for x86_64"),
        ("none/latest/x86_64/", "there is no tag none"),
        ("copr/nobody/none/latest/x86_64/", "Project nobody/none does not exist"),
        ("f1", "/repo/TAG/@EVENT/ARCH/"),
    ],
)
def test_what_never_was_is_not_found_and_says_why(site, path, reason):
    reply = site.get(path)
    assert reply.status_code == 404
    assert reason in reply.text


def test_the_past_is_cacheable_for_ever_and_the_newest_is_asked_for_again(site):
    path = f"f1/@{site.events[0]}/x86_64/repodata/repomd.xml"
    first = site.get(path)
    assert "immutable" in first.headers["Cache-Control"]
    assert site.get(path, **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    newest = site.get("f1/latest/x86_64/repodata/repomd.xml")
    assert newest.headers["Cache-Control"] == "no-cache"
    assert newest.headers["ETag"]


def test_the_same_moment_gives_the_same_answer_after_the_cache_is_gone(site):
    path = f"f1/@{site.events[1]}/x86_64/repodata/repomd.xml"
    first = site.get(path)
    repo_moments.forget(site.hub)
    again = site.get(path)
    assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])


def test_events_between_two_changes_of_a_tag_share_what_was_composed(site):
    one = site.events[1]
    with site.seed.call() as call:
        tags.create(call, "unrelated")
    later = site.event()
    latest, two = (site.get(f"f1/{at}/x86_64/repodata/repomd.xml") for at in ("latest", f"@{later}"))
    assert latest.content == two.content != site.get(f"f1/@{one}/x86_64/repodata/repomd.xml").content


def test_who_began_with_the_former_newest_can_finish(site):
    index = site.get("f1/latest/x86_64/repodata/repomd.xml").text
    site.put("late-1-1")
    assert site.get("f1/latest/x86_64/repodata/repomd.xml").text != index
    for part in index.split('href="')[1:]:
        assert site.get("f1/latest/x86_64/" + part.partition('"')[0]).status_code == 200


def test_only_so_much_of_the_past_is_kept(site):
    for event in site.events:
        site.get(f"f1/@{event}/x86_64/")
    site.hub.settings.repositories.kept_moments = 1
    repo_moments.prune(site.hub)
    assert len(list((site.hub.paths.cache / "moments").glob("*/[!.]*"))) == 1
    assert site.get(f"f1/@{site.events[0]}/x86_64/repodata/repomd.xml").status_code == 200


def test_a_name_pins_a_moment(site, tmp_path):
    with site.seed.call() as call:
        pins.pin_tag(call, "f1", "beta", str(site.events[0]))
    site.put("after-1-1")
    assert site.names("@beta", tmp_path) == ["bash-1"]
    with site.seed.call() as call:
        assert [(pin["name"], pin["event_id"]) for pin in pins.of_tag(call, "f1")] == [("beta", site.events[0])]
        with pytest.raises(Exception, match="there is a snapshot called beta already"):
            pins.pin_tag(call, "f1", "beta")
        with pytest.raises(Exception, match="can't be called"):
            pins.pin_tag(call, "f1", "2024-01-01")
        pins.unpin_tag(call, "f1", "beta")
    assert site.get("f1/@beta/x86_64/").status_code == 404


def test_dnf_takes_packages_from_a_moment(site, tmp_path):
    """They come out of the topdir through the repository's own address."""
    base = f"{site.appliance.url}/repo/f1/@{site.events[1]}/x86_64/"
    (tmp_path / "logdir").mkdir()
    options = [f"--setopt={key}={tmp_path / key}" for key in ("cachedir", "logdir", "persistdir", "reposdir")]
    dnf = ["dnf", "-q", "-y", "--noplugins", "--releasever=1", "--setopt=gpgcheck=0", *options,
           f"--installroot={tmp_path / 'root'}", f"--repofrompath=past,{base}", "--repo=past"]  # fmt: skip
    assert sorted(run(*dnf, "repoquery", "--qf", "%{name}-%{version}").split()) == ["bash-2", "zsh-5"]
    run(*dnf, "install", "--downloadonly", f"--downloaddir={tmp_path}", "zsh")
    assert [path.name for path in tmp_path.glob("*.rpm")] == ["zsh-5-1.x86_64.rpm"]
    package = requests.get(run(*dnf, "repoquery", "--location", "zsh").strip(), timeout=20)
    assert "immutable" in package.headers["Cache-Control"]
    assert package.content == (tmp_path / "zsh-5-1.x86_64.rpm").read_bytes()


def test_composing_the_past_waits_for_no_writer(site):
    with site.hub.write() as call:
        call.session = bootstrap.operator(call)
        tags.create(call, f"busy-{time.time()}")
        repo_moments.forget(site.hub)
        assert site.get(f"f1/@{site.events[0]}/x86_64/repodata/repomd.xml").status_code == 200
