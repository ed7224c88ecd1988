"""Which test calls which method of Koji's API, and whether only its errors are tested."""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.rpc.koji import load_methods
from tests.rpc.authority import cells

TESTS = Path(__file__).resolve().parent
KITS = (TESTS / "koji_kit" / "golden", TESTS / "koji_more" / "golden")
# The authority table has a column of its own.
LEFT_OUT = {"koji_kit", "koji_more", "copr_kit", "rpmdistro", "test_authority.py", "test_coverage.py"}
# Methods whose names are words of Python's too are counted only where a client is asked.
CLIENTS = {"session", "admin", "user", "alice", "anon", "anonymous", "builder", "client", "koji", "hub", "kojiadmin"}


@dataclass
class Tested:
    """Where a method is called: by place, whether it answered there."""

    answered: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    cells: int = 0

    @property
    def verdict(self) -> str:
        if self.answered:
            return "answers"
        return "only errors" if self.refused else "authority alone" if self.cells else "not called"


def table() -> dict[str, Tested]:
    """{method: where it is tested}, of every method that there is."""
    found = {name: Tested() for name in sorted(load_methods().methods)}
    for name, place, answered in (*kit_calls(), *suite_calls(set(found))):
        if name in found:
            (found[name].answered if answered else found[name].refused)[place] += 1
    for cell, rule in cells().items():
        name = cell.partition("#")[0]
        if name in found:
            found[name].cells += len(rule.lets_in)
    return found


def kit_calls() -> Iterator[tuple[str, str, bool]]:
    """(method, scenario, whether it answered) of every recorded call, those in a multicall too."""
    for path in sorted(path for kit in KITS for path in kit.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            step = json.loads(line)
            yield from ((name, f"kit {path.stem}", answered) for name, answered in _recorded(step))


def _recorded(step: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    answered = "fault" not in step
    yield step["method"], answered
    if step["method"] in ("count", "filterResults", "countAndFilterResults") and step["args"]:
        yield str(step["args"][0]), answered
    if step["method"] in ("multiCall", "system.multicall") and answered:
        for asked, result in zip(*step["args"], step["result"], strict=False):
            name = asked.get("methodName") if isinstance(asked, dict) else None
            yield str(name), not isinstance(result, dict)


def suite_calls(names: set[str]) -> Iterator[tuple[str, str, bool]]:
    """(method, test module, whether it is to answer) of every call of a client's in the suite's own tests."""
    for path in sorted(TESTS.rglob("*.py")):
        relative = path.relative_to(TESTS)
        if not LEFT_OUT & set(relative.parts) and relative.name.startswith(("test_", "conftest")):
            found = calls_in(path.read_text(encoding="utf-8"), names)
            yield from ((name, str(relative), answered) for name, answered in found)


def calls_in(source: str, names: set[str]) -> Iterator[tuple[str, bool]]:
    """(method, whether it is to answer) of every call of a client's in a module's text."""
    return _calls(ast.parse(source), names, True)


def _calls(node: ast.AST, names: set[str], answered: bool) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.With) and any("raises" in ast.unparse(item.context_expr) for item in node.items):
        answered = False
    name = _called(node, names) if isinstance(node, ast.Call) else _named(node, names)
    if name:
        yield name, answered
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, names, answered)


def _named(node: ast.AST, names: set[str]) -> str:
    """A method that is spelt out as a text, as tests do that call several alike; words of Python's are none."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) and value in names and not value.islower() else ""


def _called(call: ast.Call, names: set[str]) -> str:
    """The method that an expression calls: `session.getBuild(...)`, `session.host.openTask(...)`."""
    words = ast.unparse(call.func).split(".")
    for name in (".".join(words[-2:]), words[-1]):
        plain = name.islower() and "." not in name
        if name in names and len(words) > 1 and (not plain or words[-2] in CLIENTS):
            return name
    return ""


def shown(found: dict[str, Tested]) -> str:
    """The table as text, and how many methods are tested how."""
    width = max(map(len, found))
    lines = [f"{name:{width}}  {each.verdict:15}  {_places(each)}" for name, each in found.items()]
    verdicts: dict[str, int] = defaultdict(int)
    for each in found.values():
        verdicts[each.verdict] += 1
    return "\n".join([*lines, "", f"{len(found)} methods: " + ", ".join(f"{n} {word}" for word, n in verdicts.items())])


def _places(tested: Tested) -> str:
    places = {place: tested.answered.get(place, 0) for place in (*tested.answered, *tested.refused)}
    told = [f"{place} {count}+{tested.refused.get(place, 0)}" for place, count in places.items()]
    return "; ".join([*told, f"authority {tested.cells}"])


if __name__ == "__main__":
    print("method, what is tested, and where: calls that answer + calls that are refused; cells of the authority table")
    print(shown(table()))
