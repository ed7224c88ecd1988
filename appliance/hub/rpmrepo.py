"""What dnf needs to use a project: .repo files, and the description that dnf 5's plug-in reads."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.db.connection import Row
from appliance.db.queries import projects as queries
from appliance.errors import NotFound
from appliance.hub import build_configs, project_dirs, projects
from appliance.hub.hub import Call

# Architectures whose repositories serve another one's users too, where a project wants that.
MULTILIB = {"x86_64": "i386"}
MULTILIB_COST = 1100  # slightly above dnf's own 1000: the native package comes first

# Distributions whose own `$releasever` names the version in our addresses.
_RELEASEVER = ("fedora", "centos-stream", "opensuse-leap", "mageia")
_FIXED = (("mageia", "cauldron"),)

# A project's chroots with something to install: those that it builds for, and those kept for a while.
_OFFERED = f"""
SELECT {queries.CHROOT_NAME} AS name, m.os_release, m.os_version, m.arch, pc.delete_after
FROM project_chroot pc JOIN mock_chroot m ON m.id = pc.mock_chroot_id
WHERE pc.project_id = :project AND (pc.delete_after IS NULL OR pc.delete_after >= :now)
      AND NOT (pc.deleted AND pc.delete_after IS NULL)
      AND (m.is_active OR pc.delete_after IS NOT NULL)
ORDER BY pc.id
"""


class NoSuchChroot(NotFound):
    """The project has no such chroot; AVAILABLE are those that it has."""

    def __init__(self, message: str, available: list[str]) -> None:
        super().__init__(message)
        self.available = available


@dataclass
class Dependencies:
    """What a project's users need besides: other projects, addresses, and projects that are not there."""

    projects: list[Row]
    addresses: list[str]
    absent: list[str]


def find(call: Call, ownername: str, dirname: str) -> Row:
    """The project that a directory of that name would belong to. Raises NotFound."""
    name = dirname.split(":", 1)[0]
    found = projects.look(call, ownername, name)
    if found is None:
        raise NotFound(f"{ownername}/{name} copr doesn't exist")
    return found


def _offered(call: Call, project: Row) -> list[Row]:
    return call.tx.rows(_OFFERED, {"project": project["id"], "now": call.now()})


# for dnf 5


def described(call: Call, project: Row) -> Row:
    """Repositories, directories and dependencies of a project, with how long each stays."""
    answer = {
        "results_url": f"{call.base_url}/results",
        "repos": _repos(call, project),
        "directories": {each["name"]: _directory(call, each) for each in project_dirs.listed(call, project)},
        "dependencies": _described_dependencies(call, project),
    }
    left = projects.days_left(call, project["delete_after"])
    return answer if left is None else {**answer, "delete_after_days": left}


def _repos(call: Call, project: Row) -> Row:
    options: Row = {"module_hotfixes": "1"} if project["module_hotfixes"] else {}
    if project["repo_priority"]:
        options["priority"] = project["repo_priority"]
    repos: dict[str, Row] = {}
    for chroot in _offered(call, project):
        release = f"{chroot['os_release']}-{chroot['os_version']}"
        arch: Row = {"opts": dict(options)}
        left = projects.days_left(call, chroot["delete_after"])
        if left is not None:
            arch["delete_after_days"] = left
        repos.setdefault(release, {"arch": {}})["arch"][chroot["arch"]] = arch
    for repo in repos.values() if project["multilib"] else ():
        _add_multilib(repo["arch"], options)
    return repos


def _add_multilib(arches: Row, options: Row) -> None:
    for arch, other in MULTILIB.items():
        if arch in arches and other in arches:
            arches[arch]["multilib"] = {other: {"opts": {"cost": str(MULTILIB_COST), **options}}}


def _directory(call: Call, directory: Row) -> Row:
    left = project_dirs.days_left(call, directory)
    return {} if left is None else {"delete_after_days": left}


def _described_dependencies(call: Call, project: Row) -> list[Row]:
    found = dependencies(call, project)
    answer = [
        {
            "opts": _opts(*_named(call, each, each["name"], number, project)),
            "type": "copr",
            "data": {"owner": each["ownername"], "projectname": each["name"]},
        }
        for number, each in enumerate(found.projects, 1)
    ]
    number = len(found.projects) + 1
    return answer + [
        {
            "opts": _opts(*_named_address(call, project, each, number)),
            "type": "external_baseurl",
            "data": {"pattern": each},
        }
        for each in found.addresses
    ]


def _opts(repo_id: str, name: str) -> Row:
    return {"id": repo_id, "name": name}


def dependencies(call: Call, project: Row) -> Dependencies:
    """What the project depends on when its packages are installed, and what that depends on, each once."""
    found = Dependencies([], [], [])
    seen, todo = {project["id"]}, [project]
    while todo:
        for address in todo.pop(0)["runtime_dependencies"].split():
            other = _dependency(call, address, found)
            if other is not None and other["id"] not in seen:
                seen.add(other["id"])
                found.projects.append(other)
                todo.append(other)
    return found


def _dependency(call: Call, address: str, found: Dependencies) -> Row | None:
    try:
        other = projects.of_copr_url(call, address)
    except NotFound:
        found.absent.append(address)
        return None
    if other is None and address not in found.addresses:
        found.addresses.append(address)
    return other


# names


def _host(call: Call) -> str:
    return urlsplit(call.base_url).hostname or "localhost"


