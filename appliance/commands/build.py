"""appliance build: hands a set of source packages to the hub, which finds out in which order to build them."""

import argparse
import time
from pathlib import Path

from appliance.commands import Subcommands

_LOOK = 0.25  # seconds between looks at a task that another process works on


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("build", help="build source packages for a target, in the order that they need")
    command.add_argument("target")
    command.add_argument("srpms", metavar="SRPM", nargs="+", type=Path)
    command.add_argument("--nowait", action="store_true", help="do not wait for the builds to end")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from appliance.hub import handing_in, state

    hub = state.open_hub(args.state, args.config)
    with hub.write(state.operator(hub)) as call:
        task_id = handing_in.together(call, args.srpms, args.target)
    print(f"task {task_id}", flush=True)
    if not handing_in.wake(hub.paths.lock):
        print("nobody serves this state now; the builds begin when somebody does")
        return 0
    text = ""
    while not args.nowait and not text:
        time.sleep(_LOOK)
        with hub.read() as call:
            text = handing_in.ended(call, task_id)
    hub.close()
    if text:
        print(text)
    return 0 if text in ("", "CLOSED") else 1
