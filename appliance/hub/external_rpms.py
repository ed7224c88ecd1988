"""RPMs that only an external repository has, known because a buildroot held them."""

from appliance.db.connection import Row
from appliance.db.models.builds import Rpm
from appliance.db.models.tags import ExternalRepo
from appliance.errors import GenericError
from appliance.hub import names
from appliance.hub.hub import Call

_COLUMNS = ("name", "version", "release", "epoch", "arch", "size", "payloadhash", "buildtime")
_FIND = """
SELECT id, payloadhash FROM rpminfo WHERE name = :name AND version = :version AND release = :release
AND arch = :arch AND external_repo_id = :repo
"""


def know(call: Call, package: Row, repository: str) -> int:
    """The id of an external RPM, whose row is made when it is first met.

    PACKAGE has `name`, `version`, `release`, `epoch`, `arch`, `size`, `payloadhash`, `buildtime`. The same NVRA
    with another payload in one repository is a GenericError.
    """
    missing = [name for name in _COLUMNS if name not in package]
    if missing:
        raise GenericError(f"Invalid rpminfo: {missing[0]} is missing")
    repo_id = names.identify(call, ExternalRepo, repository)
    values = {name: package[name] for name in _COLUMNS}
    found = call.tx.row(_FIND, {"repo": repo_id, **{name: values[name] for name in _COLUMNS[:3] + _COLUMNS[4:5]}})
    if found is None:
        return call.tx.insert(Rpm, external_repo_id=repo_id, draft=None, build_id=None, **values)
    if found["payloadhash"] != values["payloadhash"]:
        raise GenericError(
            f"hash changed for external rpm: {package['name']}-{package['version']}-{package['release']}"
            f".{package['arch']}@{repository} ({found['payloadhash']} -> {values['payloadhash']})"
        )
    return int(found["id"])