def _named(call: Call, project: Row, dirname: str, number: int, dependent: Row) -> tuple[str, str]:
    """(id, name) of the repository of a project that DEPENDENT needs, as its NUMBERth."""
    name = (
        f"Copr {_host(call)}/{dependent['full_name']} runtime dependency #{number} - {project['ownername']}/{dirname}"
    )
    return f"coprdep:{_section(call, project, dirname)}", name


def _section(call: Call, project: Row, dirname: str) -> str:
    return f"{_host(call)}:{project['ownername'].replace('@', 'group_')}:{dirname}"


def _named_address(call: Call, dependent: Row, address: str, number: int) -> tuple[str, str]:
    identifier = build_configs.identifier(address)
    name = f"Copr {_host(call)}/{dependent['full_name']} external runtime dependency #{number} - {identifier}"
    return f"coprdep:{identifier}", name


# for dnf 4


def repo_file(call: Call, ownername: str, dirname: str, release: str, arch: str | None) -> str:
    """The .repo file for a directory of a project, for a release as `fedora-40`.

    With ARCH the repository of the other architecture that it can run is in it too. Raises NotFound,
    NoSuchChroot where the project does not build for the release.
    """
    project = projects.find(call, ownername, dirname.split(":", 1)[0])
    project_dirs.find(call, project, dirname)
    chroot = _chroot(call, project, f"{release}-{arch}" if arch else release)
    parts = [_section_text(call, project, dirname, chroot)]
    if arch and project["multilib"] and _runs_another(call, project, chroot):
        parts.append(_multilib_text(call, project, dirname, chroot))
    return "\n".join(parts + _dependency_texts(call, project, chroot))


def _chroot(call: Call, project: Row, wanted: str) -> Row:
    """The last chroot whose name begins with WANTED."""
    offered = _offered(call, project)
    fits = [chroot for chroot in offered if chroot["name"].startswith(wanted)]
    if fits:
        return fits[-1]
    raise NoSuchChroot(
        f"Chroot {wanted} does not exist in {project['full_name']}.", [chroot["name"] for chroot in offered]
    )


def _runs_another(call: Call, project: Row, chroot: Row) -> bool:
    other = MULTILIB.get(chroot["arch"])
    release = f"{chroot['os_release']}-{chroot['os_version']}"
    names = {each["name"] for each in projects.chroots(call, project["id"])}
    return {chroot["name"], f"{release}-{other}"} <= names


def _section_text(call: Call, project: Row, dirname: str, chroot: Row, named: tuple[str, str] | None = None) -> str:
    repo_id, name = named or (
        f"copr:{_section(call, project, dirname)}",
        f"Copr repo for {dirname} owned by {project['ownername']}",
    )
    return _text(call, project, dirname, repo_id, name, _address(chroot, "$basearch"))


def _multilib_text(call: Call, project: Row, dirname: str, chroot: Row) -> str:
    other = MULTILIB[chroot["arch"]]
    repo_id = f"copr:{_section(call, project, dirname)}:ml"
    name = f"Copr repo for {dirname} owned by {project['ownername']} ({other})"
    return _text(call, project, dirname, repo_id, name, _address(chroot, other), cost=MULTILIB_COST)


def _address(chroot: Row, arch: str) -> str:
    release, version = chroot["os_release"], chroot["os_version"]
    if release in _RELEASEVER and (release, version) not in _FIXED:
        version = "$releasever"
    return f"{release}-{version}-{arch}/"


def _text(
    call: Call, project: Row, dirname: str, repo_id: str, name: str, address: str, cost: int | None = None
) -> str:
    url = projects.results_url(call, f"{project['ownername']}/{dirname}")
    lines = [
        f"[{repo_id}]",
        f"name={name}",
        f"baseurl={url}/{address}",
        "type=rpm-md",
        "skip_if_unavailable=True",
        "gpgcheck=1",
        f"gpgkey={url}/pubkey.gpg",
        f"repo_gpgcheck={int(call.settings.copr.repo_gpgcheck)}",
        *([f"cost={cost}"] if cost else []),
        "enabled=1",
        "enabled_metadata=1",
        *(["module_hotfixes=1"] if project["module_hotfixes"] else []),
    ]
    priority = project["repo_priority"]
    return "\n".join(lines) + "\n" + ("" if priority is None else f"priority={priority}")


def _dependency_texts(call: Call, project: Row, chroot: Row) -> list[str]:
    found = dependencies(call, project)
    texts = [
        _section_text(call, each, each["name"], chroot, _named(call, each, each["name"], number, project))
        for number, each in enumerate(found.projects, 1)
    ]
    for number, address in enumerate(found.addresses, 1):
        repo_id, name = _named_address(call, project, address, number)
        texts.append(_external_text(repo_id, name, build_configs.expanded(call, address, chroot["name"])))
    return texts + [
        "\n# This repository is configured to have a runtime dependency on a Copr project"
        f" {address.removeprefix('copr://')} but that doesn't exist."
        for address in found.absent
    ]


def _external_text(repo_id: str, name: str, url: str) -> str:
    return "\n".join(
        [
            f"[{repo_id}]",
            f"name={name}",
            f"baseurl={url}",
            "type=rpm-md",
            "skip_if_unavailable=True",
            "repo_gpgcheck=0",
            "gpgcheck=0",
            "enabled=1",
            "enabled_metadata=1",
            "",
        ]
    )
