"""Which host gets which task, and what becomes of tasks whose host goes silent."""

import pytest

from appliance.errors import ParameterError
from appliance.hub import hosts, scheduler, submissions, tasks
from appliance.hub.hub import Session


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(hub):
    hub.database.clock = Clock()
    return hub.database.clock


@pytest.fixture
def site(hub, boss, clock):
    """Adds hosts, lets them check in, hands tasks out."""
    return Site(hub, boss)


class Site:
    def __init__(self, hub, boss):
        self.hub, self.boss = hub, boss

    def host(self, name, arches=("x86_64",), channels=("default",), capacity=2.0, ready=True):
        with self.hub.write(self.boss) as call:
            host_id = hosts.create(call, name, list(arches), channels)
            call.tx.execute(
                "UPDATE host_config SET capacity = :capacity WHERE host_id = :id",
                {"capacity": capacity, "id": host_id},
            )
            session = Session(user_id=self.boss.user_id, host_id=host_id)
        self.check_in(session, ready)
        return session

    def check_in(self, session, ready=True, data=None):
        with self.hub.write(session) as call:
            scheduler.check_in(call, 0.0, ready, data)

    def task(self, **opts):
        with self.hub.write(self.boss) as call:
            return tasks.make(call, "sleep", [1], **opts)

    def assign(self):
        with self.hub.write(self.boss) as call:
            return dict(scheduler.assign(call))

    def begin(self, session, task_id):
        with self.hub.write(session) as call:
            return tasks.open(call, task_id)

    def refuse(self, session, task_id, soft=True):
        with self.hub.write(session) as call:
            scheduler.refuse(call, task_id, soft, "no")


def test_tasks_go_where_arch_and_channel_fit(site):
    intel = site.host("intel")
    arm = site.host("arm", ["aarch64"])
    composer = site.host("composer", ["s390x"], ["createrepo"])
    made = {
        site.task(arch="x86_64"): intel,
        site.task(arch="aarch64"): arm,
        site.task(channel="createrepo"): composer,
    }
    stuck = [site.task(arch="ppc64le"), site.task(channel="vm")]
    assert site.assign() == {task_id: session.host_id for task_id, session in made.items()}
    assert not set(stuck) & set(site.assign())


def test_what_comes_first_is_served_first(site):
    site.host("only", capacity=1.0)
    late, urgent = site.task(), site.task(priority=1)
    assert list(site.assign()) == [urgent]
    assert late not in site.assign()


def test_a_host_takes_no_more_than_it_can_carry(site):
    host = site.host("small", capacity=2.0)
    made = [site.task() for _ in range(5)]
    taken = site.assign()
    assert list(taken) == made[:2]
    for task_id in taken:
        site.begin(host, task_id)
    assert site.assign() == {}
    with site.hub.write(host) as call:
        tasks.close(call, made[0], tasks.encode_result(None))
    assert list(site.assign()) == made[2:3]


def test_a_waiting_task_weighs_nothing(site):
    host = site.host("small", capacity=1.0)
    parent, other = site.task(), site.task()
    assert list(site.assign()) == [parent]
    site.begin(host, parent)
    with site.hub.write(host) as call:
        call.tx.execute("UPDATE task SET waiting = TRUE WHERE id = :id", {"id": parent})
    assert list(site.assign()) == [other]


def test_a_host_says_how_many_tasks_it_holds_at_most(site):
    host = site.host("big", capacity=100.0)
    site.check_in(host, data={"maxjobs": 3})
    for _ in range(6):
        site.task()
    assert len(site.assign()) == 3


def test_work_spreads_over_idle_hosts(site):
    hosts_at_hand = {site.host(f"host{n}", capacity=10.0).host_id for n in range(3)}
    for _ in range(3):
        site.task()
    assert set(site.assign().values()) == hosts_at_hand


