"""Mails about builds and tags: to whom, and what they say; taken by a real relay of this machine."""

from collections.abc import Iterator

import pytest

from tests.clients.mailserver import MailServer
from tests.clients.site import Site, sample


@pytest.fixture(scope="module")
def relay() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, relay: MailServer) -> Iterator[Site]:
    settings = f"""
        [koji]
        smtp_host = "{relay.address}"
        email_domain = "example.com"
        mail_from = "Hub <hub@example.com>"
        """
    found = Site(tmp_path_factory.mktemp("site"), "minimal", settings)
    found.prepare()
    found.start()
    found.koji("add-pkg", "--owner", "alice", "demo", "tiny-noarch", "unmet-buildrequires")
    yield found
    found.stop()


def test_who_built_and_who_owns_the_package_hear_of_a_build(site: Site, relay: MailServer) -> None:
    site.koji("build", "--wait", "demo", sample("tiny-noarch"))
    recipients, mail = relay.next()
    assert sorted(recipients) == ["alice@example.com", "kojiadmin@example.com"]
    assert mail["Subject"] == "Package: tiny-noarch-1.0-1.rd12 Tag: demo Status: complete Built by: kojiadmin"
    assert (mail["From"], mail["X-Koji-Tag"], mail["X-Koji-Status"]) == (
        "Hub <hub@example.com>",
        "demo",
        "complete",
    )
    assert (mail["X-Koji-Package"], mail["X-Koji-Builder"]) == ("tiny-noarch", "kojiadmin")
    text = mail.get_content()
    assert "/buildinfo?buildID=1" in text and "buildArch (tiny-noarch-1.0-1.rd12.src.rpm, noarch)" in text


def test_a_failure_is_told_with_its_first_error(site: Site, relay: MailServer) -> None:
    site.koji("build", "--wait", "demo", sample("unmet-buildrequires"), fails=True)
    _, mail = relay.next()
    assert mail["X-Koji-Status"] == "failed"
    assert "there-is-no-such-package-devel" in mail.get_content()


def test_a_tag_operation_is_told(site: Site, relay: MailServer) -> None:
    site.koji("untag-build", "demo", "tiny-noarch-1.0-1.rd12")
    recipients, mail = relay.next()
    assert mail["Subject"] == "tiny-noarch-1.0-1.rd12 successfully untagged from demo by kojiadmin"
    assert mail["X-Koji-Tag"] == "demo" and "alice@example.com" in recipients


def test_a_relay_that_refuses_everybody_fails_the_task_alone(site: Site, relay: MailServer) -> None:
    relay.refuse = True
    site.koji("tag-build", "--nowait", "demo", "tiny-noarch-1.0-1.rd12")
    relay.refused.get(timeout=30)
    listed = site.koji("list-tasks", "--all", "--after=2000-01-01", "--method=tagNotification", "--quiet")
    assert "did not take the mail" in site.koji("watch-task", listed.splitlines()[-1].split()[0], fails=True)
    relay.refuse = False
    assert "tiny-noarch-1.0-1" in site.koji("list-tagged", "demo")
