"""The pytest plug-in: a hub for each test that asks for one, as its marker says, and clients of it.

@pytest.mark.appliance_hub(bootstrap="tests/hub.toml", builder="simulated")
def test_mine(appliance_hub): ...
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from appliance import testing

_MARKER = "appliance_hub(**options): what appliance.testing.hub() is given for this test's hub"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def appliance_hub(appliance_hubs: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    """A served, empty hub of this test alone; see `appliance.testing.hub`."""
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("appliance_hub"))):
        options.update(marker.kwargs)
    return appliance_hubs(**options)


@pytest.fixture
def appliance_hubs() -> Iterator[Callable[..., Any]]:
    """A function that serves a further hub for this test, with the options of `appliance.testing.hub`."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(testing.hub(**options))
