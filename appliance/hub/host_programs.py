"""Programs of this host that sources are fetched and described with: found, or named before anything is begun."""

import shutil
import sys
from pathlib import Path

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub.hub import Hub

BUILDER = "builder"  # what the local builder is called among the hub's parts


def find(name: str, purpose: str) -> str:
    """The path of a program, among the appliance's own first. Raises GenericError that names it."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise GenericError(f"{name} is not installed on this host, and is needed for {purpose}")
    return found


def for_source(hub: Hub, source_type: str, source: Row) -> None:
    """Raise GenericError for a source of SOURCE_TYPE that this host's builder, if it builds, lacks a program for."""
    if BUILDER in hub.parts:
        for name, purpose in _needed(source_type, source):
            find(name, purpose)


def _needed(kind: str, source: Row) -> list[tuple[str, str]]:
    program = {"distgit": "git", "scm": source.get("type") or "git"}.get(kind)
    generator = source.get("spec_generator") or "pyp2spec"
    return {
        "link": [("curl", "sources by address")],
        "pypi": [(generator, "sources from PyPI"), ("curl", "sources from PyPI")],
        **{each: [(str(program), f"sources in {program}")] for each in ("scm", "distgit")},
    }.get(kind, [])
