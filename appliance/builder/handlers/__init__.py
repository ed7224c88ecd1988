"""What each kind of task does: a module a noun, each registering its handlers."""

import importlib
import pkgutil


def load() -> None:
    """Import every handler, so that it registers itself."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
