"""Where a Copr build's source package comes from: a verb for each type of source."""

import json
import shutil
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from appliance.builder import fetch
from appliance.builder.steps import Start, Work
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.paths import component, inside

Source = Path | Start
Maker = Callable[[Work, Row, Row, Path], Source]

MAKERS: dict[str, Maker] = {}


def makes(kind: str) -> Callable[[Maker], Maker]:
    """Register what obtains the source packages of builds of KIND."""

    def register(maker: Maker) -> Maker:
        MAKERS[kind] = maker
        return maker

    return register


def obtain(work: Work, build: Row, place: Path) -> Source:
    """The source package in PLACE, or the job that makes it there; called again when that job has ended."""
    maker = MAKERS.get(build["source_type"])
    if maker is None:
        raise GenericError(f"sources of type {build['source_type']} cannot be built here")
    return maker(work, build, json.loads(build["source_json"]), place)


@makes("upload")
def uploaded(work: Work, build: Row, source: Row, place: Path) -> Source:
    """The file that the client sent."""
    name = component(source["pkg"])
    target = place / name
    if not target.exists():
        shutil.copyfile(inside(work.hub.paths.submitted, source["tmp"], name), target)
    return target


@makes("link")
def linked(work: Work, build: Row, source: Row, place: Path) -> Source:
    """The file at the URL that the client named."""
    url = source["url"]
    name = component(Path(urllib.parse.unquote(urllib.parse.urlsplit(url).path)).name)
    target = place / name
    if not target.exists():
        fetch.download(url, target, work.hub.settings.copr)
    return target
