"""What people do with builds of projects."""

from appliance.errors import GenericError
from appliance.hub import copr_builds, copr_removals, copr_submissions, promotions
from appliance.hub.authority import LOGIN, ruled
from appliance.ui import wording
from appliance.ui.forms import Form
from appliance.ui.pages.copr_builds import one
from appliance.ui.site import act
from appliance.ui.visit import Visit

_BUILDER = ruled("a builder of the project", LOGIN)
_ADMIN = ruled("an admin of the project", LOGIN)


@act("/coprs/build/<build_id:int>/cancel", need=_BUILDER, page=one)
def cancel(visit: Visit, form: Form, build_id: int) -> str:
    copr_builds.cancel(visit.call, copr_builds.get(visit.call, build_id))
    visit.notice = "The build is cancelled."
    return f"/coprs/build/{build_id}"


@act("/coprs/build/<build_id:int>/resubmit", need=_BUILDER, page=one)
def resubmit(visit: Visit, form: Form, build_id: int) -> str:
    made = copr_submissions.again(visit.call, copr_builds.get(visit.call, build_id))
    visit.notice = f"Submitted again: this is build {made}."
    return f"/coprs/build/{made}"


@act("/coprs/build/<build_id:int>/promote", need=_BUILDER, page=one)
def promote(visit: Visit, form: Form, build_id: int) -> str:
    """Make it a build of Koji's, which goes into a tag under that tag's rules."""
    if not form.text("tag"):
        raise GenericError("Say into which tag.")
    made = promotions.promote(visit.call, build_id, form.text("tag"), form.all("chroots") or None)
    visit.notice = f"{made['nvr']} is a build of Koji's; task {made['task_id']} tags it into {form.text('tag')}."
    return f"/builds/{made['build_id']}"


@act("/coprs/build/<build_id:int>/delete", need=_ADMIN, page=one)
def delete(visit: Visit, form: Form, build_id: int) -> str:
    build = copr_builds.get(visit.call, build_id)
    copr_removals.build(visit.call, build)
    visit.notice = f"Build {build_id} is deleted."
    return wording.project_address(build["ownername"], build["projectname"])
