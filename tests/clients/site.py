"""A site as its users have it: a state directory, a served appliance that builds, and the real clients."""

import base64
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

from koji import ClientSession

TESTS = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "rpmdistro"
CHROOT = "rpmdistro-12-x86_64"
# Flavours that have more than mkdistro's own: the minimal distribution, and Debian's packages for what they are for.
ADDED = {
    "tools": ("git", "python3", "python3-rpm", "python3-blessed", "python3-pkg-resources"),  # beside tito
    "kiwi": ("kiwi", "kiwi-systemdeps-core", "mount", "dnf"),
    "maven": (
        "maven", "default-jdk-headless", "libmaven-resources-plugin-java", "libmaven-compiler-plugin-java",
        "libsurefire-java", "junit5", "libmaven-jar-plugin-java", "libmaven-source-plugin-java",
        "libmaven-install-plugin-java", "libmaven-deploy-plugin-java",
    ),
}  # fmt: skip
PASSWORDS = {"kojiadmin": "adminpw", "alice": "alicepw"}

BOOTSTRAP = """
    [[user]]
    name = "kojiadmin"
    password = "adminpw"
    permissions = ["admin"]
    api_login = "admin-login"
    api_token = "admin-token"

    [[user]]
    name = "alice"
    password = "alicepw"
    api_login = "alice-login"
    api_token = "alice-token"

    [[chroot]]
    name = "{chroot}"
    install = ["@buildsys-build"]
    [[chroot.repo]]
    name = "base"
    baseurl = "file://{distribution}"

    [[tag]]
    name = "demo"
    [[tag]]
    name = "demo-build"
    arches = "x86_64"
    inherit = ["demo"]
    groups = {{ build = {build}, srpm-build = {srpm_build} }}
    [[tag.external_repo]]
    name = "base"
    url = "file://{distribution}"

    [[target]]
    name = "demo"
    build_tag = "demo-build"
    dest_tag = "demo"
"""


def distribution(flavour: str = "gcc") -> Path:
    """A small real RPM distribution, made out of Debian's packages once and kept for the next run."""
    directory = CACHE / flavour
    if not (directory / "repodata" / "repomd.xml").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        chosen = ["minimal", "--add", *ADDED[flavour]] if flavour in ADDED else [flavour]
        _run([TESTS / "rpmdistro" / "mkdistro", directory, "--with", *chosen])
    return directory


def group(base: Path, name: str) -> list[str]:
    """The packages of one of a distribution's groups."""
    comps = ElementTree.parse(base / "comps.xml")
    (found,) = (each for each in comps.iter("group") if each.findtext("id") == name)
    return [str(each.text) for each in found.iter("packagereq")]


def samples() -> Path:
    """The directory of the sample source packages."""
    directory = CACHE / "samples"
    if not list(directory.glob("slow-*.src.rpm")):
        _run([TESTS / "rpmdistro" / "samples" / "make-srpms", directory])
    return directory


def sample(name: str) -> Path:
    """One sample source package by its name, such as `tiny-noarch`."""
    return next(samples().glob(f"{name}-[0-9]*.src.rpm"))


