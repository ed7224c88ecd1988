"""The methods of the API: name, signature, what a caller must be allowed, and whether it writes."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from appliance.errors import GenericError, ParameterError
from appliance.hub.authority import Need
from appliance.hub.hub import Call
from appliance.rpc.koji import parameters

Function = Callable[..., Any]
KOJI_VERSION = "1.35.3"  # of the hub whose behaviour this one has


@dataclass(frozen=True)
class Method:
    """One method of the API; `function` takes the Call first, then the API's parameters under their API
    names.

    `writes` says whether it may change rows; a parameter's name, that it may when that argument is true.
    `first` is done with the same arguments before the writing transaction, for what may take time or refuse.
    `later` are parameters of Koji versions after KOJI_VERSION: they are taken, and not listed.
    """

    name: str
    function: Function
    need: Need
    writes: bool | str
    signature: inspect.Signature
    first: Function | None = None
    later: tuple[str, ...] = ()

    @cached_property
    def listed(self) -> inspect.Signature:
        """The signature as the API tells of itself."""
        shown = [each for each in self.signature.parameters.values() if each.name not in self.later]
        return self.signature.replace(parameters=shown)

    @cached_property
    def most(self) -> float:
        """How many arguments fit by their place."""
        kinds = [each.kind for each in self.signature.parameters.values()]
        if inspect.Parameter.VAR_POSITIONAL in kinds:
            return math.inf
        return kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD)

    @cached_property
    def least(self) -> float:
        """How many arguments there must be; no number is enough where one must be given by name."""
        needed = [each for each in self.signature.parameters.values() if _is_needed(each)]
        if any(each.kind is each.KEYWORD_ONLY for each in needed):
            return math.inf
        return len(needed)

    @property
    def help(self) -> str:
        """`name(parameters)` and what is promised."""
        return f"{self.name}{self.listed}\ndescription: {self.doc}"

    @cached_property
    def doc(self) -> str:
        """What it is for and answers, its parameters with their types, and who may call it."""
        text = inspect.getdoc(self.function) or ""
        told = parameters.lines(self.name, self.signature, text)
        parts = [text, "\n".join(["Parameters:", *told]) if told else "", f"Needs: {self.need.words}."]
        return "\n\n".join(filter(None, parts))

    @property
    def arguments(self) -> list[Any]:
        """Parameter names, with [name, default] where there is a default, as `_listapi` shows them."""
        return [_shown(parameter) for parameter in self.listed.parameters.values()]

    @property
    def argspec(self) -> list[Any]:
        """What Python's inspect.getfullargspec gives: names, *name, **name, defaults, and what only
        keywords have.
        """
        listed = self.listed.parameters.values()
        named = [each for each in listed if each.kind is each.POSITIONAL_OR_KEYWORD]
        rest = {each.kind: each.name for each in listed}
        defaults = [each.default for each in named if each.default is not each.empty]
        return [
            [each.name for each in named],
            rest.get(inspect.Parameter.VAR_POSITIONAL),
            rest.get(inspect.Parameter.VAR_KEYWORD),
            defaults or None,
            [],
            None,
            {},
        ]

    def may_write(self, args: list[Any], kwargs: dict[str, Any]) -> bool:
        """Whether a call with these arguments needs the writing transaction."""
        if isinstance(self.writes, bool):
            return self.writes
        place = list(self.signature.parameters).index(self.writes)
        return bool(kwargs.get(self.writes) or (len(args) > place and args[place]))

    def screen(self, call: Call, args: list[Any], kwargs: dict[str, Any]) -> None:
        """Refuse what can be refused before anything is done."""
        self._check(call, args, kwargs)
        if self.first is not None:
            self.first(call, *args, **kwargs)

    def run(self, call: Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Check what the caller is allowed and the call's shape, and do it."""
        self._check(call, args, kwargs)
        return self.function(call, *args, **kwargs)

    def _check(self, call: Call, args: list[Any], kwargs: dict[str, Any]) -> None:
        if kwargs or not self.least <= len(args) <= self.most:
            bound(self.name, self.signature, args, kwargs)
        self.need.check(call.session)


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


def method(
    need: Need,
    writes: bool | str = False,
    name: str | None = None,
    first: Function | None = None,
    later: tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Register a function as a method of the API. NEED has no default: nothing is open by omission."""
    if not isinstance(need, Need):
        raise TypeError("a method must declare what its caller needs")

    def register(function: Function) -> Function:
        parameters = list(inspect.signature(function).parameters.values())[1:]
        signature = inspect.Signature([each.replace(annotation=inspect.Parameter.empty) for each in parameters])
        METHODS.add(Method(name or function.__name__, function, need, writes, signature, first, later))
        return function

    return register


def bound(name: str, signature: inspect.Signature, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Refuse arguments that do not fit the signature of the method NAME. Raises ParameterError."""
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise ParameterError(f"{name}() {error}") from None


def _is_needed(parameter: inspect.Parameter) -> bool:
    several = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and not several


def _shown(parameter: inspect.Parameter) -> Any:
    if parameter.default is inspect.Parameter.empty:
        return parameter.name
    return [parameter.name, parameter.default]
