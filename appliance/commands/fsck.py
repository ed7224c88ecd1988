"""appliance fsck: whether the state is whole, files against rows both ways; exit status 1 if it is not."""

import argparse
import fcntl
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("fsck", help="check files against rows, look for what jobs left")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from appliance.builder import remains
    from appliance.hub import fsck, state

    hub = state.open_hub(args.state, args.config)
    said = hub.database.check()
    found = [] if said == "ok" else [f"{hub.paths.database}: {said}"]
    with hub.read() as call:
        found += [*fsck.examine(call, served(hub.paths.lock)), *remains.examine(call)]
    hub.close()
    for line in found:
        print(line)
    print(f"{len(found)} problems" if found else "all is well")
    return 1 if found else 0


def served(lock: Path) -> bool:
    """Whether a process serves the state now."""
    if not lock.exists():
        return False
    with lock.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
