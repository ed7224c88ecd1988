"""The builders that tests of building run with, the same cases for each."""

import pytest

from appliance.builder import mock

ABSENT = "mock is not installed here: its cases run where it is, the overlay builder runs them all"
MOCK = pytest.mark.skipif(not mock.version(), reason=ABSENT)
ALL = ["overlay", pytest.param("mock", marks=MOCK)]
