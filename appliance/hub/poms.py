"""Maven's project files: the coordinates that a .pom gives."""

from pathlib import Path
from xml.sax import SAXException

import koji

from appliance.db.connection import Row
from appliance.errors import BuildError, GenericError

# A project file is written by hand; what is larger is none, and is not parsed.
_MAX_SIZE = 8 << 20


def coordinates(path: Path) -> Row:
    """`group_id, artifact_id, version` of a .pom file; a GenericError that names the file if it has none."""
    if path.stat().st_size > _MAX_SIZE:
        raise GenericError(f"{path.name}: a .pom file of more than {_MAX_SIZE} bytes")
    try:
        contents = path.read_text(encoding="utf-8", errors="replace")
        found: Row = koji.pom_to_maven_info(koji.parse_pom(contents=contents))
    except (koji.GenericError, SAXException, KeyError) as error:
        raise GenericError(f"{path.name}: {error}") from None
    return found


def check_name(path: Path, info: Row) -> None:
    """Refuse a .pom file whose contents or name are not of the coordinates INFO."""
    found = coordinates(path)
    if koji.mavenLabel(found) != koji.mavenLabel(info):
        raise BuildError(
            f"Maven info from .pom file ({koji.mavenLabel(found)}) does not match user-supplied typeInfo"
            f" ({koji.mavenLabel(info)})"
        )
    if path.name != "{artifact_id}-{version}.pom".format(**info):
        raise BuildError(
            f"Maven info ({koji.mavenLabel(info)}) is not consistent with pom filename ({path.name})"
        )
