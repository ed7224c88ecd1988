"""Methods of side tags."""

from typing import Any

from appliance.hub import sidetags
from appliance.hub.authority import ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

OWNER = ruled("the side tag's owner, or admin", LOGIN)


@method(ruled("hub policy sidetag"), writes=True)
def createSideTag(call: Call, basetag: Any, debuginfo: bool = False, suffix: Any = None) -> Any:
    """Make a side tag of a tag, and a target of the same name; `id, name, task_id, request`.

    `debuginfo`: its repositories shall have debuginfo. `suffix`: an allowed end of its name.
    """
    return sidetags.create(call, basetag, debuginfo, suffix)


@method(OWNER, writes=True)
def removeSideTag(call: Call, sidetag: Any) -> None:
    """Delete a side tag and its target."""
    sidetags.remove(call, sidetag)


@method(ANYONE)
def listSideTags(call: Call, basetag: Any = None, user: Any = None, queryOpts: Any = None) -> Any:
    """Side tags, those of a tag, those of a user: `id, name, user_id` (text), `user_name`."""
    return sidetags.listing(call, basetag, user, queryOpts)


@method(OWNER, writes=True)
def editSideTag(
    call: Call,
    sidetag: Any,
    debuginfo: Any = None,
    rpm_macros: Any = None,
    remove_rpm_macros: Any = None,
    extra: Any = None,
    remove_extra: Any = None,
) -> None:
    """Change a side tag as far as the extra settings of the tag below it allow.

    - debuginfo: whether its repositories have debuginfo; if `sidetag_debuginfo_allowed`
    - rpm_macros: struct of macros to set, remove_rpm_macros: list of those to remove; if their names are
      among the patterns of `sidetag_rpm_macros_allowed`
    - extra, remove_extra: any other settings, for admins and those with permission `sidetag_admin`
    """
    sidetags.edit(call, sidetag, debuginfo, rpm_macros, remove_rpm_macros, extra, remove_extra)
