"""What a job sees of the topdir where it reads a tag's repository itself, as Maven and makers of images do."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import koji

from appliance.builder.steps import Work
from appliance.db.connection import Row
from appliance.errors import BuildError
from appliance.hub import repo_content
from appliance.hub.repo_content import Wanted

TOPDIR = "/koji"  # where a job sees what it sees of the topdir, each thing in its place
PATHS = koji.PathInfo(topdir=TOPDIR)


def shown(work: Work, repo: Row, arch: str = "") -> dict[str, str]:
    """{place in the job: on the host} of a repository and all the files that it links to.

    With ARCH also the external repositories in directories of this host that it is merged with.
    """
    topdir = work.hub.paths.topdir
    places = {PATHS.repo(repo["id"], repo["tag_name"]): topdir.repo(repo["id"], repo["tag_name"])}
    places[f"{TOPDIR}/packages"] = f"{topdir.topdir}/packages"
    for path in Path(topdir.topdir).glob("vol/*/packages"):
        places[f"{TOPDIR}/vol/{path.parent.name}/packages"] = str(path)
    outside = _outside(work, repo, arch) if arch else {}
    return {place: path for place, path in {**places, **outside}.items() if Path(path).is_dir()}


def _outside(work: Work, repo: Row, arch: str) -> dict[str, str]:
    wanted = Wanted(repo["tag_id"], arch, repo["create_event"])
    with work.reading() as call:
        urls = [urlsplit(url) for _, url in repo_content.external(call, wanted)]
    paths = [unquote(url.path).rstrip("/") for url in urls if url.scheme == "file"]
    return {path: path for path in paths}


def url(repo: Row, below: str) -> str:
    """The address of a part of the repository, for a job that is shown it."""
    return f"file://{PATHS.repo(repo['id'], repo['tag_name'])}/{below}"


def url_served(work: Work, repo: Row, below: str) -> str:
    """The address of a part of the repository, for a job with the network that reads it where nothing is shown."""
    paths = koji.PathInfo(topdir=f"{work.hub.settings.address_here}/kojifiles")
    return f"{paths.repo(repo['id'], repo['tag_name'])}/{below}"


def task(work: Work, task_id: int) -> dict[str, str]:
    """{place in the job: on the host} of what a task has left; of a scratch build these are links by now."""
    topdir = work.hub.paths.topdir
    if not Path(topdir.task(task_id)).is_dir():
        raise BuildError(f"task {task_id} has left nothing that could be depended on")
    scratch = {PATHS.scratch(): topdir.scratch()} if Path(topdir.scratch()).is_dir() else {}
    return {PATHS.task(task_id): topdir.task(task_id), **scratch}
