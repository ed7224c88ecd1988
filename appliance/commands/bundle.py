"""appliance bundle: carries a tag or a project, with all it takes to build it again, to where no network is."""

import argparse
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("bundle", help="carry a tag or a project to a machine without network")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    export = actions.add_parser("export", help="write a tag or a project into one file")
    what = export.add_mutually_exclusive_group(required=True)
    what.add_argument("--tag", help="a Koji tag, with its targets and the tags that these build from")
    what.add_argument("--project", help="a Copr project, OWNER/NAME")
    export.add_argument("file", type=Path)
    export.set_defaults(run=run_export)
    import_ = actions.add_parser("import", help="bring in what a file holds")
    import_.add_argument("file", type=Path)
    import_.set_defaults(run=run_import)


def run_export(args: argparse.Namespace) -> None:
    from appliance.builder import bundle_file
    from appliance.hub import bundle_projects, bundles, state

    hub = state.open_hub(args.state, args.config)
    with hub.read() as call:
        found = bundles.of_tag(call, args.tag) if args.tag else bundle_projects.of_project(call, args.project)
    said = bundle_file.write(hub, found, args.file)
    size = args.file.stat().st_size / 1e6
    roots = sum(map(len, said["roots"].values()))
    print(f"{args.file}: {len(said['items'])} builds, {roots} packages of buildroots, {size:.1f} MB")
    hub.close()


def run_import(args: argparse.Namespace) -> None:
    from appliance.hub import bundle_import, bundle_projects, handing_in, state

    hub = state.open_hub(args.state, args.config)
    with bundle_import.opened(hub, args.file) as bundle:
        bring = {"tag": bundle_import.tag, "project": bundle_projects.bring_in}[bundle.said["kind"]]
        for line in bring(hub, bundle):
            print(line)
    handing_in.wake(hub.paths.lock)
    hub.close()
