"""In which order the tests run."""

import pytest

LONG = ("ui", "clients", "builder", "faults")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that build packages or open a browser go first, so that in the end no worker waits for one of them."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)
