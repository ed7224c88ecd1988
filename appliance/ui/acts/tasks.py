"""What people do with tasks: cancel, submit again, hurry."""

from appliance.errors import GenericError
from appliance.hub import submissions, tasks
from appliance.hub.authority import ADMIN, LOGIN, ruled
from appliance.ui.forms import Form
from appliance.ui.pages.tasks import one
from appliance.ui.site import act
from appliance.ui.visit import Visit


@act(
    "/tasks/<task_id:int>/cancel",
    need=ruled("the task's owner, or an admin", LOGIN),
    page=one,
    like="cancelTask",
)
def cancel(visit: Visit, form: Form, task_id: int) -> str:
    tasks.withdraw(visit.call, task_id)
    visit.notice = "The task is cancelled."
    return f"/tasks/{task_id}"


@act("/tasks/<task_id:int>/resubmit", need=LOGIN, page=one, like="resubmitTask")
def resubmit(visit: Visit, form: Form, task_id: int) -> str:
    made = submissions.again(visit.call, task_id)
    visit.notice = f"Submitted again: this is task {made}."
    return f"/tasks/{made}"


@act("/tasks/<task_id:int>/priority", need=ADMIN, page=one, like="setTaskPriority")
def hurry(visit: Visit, form: Form, task_id: int) -> str:
    """Give a task and its parts another priority."""
    priority = form.number("priority")
    if priority is None:
        raise GenericError("Say a priority: the lower, the sooner.")
    tasks.set_priority(visit.call, task_id, priority, recurse=True)
    visit.notice = f"Its priority is {priority}."
    return f"/tasks/{task_id}"
