"""The life of tasks where recorded answers do not look: who is woken, races, trees, what must not move."""

import threading
from contextlib import suppress

import koji
import pytest

from appliance.db import states
from appliance.errors import ActionNotAllowed, GenericError, ParameterError
from appliance.hub import hosts, imports, placement, submissions, tasklists, tasks, waiting
from appliance.hub.hub import Session


@pytest.fixture
def builders(hub, boss):
    """The sessions of two build hosts."""
    with hub.write(boss) as call:
        ids = [hosts.create(call, f"builder{n}", ["x86_64", "noarch"]) for n in (1, 2)]
        return [_of_host(call, host_id) for host_id in ids]


def _of_host(call, host_id):
    user = call.tx.value("SELECT user_id FROM host WHERE id = :id", {"id": host_id})
    return Session(user_id=user, usertype=1, host_id=host_id)


def made(hub, session, **opts):
    with hub.write(session) as call:
        return tasks.make(call, "sleep", [1], **opts)


def opened(hub, session, host, **opts):
    task_id = made(hub, session, **opts)
    with hub.write(host) as call:
        assert tasks.open(call, task_id)
    return task_id


def states_of(hub, *task_ids):
    with hub.read() as call:
        return [koji.TASK_STATES[tasks.state(call, each)] for each in task_ids]


