"""The sample site being served, people who ask it over HTTP, and a browser that looks at it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from appliance.app import Appliance
from appliance.hub import state
from tests.ui import sample
from tests.ui.browser import CHROMIUM, Watched, launched


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's state directory, made once; tests are served copies of it."""
    if shutil.which("rpmbuild") is None:
        pytest.skip("rpmbuild is not there, which makes the sample's packages")
    return sample.made(tmp_path_factory.mktemp("sample") / "state")


@pytest.fixture(scope="module")
def site(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Site"]:
    """One served copy for all tests of a module."""
    place = tmp_path_factory.mktemp("site") / "state"
    shutil.copytree(template, place, symlinks=True)
    hub = state.open_hub(place)
    hub.settings.koji.session_timeout = 4 * 86400  # the sample's people have been away for days
    appliance = Appliance(hub, "127.0.0.1:0", builder=False)
    appliance.start()
    yield Site(appliance)
    appliance.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A running browser."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not there, which the pages are looked at with")
    with launched() as running:
        yield running


@pytest.fixture
def page(chromium, site: "Site") -> Iterator[Watched]:
    """A fresh browser of somebody who has not signed in; nothing may break the policy while it is open."""
    watched = Watched(chromium, site.url)
    yield watched
    watched.close()
    assert not watched.faults, watched.faults


@pytest.fixture
def mira(page: Watched) -> Watched:
    """The browser, signed in as an admin."""
    return page.sign_in("mira", sample.PASSWORD)


@pytest.fixture
def kit(page: Watched) -> Watched:
    """The browser, signed in as somebody without permissions."""
    return page.sign_in("kit", sample.PASSWORD)


class Site:
    """A served hub, for those who ask without a browser."""

    def __init__(self, appliance: Appliance) -> None:
        self.hub = appliance.hub
        self.url = appliance.url

    def visitor(self, name: str | None = None) -> "Visitor":
        made = Visitor(self.url)
        return made.sign_in(name) if name else made

    def value(self, sql: str, **params: object) -> object:
        with self.hub.read() as call:
            return call.tx.value(sql, params)


class Visitor:
    """A browser without a screen: cookies, pages, and forms that it fills in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()

    def get(self, path: str, **options: object) -> requests.Response:
        return self.http.get(self.url + path, timeout=30, allow_redirects=False, **options)

    def token(self) -> str:
        """The token of forms, as a page shows it."""
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.get("/").text)
        assert found
        return found[1]

    def post(self, path: str, fields: dict[str, object] | None = None, **options: object) -> requests.Response:
        """Send a form with its token."""
        data = {"token": self.token(), **(fields or {})}
        return self.http.post(self.url + path, data=data, timeout=30, allow_redirects=False, **options)

    def sign_in(self, name: str, password: str = sample.PASSWORD) -> "Visitor":
        answer = self.post("/login", {"user": name, "password": password})
        assert answer.status_code == 303, answer.text
        return self

    def links(self, path: str) -> list[str]:
        """Where a page leads to on this site."""
        found = re.findall(r'href="(/[^"#]*)', self.get(path).text)
        return [each.replace("&amp;", "&") for each in found if not urlsplit(each).netloc]
