"""Hostile names, summaries, changelogs, log lines and file names, through real builds and both APIs: no page runs any."""

import shutil
import subprocess
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import koji
import pytest
import requests

from tests.clients.site import CHROOT, Site
from tests.clients.test_copr_user import finish
from tests.ui.browser import Watched

IMAGE = "<img src=x onerror=window.ran=1>"
SCRIPT = "\"'><script>window.ran=1</script>"
ADDRESS = "javascript:window.ran=1"
TEMPLATE = "{{ 7 * 191 }}{% raw %}"
_SPEC = """
Name: hostile
Version: 1.0
Release: {release}
Summary: {script} {template}
License: {image}
URL: {address}
BuildArch: noarch
Provides: hostile(<img/src=x/onerror=window.ran=1>)
%description
{script}
{address}
%build
echo '{image}'
printf '\\033[31m<script>window.ran=1</script>\\033[0m\\n'
printf '\\033]8;;javascript:window.ran=1\\007link\\033]8;;\\007\\n'
echo "ship.c:1:1: error: {image}"
{end}
%install
mkdir -p "%{{buildroot}}/usr/share/hostile"
touch "%{{buildroot}}/usr/share/hostile/{image}.txt" "%{{buildroot}}/usr/share/hostile/index.html"
echo '<script>window.ran=1</script>' > "%{{buildroot}}/usr/share/hostile/index.html"
%files
/usr/share/hostile
%changelog
* Fri Nov 20 2026 {image} <{script}> - 1.0-{release}
- {script}
- {template}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if shutil.which("bwrap") is None or shutil.which("rpmbuild") is None:
        pytest.skip("bwrap and rpmbuild are what real builds are made with")
    place = tmp_path_factory.mktemp("hostile")
    made = Site(place)
    made.prepare()
    made.start()
    good, bad = source(place, 1, "true"), source(place, 2, "exit 3")
    build_with_koji(made, good, bad)
    build_with_copr(made, good, bad)
    yield made
    made.stop()


def source(place: Path, release: int, end: str) -> Path:
    """A source package whose every word is hostile; END is how its build goes."""
    words = {"image": IMAGE, "script": SCRIPT, "address": ADDRESS, "template": TEMPLATE.replace("%", "%%")}
    spec = place / "hostile.spec"
    spec.write_text(_SPEC.format(release=release, end=end, **words))
    defines = ["-D", f"_topdir {place}/top", "-D", f"_srcrpmdir {place}"]
    subprocess.run(["rpmbuild", "-bs", "--quiet", *defines, spec], check=True, capture_output=True)
    return next(place.glob(f"hostile-1.0-{release}*.src.rpm"))


def build_with_koji(site: Site, good: Path, bad: Path) -> None:
    session = koji.ClientSession(f"{site.url}/kojihub", {"user": "kojiadmin", "password": "adminpw"})
    session.login()
    session.packageListAdd("demo", SCRIPT, "kojiadmin")
    session.packageListAdd("demo", IMAGE, "kojiadmin")
    session.packageListAdd("demo", "hostile", "kojiadmin")
    session.createTag("hostile")
    session.groupListAdd("hostile", SCRIPT, description=IMAGE, display_name=SCRIPT)
    session.groupPackageListAdd("hostile", SCRIPT, IMAGE)
    session.editTag2("demo", extra={"hostile": SCRIPT, "rpm.macro.x": IMAGE})
    session.editHost("localhost", comment=SCRIPT, description=IMAGE)
    session.editChannel("default", description=SCRIPT, comment=IMAGE)
    session.createExternalRepo("hostile", f"http://{SCRIPT}/")
    session.editPermission("repo", SCRIPT)
    session.makeTask("build", [f"git+https://x/{IMAGE}#{SCRIPT}", SCRIPT, {IMAGE: SCRIPT}])
    session.build(f"git+https://example.com/{SCRIPT}.git#{IMAGE}", "demo", {"custom_user_metadata": {SCRIPT: IMAGE}})
    site.koji("build", "--wait", "demo", good)
    site.koji("build", "--wait", "demo", bad, fails=True)


def build_with_copr(site: Site, good: Path, bad: Path) -> None:
    site.copr("create", "hostile", "--chroot", CHROOT, "--description", SCRIPT, "--instructions", IMAGE)
    for package, state in ((good, "succeeded"), (bad, "failed")):
        assert site.build_state(finish(site, site.copr("build", "--nowait", "hostile", package))) == state
    auth = ("alice-login", "alice-token")
    fields = {"homepage": f"https://x/{SCRIPT}", "contact": f"https://x/?{IMAGE}"}
    requests.put(f"{site.url}/api_3/project/edit/alice/hostile", json=fields, auth=auth, timeout=30)
    script = {"package_name": "scripted", "script": f"echo '{SCRIPT}'", "builddeps": IMAGE}
    requests.post(f"{site.url}/api_3/package/add/alice/hostile/scripted/custom", json=script, auth=auth, timeout=30)
    scm = {"package_name": "fetched", "clone_url": "https://x/a.git", "committish": SCRIPT, "subdirectory": IMAGE}
    requests.post(f"{site.url}/api_3/package/add/alice/hostile/fetched/scm", json=scm, auth=auth, timeout=30)


def test_no_page_runs_what_it_shows(chromium, site):
    """Every page that can be reached, as an admin sees it, in a browser that would."""
    watched = Watched(chromium, site.url).sign_in("kojiadmin", "adminpw")
    seen, waiting, shown = set(), deque(["/", "/search?q=%3Cscript%3Ewindow.ran=1%3C/script%3E"]), ""
    while waiting and len(seen) < 220:
        path = waiting.popleft()
        watched.go(path)
        seen.add(path)
        assert watched.page.evaluate("window.ran") is None, path
        shown += watched.page.content()
        found = watched.page.evaluate("[...document.links].map(a => a.pathname + a.search)")
        scripts = watched.page.evaluate("[...document.links].filter(a => a.protocol === 'javascript:').length")
        assert not scripts, path
        waiting.extend(
            each for each in dict.fromkeys(found) if each not in seen and each not in waiting and worth(each)
        )
    watched.close()
    assert len(seen) > 80
    for word in (
        "&lt;img src=x onerror=window.ran=1&gt;",
        "&lt;script&gt;window.ran=1&lt;/script&gt;",
        "{{ 7 * 191 }}",
    ):
        assert word in shown, f"{word} stands on no page, so that nothing is proven"
    assert "1337" not in shown
    assert not watched.faults


def worth(path: str) -> bool:
    elsewhere = ("/kojifiles", "/results", "/healthz", "/api/", "/coprs/alice/hostile/repo", "/tmp/", "/metrics")
    return path.startswith("/") and not path.startswith(elsewhere)


def test_files_of_hostile_builds_run_nothing(chromium, site):
    """What a build made is shown as text, or handed out."""
    for path in ("/kojifiles/packages/hostile/1.0/", "/results/alice/hostile/"):
        watched = Watched(chromium, site.url)
        watched.page.goto(site.url + path)
        for address in watched.page.evaluate("[...document.links].map(a => a.href)"):
            if address.startswith(site.url + path):
                watched.page.goto(address)
                assert watched.page.evaluate("window.ran") is None
        watched.context.close()
