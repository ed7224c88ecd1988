"""How a task proceeds: a handler looks at the rows and says what comes next; after a restart it says the same.

A handler is a function of a `Work`. It is called when its task is opened, whenever something that it may wait
for has changed, and when its job has ended; it never blocks on another task. It answers with

- `Finished(result)`: the task is closed with that result;
- `Start(spec)`: a job process is started, and the handler called again with `work.outcome` when it has ended;
- `Later(moment)`: the handler is called again then at the latest;
- `None`: nothing can be done until a child or a repository changes.

Whatever it raises fails the task with that fault.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji
from koji.tasks import parse_task_params

from appliance.builder.outcome import Outcome
from appliance.builder.spec import JobSpec
from appliance.db.connection import Row
from appliance.hub import tasks
from appliance.hub.hub import Call, Hub, Session

UNFINISHED = (koji.TASK_STATES["FREE"], koji.TASK_STATES["OPEN"], koji.TASK_STATES["ASSIGNED"])


@dataclass(frozen=True)
class Finished:
    result: Any = None


@dataclass(frozen=True)
class Start:
    """A job to run; OUTPUT is where its logs and results go (default: the task's output directory)."""

    spec: JobSpec
    output: Path | None = None


@dataclass(frozen=True)
class Later:
    """Nothing to do before MOMENT (seconds since the epoch), unless a child or a repository changes."""

    moment: float


Step = Finished | Start | Later | None
Handler = Callable[["Work"], Step]
Subject = Callable[[Call, list[Any]], tuple[str, str] | None]

HANDLERS: dict[str, Handler] = {}
WEIGHTS: dict[str, float] = {}
SIZED: dict[str, Subject] = {}
IMPATIENT: set[str] = set()


def handles(
    *methods: str, weight: float = 0.0, sized: Subject | None = None, impatient: bool = False
) -> Callable[[Handler], Handler]:
    """Register a handler for the tasks of METHODS.

    WEIGHT is their part of the host's capacity while they are open; 0 for those that mostly wait for others,
    so that parents never take the room that their children need. SIZED says from a task's arguments which
    package it builds for which arch: what that took before is then its weight. IMPATIENT ones go on whenever
    one of their children has ended; the others, when all have.
    """

    def register(handler: Handler) -> Handler:
        for method in methods:
            HANDLERS[method] = handler
            WEIGHTS[method] = weight
            if sized:
                SIZED[method] = sized
            if impatient:
                IMPATIENT.add(method)
        return handler

    return register


@dataclass
class Work:
    """One open task of the local host, as its handler sees it."""

    hub: Hub
    session: Session
    task: Row
    outcome: Outcome | None = None

    @property
    def id(self) -> int:
        return int(self.task["id"])

    @property
    def started(self) -> float:
        """When the task was opened, in seconds since the epoch."""
        return float(self.task["start_ts"])

    @property
    def arguments(self) -> list[Any]:
        """The task's request, decoded; keyword arguments are a last dict with `__starstar`."""
        return list(self.task["request"])

    def argument(self, index: int, name: str, default: Any = None) -> Any:
        """The argument at a position or of a name, as `koji.tasks` counts and names them."""
        args = self.arguments
        keywords = args.pop() if args and isinstance(args[-1], dict) and args[-1].get("__starstar") else {}
        return args[index] if index < len(args) else keywords.get(name, default)

    @property
    def named(self) -> Row:
        """The task's arguments by name, with Koji's defaults for those that were not given."""
        return dict(parse_task_params(self.task["method"], self.arguments))

    def set_weight(self, weight: float) -> None:
        """Say how heavy the task is."""
        with self.writing() as call:
            tasks.set_weight(call, self.id, weight)

    @contextmanager
    def reading(self) -> Iterator[Call]:
        with self.hub.read(self.session) as call:
            yield call

    @contextmanager
    def writing(self) -> Iterator[Call]:
        with self.hub.write(self.session) as call:
            yield call

    def child(self, label: str) -> Row | None:
        """The child of that label: `id`, `state`, `method`, `arch`."""
        with self.reading() as call:
            return call.tx.row(
                "SELECT id, state, method, arch FROM task WHERE parent = :parent AND label = :label",
                {"parent": self.id, "label": label},
            )

    def spawn(self, label: str, method: str, arglist: list[Any], **options: Any) -> int:
        """Make a child, once: a second call with the same label gives the same child's id."""
        found = self.child(label)
        if found is not None:
            return int(found["id"])
        with self.writing() as call:
            return self.make(call, label, method, arglist, **options)

    def make(self, call: Call, label: str, method: str, arglist: list[Any], **options: Any) -> int:
        """Make a child as part of CALL."""
        options.setdefault("priority", max(0, (self.task["priority"] or koji.PRIO_DEFAULT) - 1))
        return int(tasks.make(call, method, arglist, parent=self.id, label=label, owner=self.task["owner"], **options))

    def await_child(self, label: str) -> Any:
        """The result of a finished child; `None` while it is not finished.

        A failed or canceled child raises its own fault.
        """
        found = self.child(label)
        if found is None or found["state"] in UNFINISHED:
            return None
        with self.reading() as call:
            return tasks.result(call, int(found["id"]))

    def output_dir(self) -> Path:
        """Where the task's logs and results lie, as `koji.PathInfo` expects."""
        return Path(self.hub.paths.topdir.work()) / self.relative()

    def relative(self) -> str:
        return str(self.hub.paths.topdir.taskrelpath(self.id))