@pytest.mark.parametrize("spoil", ["not ready", "disabled", "silent", "left the channel", "channel disabled"])
def test_only_living_hosts_get_tasks(site, clock, spoil):
    host = site.host("only", ready=spoil != "not ready")
    with site.hub.write(site.boss) as call:
        if spoil == "disabled":
            call.tx.execute("UPDATE host_config SET enabled = FALSE")
        elif spoil == "left the channel":
            call.tx.execute("UPDATE host_channels SET revoke_event = create_event, revoker_id = creator_id")
        elif spoil == "channel disabled":
            call.tx.execute("UPDATE channels SET enabled = TRUE")
    task_id = site.task()
    if spoil == "channel disabled":
        with site.hub.write(site.boss) as call:
            call.tx.execute("UPDATE channels SET enabled = FALSE")
    if spoil == "silent":
        clock.now += site.hub.settings.scheduler.ready_timeout + 1
    assert site.assign() == {}
    if spoil == "silent":
        site.check_in(host)
        assert list(site.assign()) == [task_id]


def test_a_refused_task_goes_elsewhere_and_comes_back_after_a_while(site, clock):
    picky = site.host("picky")
    task_id = site.task()
    site.assign()
    site.refuse(picky, task_id)
    assert site.assign() == {}
    other = site.host("other", ready=False)
    site.check_in(other)
    assert site.assign() == {task_id: other.host_id}
    site.refuse(other, task_id, soft=False)
    clock.now += site.hub.settings.scheduler.soft_refusal_timeout + 1
    for session in (picky, other):
        site.check_in(session)
    assert site.assign() == {task_id: picky.host_id}


def test_chains_of_uploaded_packages_stay_with_the_local_host(site):
    other, mine = site.host("other"), site.host(hosts.LOCAL)
    with site.hub.write(site.boss) as call:
        uploaded = submissions.chain_build(call, [["up/a-1-1.src.rpm"], ["up/b-1-1.src.rpm"]], "target")
        fetched = submissions.chain_build(call, [["git+https://example.org/a#1"], ["b-1-1"]], "target")
    assert site.assign() == {uploaded: mine.host_id, fetched: other.host_id}


def test_a_task_that_is_not_begun_goes_to_another_host(site, clock):
    slow = site.host("slow")
    task_id = site.task()
    site.assign()
    clock.now += site.hub.settings.scheduler.assign_timeout + 1
    site.check_in(slow)
    quick = site.host("quick")
    assert site.assign() == {task_id: quick.host_id}


def test_a_task_of_a_host_that_is_gone_is_free_again(site, clock):
    gone = site.host("gone")
    task_id = site.task()
    site.assign()
    site.begin(gone, task_id)
    clock.now += site.hub.settings.scheduler.host_timeout + 1
    heir = site.host("heir")
    assert site.assign() == {task_id: heir.host_id}


def test_a_task_given_by_hand_is_left_alone(site, clock):
    site.host("one")
    task_id = site.task()
    with site.hub.write(site.boss) as call:
        assert scheduler.assign_by_hand(call, task_id, "one", override=True)
    clock.now += 10 * site.hub.settings.scheduler.assign_timeout
    site.host("two")
    site.assign()
    assert site.assign() == {}


def test_a_thousand_tasks_that_fit_nobody_hold_nobody_up(site):
    site.host("only")
    with site.hub.write(site.boss) as call:
        for _ in range(1005):
            tasks.make(call, "sleep", [1], arch="s390x", priority=1)
    task_id = site.task()
    assert list(site.assign()) == [task_id]


def test_host_data_must_be_a_dictionary(site):
    host = site.host("one")
    with site.hub.write(host) as call:
        scheduler.set_host_data(call, '{"maxjobs": 2}')
        assert scheduler.host_data(call) == [{"host_id": host.host_id, "data": {"maxjobs": 2}}]
        for wrong in ("[1]", "{", 7, None):
            with pytest.raises(ParameterError, match="dictionary"):
                scheduler.set_host_data(call, wrong)


def test_a_host_that_asks_is_alive_however_long_it_was_idle(site, clock):
    local = site.host("local")
    task_id = site.task()
    clock.now += 10 * site.hub.settings.scheduler.ready_timeout
    with site.hub.write(local) as call:
        assert scheduler.assign(call) == [(task_id, local.host_id)]
