"""appliance init: makes the state directory."""

import argparse
import logging
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("init", help="make the state directory")
    command.add_argument("--empty", action="store_true", help="no admin, no host, no chroots")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from appliance.hub import state

    logging.getLogger("peewee.migrations").setLevel(logging.WARNING)  # they are news only to a database that was there
    lines = state.init(args.state, args.config, args.empty)
    if not args.empty:
        _furnish(args.state, args.config)
    for line in lines:
        print(line)


def _furnish(directory: Path, config: Path | None) -> None:
    """Add what this machine has: the local build host, and the chroots of the host's mock configurations."""
    from appliance.builder import local
    from appliance.hub import mock_chroots, state

    hub = state.open_hub(directory, config)
    with hub.write(state.operator(hub)) as call:
        local.register(call)
        for name, path in local.mock_configurations():
            mock_chroots.bring_about(call, {"name": name, "config": str(path)})
    hub.close()
