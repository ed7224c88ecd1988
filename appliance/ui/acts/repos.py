"""What people do with repositories of tags."""

from appliance.errors import GenericError
from appliance.hub import repos
from appliance.hub.authority import permission
from appliance.ui.forms import Form
from appliance.ui.pages.repos import one
from appliance.ui.site import act
from appliance.ui.visit import Visit

_REPO = permission("repo")


@act("/repos/<repo_id:int>/expire", need=_REPO, page=one, like="repoExpire")
def expire(visit: Visit, form: Form, repo_id: int) -> str:
    repos.expire(visit.call, repo_id)
    visit.notice = "It is expired: no new build uses it."
    return f"/repos/{repo_id}"


@act("/repos/<repo_id:int>/delete", need=_REPO, page=one, like="repoDelete")
def delete(visit: Visit, form: Form, repo_id: int) -> str:
    used = repos.delete(visit.call, repo_id)
    if used:
        raise GenericError(f"{used} buildroots use it.")
    visit.notice = "It is deleted."
    return f"/repos/{repo_id}"
