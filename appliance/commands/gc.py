"""appliance gc: takes away what has outlived its period, or says what would go and why."""

import argparse

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("gc", help="take away what has outlived its period and nothing refers to")
    command.add_argument("--dry-run", action="store_true", help="only say what would go, and why")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from appliance.builder import keeping
    from appliance.hub import handing_in, state

    hub = state.open_hub(args.state, args.config)
    found = keeping.plan(hub)
    freed = sum(waste.size for waste in found)
    gone = found if args.dry_run else keeping.sweep(hub)
    for waste in gone:
        print(f"{waste.kind} {waste.name}: {waste.why}")
    verb = "would go" if args.dry_run else "gone"
    print(f"{len(gone)} {'thing' if len(gone) == 1 else 'things'} {verb}, about {freed / 1e6:.1f} MB of disk")
    handing_in.wake(hub.paths.lock)
    hub.close()
