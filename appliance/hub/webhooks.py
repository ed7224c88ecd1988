"""Webhooks: a forge says what was pushed, and the packages that it touches are built again."""

import hashlib
import hmac
import json
import re
import secrets
import shutil
import uuid
from collections.abc import Mapping
from typing import Any

from appliance import durable
from appliance.db.connection import Row
from appliance.db.models.copr import Project, WebhookDelivery
from appliance.errors import AccessRestricted, BadRequest, NotFound
from appliance.hub import (
    copr_packages,
    copr_submissions,
    project_dirs,
    project_permissions,
    projects,
    pushes,
    users,
)
from appliance.hub.hub import Call, Session
from appliance.paths import inside

PAYLOAD = "hook_payload"  # the file in which a custom script finds what was sent
_COMMITTISH = re.compile(r"[A-Za-z0-9_][\w.+/@-]*", re.ASCII)
_WAITING = """
SELECT k.name FROM copr_package k WHERE k.project_id = :project AND k.webhook_rebuild AND k.source_type = 'scm'
ORDER BY k.id
"""
_DELIVERED = "SELECT builds FROM webhook_delivery WHERE project_id = :project AND delivery = :delivery"

# Where forges put the signature of the body (made with which digest), and the number of the delivery.
_SIGNED = {
    "github": (("X-Hub-Signature-256", "sha256"), ("X-Hub-Signature", "sha1")),
    "bitbucket": (("X-Hub-Signature", "sha256"),),
    "pagure": (("X-Pagure-Signature-256", "sha256"), ("X-Pagure-Signature", "sha1")),
    "gitlab": (),
    "custom": (("X-Hub-Signature-256", "sha256"),),
}
_NUMBERED = {
    "github": "X-GitHub-Delivery",
    "bitbucket": "X-Request-UUID",
    "pagure": "X-Pagure-Msg-Id",
    "gitlab": "X-Gitlab-Event-UUID",
    "custom": "X-GitHub-Delivery",
}
FORGES = tuple(pushes.READERS)


def new_secret(call: Call, project: Row) -> Row:
    """Give the project another secret, in place of the one that it has; the project with it, as the API shows it."""
    project_permissions.require_insight(call, project)
    secret = str(uuid.uuid4())
    call.tx.update(Project, {"webhook_secret": secret}, id=project["id"])
    return {**{name: project[name] for name in ("id", "name", "ownername", "full_name")}, "webhook_secret": secret}


# who speaks


def admitted(call: Call, project: Row, secret: str, forge: str, headers: Mapping[str, str], body: bytes) -> None:
    """Refuse whoever does not know the project's secret, and a body that is not signed with it where it is signed.

    Pagure signs with a key of its own, which the settings can name. Raises AccessRestricted.
    """
    held = project["webhook_secret"]
    if not held or not hmac.compare_digest(held.encode(), secret.encode()):
        raise AccessRestricted("This webhook is not valid")
    keys = [held, *call.settings.copr.webhook_keys]
    token = headers.get("X-Gitlab-Token")
    if forge == "gitlab" and token and not _is_one(token, keys):
        raise AccessRestricted("The webhook's token is not the project's secret")
    given = [(headers[name], digest) for name, digest in _SIGNED[forge] if name in headers]
    if given and not _is_one(given[0][0].rpartition("=")[2], [_sign(key, body, given[0][1]) for key in keys]):
        raise AccessRestricted("The webhook's signature is not made with the project's secret")
    if not given and not token and call.settings.copr.webhook_signatures:
        raise AccessRestricted("The webhook is not signed, and must be")


def _sign(key: str, body: bytes, digest: str) -> str:
    return hmac.new(key.encode(), body, getattr(hashlib, digest)).hexdigest()


def _is_one(given: str, known: list[str]) -> bool:
    return any(hmac.compare_digest(given.encode(), each.encode()) for each in known)


# what follows


