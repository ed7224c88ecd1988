"""A set of source packages handed over at once is built in the order that they need, on every road."""

import re
from pathlib import Path

import koji
import pytest

from tests.clients.site import Site, sample


@pytest.fixture(scope="module")
def site(tmp_path_factory, builder):
    """A site whose distribution has a compiler: the chain's packages are compiled."""
    found = Site(tmp_path_factory.mktemp("site"), "gcc", builder=builder)
    found.prepare()
    found.start()
    found.koji("add-pkg", "--owner", "kojiadmin", "demo", "chain-a", "chain-b", "unmet-buildrequires")
    yield found
    found.stop()


def uploaded(site: Site, *names: str) -> tuple[koji.ClientSession, list[str]]:
    session = koji.ClientSession(f"{site.url}/kojihub", {"user": "kojiadmin", "password": "adminpw"})
    session.login()
    for name in names:
        session.uploadWrapper(str(sample(name)), "cli-build/order")
    return session, [f"cli-build/order/{sample(name).name}" for name in names]


def test_missing_requirements_are_named_before_anything_is_built(site):
    session, sources = uploaded(site, "unmet-buildrequires", "chain-a")
    task = session.chainBuild([sources], "demo")
    said = site.koji("watch-task", str(task), fails=True)
    assert "FAILED" in said
    with pytest.raises(koji.GenericError, match=r"unmet-buildrequires needs .*, which neither the repository nor"):
        session.getTaskResult(task)
    assert session.listBuilds(packageID="chain-a") == []


def test_packages_in_any_order_are_built_in_the_right_one(site):
    done = site.appliance("build", "demo", sample("chain-b"), sample("chain-a"))
    assert done.stdout.splitlines()[-1] == "CLOSED"
    builds = site.koji("list-builds", "--quiet", "--type=rpm", "--state=COMPLETE")
    assert {"chain-a-1.0-1.rd12", "chain-b-1.0-1.rd12"} == set(re.findall(r"^\S+", builds, re.MULTILINE))
    order = [Path(each).name for each in _begun(site)]
    assert order.index("chain-a-1.0-1.src.rpm") < order.index("chain-b-1.0-1.src.rpm")


def _begun(site: Site) -> list[str]:
    session = koji.ClientSession(f"{site.url}/kojihub")
    found = session.listTasks({"method": "build", "decode": True}, {"order": "id"})
    return [task["request"][0] for task in found]
