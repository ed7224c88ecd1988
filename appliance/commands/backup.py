"""appliance backup: one consistent copy of the state, made while it is served."""

import argparse
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("backup", help="copy the state into a directory of DIR, while it is served")
    command.add_argument("directory", metavar="DIR", type=Path)
    command.add_argument("--keep", type=int, default=7, help="how many backups stay in DIR (default: 7)")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from appliance.hub import backup, state

    hub = state.open_hub(args.state, args.config)
    print(backup.make(hub, args.directory, max(1, args.keep)))
    hub.close()
