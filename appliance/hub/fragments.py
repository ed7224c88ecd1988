"""What repositories say of our RPMs: made once when a file arrives, kept in the database."""

from pathlib import Path

from appliance import repodata
from appliance.db.models.builds import RpmFragment
from appliance.errors import GenericError
from appliance.hub import foreign
from appliance.hub.hub import Call


def store(call: Call, rpm_id: int, sigkey: str, path: Path, sha256: str) -> None:
    """Keep the fragment of an RPM's file; SIGKEY '' is the file as it was imported."""
    try:
        fragment = repodata.from_rpm(path, sha256)
    except repodata.RepodataError as error:
        raise GenericError(f"{path.name}: {error}") from None
    foreign.store_fragments(call, [fragment])
    call.tx.insert(
        RpmFragment,
        rpm_id=rpm_id,
        sigkey=sigkey,
        pkgid=sha256,
        digest=fragment.digest,
        sourcerpm=fragment.sourcerpm,
    )
