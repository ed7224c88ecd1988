"""DistGit instances: where distributions keep the sources of their packages."""

import posixpath
import string

from appliance.db.connection import Row
from appliance.db.models.copr import DistGit
from appliance.errors import ConfigurationError
from appliance.hub.bootstrap import step
from appliance.hub.entry_forms import TEXT, WHOLE, Form
from appliance.hub.hub import Call

_FIND = "SELECT id, clone_url, path, default_namespace, priority FROM distgit WHERE name = :name"

_PLACES = {"namespace", "pkgname"}


def names(call: Call) -> list[str]:
    """The instances by name, the preferred one first."""
    return call.tx.column("SELECT name FROM distgit ORDER BY priority DESC, name")


def clone_url(call: Call, name: str, package: str, namespace: str | None) -> str:
    """Where the package's git repository is; NAMESPACE is the instance's own if not given."""
    found = call.tx.row(_FIND, {"name": name})
    if found is None:
        raise ConfigurationError(f"No such DistGit instance: {name}")
    path = found["path"].format(pkgname=package, namespace=namespace or found["default_namespace"])
    return "/".join([found["clone_url"], posixpath.normpath(path).strip("/")])


@step(
    "distgit",
    Form({"name": TEXT, "clone_url": TEXT, "path": TEXT}, {"default_namespace": TEXT, "priority": WHOLE}),
)
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make or change an instance to what a bootstrap file's `[[distgit]]` says."""
    _check_path(entry)
    values = {
        "clone_url": entry["clone_url"].rstrip("/"),
        "path": entry["path"],
        "default_namespace": entry.get("default_namespace", ""),
        "priority": entry.get("priority", 100),
    }
    found = call.tx.row(_FIND, {"name": entry["name"]})
    if found is None:
        call.tx.insert(DistGit, name=entry["name"], **values)
        return [f"distgit {entry['name']}"]
    changed = {name: value for name, value in values.items() if value != found[name]}
    if changed:
        call.tx.update(DistGit, changed, id=found["id"])
    return [f"distgit {entry['name']}: {', '.join(changed)}"] if changed else []


def _check_path(entry: Row) -> None:
    found = {place for _, place, _, _ in string.Formatter().parse(entry["path"]) if place is not None}
    if "pkgname" not in found or found - _PLACES:
        raise ConfigurationError(f"distgit {entry['name']}: a path has {{pkgname}}, and may have {{namespace}}")
