"""A hub for other people's tests: real, served, empty, and gone afterwards.

    from appliance import testing

    with testing.hub() as hub:
        hub.seed.build("bash-5.1-1.fc39", rpms=["bash.x86_64"], tags=["f39"])
        assert hub.user.getBuild("bash-5.1-1.fc39")["package_name"] == "bash"

With pytest the fixture `appliance_hub` is the same; `docs/testing-clients.md` tells more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.testing.replaying import Replay
    from appliance.testing.served import TestHub


@contextmanager
def hub(**options: Any) -> Iterator["TestHub"]:
    """A served hub in a temporary directory; OPTIONS are those of `served.Wanted`.

    What it needs is imported now: a pytest run that has no use for a hub pays nothing for it.
    """
    from appliance.testing import served

    with served.serving(served.Wanted(**options)) as found:
        yield found


@contextmanager
def replay(path: "Path | str") -> Iterator["Replay"]:
    """A file that `hub.record(path)` wrote, being served at the `url` of what is given."""
    from appliance.testing import replaying

    with replaying.serving(path) as found:
        yield found
