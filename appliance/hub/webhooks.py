"""Webhooks: the secret in a project's webhook addresses, by which a forge shows that it may have packages built."""

import uuid

from appliance.db.connection import Row
from appliance.db.models.copr import Project
from appliance.hub import project_permissions
from appliance.hub.hub import Call


def new_secret(call: Call, project: Row) -> Row:
    """Give the project another secret, in place of the one that it has; the project with it, as the API shows it."""
    project_permissions.require_insight(call, project)
    secret = str(uuid.uuid4())
    call.tx.update(Project, {"webhook_secret": secret}, id=project["id"])
    return {**{name: project[name] for name in ("id", "name", "ownername", "full_name")}, "webhook_secret": secret}
