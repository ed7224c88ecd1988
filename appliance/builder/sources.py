"""Where a Copr build's source package comes from: a verb for each type of source."""

import json
import shutil
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from appliance.builder import checkout, fetch, source_fetch, source_jobs, source_scm, source_tools
from appliance.builder.steps import Start, Work
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import host_programs
from appliance.paths import component, inside

Maker = Callable[[Work, Row, Row, Path], Path | Start]


def obtain(work: Work, build: Row, place: Path) -> Path | Start:
    """The source package in PLACE, or the job that makes it there; called again when that job has ended."""
    maker = MAKERS.get(build["source_type"])
    if maker is None:
        raise GenericError(f"sources of type {build['source_type']} cannot be built here")
    source = json.loads(build["source_json"])
    host_programs.for_source(work.hub, build["source_type"], source)
    return maker(work, build, source, place)


def _uploaded(work: Work, build: Row, source: Row, place: Path) -> Path | Start:
    """The file that the client sent."""
    name = component(source["pkg"])
    room = inside(work.hub.paths.submitted, source["tmp"])
    if name.endswith(".spec"):
        bring = ("/bin/cp", "--", f"{checkout.HOME}/{name}", ".")
        return _of_spec(work, build, name, place, bring, fetch_home=str(room))
    target = place / name
    if not target.exists():
        shutil.copyfile(room / name, target)
    return target


def _linked(work: Work, build: Row, source: Row, place: Path) -> Path | Start:
    """The file at the URL that the client named."""
    url = source["url"]
    fetch.check(url, work.hub.settings.copr)
    name = component(Path(urllib.parse.unquote(urllib.parse.urlsplit(url).path)).name)
    if name.endswith(".spec"):
        return _of_spec(work, build, name, place, ("get", url, name))
    return source_jobs.made(work, place) or source_jobs.fetched(work, build, place, source_fetch.one(url, name))


def _of_spec(work: Work, build: Row, name: str, place: Path, command: tuple[str, ...], **options: str) -> Path | Start:
    """A spec file alone, which COMMAND brings: its source package holds what it names by address."""
    fetching = source_fetch.options(work, source_fetch.completed(command, ".", name))
    return source_jobs.made(work, place) or source_jobs.begin(
        work, build, place, source_jobs.PACK, (".", name), **fetching, **options
    )


MAKERS: dict[str, Maker] = {
    "upload": _uploaded,
    "rpm_upload": _uploaded,
    "link": _linked,
    "scm": source_scm.checked_out,
    "distgit": source_scm.from_dist_git,
    "pypi": source_tools.from_pypi,
    "rubygems": source_tools.from_rubygems,
    "custom": source_tools.from_script,
}
