"""A site for each module of client tests, gone when its tests are done."""

from collections.abc import Iterator

import pytest

from tests import builders
from tests.clients import standins
from tests.clients.scmserver import GitServer
from tests.clients.site import Site


@pytest.fixture(scope="module", params=builders.ALL)
def builder(request: pytest.FixtureRequest) -> str:
    """What a site builds with."""
    return str(request.param)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[Site]:
    """A served appliance that builds, with the small distribution for noarch packages."""
    found = Site(tmp_path_factory.mktemp("site"), "minimal", builder=builder)
    found.prepare()
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[GitServer]:
    """A server of repositories; `wrapper` has the template of a spec file that wraps what Maven built."""
    server = GitServer(tmp_path_factory.mktemp("git"))
    server.repository("wrapper", {"java/any.spec.tmpl": standins.WRAPPER})
    yield server
    server.stop()
