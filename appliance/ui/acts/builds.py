"""What people do with builds: cancel, build again, tag, untag."""

from appliance.errors import GenericError
from appliance.hub import builds, removal, submissions, tagging
from appliance.hub.authority import LOGIN, ruled
from appliance.ui.forms import Form
from appliance.ui.pages.builds import one
from appliance.ui.site import act
from appliance.ui.visit import Visit

_BY_POLICY = ruled("whom the hub policy tag allows", LOGIN)
_OWNER = ruled("the build's owner, or admin", LOGIN)


@act("/builds/<build_id:int>/cancel", need=_OWNER, page=one, like="cancelBuild")
def cancel(visit: Visit, form: Form, build_id: int) -> str:
    if not removal.cancel(visit.call, build_id, strict=True):
        raise GenericError("It is not being built any more.")
    visit.notice = "The build is cancelled."
    return f"/builds/{build_id}"


@act("/builds/<build_id:int>/resubmit", need=LOGIN, page=one, like="resubmitTask")
def resubmit(visit: Visit, form: Form, build_id: int) -> str:
    """Submit the task that failed to make the build once more."""
    task_id = builds.require(visit.call, build_id)["task_id"]
    if task_id is None:
        raise GenericError("No task made this build.")
    made = submissions.again(visit.call, task_id)
    visit.notice = f"Submitted again, as task {made}."
    return f"/tasks/{made}"


@act("/builds/<build_id:int>/tag", need=_BY_POLICY, page=one, like="tagBuild")
def tag(visit: Visit, form: Form, build_id: int) -> str:
    """Have a build tagged, by a task as Koji's clients do."""
    if not form.text("tag"):
        raise GenericError("Say which tag.")
    task_id = tagging.request(visit.call, form.text("tag"), build_id)
    visit.notice = f"Task {task_id} tags it into {form.text('tag')}."
    return f"/builds/{build_id}"


@act("/builds/<build_id:int>/untag", need=_BY_POLICY, page=one, like="untagBuild")
def untag(visit: Visit, form: Form, build_id: int) -> str:
    tagging.remove(visit.call, form.text("tag"), build_id, notify=True)
    visit.notice = f"It is in {form.text('tag')} no more."
    return f"/builds/{build_id}"