def _run(words: list[object], **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed:\n{done.stdout}{done.stderr}")
    return done


def task_of(said: str, method: str) -> str:
    """The number of the first task of a method in what the koji client has said."""
    found = re.search(rf"(\d+) {method} ", said)
    assert found, said
    return found[1]


class Site:
    """One appliance below DIRECTORY. `start` and `stop` may be called again and again."""

    def __init__(self, directory: Path, flavour: str = "gcc", settings: str = "", builder: str = "auto") -> None:
        self.directory = directory
        self.state = directory / "state"
        self.flavour = flavour
        self.settings = f'{dedent(settings)}\n[builder]\nkind = "{builder}"\n'
        self.server: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """The state directory, brought to what the bootstrap file says."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.appliance("init")
        (self.state / "appliance.toml").write_text(self.settings)
        bootstrap = self.directory / "bootstrap.toml"
        base = distribution(self.flavour)
        bootstrap.write_text(
            dedent(BOOTSTRAP).format(
                chroot=CHROOT,
                distribution=base,
                build=group(base, "build"),
                srpm_build=group(base, "srpm-build"),
            )
        )
        self.appliance("bootstrap", bootstrap)

    def appliance(self, *words: object) -> subprocess.CompletedProcess[str]:
        """One command of the appliance's own."""
        return _run([BIN / "appliance", "--state", self.state, *words])

    def start(self) -> None:
        """Serve, and return when the first answer came."""
        log = (self.directory / "serve.log").open("a")
        self.server = subprocess.Popen(
            [BIN / "appliance", "--state", self.state, "serve", "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        line = self.server.stdout.readline() if self.server.stdout else ""
        if "http://" not in line:
            raise RuntimeError((self.directory / "serve.log").read_text()[-2000:])
        self.port = int(line.rsplit(":", 1)[1])
        self._configure()

    def stop(self, kill: bool = False) -> float:
        """End the server, with SIGKILL if KILL; the seconds that it took."""
        assert self.server is not None
        begun = time.monotonic()
        if kill:
            self.server.kill()
        else:
            self.server.terminate()
        self.server.wait(30)
        self.server.stdout.close()
        return time.monotonic() - begun

    def _configure(self) -> None:
        (self.directory / "koji.conf").write_text(
            dedent(f"""
            [koji]
            server = {self.url}/kojihub
            weburl = {self.url}
            topurl = {self.url}/kojifiles
            authtype = password
            poll_interval = 1
            """)
        )
        for name in ("alice", "admin"):
            (self.directory / f"copr-{name}").write_text(
                dedent(f"""
                [copr-cli]
                username = {"kojiadmin" if name == "admin" else name}
                login = {name}-login
                token = {name}-token
                copr_url = {self.url}
                encrypted = False
                """)
            )

    def koji(self, *words: object, user: str = "kojiadmin", fails: bool = False) -> str:
        """Run the real koji client; what it printed. FAILS says that it must not succeed."""
        login = ["--user", user, "--password", PASSWORDS[user]]
        return self._client(["koji", "-c", self.directory / "koji.conf", *login, *words], fails)

    def session(self, user: str = "kojiadmin") -> ClientSession:
        """The client library's session of a user."""
        made = ClientSession(f"{self.url}/kojihub", {"user": user, "password": PASSWORDS[user]})
        made.login()
        return made

    def copr(self, *words: object, user: str = "alice", fails: bool = False, answer: str = "") -> str:
        """Run the real copr-cli, which is given an ANSWER to what it asks; what it printed."""
        return self._client(["copr-cli", "--config", self.directory / f"copr-{user}", *words], fails, answer)

    def _client(self, words: list[object], fails: bool, answer: str = "") -> str:
        words = [BIN / str(words[0]), *words[1:]]
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            input=answer,
            timeout=300,
            cwd=self.directory,
            env={**os.environ, "HOME": str(self.directory)},
        )
        if bool(done.returncode) != fails:
            raise AssertionError(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def get(self, path: str, **headers: str) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=30) as response:
            return bytes(response.read())

    def build_state(self, number: str) -> str:
        """The state of a build of Copr's, for those who ask often: a client takes half a second to start."""
        login = base64.b64encode(b"admin-login:admin-token").decode()
        return str(json.loads(self.get(f"/api_3/build/{number}", Authorization=f"Basic {login}"))["state"])

    def task_file(self, task: str, name: str) -> str:
        """What a task of Koji's has left under that name."""
        return self.get(f"/kojifiles/work/tasks/{int(task) % 10000}/{task}/{name}").decode()

    def dnf_install(self, root: Path, repo_file: str | None, *packages: str) -> str:
        """Install packages into ROOT with dnf, from a .repo file of the appliance's (or those that were enabled
        before) and the distribution."""
        repos = self.directory / "repos.d"
        repos.mkdir(exist_ok=True)
        if repo_file:
            (repos / "site.repo").write_bytes(self.get(repo_file))
        (repos / "base.repo").write_text(
            f"[base]\nname=base\nbaseurl=file://{distribution(self.flavour)}\ngpgcheck=0\n"
        )
        return _run(
            [
                "dnf",
                "-y",
                "--installroot",
                root,
                "--releasever",
                "12",
                "--setopt",
                f"reposdir={repos}",
                "--setopt",
                f"cachedir={self.directory / 'dnf-cache'}",
                "--setopt",
                "install_weak_deps=False",
                "--setopt",
                "pluginpath=/nowhere",
                "--setopt",
                "keepcache=False",
                "install",
                *packages,
            ]
        ).stdout
