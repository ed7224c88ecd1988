"""The reference of Koji's API, docs/koji-api.md, made from what the methods say of themselves."""

import inspect
import sys
from itertools import groupby
from pathlib import Path

from appliance import errors
from appliance.rpc.koji import load_methods
from appliance.rpc.koji.registry import Method

PAGE = Path(__file__).resolve().parent.parent / "docs" / "koji-api.md"
OPENING = """\
# Koji's API, method by method

Made by `make reference`; do not edit. The hub answers it as XML-RPC at `/kojihub`, and as JSON at `/kojihub/json`
(`{"method": "getBuild", "params": ["bash-5.1-1"], "kwargs": {"strict": true}}`; a list of these is one multicall).
`system.methodHelp` tells the same of one method.

An int, str or struct that names something may be an id, a name, or a struct with one of these. Times that end in
`_time` are text, those in `_ts` seconds since the epoch. An argument of a wrong type is a ParameterError, what is not
there a GenericError, what the caller may not do an ActionNotAllowed. The faults and their codes:

"""


def text() -> str:
    """The whole page."""
    methods = sorted(load_methods().methods.values(), key=lambda each: (noun(each), each.name))
    parts = [OPENING, *_faults(), ""]
    for title, found in groupby(methods, key=noun):
        parts += ["", f"## {title.capitalize()}", "", sys.modules[_module(title)].__doc__.strip(), ""]
        parts += [_entry(each) for each in found]
    return "\n".join(parts).rstrip("\n") + "\n"


def noun(method: Method) -> str:
    """What a method is about: the module that has it."""
    return method.function.__module__.rpartition(".")[2].replace("_", " ")


def _module(title: str) -> str:
    return f"appliance.rpc.koji.{title.replace(' ', '_')}"


def _faults() -> list[str]:
    family = {
        each.faultCode: each.__name__
        for each in vars(errors).values()
        if inspect.isclass(each) and issubclass(each, errors.GenericError) and "faultCode" in vars(each)
    }
    return ["| code | fault |", "| --- | --- |", *(f"| {code} | {name} |" for code, name in sorted(family.items()))]


def _entry(method: Method) -> str:
    return f"### {method.name}\n\n```\n{method.name}{method.signature}\n```\n\n{method.doc}\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
