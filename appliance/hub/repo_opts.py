"""Options of a repository: sources, debuginfo, Maven archives; what its tag says, what a request changes."""

import json
from typing import Any

import koji.util

from appliance.db.connection import Row
from appliance.errors import ParameterError
from appliance.hub.hub import Call

_KNOWN = ("src", "debuginfo", "separate_src", "maven")


def checked(opts: Any) -> Row:
    """The options that a client gives, as booleans; a ParameterError names an unknown one. None: none."""
    if opts is None:
        return {}
    if not isinstance(opts, dict):
        raise ParameterError("Repo opts must be a dictionary")
    for name in opts:
        if name not in _KNOWN:
            raise ParameterError(f"Invalid repo option: {name}")
    return known(opts)


def known(opts: Any) -> Row:
    """The options that there are among OPTS, as booleans."""
    if not isinstance(opts, dict):
        return {}
    return {name: bool(value) for name, value in opts.items() if name in _KNOWN and value is not None}


def text(opts: Row) -> str:
    """Options as they are stored: equal ones are equal texts."""
    return json.dumps(opts, sort_keys=True)


def of_tag(call: Call, tag: Row, override: Any = None) -> tuple[Row, Row]:
    """(the options of a repository of TAG, those among them that differ from its own because of OVERRIDE)."""
    own = _default(call, tag)
    custom = {name: value for name, value in known(override).items() if value != own[name]}
    return {**own, **custom}, custom


def _default(call: Call, tag: Row) -> Row:
    settings, extra = call.settings.repositories, tag["extra"]
    opts = {
        "src": _named(tag, settings.source_tags),
        "debuginfo": _named(tag, settings.debuginfo_tags),
        "separate_src": _named(tag, settings.separate_source_tags),
        "maven": False,
    }
    if "repo.opts" in extra:
        opts.update(known(extra["repo.opts"]))
    elif "with_debuginfo" in extra:
        opts["debuginfo"] = bool(extra["with_debuginfo"])
    opts["maven"] = call.settings.koji.enable_maven and (opts["maven"] or bool(tag["maven_support"]))
    return opts


def _named(tag: Row, patterns: str) -> bool:
    return bool(patterns) and bool(koji.util.multi_fnmatch(tag["name"], patterns))
