"""What the tasks that check sources out have in common: whether they may, and how their jobs do it."""

import shutil
from dataclasses import dataclass
from typing import Any

from appliance.builder import scmcommands
from appliance.builder.steps import Work
from appliance.db.models.tasks import Channel
from appliance.errors import GenericError
from appliance.hub import names, scm
from appliance.hub.scm import Source, Terms


@dataclass(frozen=True)
class Checkout:
    """Sources that a task may check out, on these terms."""

    source: Source
    terms: Terms

    @property
    def directory(self) -> str:
        """Where in the job's working directory the sources are."""
        return scmcommands.directory(self.source)

    @property
    def command(self) -> tuple[str, ...]:
        return scmcommands.command(self.source, self.terms.use_common)


def parse(work: Work, url: Any) -> Source:
    """The place that a URL names; GenericError if it is none that Koji knows."""
    return scm.parse(str(url), work.hub.settings.koji.allow_password_in_scm_url)


def allowed(work: Work, url: Any, scratch: Any) -> Checkout:
    """What the settings and the hub's policy let the task's owner check out; BuildError if they do not."""
    source = parse(work, url)
    with work.reading() as call:
        channel = names.lookup(call, Channel, work.task["channel_id"], strict=True)
        assert channel is not None
        data = {"user_id": work.task["owner"], "channel": channel["name"], "scratch": scratch}
        terms = scm.terms(call, source, data)
    if not shutil.which(source.program):
        raise GenericError(f"this host has no {source.program}, which {source.scheme} addresses need")
    return Checkout(source, terms)


def fetching(work: Work, sources: list[Source], *commands: tuple[str, ...]) -> dict[str, Any]:
    """The options of a job that runs these commands to fetch from SOURCES."""
    return {
        "fetch": commands,
        "fetch_env": scmcommands.environment(*sources),
        "fetch_home": work.hub.settings.koji.scm_credentials,
    }
