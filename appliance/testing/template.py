"""The state that hubs for tests begin with: made once a version, kept in the user's cache, copied for each."""

import hashlib
import logging
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from appliance import __version__
from appliance.db.schema import MIGRATIONS
from appliance.hub import bootstrap, state
from appliance.hub.hub import Hub

log = logging.getLogger(__name__)

PEOPLE = {"admin": "adminpw", "user": "userpw", "builder": "builderpw"}
CHROOTS = ("fedora-rawhide-x86_64", "epel-9-x86_64")
_ROOT = Path(__file__).resolve().parents[1]
_MAKERS = (_ROOT / "hub", _ROOT / "db", _ROOT / "testing")
_BASE = (
    "".join(
        f"""
[[user]]
name = "{name}"
password = "{PEOPLE[name]}"
permissions = [{'"admin"' if name == "admin" else ""}]
api_login = "{name}-login"
api_token = "{name}-token"
"""
        for name in ("admin", "user")
    )
    + """
[[host]]
name = "builder"
password = "builderpw"
arches = ["x86_64", "i686", "aarch64", "noarch"]
channels = ["default", "createrepo", "maven", "image", "livemedia", "appliance", "livecd"]
"""
)


def copied(target: Path, files: tuple[Path, ...], chroots: tuple[str, ...]) -> None:
    """Make TARGET a state directory with the three people, CHROOTS, and what the bootstrap FILES say."""
    texts = (
        _BASE + "".join(f'[[chroot]]\nname = "{name}"\ninstall = ["bash"]\n' for name in chroots),
        *map(Path.read_text, files),
    )
    shutil.copytree(_template(texts), target)


@cache
def _template(texts: tuple[str, ...]) -> Path:
    place = _room() / _key(texts)
    if not place.exists():
        _make(place, texts)
    return place


def _room() -> Path:
    """The user's cache; where that can't be written, a directory of the temporary ones."""
    room = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "appliance" / "testing"
    try:
        room.mkdir(parents=True, exist_ok=True)
        if os.access(room, os.W_OK):
            return room
    except OSError as error:
        log.info("no cache in %s: %s", room, error)
    return Path(tempfile.mkdtemp(prefix="appliance-templates-"))


def _key(texts: tuple[str, ...]) -> str:
    """Another one for each version of what makes a state, and for other bootstrap files."""
    sources = [*MIGRATIONS.iterdir(), *(path for maker in _MAKERS for path in maker.rglob("*.py"))]
    found = [f"{path.name} {path.stat().st_mtime_ns}" for path in sorted(sources) if path.is_file()]
    told = "\0".join([__version__, *found, *texts])
    return f"{__version__}-{hashlib.sha256(told.encode()).hexdigest()[:20]}"


def _make(place: Path, texts: tuple[str, ...]) -> None:
    """Make a template beside and rename it: several processes may want it at the same time."""
    room = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    try:
        state.init(room / "state", empty=True)
        hub = state.open_hub(room / "state")
        for number, text in enumerate(texts):
            _apply(hub, room / f"{number}.toml", text)
        hub.close()
        (room / "state").rename(place)
    except OSError:
        if not place.exists():
            raise
    finally:
        shutil.rmtree(room)


def _apply(hub: Hub, path: Path, text: str) -> None:
    path.write_text(text)
    bootstrap.apply(hub, path)
