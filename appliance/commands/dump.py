"""appliance dump: the living hub as a bootstrap file, for git."""

import argparse

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("dump", help="write the hub as a file that plan and apply take; no secrets")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from appliance.hub import state, wanted

    hub = state.open_hub(args.state, args.config)
    print(wanted.dump(hub), end="")
    hub.close()
