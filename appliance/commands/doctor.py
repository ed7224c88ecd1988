"""appliance doctor: what works and what is missing on this host; exit status 1 if a build could not run."""

import argparse

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("doctor", help="say what works and what is missing on this host")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from appliance import settings
    from appliance.builder import doctor
    from appliance.hub import state
    from appliance.paths import Paths

    made = Paths(args.state).database.exists()
    hub = state.open_hub(args.state, args.config) if made else None
    known = hub.settings if hub else settings.load(args.config or args.state / "appliance.toml")
    able = True
    for finding in doctor.examine(args.state, known, hub):
        able = able and (finding.ok or not finding.vital)
        print(f"{finding.mark:8} {finding.name:10} {finding.text}")
        if not finding.ok and finding.mend:
            print(f"{'':19} -> {finding.mend}")
    if hub:
        hub.close()
    print("builds can run here" if able else "no build could run here")
    return 0 if able else 1
