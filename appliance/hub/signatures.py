"""Signatures of RPMs: kept as headers beside the unsigned file, from which signed copies are written."""

import base64
import binascii
import hashlib
import os
from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.arguments import check
from appliance.db.connection import Row
from appliance.db.models.builds import RpmChecksum, RpmFragment, RpmSig
from appliance.db.queries import rpms as queries
from appliance.db.select import Options
from appliance.errors import GenericError
from appliance.hub import builds, checksums, files, fragments, rpms
from appliance.hub.hub import Call

_CHUNK = 1 << 20
# Where a signature header has the digest that a package is known by, by its name there; MD5 goes without one.
_DIGEST_TAGS = {
    "": koji.RPM_SIGTAG_MD5,
    "sha1": koji.RPM_SIGTAG_SHA1,
    "sha256": koji.RPM_SIGTAG_SHA256,
    "sha3-256": koji.RPM_SIGTAG_SHA3_256,
}
_OPENPGP = 278  # where packages of format 6 have their signatures, each in base64
_KEY_TAGS = (koji.RPM_SIGTAG_GPG, koji.RPM_SIGTAG_PGP, koji.RPM_SIGTAG_DSA, koji.RPM_SIGTAG_RSA)


def add_encoded(call: Call, info: Any, data: Any) -> None:
    """Store a signature header that comes in base64."""
    try:
        header = base64.b64decode(data)
    except (TypeError, ValueError, binascii.Error) as error:
        raise GenericError(f"Invalid signature data: {error}") from None
    rpm = rpms.internal(call, info)
    add(call, rpm, builds.require(call, rpm["build_id"]), header)


def add(call: Call, rpm: Row, build: Row, header: bytes) -> str:
    """Store a signature header; the key's id, '' for a header without a signature.

    Raises GenericError for a header of another package, and for a second one of the same key.
    """
    if not os.path.isdir(call.paths.topdir.build(build)):
        raise GenericError(f"No such directory: {call.paths.topdir.build(build)}")
    sigkey = _key_of(rpm, header)
    if call.tx.value(_STORED, {"rpm": rpm["id"], "sigkey": sigkey}) is not None:
        raise GenericError(f"Signature already exists for package {nvra(rpm)}, key {sigkey}")
    sighash = hashlib.md5(header, usedforsecurity=False).hexdigest()
    call.tx.insert(RpmSig, rpm_id=rpm["id"], sigkey=sigkey, sighash=sighash)
    files.write(call, rpms.header_path(call, build, rpm, sigkey), [header])
    return sigkey


_STORED = "SELECT sighash FROM rpmsigs WHERE rpm_id = :rpm AND sigkey = :sigkey"


def nvra(rpm: Row) -> str:
    return f"{rpm['name']}-{rpm['version']}-{rpm['release']}.{rpm['arch']}"


def _key_of(rpm: Row, header: bytes) -> str:
    raw = koji.RawHeader(header)
    label, _, expected = str(rpm["payloadhash"]).rpartition("::")
    digest = _tag(raw, _DIGEST_TAGS[label]) or b""
    if (found := digest.decode("ascii", "replace") if label else digest.hex()) != expected:
        raise GenericError(f"wrong {label or 'md5'} for {nvra(rpm)}: {found}")
    packets = [found for tag in _KEY_TAGS if (found := _tag(raw, tag))]
    try:
        packets += [base64.b64decode(text) for text in _tag(raw, _OPENPGP) or ()]
    except ValueError as error:
        raise GenericError(f"Invalid rpm header: {error}") from None
    return paths.component(koji.get_sigpacket_key_id(packets[0])) if packets else ""


def _tag(raw: Any, tag: int) -> Any:
    try:
        return raw.get(tag)
    except (ValueError, IndexError, LookupError) as error:
        raise GenericError(f"Invalid rpm header: {error}") from None


def listed(call: Call, info: Any = None, sigkey: Any = None, options: Options | None = None) -> Any:
    """Stored signatures, of one RPM or of one key: `rpm_id`, `sigkey`, `sighash`."""
    select = queries.signatures()
    if info is not None and not isinstance(info, int):
        found = rpms.get(call, info)
        if found is None:
            return []
        info = found["id"]
    if info is not None:
        select.also("s.rpm_id = :rpm", rpm=info)
    if sigkey is not None:
        select.also("s.sigkey = :sigkey", sigkey=check(sigkey, str).lower())
    return select.rows(call.tx, options)


def write_copy(call: Call, info: Any, sigkey: Any, force: bool = False) -> None:
    """Write an RPM's copy with a stored signature, unless it is there; with FORCE even then."""
    sigkey = check(sigkey, str).lower()
    rpm = rpms.internal(call, info)
    build = builds.require(call, rpm["build_id"])
    source = rpms.path(call, build, rpm)
    if not source.is_file():
        raise GenericError(f"No such path: {source}")
    if not call.tx.value(_STORED, {"rpm": rpm["id"], "sigkey": sigkey}):
        raise GenericError(f"No cached signature for package {nvra(rpm)}, key {sigkey}")
    target = rpms.copy_path(call, build, rpm, sigkey)
    if target.exists() and not force:
        checksums.complete(call, rpm["id"], sigkey, target, files.CHECKSUMS)
        return
    files.discard(call, target)
    _splice(call, build, rpm, sigkey, target)


def _splice(call: Call, build: Row, rpm: Row, sigkey: str, target: Path) -> None:
    with rpms.stream(call, build, rpm, sigkey, copy=False) as stream:
        placed = files.write(call, target, iter(lambda: stream.read(_CHUNK), b""), files.CHECKSUMS)
    checksums.keep(call, rpm["id"], sigkey, placed.checksums)
    call.tx.delete(RpmFragment, rpm_id=rpm["id"], sigkey=sigkey)
    fragments.store(call, rpm["id"], sigkey, target, placed.checksums["sha256"])


def delete(call: Call, info: Any, sigkey: Any = None, every: bool = False) -> None:
    """Forget the signature of one key, or EVERY one, with the signed copies; the headers are kept on disk
    aside.
    """
    if not every and not sigkey:
        raise GenericError("No signature specified")
    rpm = rpms.internal(call, info)
    found = listed(call, rpm["id"], None if every else sigkey)
    if not found:
        raise GenericError(f"{nvra(rpm)} has no matching signatures to delete")
    build = builds.require(call, rpm["build_id"])
    for each in found:
        _forget(call, build, rpm, each)


def _forget(call: Call, build: Row, rpm: Row, signature: Row) -> None:
    sigkey = signature["sigkey"]
    for table in (RpmSig, RpmChecksum):
        call.tx.delete(table, rpm_id=rpm["id"], sigkey=sigkey)
    if sigkey:
        call.tx.delete(RpmFragment, rpm_id=rpm["id"], sigkey=sigkey)
    files.discard(call, rpms.copy_path(call, build, rpm, sigkey))
    header = rpms.header_path(call, build, rpm, sigkey)
    if header.is_file():
        aside = header.with_name(f"{header.name}.{signature['sighash']}.save")
        files.discard(call, aside)
        files.rename(call, header, aside)
