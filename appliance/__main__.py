"""The command line: appliance --state DIR COMMAND."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from appliance import __version__, notify
from appliance.errors import GenericError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    args = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        return int(args.run(args) or 0)
    except (GenericError, ValueError, OSError) as error:
        print(f"appliance: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="appliance", description="A self-contained RPM build appliance.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--state", type=Path, default=Path("/var/lib/appliance"), help="the state directory")
    parser.add_argument("--config", type=Path, help="settings (default: DIR/appliance.toml)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_init(commands)
    _add_bootstrap(commands)
    _add_serve(commands)
    return parser


def _add_init(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("init", help="make the state directory")
    command.add_argument("--empty", action="store_true", help="no admin, no host, no chroots")
    command.set_defaults(run=_init)


def _add_bootstrap(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("bootstrap", help="bring users, hosts, chroots, tags, targets to what a file says")
    command.add_argument("file", type=Path)
    command.set_defaults(run=_bootstrap)


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("serve", help="serve until SIGTERM")
    command.add_argument("--listen", metavar="HOST:PORT")
    command.add_argument("--no-builder", action="store_true", help="leave the local builder idle")
    command.set_defaults(run=_serve)


def _init(args: argparse.Namespace) -> None:
    from appliance.hub import state

    for line in state.init(args.state, args.config, args.empty):
        print(line)


def _bootstrap(args: argparse.Namespace) -> None:
    from appliance.hub import bootstrap, state

    hub = state.open_hub(args.state, args.config)
    for line in bootstrap.apply(hub, args.file):
        print(line)
    hub.close()


def _serve(args: argparse.Namespace) -> None:
    from appliance.app import Appliance
    from appliance.hub import state

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    served = Appliance(state.open_hub(args.state, args.config), args.listen, builder=not args.no_builder)
    served.start()
    print(f"serving {served.url}", flush=True)
    notify.tell("READY=1")
    while not stopping.wait(notify.pulse()):
        if served.answers():
            notify.tell("WATCHDOG=1")
    notify.tell("STOPPING=1")
    served.stop()


if __name__ == "__main__":
    sys.exit(main())
