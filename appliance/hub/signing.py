"""Keys of projects: each has one before its first build ends; packages and repository indexes are signed with it."""

import shutil
import subprocess
import threading
from pathlib import Path

import gnupg

from appliance import durable
from appliance.db.connection import Row
from appliance.db.models.copr import Project
from appliance.errors import GenericError
from appliance.hub import copr_results
from appliance.hub.hub import Hub

PUBLIC = copr_results.KEYS
_KEY = {"key_type": "RSA", "key_length": 3072, "expire_date": 0, "no_protection": True}
_making = threading.Lock()


def fingerprint(hub: Hub, project: Row) -> str:
    """The fingerprint of a project's key, which is made and published when first asked for.

    PROJECT has `id`, `ownername`, `name`.
    """
    with _making:
        found = _known(hub, project["id"])
        if found is None:
            found = _make(hub, project)
    return found


def _known(hub: Hub, project_id: int) -> str | None:
    with hub.read() as call:
        found = call.tx.value("SELECT key_fingerprint FROM project WHERE id = :id", {"id": project_id})
    return None if found is None else str(found)


def _make(hub: Hub, project: Row) -> str:
    keyring = _keyring(hub)
    name = f"{project['ownername']}_{project['name']} (None)"
    mail = f"{project['ownername']}#{project['name']}@copr.localhost"
    made = keyring.gen_key(keyring.gen_key_input(name_real=name, name_email=mail, **_KEY))
    if not made.fingerprint:
        raise GenericError(f"gpg could not make a key for {project['ownername']}/{project['name']}: {made.status}")
    for path in _home(hub).rglob("*"):
        if path.is_file():
            durable.sync(path)
    with hub.write() as call:
        call.tx.update(Project, {"key_fingerprint": made.fingerprint}, id=project["id"])
    return str(made.fingerprint)


def publish(hub: Hub, key: str, ownername: str, dirname: str) -> None:
    """Put the public half of a key where the .repo files of a directory say that it is.

    In a fork it stands before the keys of the projects that its first packages are from.
    """
    with hub.read() as call:
        path = copr_results.directory(call, ownername, dirname, PUBLIC)
    with _making:
        held = path.read_text() if path.exists() else ""
        own = str(_keyring(hub).export_keys(key))
        if own in held:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.write_whole(path, own + held)


def sign_packages(hub: Hub, key: str, packages: list[Path]) -> None:
    """Sign RPM files in place. Raises GenericError with what rpmsign said."""
    if not shutil.which("rpmsign"):
        raise GenericError("packages cannot be signed: rpmsign is not installed on this host")
    macros = {"_gpg_name": key, "_gpg_path": str(_home(hub)), "__gpg": shutil.which("gpg") or "gpg"}
    defined = [word for name, value in macros.items() for word in ("--define", f"{name} {value}")]
    command = ["rpmsign", *defined, "--addsign", "--", *map(str, packages)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise GenericError(f"packages could not be signed: {done.stderr.strip() or done.stdout.strip()}")


def sign(hub: Hub, key: str, content: bytes) -> bytes:
    """An armoured detached signature."""
    return bytes(_keyring(hub).sign(content, keyid=key, detach=True).data)


def close(hub: Hub) -> None:
    """End the agent that gpg leaves running, if there was any need for one."""
    home = _home(hub)
    if home.exists() and shutil.which("gpgconf"):
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True)


def _home(hub: Hub) -> Path:
    return hub.paths.keys / "gnupg"


def _keyring(hub: Hub) -> gnupg.GPG:
    home = _home(hub)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return gnupg.GPG(gnupghome=str(home))