def test_of_two_hosts_that_open_a_task_at_once_one_gets_it(hub, boss, builders):
    for _ in range(5):
        task_id, got = made(hub, boss), []

        def take(session, task_id=task_id, got=got):
            with hub.write(session) as call:
                got.append(tasks.open(call, task_id))

        threads = [threading.Thread(target=take, args=[session]) for session in builders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert sum(each is not None for each in got) == 1


def test_a_host_ends_only_what_it_has_open(hub, boss, builders):
    one, other = builders
    task_id = opened(hub, boss, one)
    with hub.write(other) as call, pytest.raises(ActionNotAllowed, match="does not own"):
        tasks.close(call, task_id, tasks.encode_result(1))
    with hub.write(one) as call:
        tasks.close(call, task_id, tasks.encode_result(1))
    with hub.write(one) as call, pytest.raises(ActionNotAllowed):
        tasks.fail(call, task_id, tasks.encode_fault(1, "late"))
    with hub.read() as call:
        assert tasks.result(call, task_id) == 1


def test_the_end_of_a_subtask_wakes_its_parent_once_it_is_durable(hub, boss, builders):
    host = builders[0]
    parent = opened(hub, boss, host)
    with hub.write(host) as call:
        child = tasks.make(call, "sleep", [1], parent=parent)
        tasks.open(call, child)
    topic = f"task:{parent}"
    before = hub.bell.heard(topic)
    with suppress(ZeroDivisionError), hub.write(host) as call:
        tasks.close(call, child, tasks.encode_result(1))
        raise ZeroDivisionError
    assert hub.bell.heard(topic) == before
    with hub.write(host) as call:
        tasks.close(call, child, tasks.encode_result(1))
    assert hub.bell.heard(topic) > before


def test_cancelling_a_tree_leaves_what_has_ended(hub, boss, builders):
    host = builders[0]
    top = opened(hub, boss, host)
    with hub.write(host) as call:
        done, live, grandchild = (tasks.make(call, "sleep", [n], parent=top) for n in range(3))
        for each in (done, live):
            tasks.open(call, each)
        grandchild = tasks.make(call, "sleep", [9], parent=live)
        tasks.close(call, done, tasks.encode_result(None))
    with hub.write(boss) as call:
        assert tasks.cancel(call, top)
    assert states_of(hub, top, done, live, grandchild) == ["CANCELED", "CLOSED", "CANCELED", "CANCELED"]


def test_cancelling_in_full_reaches_below_what_has_ended(hub, boss, builders):
    host = builders[0]
    top = opened(hub, boss, host)
    with hub.write(host) as call:
        middle = tasks.make(call, "sleep", [1], parent=top)
        tasks.open(call, middle)
        leaf = tasks.make(call, "sleep", [2], parent=middle)
        tasks.close(call, middle, tasks.encode_result(None))
    with hub.write(boss) as call:
        tasks.cancel(call, top)
    assert states_of(hub, leaf) == ["FREE"]
    with hub.write(boss) as call:
        tasks.cancel_full(call, leaf, strict=False)
    assert states_of(hub, top, middle, leaf) == ["CANCELED", "CLOSED", "CANCELED"]


def test_a_task_that_is_its_own_ancestor_does_not_hang_the_hub(hub, boss):
    one, two = made(hub, boss), made(hub, boss)
    with hub.write(boss) as call:
        call.tx.execute("UPDATE task SET parent = :two WHERE id = :one", {"one": one, "two": two})
        call.tx.execute("UPDATE task SET parent = :one WHERE id = :two", {"one": one, "two": two})
        assert set(tasks.descendants(call, one)) == {str(one), str(two)}
        tasks.cancel_full(call, one, strict=False)
    assert states_of(hub, one, two) == ["CANCELED", "CANCELED"]


def test_no_move_that_the_table_does_not_know(hub, boss):
    task_id = made(hub, boss)
    with hub.write(boss) as call:
        for to in ("CLOSED", "FAILED"):
            with pytest.raises(GenericError, match="Invalid task state transition"):
                states.move(call.tx, states.TASK, task_id, to)
        tasks.cancel(call, task_id)
        for to in koji.TASK_STATES:
            with pytest.raises(GenericError):
                states.move(call.tx, states.TASK, task_id, to)


@pytest.mark.parametrize("machine", [states.TASK, states.BUILD, states.REPO], ids=lambda each: each.noun)
def test_the_tables_of_moves_know_every_state(machine):
    names = set(machine.numbers)
    assert set(machine.moves) == names
    assert {to for targets in machine.moves.values() for to in targets} <= names


def test_a_waiting_parent_is_alerted_when_a_subtask_ends(hub, boss, builders):
    host = builders[0]
    parent = opened(hub, boss, host)
    with hub.write(host) as call:
        child = tasks.make(call, "sleep", [1], parent=parent)
        tasks.open(call, child)
        waiting.begin(call, parent, [child])
        assert not any(row.get("alert") for row in waiting.on_host(call))
        tasks.fail(call, child, tasks.encode_fault(1000, "no"))
        assert [row["id"] for row in waiting.on_host(call) if row.get("alert")] == [parent]
        assert waiting.look(call, parent) == [[child], []]
        assert waiting.look(call, parent) == [[], []]


def test_a_failed_subtask_comes_as_its_own_kind_of_error(hub, boss, builders):
    host = builders[0]
    parent = opened(hub, boss, host)
    with hub.write(host) as call:
        child = tasks.make(call, "sleep", [1], parent=parent)
        tasks.open(call, child)
        tasks.fail(call, child, tasks.encode_fault(koji.BuildError.faultCode, "no luck"))
        with pytest.raises(koji.BuildError, match="no luck"):
            waiting.results(call, parent, [child])


def test_the_same_label_is_the_same_subtask(hub, boss, builders):
    host = builders[0]
    parent = opened(hub, boss, host)
    with hub.write(host) as call:
        one = submissions.make_subtask(call, "sleep", [1], parent, {"label": "x"})
        assert submissions.make_subtask(call, "sleep", [2], parent, {"label": "x"}) == one
        assert submissions.make_subtask(call, "sleep", [2], parent, {"label": "y"}) != one


def test_policies_choose_channel_and_priority(hub, boss):
    hub.settings.koji.policy = {
        "channel": "method sleep :: use createrepo\nall :: use default",
        "priority": "method sleep :: adjust -3\nmethod build :: set 4\nall :: stay",
    }
    with hub.write(boss) as call:
        asleep = tasks.get(call, tasks.make(call, "sleep", [1]))
        built = tasks.get(call, submissions.build(call, "git://x/y#z", None))
        assert asleep["channel_id"] == placement.enabled_channel(call, "createrepo")
        assert (asleep["priority"], built["priority"]) == (17, 4)


def test_a_policy_that_says_nonsense_refuses_the_task(hub, boss):
    for name in ("channel", "priority"):
        hub.settings.koji.policy = {name: "all :: whatever"}
        with hub.write(boss) as call, pytest.raises(GenericError, match=f"invalid {name} policy"):
            tasks.make(call, "sleep", [1])


def test_filters_of_listings_are_values_never_sql(hub, alice):
    made(hub, alice)
    with hub.read() as call:
        for opts in ({"owner": "1 OR 1=1"}, {"state": "0"}, {"arch": "noarch"}, {"createdAfter": "soon"}):
            with pytest.raises(ParameterError):
                tasklists.listed(call, opts)
        assert tasklists.listed(call, {"method": "x' OR '1'='1"}) == []
        assert len(tasklists.listed(call, {"state": [0], "owner": alice.user_id})) == 1


def test_a_cancelled_task_takes_its_unfinished_build_along(hub, boss, builders):
    host = builders[0]
    task_id = opened(hub, boss, host)
    with hub.write(host) as call:
        data = {"name": "bash", "version": "1", "release": "1", "epoch": None, "task_id": task_id}
        build_id = imports.new_build(
            call, {**data, "state": koji.BUILD_STATES["BUILDING"], "completion_time": None, "owner": boss.user_id}
        )
    with hub.write(boss) as call:
        tasks.cancel(call, task_id)
        assert states.state(call.tx, states.BUILD, build_id) == "CANCELED"
