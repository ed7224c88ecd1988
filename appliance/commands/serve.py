"""appliance serve: the one process, until SIGTERM."""

import argparse
import signal
import threading

from appliance import settings
from appliance.commands import Subcommands
from appliance.errors import ConfigurationError


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("serve", help="serve until SIGTERM")
    command.add_argument("--listen", type=_place, metavar="HOST:PORT")
    command.add_argument("--no-builder", action="store_true", help="leave the local builder idle")
    command.add_argument(
        "--builder", choices=("auto", "mock", "overlay", "simulated"), help="what builds (default: the settings')"
    )
    command.set_defaults(run=run)


def _place(text: str) -> str:
    try:
        settings.endpoint(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be {error}, not {text!r}") from None
    return text


def run(args: argparse.Namespace) -> None:
    from appliance import memory, notify
    from appliance.app import Appliance
    from appliance.hub import handing_in, state

    memory.be_frugal()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    hub = state.open_hub(args.state, args.config)
    _choose_builder(hub.settings.builder, args.builder)
    served = Appliance(hub, args.listen, builder=not args.no_builder)
    signal.signal(handing_in.WAKE, lambda *_: served.hub.bell.ring("tasks", "repos"))
    served.start()
    print(f"serving {served.url}", flush=True)
    notify.tell("READY=1")
    while not stopping.wait(notify.pulse()):
        if served.answers():
            notify.tell("WATCHDOG=1")
    notify.tell("STOPPING=1")
    served.stop()


def _choose_builder(known: "settings.Builder", asked: str | None) -> None:
    """Take the builder that was asked for; one that builds nothing is never had by a setting alone."""
    known.kind = asked or known.kind
    if known.kind == "simulated" and asked is None:
        raise ConfigurationError("the simulated builder builds nothing; ask for it with: serve --builder simulated")
