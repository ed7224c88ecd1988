"""Archive types: what a file that is no RPM may be, told by the end of its name."""

from typing import Any

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.archives import ArchiveType
from appliance.db.queries import archives as queries
from appliance.errors import GenericError
from appliance.hub import names
from appliance.hub.hub import Call

_COMPRESSIONS = ("zip", "tar", None)


def listed(call: Call) -> list[Row]:
    """All archive types: `id, name, description, extensions` (blanks between them), `compression_type`."""
    found: list[Row] = queries.types().rows(call.tx)
    return found


def get(call: Call, filename: Any = None, name: Any = None, type_id: Any = None, strict: bool = False) -> Row | None:
    """The archive type of that id, of that name, or of files that are called so; None if there is none.

    With STRICT that is a GenericError.
    """
    if type_id:
        found = queries.types().also("t.id = :id", id=integer(type_id)).one(call.tx)
    elif name:
        found = queries.types().also("t.name = :name", name=check(name, str)).one(call.tx)
    elif filename:
        return of_file(call, filename, strict)
    else:
        raise GenericError("one of filename, type_name, or type_id must be specified")
    if found is None and strict:
        raise GenericError("query returned no rows")
    return found


def of_file(call: Call, filename: Any, strict: bool = False) -> Row | None:
    """The archive type of files that are called so, by the longest extension that is known."""
    parts = check(filename, str).lower().split(".")
    ends = [".".join(parts[start:]) for start in range(len(parts))]
    known = _by_extension(call)
    for end in ends:
        if len(known.get(end, ())) > 1:
            raise GenericError(f"multiple matches for file extension: {end}")
        if end in known:
            return known[end][0]
    if strict:
        raise GenericError(f"unsupported file extension: {filename}")
    return None


def _by_extension(call: Call) -> dict[str, list[Row]]:
    known: dict[str, list[Row]] = {}
    for row in listed(call):
        for extension in row["extensions"].lower().split():
            known.setdefault(extension, []).append(row)
    return known


def require(call: Call, filename: str) -> Row:
    """As `of_file`; a GenericError for a name that no type has."""
    found = of_file(call, filename, strict=True)
    assert found is not None
    return found


def add(call: Call, name: Any, description: Any, extensions: Any, compression: Any = None) -> None:
    """A new archive type; EXTENSIONS have blanks between them, COMPRESSION is zip, tar or None."""
    names.check(name)
    check(description, str)
    check(extensions, str)
    if check(compression, str, optional=True) not in _COMPRESSIONS:
        raise GenericError(f"Unsupported compression type {compression}")
    if names.lookup(call, ArchiveType, name) is not None:
        raise GenericError(f"archivetype {name} already exists")
    _check_new(call, extensions.split(" "))
    call.tx.insert(ArchiveType, name=name, description=description, extensions=extensions, compression_type=compression)


def _check_new(call: Call, extensions: list[str]) -> None:
    known = _by_extension(call)
    for extension in extensions:
        if not extension.replace(".", "").isalnum():
            raise GenericError(f"No such {extension} file extension")
        if extension.lower() in known:
            raise GenericError(f"file extension {extension} already exists")
