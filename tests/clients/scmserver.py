"""Source control for tests: git and Subversion repositories served over HTTP on a free port of this machine."""

import shutil
import socket
import subprocess
import threading
import time
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


class SvnServer:
    """Serves Subversion repositories in DIRECTORY, which everybody can reach, by Apache; `repository` makes them."""

    MODULES = ("mpm_event", "authz_core", "unixd", "dav", "dav_svn")

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.root = directory / "repositories"
        self.root.mkdir()
        directory.chmod(0o755)  # it serves as nobody
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        self._server = subprocess.Popen([str(_apache()), "-f", str(self._configured()), "-D", "FOREGROUND"])

    @staticmethod
    def missing() -> bool:
        return _apache() is None or not _modules().joinpath("mod_dav_svn.so").exists()

    def _configured(self) -> Path:
        place = self.directory / "apache.conf"
        loads = [
            f"<IfModule !{name}_module>\nLoadModule {name}_module {_modules()}/mod_{name}.so\n</IfModule>"
            for name in self.MODULES
        ]
        place.write_text(
            "\n".join(loads)
            + f"\nServerName localhost\nListen {self.address.removeprefix('http://')}\n"
            + f"PidFile {self.directory}/pid\nErrorLog {self.directory}/errors\nUser #65534\nGroup #65534\n"
            + f'<Location "/">\nDAV svn\nSVNParentPath "{self.root}"\nRequire all granted\n</Location>\n'
        )
        return place

    def repository(self, name: str, tree: Path) -> str:
        """The address of a repository's trunk, which holds what TREE does; the server answers by then."""
        subprocess.run(["svnadmin", "create", self.root / name], check=True)
        trunk = (self.root / name).as_uri() + "/trunk"
        subprocess.run(["svn", "import", "-q", "-m", "first", tree, trunk], check=True)
        subprocess.run(["chmod", "-R", "a+rwX", self.root / name], check=True)
        url, end = f"{self.address}/{name}/trunk", time.monotonic() + 30
        while subprocess.run(["svn", "info", url], capture_output=True).returncode:
            assert time.monotonic() < end, (self.directory / "errors").read_text()
            time.sleep(0.1)
        return url

    def stop(self) -> None:
        self._server.terminate()
        self._server.wait(30)


def _apache() -> Path | None:
    found = shutil.which("apache2") or shutil.which("httpd") or shutil.which("apache2", path="/usr/sbin")
    return Path(found) if found else None


def _modules() -> Path:
    return next(
        (path for path in map(Path, ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules")) if path.is_dir()), Path()
    )
