"""Methods that ask hub policies."""

from typing import Any

from appliance.hub import policy
from appliance.hub.authority import ANYONE, HOST
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def evalPolicy(call: Call, name: Any, data: Any) -> Any:
    """The action that policy `name` chooses for `data`; nil if no rule holds, an error if there is no such
    policy.
    """
    return policy.evaluate(call, name, data)


@method(HOST, name="host.evalPolicy")
def host_evalPolicy(call: Call, name: Any, data: Any) -> Any:
    """As `evalPolicy`, for build hosts."""
    return policy.evaluate(call, name, data)


@method(HOST, name="host.checkPolicy")
def host_checkPolicy(call: Call, name: Any, data: Any, default: Any = "deny", strict: bool = False) -> Any:
    """[whether policy `name` allows what `data` describes, the reason]; `strict` makes a refusal an error."""
    return policy.check(call, name, data, default, strict)


@method(HOST, name="host.assertPolicy")
def host_assertPolicy(call: Call, name: Any, data: Any, default: Any = "deny") -> None:
    """An error unless policy `name` allows what `data` describes."""
    policy.enforce(call, name, data, default)
