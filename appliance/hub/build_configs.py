"""What a chroot is set up with for a project's builds: repositories, packages, bootstrap, isolation."""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from appliance.db.connection import Row
from appliance.errors import NotFound, Unprocessable
from appliance.hub import copr_builds, project_chroots, projects
from appliance.hub.hub import Call

USUAL_PRIORITY = 99


def of_chroot(call: Call, project: Row, chroot: Row) -> Row:
    """The configuration of a project's chroot as the API shows it. Raises Unprocessable if it is disabled."""
    if chroot["deleted"]:
        raise Unprocessable(f"Chroot {chroot['name']} is disabled in {project['full_name']}")
    return {
        "chroot": chroot["name"],
        "repos": [_shown(repo) for repo in repositories(call, project, chroot, project["name"])],
        "additional_repos": additional(project, chroot),
        "additional_packages": (chroot["buildroot_pkgs"] or "").split(),
        "additional_modules": (chroot["module_toggle"] or "").split(),
        "enable_net": project["build_enable_net"],
        "with_opts": chroot["with_opts"].split(),
        "without_opts": chroot["without_opts"].split(),
        "isolation": chroot["isolation"],
    }


def of_build(call: Call, build_id: str, name: str) -> Row:
    """The configuration of a build's half for a chroot as the API shows it, without what is not set."""
    copr_builds.chroot(call, build_id, name)
    build = copr_builds.get(call, build_id)
    project = projects.get(call, build["project_id"])
    chroot = project_chroots.find(call, project, name)
    config = {
        "additional_repos": additional(project, chroot),
        "memory_limit": build["memory_reqs"],
        "timeout": build["timeout"],
        "enable_net": build["enable_net"],
        "is_background": build["is_background"],
        **bootstrap(project, chroot, build),
    }
    if not chroot["deleted"]:
        found = repositories(call, project, chroot, build["dirname"])
        config.update(_of_enabled(chroot), repos=[_shown(repo) for repo in found])
    return config


def _of_enabled(chroot: Row) -> Row:
    return {
        "additional_packages": (chroot["buildroot_pkgs"] or "").split(),
        "with_opts": chroot["with_opts"].split(),
        "without_opts": chroot["without_opts"].split(),
    }


def _shown(repo: Row) -> Row:
    return {
        name: repo.get(name)
        for name in (
            "baseurl",
            "module_hotfixes",
            "priority",
            "repo_gpgcheck",
            "id",
            "name",
        )
    }


# repositories


def additional(project: Row, chroot: Row) -> list[str]:
    """The addresses that are written into the configuration, the project's own first."""
    own = f"copr://{project['full_name']}"
    devel = [] if project["auto_createrepo"] else [f"{own}/devel"]
    return [own, *chroot["repos"].split(), *project["repos"].split(), *devel]


def repositories(call: Call, project: Row, chroot: Row, dirname: str) -> list[Row]:
    """What builds in a project's directory install from besides the distribution: `id`, `baseurl`, `name`."""
    own = _own(call, project, chroot["name"], dirname)
    priority = project["repo_priority"]
    for repo in own:
        repo["priority"] = None if priority == USUAL_PRIORITY else priority
    return own + views(call, project["repos"].split() + chroot["repos"].split(), chroot["name"])


def _own(call: Call, project: Row, chroot: str, dirname: str) -> list[Row]:
    url = f"{projects.results_url(call, project['full_name'])}/{chroot}/"
    found = [_copr_repo("copr_base", url, "Copr repository")]
    if project["module_hotfixes"]:
        found[0]["module_hotfixes"] = True
    if not project["auto_createrepo"]:
        found.append(_copr_repo("copr_base_devel", f"{url}devel/", "Copr buildroot"))
    if dirname != project["name"]:
        side = projects.results_url(call, f"{project['ownername']}/{dirname}")
        found.append(_copr_repo("copr_coprdir", f"{side}/{chroot}/", "Coprdir repository"))
    return found


def _copr_repo(repo_id: str, url: str, name: str) -> Row:
    return {"id": repo_id, "baseurl": url, "name": name, "repo_gpgcheck": False}


def views(call: Call, addresses: list[str], chroot: str) -> list[Row]:
    """Repositories that are named by address, copr:// or other, for a chroot."""
    return [_view(call, address, chroot) for address in addresses]


def _view(call: Call, address: str, chroot: str) -> Row:
    repo_id = identifier(address)
    view: Row = {
        "id": repo_id,
        "baseurl": expanded(call, address, chroot),
        "name": f"Additional repo {repo_id}",
        **parameters(address),
    }
    project = _project_of(call, address)
    if project is not None:
        view["repo_gpgcheck"] = False
        view.update({"module_hotfixes": True} if project["module_hotfixes"] else {})
    return view


def _project_of(call: Call, address: str) -> Row | None:
    try:
        return projects.of_copr_url(call, address)
    except NotFound:
        return None


def identifier(address: str) -> str:
    """An address as a repository's id: `_` for each run of what is not alphanumeric."""
    return re.sub("[^a-zA-Z0-9]+", "_", address).strip("_")


def parameters(address: str) -> Row:
    """What an address says in its query about the repository itself: `priority`."""
    values = parse_qs(urlsplit(address).query).get("priority")
    return {"priority": int(values[0]) if values[0].isnumeric() else values[0]} if values else {}


def expanded(call: Call, address: str, chroot: str) -> str:
    """The address for a chroot: copr:// resolved, our parameters taken off, `$chroot`, `$distname` put in."""
    parts = urlsplit(address)
    if parts.scheme == "copr":
        name = parts.path.split("/")[1]
        address = f"{projects.results_url(call, f'{parts.netloc}/{name}')}/{chroot}/"
    elif parameters(address):
        query: dict[str, Any] = {key: value for key, value in parse_qs(parts.query).items() if key != "priority"}
        address = parts._replace(query=urlencode(query, doseq=True)).geturl()
    return address.replace("$chroot", chroot).replace("$distname", chroot.rsplit("-", 2)[0])


# bootstrap, isolation


def bootstrap(project: Row, chroot: Row, build: Row | None = None) -> Row:
    """`bootstrap`, and a custom one's image, unless builds use the default; a BUILD's own word counts."""
    chosen = project["bootstrap"]
    if _is_set(chroot["bootstrap"]):
        chosen = chroot["bootstrap"]
    image = chroot["bootstrap_image"]
    if build is not None and _is_set(build["bootstrap"]):
        chosen = build["bootstrap"]
    if chosen in (None, "default"):
        return {}
    return {"bootstrap": chosen, **({"bootstrap_image": image} if chosen == "custom_image" else {})}


def isolation(project: Row, chroot: Row, build: Row) -> str:
    """How a build is shut off from its host: by its own word, else the chroot's, else the project's."""
    for level in (build, chroot, project):
        if _is_set(level["isolation"]):
            return str(level["isolation"])
    return "default"


def _is_set(value: str | None) -> bool:
    return bool(value) and value != "unchanged"
