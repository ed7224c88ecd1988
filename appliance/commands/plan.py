"""appliance plan: shows how the hub differs from what a TOML file wants; exit status 2 if it does."""

import argparse
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("plan", help="show how the hub differs from what a file wants")
    command.add_argument("file", type=Path)
    command.add_argument("--prune", action="store_true", help="show the removal of what the file does not have, too")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from appliance.hub import state, wanted

    hub = state.open_hub(args.state, args.config)
    lines = wanted.plan(hub, args.file, args.prune)
    hub.close()
    print("\n".join(lines) if lines else "nothing to do")
    return 2 if lines else 0
