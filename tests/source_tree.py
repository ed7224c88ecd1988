"""Reads the project's own modules as syntax trees, for the tests that watch its shape."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "appliance"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def modules() -> dict[str, Path]:
    """{dotted name: file} of every module under appliance/."""
    return {_dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def shown(path: Path, line: int = 1) -> str:
    """FILE:LINE, as a person would open it."""
    return f"{path.relative_to(ROOT)}:{line}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, nested ones and methods too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, FUNCTIONS))


def imports(module: str) -> Iterator[tuple[str, int]]:
    """(module of the project that is imported, line), wherever in the file the import stands."""
    path = modules()[module]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if _ours(alias.name))
        elif isinstance(node, ast.ImportFrom):
            yield from _from_import(module, path, node)


def _from_import(module: str, path: Path, node: ast.ImportFrom) -> Iterator[tuple[str, int]]:
    base = node.module or ""
    if node.level:
        package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
        base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
    if not _ours(base):
        return
    for alias in node.names:
        name = f"{base}.{alias.name}"
        yield (name if name in modules() else base), node.lineno


def _ours(name: str) -> bool:
    return name.split(".")[0] == "appliance"
