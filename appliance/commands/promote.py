"""appliance promote: makes a Copr build one of Koji's, in a tag; asks the server as copr-cli does."""

import argparse
import json
from pathlib import Path

from appliance.commands import Subcommands


def add(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("promote", help="bring a Copr build into a Koji tag")
    command.add_argument("build", type=int, help="the Copr build's number")
    command.add_argument("tag", help="the Koji tag")
    command.add_argument("--chroot", action="append", help="take this chroot's packages alone (may be repeated)")
    command.add_argument(
        "--client", type=Path, default=Path("~/.config/copr"), help="copr-cli's configuration (%(default)s)"
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    body = {"tag": args.tag, **({"chroots": args.chroot} if args.chroot else {})}
    found = _ask(args.client.expanduser(), f"build/promote/{args.build}", body)
    print(f"{found['nvr']} is build {found['build_id']}; task {found['task_id']} tags it")


def _ask(client: Path, path: str, body: dict[str, object]) -> dict[str, object]:
    """The API's answer. Raises ValueError with what it says if it refuses."""
    import base64
    import configparser
    import urllib.error
    import urllib.request

    config = configparser.ConfigParser(interpolation=None)
    config.read_string(client.read_text())
    said = config["copr-cli"]
    token = base64.b64encode(f"{said['login']}:{said['token']}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    url = f"{said['copr_url'].rstrip('/')}/api_3/{path}"
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{client}: copr_url must be an http or https address")
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        raise ValueError(json.load(error).get("error", str(error))) from None
