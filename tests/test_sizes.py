"""The shape that the sources keep: short functions, small files, plain names, nothing left open."""

import ast
import statistics
from collections.abc import Iterator

from tests.source_tree import FUNCTIONS, PACKAGE, functions, modules, shown, tree

FILE_LINES = 500  # and fewer
FUNCTION_LINES = 60  # fewer than
MEDIAN_LINES = 8  # fewer than
LONG_LINES, LONG_SHARE = 30, 0.03
DEEP, DEEP_SHARE = 2, 0.03  # a third level of blocks is as good as always a function of its own
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "data2"}
LEFT_OPEN = ("TODO", "FIXME", "XXX", "NotImplementedError")
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.Match)


def every_function() -> list[tuple[str, int, ast.AST]]:
    """(where, lines, node) of each function under appliance/."""
    return [
        (f"{shown(path, node.lineno)} {node.name}", node.end_lineno - node.lineno + 1, node)
        for path in modules().values()
        for node in functions(path)
    ]


def depth(node: ast.AST) -> int:
    """How deep the blocks of a function nest; its inner functions count for themselves."""
    return max((depth_of_child(node, child) for child in ast.iter_child_nodes(node)), default=0)


def depth_of_child(parent: ast.AST, child: ast.AST) -> int:
    if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
        return 0
    elif_branch = isinstance(parent, ast.If) and isinstance(child, ast.If) and [child] == parent.orelse
    return depth(child) + (isinstance(child, BLOCKS) and not elif_branch)


def rows(found: Iterator[str] | list[str]) -> str:
    return "\n" + "\n".join(found)


def test_every_function_fits_on_a_page():
    long = [f"{where}: {lines} lines" for where, lines, _ in every_function() if lines >= FUNCTION_LINES]
    assert not long, rows(long)


def test_most_functions_are_short():
    sizes = [lines for _, lines, _ in every_function()]
    assert statistics.median(sizes) < MEDIAN_LINES


def test_few_functions_are_longer_than_a_screen():
    all_of_them = every_function()
    long = [f"{where}: {lines} lines" for where, lines, _ in all_of_them if lines > LONG_LINES]
    assert len(long) <= LONG_SHARE * len(all_of_them), f"{len(long)} of {len(all_of_them)}" + rows(long)


def test_blocks_nest_two_deep():
    all_of_them = every_function()
    deep = [(where, depth(node)) for where, _, node in all_of_them if depth(node) > DEEP]
    listed = rows([f"{where}: {levels} levels" for where, levels in deep])
    assert all(levels == DEEP + 1 for _, levels in deep), listed
    assert len(deep) <= DEEP_SHARE * len(all_of_them), f"{len(deep)} of {len(all_of_them)}" + listed


def test_files_stay_under_five_hundred_lines():
    counted = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules().values()}
    long = [f"{shown(path)}: {lines} lines" for path, lines in counted.items() if lines >= FILE_LINES]
    assert not long, rows(long)


def test_every_module_opens_with_its_duty():
    silent = [shown(path) for path in modules().values() if not opens_with_docstring(path)]
    assert not silent, rows(silent)


def opens_with_docstring(path) -> bool:
    text = ast.get_docstring(tree(path), clean=False) or ""
    return path.read_text(encoding="utf-8").startswith('"""') and bool(text.split("\n")[0].strip())


def test_no_room_is_named_for_nothing():
    vague = [shown(path) for path in modules().values() if VAGUE & {path.stem, path.parent.name}]
    assert not vague, rows(vague)


def test_nothing_is_left_open():
    sources = [path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".html", ".css", ".js", ".sql"}]
    found = [
        f"{shown(path, number)}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line for word in LEFT_OPEN)
    ]
    assert not found, rows(found)


def test_nesting_is_counted_as_a_reader_sees_it():
    source = "def f():\n if a:\n  for b in c:\n   x\n elif d:\n  y\n def g():\n  while e:\n   z\n"
    outer, inner = ast.parse(source).body[0], ast.parse(source).body[0].body[1]
    assert (depth(outer), depth(inner)) == (2, 1)
