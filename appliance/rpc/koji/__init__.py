"""Koji's hub API over XML-RPC: a module a noun, each method thin over one verb of the hub."""

import importlib
import pkgutil

from appliance.rpc.koji.registry import Registry

_MACHINERY = {"registry", "parameters", "wire", "encoding", "dispatch", "routes"}


def load_methods() -> Registry:
    """Import every module of methods; the registry they filled."""
    for module in pkgutil.iter_modules(__path__):
        if module.name not in _MACHINERY:
            importlib.import_module(f"{__name__}.{module.name}")
    from appliance.rpc.koji.registry import METHODS

    return METHODS
