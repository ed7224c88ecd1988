"""Mock chroots: the distributions and architectures that projects may build for."""

import json
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.copr import MockChroot
from appliance.db.queries.projects import CHROOT_NAME
from appliance.errors import ConfigurationError, Unprocessable
from appliance.hub.bootstrap import step
from appliance.hub.entry_forms import ANY, FLAG, TEXT, TEXTS, WHOLE, Form
from appliance.hub.hub import Call

_FIND = f"""
SELECT m.id, {CHROOT_NAME} AS name, m.os_release, m.os_version, m.arch, m.is_active, m.comment, m.config
FROM mock_chroot m WHERE m.os_release = :release AND m.os_version = :version AND m.arch = :arch
"""

_ACTIVE = f"SELECT {CHROOT_NAME} AS name, m.comment FROM mock_chroot m WHERE m.is_active ORDER BY m.id"

# The newest branched Fedora of an architecture, which `fedora-latest-ARCH` means.
_LATEST = f"""
SELECT {CHROOT_NAME} FROM mock_chroot m
WHERE m.is_active AND m.os_release = 'fedora' AND m.arch = :arch AND m.os_version NOT IN ('rawhide', 'eln')
ORDER BY LENGTH(m.os_version) DESC, m.os_version DESC LIMIT 1
"""

_FEDORA_ARCHES = "SELECT DISTINCT arch FROM mock_chroot WHERE is_active AND os_release = 'fedora' ORDER BY arch"

LATEST = "fedora-latest-"


def parse(name: str) -> tuple[str, str, str]:
    """(release, version, architecture) of a chroot's name, whose release may have dashes itself."""
    parts = name.rsplit("-", 2)
    if len(parts) != 3:
        raise Unprocessable("Chroot identification is not valid")
    return parts[0], parts[1], parts[2]


def find(call: Call, name: str) -> Row | None:
    """The chroot of that name: its columns and its `name`. Raises Unprocessable for what can be no name."""
    release, version, arch = parse(name)
    return call.tx.row(_FIND, {"release": release, "version": version, "arch": arch})


def active_names(call: Call) -> list[str]:
    """The names of what can be built for."""
    return call.tx.column(_ACTIVE)


def comments(call: Call) -> dict[str, str]:
    """{name: what the operator says of it} of what can be built for."""
    return {row["name"]: row["comment"] or "" for row in call.tx.rows(_ACTIVE)}


def script_choices(call: Call) -> list[str]:
    """Where a custom source script may run: in a chroot, or in the newest Fedora of an architecture."""
    return [LATEST + arch for arch in call.tx.column(_FEDORA_ARCHES)] + sorted(active_names(call))


def latest(call: Call, name: str) -> str:
    """The chroot that NAME means: the newest branched Fedora for `fedora-latest-ARCH`, else NAME itself."""
    if not name.startswith(LATEST):
        return name
    found = call.tx.value(_LATEST, {"arch": name.removeprefix(LATEST)})
    if found is None:
        raise Unprocessable(f"There is no branched Fedora for {name}")
    return str(found)


def config(call: Call, name: str) -> Row | None:
    """How its buildroot is made: `{config}` or `{install, repo}`, with `dist`; None if it is but a name."""
    found = find(call, name)
    text = found and found["config"]
    return json.loads(text) if text else None


_REPO = Form(
    {},
    {
        "name": TEXT, "baseurl": ANY, "mirrorlist": TEXT, "metalink": TEXT, "gpgcheck": FLAG, "gpgkeys": TEXTS,
        "priority": WHOLE,
    },
)  # fmt: skip
_FORM = Form(
    {"name": TEXT},
    {"comment": TEXT, "active": FLAG, "config": TEXT, "dist": TEXT, "install": TEXTS, "repo": _REPO},
)


@step("chroot", _FORM)
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make or change a chroot to what a bootstrap file's `[[chroot]]` says."""
    try:
        release, version, arch = parse(entry["name"])
    except Unprocessable:
        raise ConfigurationError(f"chroot {entry['name']}: a name is RELEASE-VERSION-ARCH") from None
    values = {
        "config": _stored(entry),
        "comment": entry.get("comment"),
        "is_active": entry.get("active", True),
    }
    found = find(call, entry["name"])
    if found is None:
        call.tx.insert(MockChroot, os_release=release, os_version=version, arch=arch, **values)
        return [f"chroot {entry['name']}"]
    changed = {name: value for name, value in values.items() if value != found[name]}
    if changed:
        call.tx.update(MockChroot, changed, id=found["id"])
    return [f"chroot {entry['name']}: {', '.join(changed)}"] if changed else []


def _stored(entry: Row) -> str | None:
    """The buildroot part of an entry, as it is kept. Raises ConfigurationError for two answers at once."""
    given: dict[str, Any] = {name: entry[name] for name in ("config", "dist", "install", "repo") if name in entry}
    if "config" in given and ("install" in given or "repo" in given):
        raise ConfigurationError(f"chroot {entry['name']}: either a mock config, or install and repo")
    return json.dumps(given, sort_keys=True) if given else None
