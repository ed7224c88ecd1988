"""The commands of the command line: a module each, with `add(commands)` that declares it."""

import argparse
import importlib
import pkgutil

Subcommands = argparse._SubParsersAction  # argparse gives the type no public name


def add_all(commands: "Subcommands[argparse.ArgumentParser]") -> None:
    """Declare every command; what a command needs beyond argparse is imported when it runs."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}").add(commands)
