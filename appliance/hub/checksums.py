"""Checksums of RPM files, by key of the signature: taken when first asked for, and kept."""

import hashlib
from pathlib import Path
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.models.builds import RpmChecksum
from appliance.errors import GenericError
from appliance.hub import builds, files, rpms
from appliance.hub.hub import Call

_KEPT = "SELECT sigkey, checksum_type, checksum FROM rpm_checksum WHERE rpm_id = :rpm AND checksum_type IN :types"
_KEYS = "SELECT sigkey FROM rpmsigs WHERE rpm_id = :rpm"


def of(call: Call, rpm_id: Any, kinds: Any = None, kept_only: bool = False) -> dict[str, dict[str, str | None]]:
    """Checksums of an RPM: {sigkey: {kind: checksum}}; with KEPT_ONLY None for one never asked for."""
    if not isinstance(rpm_id, int):
        raise GenericError("rpm_id must be an integer")
    rpm = rpms.require(call, rpm_id)
    kinds = _checked(kinds or list(files.CHECKSUMS))
    found = _kept(call, rpm_id, kinds)
    for sigkey, sums in ({} if kept_only else found).items():
        _fill(call, rpm, sigkey, sums)
    return found


def _fill(call: Call, rpm: Row, sigkey: str, sums: dict[str, str | None]) -> None:
    missing = [kind for kind, value in sums.items() if value is None]
    if missing:
        sums.update(_take(call, rpm, sigkey, missing))


def _checked(kinds: Any) -> list[str]:
    if not isinstance(kinds, list):
        raise GenericError("checksum_type must be a list")
    for kind in kinds:
        if not isinstance(kind, str) or kind not in koji.CHECKSUM_TYPES:
            raise GenericError(f"Checksum_type {kind} isn't supported")
    return kinds


def _kept(call: Call, rpm_id: int, kinds: list[str]) -> dict[str, dict[str, str | None]]:
    keys = call.tx.column(_KEYS, {"rpm": rpm_id})
    found: dict[str, dict[str, str | None]] = {key: dict.fromkeys(kinds) for key in keys}
    types = [koji.CHECKSUM_TYPES[kind] for kind in kinds]
    for row in call.tx.rows(_KEPT, {"rpm": rpm_id, "types": types}):
        if row["sigkey"] in found:
            found[row["sigkey"]][koji.CHECKSUM_TYPES[row["checksum_type"]]] = row["checksum"]
    return found


def _take(call: Call, rpm: Row, sigkey: str, kinds: list[str]) -> dict[str, str]:
    build = builds.require(call, rpm["build_id"])
    with rpms.stream(call, build, rpm, sigkey) as stream:
        taken = _sums(stream, kinds)
    keep(call, rpm["id"], sigkey, taken)
    return taken


def complete(call: Call, rpm_id: int, sigkey: str, path: Path, kinds: Any) -> None:
    """See to it that a file's checksums are kept; one that differs from what is kept is a GenericError."""
    with path.open("rb") as stream:
        taken = _sums(stream, kinds)
    kept = _kept(call, rpm_id, list(kinds))[sigkey]
    for kind, value in kept.items():
        if value not in (None, taken[kind]):
            raise GenericError(f"{path} has another {kind} than it had when it was written")
    keep(call, rpm_id, sigkey, {kind: taken[kind] for kind, value in kept.items() if value is None})


def keep(call: Call, rpm_id: int, sigkey: str, sums: dict[str, str]) -> None:
    """Keep checksums of the file with the signature SIGKEY, in place of any before."""
    for kind, value in sums.items():
        where = {"rpm_id": rpm_id, "sigkey": sigkey, "checksum_type": koji.CHECKSUM_TYPES[kind]}
        call.tx.delete(RpmChecksum, **where)
        call.tx.insert(RpmChecksum, **where, checksum=value)


def _sums(stream: Any, kinds: Any) -> dict[str, str]:
    sums = {kind: hashlib.new(kind, usedforsecurity=False) for kind in kinds}
    while part := stream.read(1 << 20):
        for each in sums.values():
            each.update(part)
    return {kind: each.hexdigest() for kind, each in sums.items()}
