"""Tasks: each verb at each state, by each caller, and what listings and results make of odd questions."""

from tests.koji_more.questions import LISTINGS, USELESS, grid, product
from tests.koji_more.site import done, failed

STATES = ("free", "given", "open", "canceled", "closed", "failed")
TIMES = [1.5, 4000000000, "2001-01-01", "2099-01-01 00:00:00", "x", None, "", [], True, 2**40]


def run(h):
    h.builder.host.updateHost(0.5, True)
    tasks = each_state(h)
    looks(h, tasks)
    listings(h)
    makings(h)
    for task in tasks.values():
        verbs(h, task)
    answers(h)
    output(h)


def each_state(h):
    tasks = {state: h.admin.makeTask("sleep", [state]) for state in STATES}
    for state in ("given", "open", "closed", "failed"):
        h.admin.assignTask(tasks[state], "kojibuilder.local")
    for state in ("open", "closed", "failed"):
        h.builder.host.openTask(tasks[state])
    h.builder.host.closeTask(tasks["closed"], done({"a": [1, None]}))
    h.builder.host.failTask(tasks["failed"], failed(1005, "it broke"))
    h.admin.cancelTask(tasks["canceled"])
    h.builder.host.subtask("sleep", [1], tasks["open"], label="below")
    return tasks


def looks(h, tasks):
    numbers = [*tasks.values(), str(tasks["free"]), *USELESS]
    for method, name in (("getTaskInfo", "task_id"), ("getTaskChildren", "task_id"), ("getTaskDescendents", "task_id")):
        grid(h.anon, method, {name: tasks["open"]}, **{name: numbers}, request=[True])
    for method in ("getTaskRequest", "taskFinished", "getTaskResult"):
        grid(h.anon, method, {"taskId": tasks["closed"]}, taskId=numbers)
    product(h.admin, "getTaskResult", taskId=[*tasks.values()], raise_fault=[False])
    product(h.admin, "getTaskInfo", task_id=[[*tasks.values()], [99999], [], ["x"]], strict=[True, False])


def listings(h):
    grid(
        h.admin,
        "listTasks",
        {},
        opts=[{}, [], "x", {"unheard": 1}],
        queryOpts=[each for each in LISTINGS if each and "asList" not in each],
    )
    wanted = {
        "arch": ["noarch", ["noarch", "x86_64"], [], None, 7],
        "state": [0, [0], [1, 5], [], None, ["OPEN"], [0, "x"]],
        "owner": [1, [1, 2], None, [], "kojiadmin"],
        "host_id": [1, None, [], [None]],
        "channel_id": [1, [1], "default"],
        "parent": [3, None, [3], []],
        "method": ["sleep", "no-such", None, 7],
    }
    for name, values in wanted.items():
        for value in values:
            h.admin.listTasks({name: value}, {"countOnly": True})
            h.admin.listTasks({"not_" + name: value}, {"countOnly": True})
    for name in ("createdBefore", "startedAfter", "completeBefore", "completedAfter"):
        for value in TIMES:
            h.admin.listTasks({name: value}, {"countOnly": True})
    for column in (
        "priority,id",
        "-state,id",
        "task.id",
        "users.name,id",
        "label,-id",
        "owner_name,id",
        "nosuch",
        "id desc",
    ):
        h.admin.listTasks({"decode": True}, {"order": column, "limit": 2})


def makings(h):
    lists = ([], [1], None, 5)
    for arglist in lists:
        h.admin.makeTask("sleep", arglist)
        h.admin.makeTask(7, arglist)
    odd = {
        "parent": [99999, "x", None, 1],
        "label": ["l", 7, None],
        "priority": [-5, "7", "x", None, 1.5],
        "arch": ["", None, "x y", "a,b", 7],
        "channel": ["vm", "no", None, "", 7, {"name": "vm"}],
        "assign": ["kojibuilder.local", 1, "no", None],
        "unheard": [1],
    }
    for name, values in odd.items():
        for value in values:
            h.admin.getTaskInfo(h.admin.makeTask("sleep", [1], **{name: value}))


def verbs(h, task):
    for session in (h.user, h.anon, h.builder, h.admin):
        for verb in ("freeTask", "resubmitTask", "cancelTaskChildren"):
            getattr(session, verb)(task)
        session.setTaskPriority(task, 5)
        session.assignTask(task, "kojibuilder.local")
    for weight in (1.25, "2", -1, None, "x"):
        h.builder.host.setTaskWeight(task, weight)
    for below in ([99999], [], None, "x"):
        h.builder.host.taskSetWait(task, below)
        h.builder.host.taskWaitResults(task, below)
    h.builder.host.taskWait(task)
    h.builder.host.subtask("sleep", [1], task)
    h.builder.host.refuseTask(task, msg="no")
    h.admin.getTaskInfo(task)
    h.admin.cancelTaskFull(task)
    h.admin.cancelTask(task)
    h.admin.getTaskInfo(task)


def answers(h):
    for document in ("", "x", "<a/>", done(1) + "x", failed(5, "f"), None, 5):
        task = h.admin.makeTask("sleep", [1])
        h.admin.assignTask(task, "kojibuilder.local")
        h.builder.host.openTask(task)
        h.builder.host.closeTask(task, document)
        h.admin.getTaskInfo(task)
        h.admin.getTaskResult(task)
    for number in USELESS:
        for verb in ("cancelTask", "freeTask", "cancelTaskFull", "resubmitTask"):
            getattr(h.admin, verb)(number)
        for verb in ("openTask", "refuseTask"):
            getattr(h.builder.host, verb)(number)
        h.builder.host.setTaskWeight(number, 1)
        h.builder.host.freeTasks([number])


def output(h):
    task = h.admin.makeTask("sleep", [1])
    h.admin.assignTask(task, "kojibuilder.local")
    h.builder.host.openTask(task)
    h.upload(h.builder, b"0123456789", f"tasks/{task % 10000}/{task}", "build.log")
    product(h.anon, "listTaskOutput", taskID=[task, 99999], stat=[True, False], all_volumes=[True, False])
    names = ["build.log", "no.log", "../x", "/etc/passwd", "", "x" * 300]
    parts = {"offset": [3, -4, 100, None, "x"], "size": [0, 4, 100, "x", None], "volume": ["DEFAULT", "second", "no"]}
    grid(h.anon, "downloadTaskOutput", {"taskID": task, "fileName": "build.log"}, fileName=names, **parts)
