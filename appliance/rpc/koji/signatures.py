"""Methods of RPM signatures."""

from typing import Any

from appliance.hub import signatures
from appliance.hub.authority import ADMIN, ANYONE, LOGIN, permission, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

SIGN = permission("sign")


@method(ANYONE)
def queryRPMSigs(call: Call, rpm_id: Any = None, sigkey: Any = None, queryOpts: Any = None) -> Any:
    """Stored signatures, of an RPM (as in `getRPM`) or a key: `rpm_id`, `sigkey` ('' for unsigned),
    `sighash`.
    """
    return signatures.listed(call, rpm_id, sigkey, queryOpts)


@method(SIGN, writes=True, later=("sigkey",))
def addRPMSig(call: Call, an_rpm: Any, data: Any, sigkey: Any = None) -> None:
    """Store a signature header (base64) for an RPM whose contents it must fit, under `sigkey`."""
    signatures.add_encoded(call, an_rpm, data, sigkey)


@method(ADMIN, writes=True)
def renameRPMSig(call: Call, rpminfo: Any, oldkey: Any, newkey: Any) -> None:
    """Have a stored signature of an RPM, and its signed copy, go by another key."""
    signatures.rename(call, rpminfo, oldkey, newkey)


@method(ADMIN, writes=True)
def deleteRPMSig(call: Call, rpminfo: Any, sigkey: Any = None, all_sigs: bool = False) -> None:
    """Forget a key's signature of an RPM, or all of them, with the signed copies."""
    signatures.delete(call, rpminfo, sigkey, all_sigs)


@method(SIGN, writes=True)
def writeSignedRPM(call: Call, an_rpm: Any, sigkey: Any, force: bool = False) -> None:
    """Write an RPM's copy with a key's stored signature, unless it is there; with `force` even then."""
    signatures.write_copy(call, an_rpm, sigkey, force)


@method(ruled("a build host, or the sign permission", LOGIN), writes=True, name="host.writeSignedRPM")
def host_writeSignedRPM(call: Call, an_rpm: Any, sigkey: Any, force: bool = False) -> None:
    """As `writeSignedRPM`, for build hosts too."""
    if call.session.host_id is None:
        SIGN.check(call.session)
    signatures.write_copy(call, an_rpm, sigkey, force)
