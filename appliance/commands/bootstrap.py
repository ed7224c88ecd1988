"""appliance bootstrap: brings the hub to what a TOML file says."""

import argparse
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("bootstrap", help="bring users, hosts, chroots, tags, targets to what a file says")
    command.add_argument("file", type=Path)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from appliance.hub import bootstrap, state

    hub = state.open_hub(args.state, args.config)
    for line in bootstrap.apply(hub, args.file):
        print(line)
    hub.close()
