"""The methods of the API: name, signature, what a caller must be allowed, and whether it writes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.errors import GenericError, ParameterError
from appliance.hub.authority import Need
from appliance.hub.hub import Call

Function = Callable[..., Any]


@dataclass(frozen=True)
class Method:
    """One method of the API; `function` takes the Call first, then the API's parameters under their API names.

    `writes` says whether it may change rows; a parameter's name, that it may when that argument is true.
    """

    name: str
    function: Function
    need: Need
    writes: bool | str
    signature: inspect.Signature

    @property
    def help(self) -> str:
        """`name(parameters)` and what is promised."""
        text = f"{self.name}{self.signature}"
        doc = inspect.getdoc(self.function)
        return f"{text}\ndescription: {doc}" if doc else text

    @property
    def arguments(self) -> list[Any]:
        """Parameter names, with [name, default] where there is a default, as `_listapi` shows them."""
        return [_shown(parameter) for parameter in self.signature.parameters.values()]

    def may_write(self, args: list[Any], kwargs: dict[str, Any]) -> bool:
        """Whether a call with these arguments needs the writing transaction."""
        if isinstance(self.writes, bool):
            return self.writes
        place = list(self.signature.parameters).index(self.writes)
        return bool(kwargs.get(self.writes) or (len(args) > place and args[place]))

    def run(self, call: Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Check what the caller is allowed and the call's shape, and do it."""
        self.need.check(call.session)
        try:
            self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ParameterError(f"{self.name}() {error}") from None
        return self.function(call, *args, **kwargs)


class Registry:
    """All methods by name."""

    def __init__(self) -> None:
        self.methods: dict[str, Method] = {}

    def add(self, method: Method) -> None:
        if method.name in self.methods:
            raise ValueError(f"two methods are called {method.name}")
        self.methods[method.name] = method

    def find(self, name: Any) -> Method:
        method = self.methods.get(name) if isinstance(name, str) else None
        if method is None:
            raise GenericError(f"Invalid method: {name}")
        return method


METHODS = Registry()


def method(need: Need, writes: bool | str = False, name: str | None = None) -> Callable[[Function], Function]:
    """Register a function as a method of the API. NEED has no default: nothing is open by omission."""
    if not isinstance(need, Need):
        raise TypeError("a method must declare what its caller needs")

    def register(function: Function) -> Function:
        parameters = list(inspect.signature(function).parameters.values())[1:]
        signature = inspect.Signature([each.replace(annotation=inspect.Parameter.empty) for each in parameters])
        METHODS.add(Method(name or function.__name__, function, need, writes, signature))
        return function

    return register


def _shown(parameter: inspect.Parameter) -> Any:
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return f"*{parameter.name}"
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return f"**{parameter.name}"
    if parameter.default is inspect.Parameter.empty:
        return parameter.name
    return [parameter.name, parameter.default]
