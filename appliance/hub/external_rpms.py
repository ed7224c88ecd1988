"""RPMs that only an external repository has, known because a buildroot or an image held them."""

from typing import Any

import koji

from appliance import arguments
from appliance.db.connection import Row
from appliance.db.models.builds import Rpm
from appliance.db.models.tags import ExternalRepo
from appliance.errors import GenericError
from appliance.hub import components, names
from appliance.hub.hub import Call

_KINDS: dict[str, Any] = {
    "name": str,
    "version": str,
    "release": str,
    "epoch": (int, type(None)),
    "arch": str,
    "payloadhash": str,
    "size": (int, type(None)),
    "buildtime": int,
}
_DIGESTS = ("sigmd5", "sha1header", "sha256header", "sha3_256header")
INTERNAL = 0  # the id under which our own RPMs are in the table
Placed = tuple[Row, int]  # a package, the external repository that it is from


def add(call: Call, package: Any, repository: Any, strict: bool = True) -> None:
    """Make one package of an external repository known, as `know`; with STRICT it must be new."""
    package = _whole(arguments.check(package, dict))
    repo_id = names.identify(call, ExternalRepo, repository)
    if strict and _known(call, [(package, repo_id)]) != [None]:
        raise GenericError(f"external rpm already exists: {_shown(call, package, repo_id)}")
    know(call, [(package, repo_id)])


def know(call: Call, wanted: list[Placed]) -> list[int]:
    """The ids of external RPMs, whose rows are made when they are first met.

    A package has `name, version, release, epoch, arch, payloadhash, size, buildtime`; hosts of Koji 1.36 leave the
    size out, and tell digests besides, which may stand for `payloadhash`. One that the repository had before with
    another payload is a GenericError.
    """
    wanted = [(_whole(package), repo_id) for package, repo_id in wanted]
    if INTERNAL in {repo_id for _, repo_id in wanted}:
        raise GenericError("INTERNAL is the repository of our own builds, not an external one")
    for (package, repo_id), known in zip(wanted, _known(call, wanted), strict=True):
        if known and known["payloadhash"] != package["payloadhash"]:
            raise GenericError(
                f"hash changed for external rpm: {_shown(call, package, repo_id)}"
                f" ({known['payloadhash']} -> {package['payloadhash']})"
            )
    return note(call, wanted)


def note(call: Call, wanted: list[Placed]) -> list[int]:
    """As `know`, for packages that were seen installed: one that has changed is still the one of its name."""
    known = _known(call, wanted)
    call.tx.insert_many(
        Rpm,
        [
            {**{key: package[key] for key in _KINDS}, "external_repo_id": repo_id, "metadata_only": False}
            for (package, repo_id), row in zip(wanted, known, strict=True)
            if row is None
        ],
    )
    if None in known:
        known = _known(call, wanted)
    return [row["id"] for row in known if row is not None]


def _known(call: Call, wanted: list[Placed]) -> list[Row | None]:
    rows = components.candidates(call, [package for package, _ in wanted])
    return [
        next((row for row in found if row["external_repo_id"] == repo_id), None)
        for (_, found), (_, repo_id) in zip(rows, wanted, strict=True)
    ]


def ident(package: Row) -> str | None:
    """What a package is told apart by, from the digests of its header that are said; None without any."""
    digests = {key: package[key] for key in _DIGESTS if isinstance(package.get(key), str)}
    return str(koji.make_rpm_ident(digests)) if digests else None


def _whole(package: Row) -> Row:
    """PACKAGE with all that there is to say of one, if it is meant so; its digests must be of one package."""
    expected = ident(package)
    package = {"size": None, **({"payloadhash": expected} if expected else {}), **package}
    for key, kind in _KINDS.items():
        if key not in package:
            raise GenericError(f"{key} field missing: {package!r}")
        if not isinstance(package[key], kind):
            raise GenericError(f"Invalid value for {key}: {package[key]!r}")
    if expected not in (None, package["payloadhash"]):
        raise GenericError(f"Mismatch for payloadhash: {package['payloadhash']} != {expected}")
    return package


def _shown(call: Call, package: Row, repo_id: int) -> str:
    name = call.tx.value("SELECT name FROM external_repo WHERE id = :id", {"id": repo_id})
    return "{name}-{version}-{release}.{arch}@".format(**package) + str(name)
