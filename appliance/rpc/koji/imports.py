"""Methods that bring files into builds."""

from typing import Any

from appliance.hub import imports
from appliance.hub.authority import ADMIN
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ADMIN, writes=True, first=imports.prepare)
def importRPM(call: Call, path: Any, basename: Any) -> Any:
    """Import the uploaded RPM `basename` in directory `path`; a source package makes its build if need be.

    Answers the RPM's fields with `sourcepackage`, `sourcerpm`, `brootid` and the `build` it went to.
    """
    return imports.upload(call, path, basename)
