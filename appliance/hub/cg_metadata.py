"""What a content generator says of a build, in the format of its metadata: read, and checked in its form."""

import json
from dataclasses import dataclass
from typing import Any

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import arrivals
from appliance.hub.hub import Call

_FILE = "metadata.json"
_LEGACY = ("maven", "win", "image")


@dataclass(frozen=True)
class Metadata:
    """TEXT is kept with the build as it came; DOCUMENT is what it says, which is checked when it is looked at."""

    text: str
    document: Row

    @property
    def build(self) -> Row:
        found: Row = field(self.document, "build", dict)
        return found

    @property
    def buildroots(self) -> list[Row]:
        return several(self.document, "buildroots")

    @property
    def output(self) -> list[Row]:
        return several(self.document, "output")

    @property
    def task_id(self) -> int | None:
        """The task that the generator says it worked for."""
        extra = self.build.get("extra") or {}
        named = ((self.build, "task_id"), (extra, "container_koji_task_id"))
        ids = [integer(where[key]) for where, key in named if key in where]
        if len(set(ids)) > 1:
            raise GenericError(f"CG provided non-matching task_id {ids[0]} and container_koji_task_id {ids[1]}")
        return ids[0] if ids else None


def read(call: Call, metadata: Any, directory: Any) -> Metadata:
    """Metadata that is given as a struct, as JSON text, or as a file's name in the upload DIRECTORY."""
    text, document = _load(call, metadata, directory)
    version = field(document, "metadata_version", object)
    if version != 0:
        raise GenericError(f"No such metadata version: {version!r}")
    return Metadata(text, document)


def _load(call: Call, metadata: Any, directory: Any) -> tuple[str, Row]:
    if isinstance(metadata, dict):
        try:
            return json.dumps(metadata, indent=2), metadata
        except (TypeError, ValueError):
            raise GenericError(f"Invalid metadata, cannot encode: {metadata!r}") from None
    text = check(metadata if metadata is not None else _FILE, str)
    if text.endswith(".json"):
        path = arrivals.located(call, check(directory, str), text)
        if not path.is_file():
            raise GenericError(f"No such file: {text}")
        text = path.read_text(encoding="utf-8", errors="replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise GenericError(f"Invalid json data: {text!r}") from None
    return text, check(document, dict)


_NOTHING = object()


def field(said: Any, name: str, kind: Any, default: Any = _NOTHING) -> Any:
    """What a struct of the metadata says under NAME, of KIND; DEFAULT, if it may say nothing."""
    if not isinstance(said, dict):
        raise GenericError(f"Invalid metadata: {said!r} is no struct")
    if name not in said:
        if default is _NOTHING:
            raise GenericError(f"Invalid metadata: {name} is missing")
        return default
    value = said[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise GenericError(f"Invalid metadata: {name} can't be {value!r}")
    return value


def several(said: Any, name: str) -> list[Any]:
    """What a struct of the metadata lists under NAME; other empty things are empty lists."""
    found: list[Any] = field(said, name, (list, str, dict)) or []
    return found


def build_types(said: Row) -> Row:
    """What a build's metadata says of each of its types; types of old may stand outside of `typeinfo`."""
    extra = said.get("extra") or {}
    found: Row = dict(field(extra, "typeinfo", dict, {}))
    for kind in filter(extra.__contains__, _LEGACY):
        if kind in found:
            raise GenericError(f"Duplicate typeinfo for {kind!r}")
        found[kind] = extra[kind]
    return found


def output_type(said: Row) -> tuple[str, Any]:
    """The one build type of an output, and what is said of it."""
    extra = field(said, "extra", dict, {})
    named = [(kind, extra[kind]) for kind in extra if kind in _LEGACY]
    if named and said.get("subdir"):
        raise GenericError("subdir field not allowed for legacy btypes")
    for kind, info in field(extra, "typeinfo", dict, {}).items():
        if [kind] == [each for each, _ in named]:
            raise GenericError(f"Duplicate typeinfo for: {kind!r}")
        named.append((kind, info))
    if len(named) > 1:
        raise GenericError(f"Output file has multiple types: {said['filename']}")
    if not named:
        raise GenericError(f"No typeinfo for: {said['filename']}")
    return named[0]
