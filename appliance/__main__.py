"""The command line: appliance --state DIR COMMAND."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance import __version__, commands
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
    commands.add_all(parser.add_subparsers(required=True, metavar="COMMAND"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
