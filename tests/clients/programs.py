"""Programs of Koji's, run as their users do, but in this process: starting Python for each command costs a second."""

import os
import runpy
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

from appliance.testing.template import PEOPLE

BIN = Path(sys.executable).parent


def run(hub, name, *words, user="admin", fails=False):
    """Run the program NAME as USER; what it printed. FAILS says that it must not succeed."""
    said = StringIO()
    login = ["--user", user, "--password", PEOPLE[user]]
    argv = [str(BIN / name), *login, *map(str, words)]
    with (
        mock.patch.object(sys, "argv", argv),
        mock.patch.dict(os.environ, hub.environment(user), clear=True),
        redirect_stdout(said),
        redirect_stderr(said),
    ):
        status = _status(argv[0])
    if bool(status) != fails:
        raise AssertionError(f"{name} {' '.join(argv[1:])}: {status}\n{said.getvalue()}")
    return said.getvalue()


def _status(path):
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        return end.code
    return 0
