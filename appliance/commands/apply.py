"""appliance apply: brings the hub to what a TOML file wants, in one transaction."""

import argparse
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("apply", help="bring the hub to what a file wants, and say what changed")
    command.add_argument("file", type=Path)
    command.add_argument("--prune", action="store_true", help="remove what the file does not have, too")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from appliance.hub import state, wanted

    hub = state.open_hub(args.state, args.config)
    for line in wanted.apply(hub, args.file, args.prune):
        print(line)
    hub.close()
