"""Fills in a wrapper's spec file: artifacts beside it, and Cheetah's template engine for the text.

Run by itself, as a command of `JobSpec.arrange`: a template is a program of a stranger's. Arguments: the checkout,
the directory of the artifacts, and the parts of a JSON document with `values` for the template and `files` ({path
below the artifacts: the longer name it gets if the short one is taken}). What is to be built is then all there is.
"""

import json
import os
import re
import shutil
import sys

_OURS = re.compile(r"^(Packager|Distribution|Vendor):", re.MULTILINE)
_DEFINED = re.compile(r"^%define\s+(packager|distribution|vendor)\s", re.MULTILINE)


def stop(reason: str) -> None:
    """End, and say why where the user sees it."""
    with open("/notes/reason", "w", encoding="utf-8") as note:
        note.write(reason)
    sys.exit(reason)


def template(checkout: str) -> str:
    """The first spec file template that a checkout has."""
    for place, _, names in sorted(os.walk(checkout)):
        for name in sorted(names):
            if name.endswith(".spec.tmpl"):
                return os.path.join(place, name)
    return ""


def lay_beside(files: dict[str, str], artifacts: str, place: str) -> None:
    """Put the artifacts where the spec file is: source packages know no directories."""
    for path, longer in files.items():
        target = os.path.join(place, os.path.basename(path))
        shutil.copy(os.path.join(artifacts, path), os.path.join(place, longer) if os.path.exists(target) else target)


def filled(name: str, values: dict[str, object]) -> str:
    """The text of the template NAME in the working directory."""
    from Cheetah.Template import Template  # the one thing that is not Python's own

    try:
        return str(Template(file=name, searchList=[values]))
    except Exception as error:  # whatever a stranger's program raises
        stop(f"{name} could not be filled in: {type(error).__name__}: {error}")
        raise


def check(text: str) -> None:
    """Refuse a spec file that says who packages it: that is for the settings to say."""
    if found := _OURS.search(text):
        stop(f"{found[1]} is not allowed to be set in spec file")
    if found := _DEFINED.search(text):
        stop(f"{found[1]} is not allowed to be defined in spec file")


def leave_only(place: str, checkout: str) -> None:
    """Make the checkout hold what PLACE in it does, and nothing else."""
    apart = os.path.join(checkout, ".wrapper")
    os.rename(place, apart)
    for each in [each for each in os.scandir(checkout) if each.path != apart]:
        if each.is_dir(follow_symlinks=False):
            shutil.rmtree(each.path)
        else:
            os.unlink(each.path)
    for name in os.listdir(apart):
        os.rename(os.path.join(apart, name), os.path.join(checkout, name))
    os.rmdir(apart)


def render(checkout: str, artifacts: str, told: dict[str, dict[str, object]]) -> None:
    """Make CHECKOUT a directory of a spec file and its sources; the spec file is kept with the results, too."""
    found = template(checkout)
    if not found:
        stop("no spec file template found")
    place, name = os.path.split(found)
    for each in os.listdir(place):
        if each.endswith(".spec"):
            os.unlink(os.path.join(place, each))
    lay_beside({path: str(longer) for path, longer in told["files"].items()}, artifacts, place)
    os.chdir(place)
    text = filled(name, told["values"])
    check(text)
    spec = name.removesuffix(".tmpl")
    for target in (spec, os.path.join("/kept", spec)):
        with open(target, "w", encoding="utf-8") as stream:
            stream.write(text)
    leave_only(place, checkout)


if __name__ == "__main__":
    render(os.getcwd(), sys.argv[1], json.loads("".join(sys.argv[2:])))
