"""appliance rebuild --verify: builds again in the same buildroot and says what came out otherwise."""

import argparse

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("rebuild", help="build again in the same buildroot, and compare")
    command.add_argument("--verify", action="store_true", required=True, help="compare; nothing is kept")
    command.add_argument("build", help="a build's NVR or id")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from appliance.builder import reproduction
    from appliance.hub import state

    hub = state.open_hub(args.state, args.config)
    differences = 0
    with hub.read() as call:
        info = int(args.build) if args.build.isdigit() else args.build
        for part in reproduction.parts(call, info):
            found = reproduction.verify(call, part)
            differences += bool(found)
            print(f"{part.arch}: {found or f'the same, {len(part.rpms)} RPMs'}", flush=True)
    hub.close()
    return 1 if differences else 0
