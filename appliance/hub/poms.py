"""Maven's project files: the coordinates that a .pom gives."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import koji
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from appliance.db.connection import Row
from appliance.errors import BuildError, GenericError

# A project file is written by hand; what is larger is none.
_MAX_SIZE = 8 << 20
_FIELDS = {"groupId": "group_id", "artifactId": "artifact_id", "version": "version"}
# Files name characters by HTML's entities, which XML does not know.
_UNKNOWN_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\w+);)\w+;")


def coordinates(path: Path) -> Row:
    """`group_id, artifact_id, version` of a .pom file; a GenericError that names the file if it has none."""
    if path.stat().st_size > _MAX_SIZE:
        raise GenericError(f"{path.name}: a .pom file of more than {_MAX_SIZE} bytes")
    contents = path.read_text(encoding="utf-8", errors="replace")
    try:
        project = fromstring(_UNKNOWN_ENTITY.sub("?", contents).encode())
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise GenericError(f"{path.name}: {error}") from None
    found = {}
    for name, key in _FIELDS.items():
        values = [
            *_texts(project, name),
            *(text for each in _named(project, "parent") for text in _texts(each, name)),
        ]
        if not values or _local(project) != "project":
            raise GenericError(f"{path.name}: could not extract {name} from POM")
        found[key] = values[0]
    return found


def _texts(element: Any, name: str) -> Iterator[str]:
    return ((each.text or "").strip() for each in _named(element, name))


def _named(element: Any, name: str) -> list[Any]:
    return [each for each in element if _local(each) == name]


def _local(element: Any) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def check_name(path: Path, info: Row) -> None:
    """Refuse a .pom file whose contents or name are not of the coordinates INFO."""
    found = coordinates(path)
    if koji.mavenLabel(found) != koji.mavenLabel(info):
        raise BuildError(
            f"Maven info from .pom file ({koji.mavenLabel(found)}) does not match user-supplied typeInfo"
            f" ({koji.mavenLabel(info)})"
        )
    if path.name != "{artifact_id}-{version}.pom".format(**info):
        raise BuildError(f"Maven info ({koji.mavenLabel(info)}) is not consistent with pom filename ({path.name})")
