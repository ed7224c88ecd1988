"""Requests for repositories from asking to being served: failures, options, moments, priorities.

Recorded from a hub that was installed longer ago than what requests may lag behind (an hour).
"""

from tests.koji_more.site import done, failed

REQUEST = ["id", "tag_name", "active", "priority", "min_event", "at_event", "opts", "tries", "task_id", "repo_id"]
REPO = ["id", "tag_id", "state", "opts", "custom_opts", "task_id", "create_event", "begin_event", "end_event"]


def run(h):
    h.builder.host.updateHost(0.0, True)
    tags = {"one": {}, "two": {"repo.auto": True}, "three": {"repo.opts": {"src": True}}, "four": {"repo.lag": 0}}
    for tag, extra in tags.items():
        h.admin.createTag(tag, arches="x86_64", extra=extra)
    h.admin.createTag("child", parent="one", arches="x86_64")
    h.admin.createBuildTarget("tg", "child", "one")
    start = h.admin.getLastEvent()["id"]
    for tag in [*tags, "child"]:
        h.admin.repo.checkRequest(h.user.repo.request(tag)["request"]["id"])
    h.admin.repo.checkQueue()
    queue(h)
    failures(h)
    served(h)
    moments(h, start)
    priorities(h)
    expiry(h)


def queue(h):
    h.admin.repo.queryQueue([], REQUEST, {"order": "id"})
    h.admin.repo.query([], REPO, {"order": "id"})


def task_of(h, tag):
    return h.admin.repo.queryQueue([["tag_name", tag]], ["id", "task_id"], {"order": "-id"})[0]["task_id"]


def opened(h, task):
    h.admin.assignTask(task, "kojibuilder.local")
    h.builder.host.openTask(task)


def serve(h, tag, **options):
    task = task_of(h, tag)
    opened(h, task)
    repo = h.builder.host.repoInit(tag, task_id=task, **options)
    h.upload(h.builder, b"md", "r/x", "repomd.xml")
    h.builder.host.repoDone(repo[0], {"x86_64": ["r/x", ["repomd.xml"]]})
    h.builder.host.closeTask(task, done(1))
    h.admin.repo.get(tag)
    h.user.repo.request(tag)


def failures(h):
    task = task_of(h, "two")
    opened(h, task)
    h.builder.host.failTask(task, failed(1005, "x"))
    for _ in range(4):
        h.admin.repo.checkQueue()
        queue(h)
        h.admin.cancelTask(task_of(h, "two"))
    h.admin.repo.checkQueue()
    queue(h)
    h.user.repo.request("two")


def served(h):
    serve(h, "one")
    serve(h, "three", opts={"src": True})
    for opts in (None, {"src": True}, {"src": False}, {"debuginfo": True}):
        h.admin.repo.get("three", opts=opts)
        h.user.repo.request("three", opts=opts)
    queue(h)


def moments(h, start):
    for _ in range(2):
        h.user.repo.request("one", at_event=start)
    h.admin.repo.checkQueue()
    serve(h, "one", event=start)
    h.admin.repo.get("one", at_event=start)
    h.admin.packageListAdd("one", "alpha", owner="kojiuser")
    changed = h.admin.getLastEvent()["id"]
    h.admin.repo.get("one", min_event=changed)
    h.admin.repo.get("child")
    h.admin.repo.updateEndEvents()
    for tag, event in (("one", "last"), ("one", changed), ("child", "last"), ("one", 1), ("one", 99999)):
        h.user.repo.request(tag, min_event=event)
    h.admin.repo.checkQueue()
    queue(h)


def priorities(h):
    h.admin.repo.autoRequests()
    for who, priority in ((h.user, 1), (h.user, -2), (h.admin, -2), (h.admin, "x")):
        who.repo.request("one", min_event="last", priority=priority)
    for who in (h.user, h.admin):
        who.repo.request("child", min_event="last", force=True)
    queue(h)
    h.admin.listTasks({"method": "newRepo", "decode": True}, {"order": "id"})


def expiry(h):
    for repo in h.admin.repo.query([], ["id"], {"order": "id"}):
        h.admin.repoExpire(repo["id"])
        h.admin.repoDelete(repo["id"])
        h.admin.repo.setState(repo["id"], 4)
        h.admin.repo.setState(repo["id"], 1)
    h.admin.deleteTag("four")
    h.admin.repo.checkQueue()
    queue(h)
    h.admin.repo.get("one")
