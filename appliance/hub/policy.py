"""Hub policies: rules in Koji's language that decide what users may do, and where tasks and builds go."""

import logging
from functools import cache
from typing import Any

import koji.policy

from appliance import arguments
from appliance.db.connection import Row
from appliance.errors import ActionNotAllowed, ConfigurationError, GenericError
from appliance.hub import facts, policy_tests
from appliance.hub.facts import Facts
from appliance.hub.hub import Call
from appliance.settings import Settings

log = logging.getLogger(__name__)

# What holds where the settings say nothing else: the decisions of a new Koji.
DEFAULTS: dict[str, str] = {
    "build_rpm": "all :: allow",
    "build_from_srpm": "has_perm admin :: allow\nall :: deny Only admin can do this via default policy",
    "build_from_repo_id": "has_perm admin :: allow\nall :: deny Only admin can do this via default policy",
    "build_from_scm": "has_perm admin :: allow\nall :: deny Only admin can do this via default policy",
    "package_list": "has_perm admin tag :: allow\nall :: deny Only admin/tag can do this via default policy",
    "channel": "has req_channel :: req\nis_child_task :: parent\nall :: use default",
    "vm": "has_perm admin win-admin :: allow\nall :: deny Only admin/win-admin can do this via default policy",
    "cg_import": "all :: allow",
    "volume": "all :: DEFAULT",
    "priority": "all :: stay",
    "draft_promotion": "has_perm draft-promoter :: allow\nis_build_owner :: allow\n"
    "all :: deny Only draft-promoter and build owner can do this via default policy",
}
_TRUE = ("yes", "true", "allow")


class Policy(koji.policy.BaseSimpleTest):
    """`policy NAME`: whether another policy says yes, true or allow."""

    name = "policy"

    def run(self, data: Facts) -> bool:
        if id(self) in data.running:
            raise GenericError(f"encountered policy loop at {self.str}")
        data.running.add(id(self))
        try:
            return (apply(data, self.str.split()[1]) or "").lower() in _TRUE
        finally:
            data.running.discard(id(self))


_OURS = {key: value for key, value in vars(policy_tests).items() if getattr(value, "name", None)}
_TESTS = koji.policy.findSimpleTests([_OURS, {"Policy": Policy}, vars(koji.policy)])


def text(settings: Settings, name: str) -> str | None:
    """The rules of policy NAME: the settings' own, else the default ones; None where there are none."""
    return settings.koji.policy.get(name, DEFAULTS.get(name))


def verify(settings: Settings) -> None:
    """Raise a ConfigurationError that names the first policy whose rules can't be read."""
    for name, rules in settings.koji.policy.items():
        try:
            _ruleset(rules)
        except Exception as error:  # the engine raises all sorts for what it can't read
            raise ConfigurationError(f"policy {name}: {error}") from error


@cache
def _ruleset(rules: str) -> koji.policy.SimpleRuleSet:
    return koji.policy.SimpleRuleSet(rules.splitlines(), _TESTS)


def apply(data: Facts, name: str) -> str | None:
    """The action of the first rule of NAME that holds for DATA; None if none does."""
    rules = text(data.call.settings, name)
    if not rules:
        raise GenericError(f"no such policy: {name}")
    try:
        action: str | None = koji.policy.RuleChecker(_ruleset(rules), data).apply()
    except koji.GenericError:
        raise
    except Exception as error:  # a test that trips over odd data must refuse, not crash
        raise GenericError(f"policy {name} can't decide: {type(error).__name__}: {error}") from error
    return action


def evaluate(call: Call, name: str, data: Any) -> str | None:
    """What policy NAME says of DATA: an action in its own words; None if no rule holds."""
    if not text(call.settings, arguments.check(name, str, optional=True)):
        raise GenericError(f"no such policy: {name}")
    return apply(_facts(call, name, data), name)


def _facts(call: Call, name: Any, data: Any) -> Facts:
    if name is not None:
        arguments.check(name, str)
    return Facts(call, arguments.check(data, dict))


def check(
    call: Call, name: str, data: Row, default: str = "deny", strict: bool = False, force: bool = False
) -> tuple[bool, str]:
    """(whether policy NAME allows what DATA describes, the reason).

    DEFAULT is the decision where no rule holds. A policy without rules allows everything, unless the
    settings say
    otherwise. FORCE lets an admin pass. With STRICT a refusal raises ActionNotAllowed.
    """
    known = _facts(call, name, data)
    action, reason = _decide(known, name, default)
    if action == "allow":
        return True, reason
    if action != "deny":
        log.error("policy %s gave %r, which is neither allow nor deny", name, action)
        reason = "error in policy"
    if force and "admin" in known.permissions:
        log.info("policy %s overridden by %s: %s", name, call.session.user_name, reason)
        return True, "overriden by force"
    if strict:
        raise ActionNotAllowed(f"policy violation ({name})" + (f": {reason}" if reason else ""))
    return False, reason


def _decide(data: Facts, name: str, default: str) -> tuple[str, str]:
    if not text(data.call.settings, name):
        return ("allow" if data.call.settings.koji.missing_policy_ok else "deny"), "missing policy"
    action = apply(data, name)
    if action is None:
        return default, "not covered by policy"
    word, *reason = action.split(None, 1)
    return word.lower(), "".join(reason)


def enforce(call: Call, name: str, data: Row, default: str = "deny", force: bool = False) -> None:
    """Raise ActionNotAllowed unless policy NAME allows what DATA describes."""
    check(call, name, data, default, strict=True, force=force)


task_data = facts.of_task
