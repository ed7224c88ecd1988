"""No method of Koji's API goes untested: each answers somewhere, in the recorded kit or in the suite."""

from tests import coverage_table

# The first two exist to raise; the third needs two builds by source, which tests/hub/test_scratch_merges.py has.
REFUSED = {"error", "fault", "mergeScratch"}


def test_every_method_answers_somewhere():
    found = coverage_table.table()
    silent = {name for name, tested in found.items() if not tested.answered} - REFUSED
    assert not silent, "\n" + "\n".join(f"{name}: {found[name].verdict}" for name in sorted(silent))


def test_a_call_that_is_to_fail_counts_as_an_error_alone():
    source = 'with pytest.raises(Error):\n session.getTag(1)\nsession.host.openTask(2)\n"x".count("y")\n'
    calls = coverage_table.calls_in(source, {"getTag", "host.openTask", "count"})
    assert list(calls) == [("getTag", False), ("host.openTask", True)]
