"""appliance restore: makes a state directory out of a backup."""

import argparse
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("restore", help="make the state directory out of a backup")
    command.add_argument("backup", type=Path, help="a backup, or a directory of them: the newest is taken")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from appliance.hub import backup

    backup.restore(args.backup, args.state)
    print(f"{args.state} is restored; check it with: appliance --state {args.state} fsck")
