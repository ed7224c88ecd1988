"""Buildroots of failed jobs as things that may go, for those who ask what would."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from appliance.builder import claims
from appliance.hub.hub import Call
from appliance.hub.retention import Waste, days


def find(call: Call) -> Iterator[Waste]:
    """Failed buildroots that have been kept for as long as the settings say."""
    limit = time.time() - call.settings.builder.failed_buildroot_lifetime
    for path in sorted(call.paths.failed.glob("*")):
        kept_since = path.stat().st_mtime
        if kept_since < limit:
            why = f"it failed {days(time.time() - kept_since)} ago"
            yield Waste("failed buildroot", f"of task {path.name}", why, partial(_remove, path), (path,))


def _remove(path: Path, call: Call) -> None:
    claims.remove(path)
