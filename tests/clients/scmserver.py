"""Source control for tests: git repositories served over HTTP on a free port of this machine."""

import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

AUTHOR = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing on the tests' own output."""


class GitServer:
    """Serves the bare repositories below DIRECTORY; `repository` makes them from files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(directory)))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"git+http://127.0.0.1:{self._server.server_port}"

    def repository(self, name: str, files: dict[str, str]) -> tuple[str, str]:
        """(address without revision, commit) of a repository NAME.git with these files, or more of them."""
        tree, bare = self.directory / f"{name}.tree", self.directory / f"{name}.git"
        if not tree.exists():
            _git("init", "-q", "-b", "main", tree)
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        _git("-C", tree, "add", "-A")
        _git("-C", tree, *AUTHOR, "commit", "-q", "-m", "change")
        if not bare.exists():
            _git("clone", "-q", "--bare", tree, bare)
        _git("-C", tree, "push", "-q", bare, "main")
        _git("-C", bare, "update-server-info")
        return f"{self.address}/{name}.git", _git("-C", tree, "rev-parse", "HEAD").strip()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _git(*words: object) -> str:
    done = subprocess.run(["git", *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"git {words}: {done.stderr}")
    return done.stdout


def spec(name: str, version: str = "1.0", requires: str = "", files: str = "") -> str:
    """A noarch package that says its own name; REQUIRES are its BuildRequires."""
    needs = f"BuildRequires: {requires}\n" if requires else ""
    return f"""Name: {name}
Version: {version}
Release: 1%{{?dist}}
Summary: Says its name
License: MIT
BuildArch: noarch
{needs}{files}
%description
%{{summary}}.
%install
mkdir -p %{{buildroot}}%{{_bindir}}
printf '#!/bin/sh\\necho {name}\\n' > %{{buildroot}}%{{_bindir}}/{name}
chmod 755 %{{buildroot}}%{{_bindir}}/{name}
%files
%{{_bindir}}/{name}
"""
