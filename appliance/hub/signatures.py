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
from appliance.hub import builds, checksums, files, fragments, names, rpms
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


def add_encoded(call: Call, info: Any, data: Any, sigkey: Any = None) -> None:
    """Store a signature header that comes in base64, as `add` does."""
    try:
        header = base64.b64decode(data)
    except (TypeError, ValueError, binascii.Error) as error:
        raise GenericError(f"Invalid signature data: {error}") from None
    rpm = rpms.internal(call, info)
    add(call, rpm, builds.require(call, rpm["build_id"]), header, sigkey)


def add(call: Call, rpm: Row, build: Row, header: bytes, sigkey: Any = None) -> str:
    """Store a signature header under a label, SIGKEY or else the id of the key that signed; the label.

    A header without a signature has ''. Raises GenericError for a header of another package, for a second one of
    the same label, and for a label that can be none.
    """
    if not os.path.isdir(call.paths.topdir.build(build)):
        raise GenericError(f"No such directory: {call.paths.topdir.build(build)}")
    given = None if sigkey is None else _label(sigkey)
    raw = _of_package(rpm, header)
    label = _key_of(raw) if given is None else given
    if call.tx.value(_STORED, {"rpm": rpm["id"], "sigkey": label}) is not None:
        raise GenericError(f"Signature already exists for package {nvra(rpm)}, key {label}")
    sighash = hashlib.md5(header, usedforsecurity=False).hexdigest()
    call.tx.insert(RpmSig, rpm_id=rpm["id"], sigkey=label, sighash=sighash)
    files.write(call, rpms.header_path(call, build, rpm, label), [header])
    return label


_STORED = "SELECT sighash FROM rpmsigs WHERE rpm_id = :rpm AND sigkey = :sigkey"


def nvra(rpm: Row) -> str:
    return f"{rpm['name']}-{rpm['version']}-{rpm['release']}.{rpm['arch']}"


def _label(value: Any) -> str:
    """VALUE, if signatures can be told apart by it, in Koji's words: it becomes the name of a directory."""
    label: str = check(value, str)
    if "/" in label or label.startswith("."):
        raise GenericError("Invalid sigkey value")
    if label != label.lower():
        raise GenericError("Invalid sigkey value. Must be lowercase")
    return names.check(label) if label else ""


def _of_package(rpm: Row, header: bytes) -> Any:
    """The signature header, read, if it is one of this package."""
    raw = koji.RawHeader(header)
    kind, _, expected = str(rpm["payloadhash"]).rpartition("::")
    digest = _tag(raw, _DIGEST_TAGS[kind]) or b""
    if (found := digest.decode("ascii", "replace") if kind else digest.hex()) != expected:
        raise GenericError(f"wrong {kind or 'md5'} for {nvra(rpm)}: {found}")
    return raw


def _key_of(raw: Any) -> str:
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


def rename(call: Call, info: Any, old: Any, new: Any) -> None:
    """Give an RPM's signature another label: its header, its signed copy and what is known of that go along."""
    old, new = check(old, str).lower(), _label(new)
    if not old or not new:
        raise GenericError("Invalid sigkey value")  # '' is no signature's, it stands for the unsigned file
    rpm = rpms.internal(call, info)
    if not listed(call, rpm["id"], old):
        raise GenericError(f"No {old} signature for rpm {nvra(rpm)}")
    if listed(call, rpm["id"], new):
        raise GenericError(f"A {new} signature already exists for rpm {nvra(rpm)}")
    build = builds.require(call, rpm["build_id"])
    header, copy = (place(call, build, rpm, old) for place in (rpms.header_path, rpms.copy_path))
    if not header.is_file():
        raise GenericError(f"Missing signature header file: {header}")
    for table in (RpmSig, RpmChecksum, RpmFragment):
        call.tx.update(table, {"sigkey": new}, rpm_id=rpm["id"], sigkey=old)
    files.rename(call, header, rpms.header_path(call, build, rpm, new))
    if copy.is_file():
        files.rename(call, copy, rpms.copy_path(call, build, rpm, new))


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
