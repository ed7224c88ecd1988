"""The order of versions, against rpm's own word and against the laws of an order."""

import subprocess

from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance import nevra

texts = st.text("0123456789abzAB.~^+_", min_size=1, max_size=8)
evrs = st.tuples(st.none() | st.integers(0, 2), texts, texts)


def by_rpm(pairs):
    """What the rpm command itself says of pairs of versions, asked through its macros' language."""
    asked = "".join(f"print(rpm.vercmp('{one}', '{other}') .. ' ')" for one, other in pairs)
    done = subprocess.run(["rpm", "--eval", f"%{{lua: {asked}}}"], capture_output=True, text=True, check=True)
    return [int(each) for each in done.stdout.split()]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=40))
@example([("1.0~rc1", "1.0"), ("1.0^git1", "1.0"), ("1.01", "1.1"), ("10", "9"), ("1a", "1"), ("a", "1")])
def test_versions_have_rpms_order(pairs):
    said = [nevra.compare((0, one, "1"), (0, other, "1")) for one, other in pairs]
    assert said == by_rpm(pairs)


@given(evrs, evrs, evrs)
def test_it_is_an_order(one, two, three):
    assert nevra.compare(one, one) == 0
    assert nevra.compare(one, two) == -nevra.compare(two, one)
    if nevra.compare(one, two) <= 0 and nevra.compare(two, three) <= 0:
        assert nevra.compare(one, three) <= 0


@given(texts, texts, texts, texts)
def test_an_epoch_outweighs_version_and_release(version, release, other_version, other_release):
    assert nevra.compare((1, version, release), (None, other_version, other_release)) == 1
    assert nevra.compare((0, version, release), (None, version, release)) == 0
