"""Imports run downwards only: ui and rpc, then builder, hub, db; leaves are open to everybody."""

import ast
from functools import cache

import pytest

from tests.source_tree import imports, modules, shown, tree

# A layer may import itself and what stands lower. What the two protocols share is in rpc itself; they
# have no sight of each other, nor has ui of rpc.
HEIGHTS = {
    "appliance.db": 1,
    "appliance.hub": 2,
    "appliance.builder": 3,
    "appliance.rpc": 4,
    "appliance.rpc.koji": 5,
    "appliance.rpc.copr": 5,
    "appliance.ui": 4,
}
TOP = 6  # app, web, __main__ and the like: they put the layers together, and nobody imports them
LEAVES = (
    "appliance.errors",
    "appliance.paths",
    "appliance.settings",
    "appliance.nevra",
    "appliance.repodata",
)
SQL = {"peewee", "playhouse", "sqlite3"}


def layer(module: str) -> str | None:
    """The layer that a module belongs to, the narrowest that fits."""
    fits = [name for name in HEIGHTS if module == name or module.startswith(name + ".")]
    return max(fits, key=len) if fits else None


def part(module: str) -> str:
    """The module's outermost room: appliance.repodata.compose is in appliance.repodata."""
    return ".".join(module.split(".")[:2])


@cache
def leaves() -> frozenset[str]:
    """Rooms in no layer that import nothing but one another (the bare package counts as one)."""
    rooms = {part(module) for module in modules() if not layer(module)}
    while above := {part(m) for m in modules() if part(m) in rooms and sees_beyond(m, rooms)}:
        rooms -= above
    return frozenset(rooms)


def sees_beyond(module: str, rooms: set[str]) -> bool:
    return any(part(name) not in rooms for name, _ in imports(module))


def is_leaf(module: str) -> bool:
    return part(module) in leaves()


def height(module: str) -> int:
    if is_leaf(module):
        return 0
    return HEIGHTS.get(layer(module) or "", TOP)


def may_import(importer: str, imported: str) -> bool:
    above, below = height(importer), height(imported)
    same_room = layer(importer) == layer(imported)
    return below < above or (below == above and (same_room or above in (0, TOP)))


def violations() -> list[str]:
    return [
        f"{shown(modules()[importer], line)}: {importer} may not import {imported}"
        for importer in modules()
        for imported, line in imports(importer)
        if not may_import(importer, imported)
    ]


def test_imports_run_downwards_only():
    found = violations()
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_imports_no_layer(name):
    if name not in modules():
        pytest.skip(f"{name} is not there")
    used = [
        f"{shown(modules()[member], line)}: imports {imported}"
        for member in modules()
        if member == name or member.startswith(name + ".")
        for imported, line in imports(member)
        if not is_leaf(imported)
    ]
    assert not used, "\n" + "\n".join(used)


def test_protocols_and_pages_speak_no_sql():
    found = [
        f"{shown(path, node.lineno)}: {module} imports a database library"
        for module, path in modules().items()
        if height(module) in (HEIGHTS["appliance.rpc"], HEIGHTS["appliance.ui"])
        for node in ast.walk(tree(path))
        if roots(node) & SQL
    ]
    assert not found, "\n" + "\n".join(found)


def roots(node: ast.AST) -> set[str]:
    """The outermost packages that an import statement names."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level:
        return {(node.module or "").split(".")[0]}
    return set()


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("appliance.rpc.koji.tags", "appliance.hub.tags", True),
        ("appliance.rpc.koji.tags", "appliance.rpc.dispatch", True),
        ("appliance.hub.tags", "appliance.db.history", True),
        ("appliance.hub.tags", "appliance.hub.users", True),
        ("appliance.db.history", "appliance.hub.tags", False),
        ("appliance.builder.loop", "appliance.rpc.xmlrpc", False),
        ("appliance.rpc.koji.tags", "appliance.rpc.copr.projects", False),
        ("appliance.ui.views", "appliance.rpc.koji.tags", False),
        ("appliance.ui.views", "appliance.rpc.dispatch", False),
        ("appliance.rpc.dispatch", "appliance.rpc.koji.tags", False),
    ],
)
def test_the_rule_tells_up_from_down(importer, imported, allowed):
    assert may_import(importer, imported) is allowed
