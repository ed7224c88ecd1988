"""A served hub with the kit's users in it, people who ask it, and builds that are moved on by hand."""

import itertools
import types

import pytest
import requests

from appliance.hub import copr_builds, user_groups, users
from appliance.hub.hub import Session
from tests import copr_backend, kits

X86, ARM, EPEL = "fedora-rawhide-x86_64", "fedora-rawhide-aarch64", "epel-9-x86_64"


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A state that is made once; tests are served copies of it."""
    return kits.prepare(kits.COPR, tmp_path_factory.mktemp("copr-kit") / "state")


@pytest.fixture(scope="module")
def copr(template):
    """One hub for all tests of a module, which keep to projects of their own."""
    with kits.served(kits.COPR, template) as appliance:
        yield Site(appliance)


@pytest.fixture
def project(copr, request):
    """The name of a project that alice has just made, for two architectures of one release."""
    return copr.alice.new_project(request.node.name.split("[")[0][5:60].strip("_"), [X86, ARM])


class Person:
    """Asks as one user, or as nobody."""

    _numbers = itertools.count(1)

    def __init__(self, url, name=None):
        self.url, self.name = url, name
        self.http = requests.Session()
        self.http.auth = (f"{name}-login", f"{name}-token") if name else None

    def send(self, method, path, **request):
        """The answer as it came."""
        return self.http.request(method, self.url + path, timeout=60, allow_redirects=False, **request)

    def ask(self, method, path, status=200, **request):
        """What the API says, which must have that status."""
        answer = self.send(method, f"/api_3/{path}", **request)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.json()

    def get(self, path, status=200, **params):
        return self.ask("GET", path, status, params=params)

    def post(self, path, status=200, **body):
        return self.ask("POST", path, status, json=body)

    def put(self, path, status=200, **body):
        return self.ask("PUT", path, status, json=body)

    def delete(self, path, status=200, **body):
        return self.ask("DELETE", path, status, json=body)

    def refused(self, method, path, status, **request):
        """The text of a refusal."""
        return self.ask(method, path, status, **request)["error"]

    def new_project(self, name, chroots, owner=None, **options):
        name = f"{name}.{next(self._numbers)}"
        self.post(f"project/add/{owner or self.name}", name=name, chroots=chroots, **options)
        return name

    def submit(self, project, owner=None, **options):
        """The id of a build from an address."""
        body = {"ownername": owner or self.name, "projectname": project, **options}
        body.setdefault("pkgs", "http://sources.example/hello-1-1.src.rpm")
        return self.post("build/create/url", **body)["items"][0]["id"]

    def state(self, build_id):
        return self.get(f"build/{build_id}")["state"]


class Site(types.SimpleNamespace):
    """The hub, and those who ask it."""

    def __init__(self, appliance):
        people = {name: Person(appliance.url, name) for name in ("alice", "bob", "carol", "admin")}
        super().__init__(hub=appliance.hub, anon=Person(appliance.url), **people)

    def advance(self, build_id, state, chroots=None, name="hello", **message):
        """Have a builder bring a build's halves to a state."""
        usual = {"build_id": build_id, "version": "1-1", "exclusive_arch": None, "packages": None}
        with self.hub.write() as call:
            copr_backend.advance(call, {**usual, "name": name, "state": state, "chroots": chroots, **message})

    def build(self, project, name="hello", owner="alice", **options):
        """The id of a build that went well."""
        build_id = getattr(self, owner).submit(project, **options)
        self.advance(build_id, "succeeded", name=name)
        return build_id

    def row(self, build_id):
        with self.hub.read() as call:
            return copr_builds.get(call, build_id)

    def session(self, name):
        """The session of a user, for verbs that no route leads to."""
        with self.hub.read() as call:
            return Session(user_id=users.identify(call, name), user_name=name)

    def results(self, *parts):
        """A directory of results, with a file in it."""
        path = self.hub.paths.results.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        (path / "made").write_text("/".join(parts))
        return path

    def group(self, name, *members):
        """Make a group of users."""
        with self.hub.read() as call:
            admin = Session(user_id=users.identify(call, "admin"), perms=frozenset({"admin"}))
        with self.hub.write(admin) as call:
            group_id = user_groups.create(call, name)
            for member in members:
                user_groups.add_member(call, group_id, member)
        return f"@{name}"
