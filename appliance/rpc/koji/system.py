"""Methods about the API itself: hello, echo, versions, help."""

from typing import Any

from appliance.errors import GenericError
from appliance.hub import filtering
from appliance.hub.authority import ANYONE, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import KOJI_VERSION, METHODS, method


@method(ANYONE)
def hello(call: Call, *args: Any) -> str:
    """`Hello World`, whatever is said to it."""
    return "Hello World"


@method(ANYONE)
def echo(call: Call, *args: Any) -> tuple[Any, ...]:
    """The arguments, as they arrived."""
    return args


@method(ANYONE)
def getAPIVersion(call: Call) -> int:
    """The API's version, 1."""
    return 1


@method(ANYONE)
def getKojiVersion(call: Call) -> str:
    """The version of Koji whose behaviour this hub has."""
    return KOJI_VERSION


@method(ANYONE)
def error(call: Call) -> None:
    """Raises a GenericError, for clients that test how they cope."""
    raise GenericError("test error")


@method(ANYONE)
def fault(call: Call) -> None:
    """Raises an error outside the known family, for clients that test how they cope."""
    raise Exception("test exception")


@method(ANYONE)
def mavenEnabled(call: Call) -> bool:
    """Whether Maven builds are accepted."""
    return call.settings.koji.enable_maven


@method(ANYONE)
def winEnabled(call: Call) -> bool:
    """Whether Windows builds are accepted."""
    return call.settings.koji.enable_win


@method(ANYONE, name="_listapi")
def listapi(call: Call) -> list[dict[str, Any]]:
    """Every method: `name`, `args` (names, or [name, default]), `argdesc`, `argspec`, `doc`."""
    return [
        {
            "name": each.name,
            "args": each.arguments,
            "argdesc": str(each.listed),
            "argspec": each.argspec,
            "doc": each.doc,
        }
        for each in METHODS.methods.values()
    ]


@method(ANYONE, name="system.listMethods")
def list_methods(call: Call) -> list[str]:
    """The names of all methods."""
    return list(METHODS.methods)


@method(ANYONE, name="system.methodSignature")
def method_signature(call: Call, method: str) -> str:
    """XML-RPC's signatures can't say what Python's do; `_listapi` has them."""
    return "signatures not supported"


@method(ANYONE, name="system.methodHelp")
def method_help(call: Call, method: str) -> str:
    """The signature and the documentation of a method; empty for an unknown one."""
    found = METHODS.methods.get(method) if isinstance(method, str) else None
    return found.help if found else ""


_AS_NAMED = ruled("what the named method asks for")


@method(_AS_NAMED)
def count(call: Call, methodName: Any, *args: Any, **kw: Any) -> int:
    """How many items the answer of another method has: 0 for nil, 1 for what is neither list nor struct."""
    result = METHODS.find(methodName).run(call, list(args), kw)
    if result is None:
        return 0
    return len(result) if isinstance(result, (list, tuple, dict)) else 1


@method(_AS_NAMED)
def filterResults(call: Call, methodName: Any, *args: Any, **kw: Any) -> Any:
    """The answer of another method, a list of structs, ordered and cut by the keyword `filterOpts`.

    `order` is a key, with `-` before it for the reverse; `offset`, `limit`; `noneGreatest` (default true)
    puts nil
    last.
    """
    return _filtered(call, methodName, args, kw)[1]


@method(_AS_NAMED)
def countAndFilterResults(call: Call, methodName: Any, *args: Any, **kw: Any) -> Any:
    """[how many items the answer of another method has, what `filterResults` makes of it]."""
    return _filtered(call, methodName, args, kw)


def _filtered(call: Call, name: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, Any]:
    options = kwargs.pop("filterOpts", None)
    found = METHODS.find(name)
    try:
        result = found.run(call, list(args), kwargs)
    except GenericError as error:
        raise GenericError(f"method {name} raised an exception ({error})") from error
    if result is None:
        return 0, None
    if not isinstance(result, list):
        raise GenericError(f"{name}() did not return a list")
    return len(result), filtering.cut(result, options)
