"""appliance reproduce: writes the mock configuration with which anybody repeats a build."""

import argparse
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("reproduce", help="write the mock configuration that repeats a build")
    command.add_argument("build", help="a build's NVR or id")
    command.add_argument("--output", type=Path, default=Path("."), help="the directory to write to")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from appliance.builder import reproduction
    from appliance.hub import builds, state

    hub = state.open_hub(args.state, args.config)
    with hub.read() as call:
        info = int(args.build) if args.build.isdigit() else args.build
        name = builds.require(call, info)["nvr"]
        for part in reproduction.parts(call, info):
            path = args.output / f"{name}.{part.arch}.cfg"
            path.write_text(reproduction.configuration(part))
            print(path)
    hub.close()