def pushed(
    call: Call, forge: str, project_id: int, secret: str, headers: Mapping[str, str], body: bytes, name: str | None
) -> list[int]:
    """Build what a push touches, or the package NAME alone if it does; the ids of the builds.

    A delivery that comes again gives the builds that it gave.
    """
    project = projects.get(call, project_id)
    admitted(call, project, secret, forge, headers, body)
    known = _delivered(call, project, forge, headers)
    if known is not None:
        return known
    push = pushes.read(forge, headers, _document(body))
    if push is None:
        return []
    if not _COMMITTISH.fullmatch(push.committish):
        raise BadRequest(f"invalid committish: {push.committish!r}")
    _act_as_owner(call, project)
    touched = [each for each in _packages(call, project) if pushes.touches(push, each, name)]
    built = [_rebuild(call, project, each, {"committish": push.committish}, push.actor) for each in touched]
    return _note(call, project, forge, headers, built)


def asked(
    call: Call,
    project: Row,
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    name: str | None,
    dirname: str | None = None,
) -> list[int]:
    """Build the package NAME from its own source; a custom script finds BODY. The ids of the builds.

    DIRNAME is a side directory, made if there is none.
    """
    admitted(call, project, secret, "custom", headers, body)
    if name is None:
        raise BadRequest("PACKAGE_NAME_REQUIRED")
    known = _delivered(call, project, "custom", headers)
    if known is not None:
        return known
    package = copr_packages.find(call, project, name)
    if headers.get("X-GitHub-Event") == "ping":
        return []
    if dirname:
        project_dirs.check(call, project, dirname)
    _act_as_owner(call, project)
    wanted = {"project_dirname": dirname} if dirname else {}
    built = [_rebuild(call, project, package, _kept(call, package, body), None, wanted)]
    return _note(call, project, "custom", headers, built)


def _kept(call: Call, package: Row, body: bytes) -> Row:
    """Keep what was sent where a custom script's job finds it; what the source says of it."""
    if not body or package["source_type"] != "custom":
        return {}
    room = secrets.token_urlsafe(16)
    folder = inside(call.paths.submitted, room)
    folder.mkdir(parents=True)
    call.tx.on_rollback(lambda: shutil.rmtree(folder, ignore_errors=True))
    (folder / PAYLOAD).write_bytes(body)
    durable.sync(folder / PAYLOAD)
    return {"tmp": room, "hook_data": True}


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("Bad Request") from None


def _packages(call: Call, project: Row) -> list[Row]:
    """The packages of the project that a push may have built."""
    return [copr_packages.find(call, project, name) for name in call.tx.column(_WAITING, {"project": project["id"]})]


def _act_as_owner(call: Call, project: Row) -> None:
    """What a webhook has built is built as by the one who made the project."""
    owner = users.require(call, project["user_id"])
    call.session = Session(user_id=owner["id"], user_name=owner["name"])


def _rebuild(call: Call, project: Row, package: Row, change: Row, actor: str | None, wanted: Row | None = None) -> int:
    source = {**json.loads(package["source_json"]), **change}
    said = {"source_type": package["source_type"], "source": source, "package": package, "submitted_by": actor}
    return copr_submissions.submit(call, project, {**said, **(wanted or {})})


def _delivered(call: Call, project: Row, forge: str, headers: Mapping[str, str]) -> list[int] | None:
    number = headers.get(_NUMBERED[forge])
    if not number:
        return None
    found = call.tx.value(_DELIVERED, {"project": project["id"], "delivery": f"{forge} {number}"})
    return None if found is None else list(json.loads(found))


def _note(call: Call, project: Row, forge: str, headers: Mapping[str, str], built: list[int]) -> list[int]:
    number = headers.get(_NUMBERED[forge])
    if number:
        values = {"project_id": project["id"], "delivery": f"{forge} {number}", "time": call.now()}
        call.tx.insert(WebhookDelivery, **values, builds=json.dumps(built))
    return built


def project_of_dir(call: Call, ownername: str, dirname: str) -> Row:
    """The project that a directory is of, or would be. Raises NotFound."""
    found = projects.look(call, ownername, dirname.partition(":")[0])
    if found is None:
        raise NotFound("PROJECT_NOT_FOUND")
    return found
