"""What people do with targets."""

from appliance.hub import targets
from appliance.hub.authority import permission
from appliance.ui.forms import Form
from appliance.ui.pages.targets import listing, one
from appliance.ui.rendering import path
from appliance.ui.site import act
from appliance.ui.visit import Visit

_TARGET = permission("target")


@act("/targets/new", need=_TARGET, page=listing, like="createBuildTarget")
def create(visit: Visit, form: Form) -> str:
    targets.create(visit.call, form.text("name"), form.text("build_tag"), form.text("dest_tag"))
    visit.notice = f"The target {form.text('name')} is made."
    return f"/targets/{path(form.text('name'))}"


@act("/targets/edit/<name:path>", need=_TARGET, page=one, like="editBuildTarget")
def edit(visit: Visit, form: Form, name: str) -> str:
    wanted = form.text("name") or name
    targets.edit(visit.call, name, wanted, form.text("build_tag"), form.text("dest_tag"))
    visit.notice = "Saved."
    return f"/targets/{path(wanted)}"


@act("/targets/delete/<name:path>", need=_TARGET, page=one, like="deleteBuildTarget")
def delete(visit: Visit, form: Form, name: str) -> str:
    targets.delete(visit.call, name)
    visit.notice = f"The target {name} is deleted."
    return "/targets"
