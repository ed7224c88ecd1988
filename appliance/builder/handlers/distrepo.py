"""The tasks that make dist repositories: distRepo, and createdistrepo for each of its arches."""

import json
from pathlib import Path
from typing import Any

import koji
import koji.arch

from appliance.builder.steps import UNFINISHED, Finished, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import dist_content, dist_repos, foreign, multilib, repo_content, repos, signatures, tags
from appliance.hub.dist_content import Choice, Wanted
from appliance.hub.hub import Call
from appliance.repodata import Entry, RepodataError, Repository, compose, comps, publish

_SIBLINGS = {"s390x": "s390", "ppc64": "ppc", "x86_64": "i686"}
_UNMADE = {
    "delta": "delta RPMs are not made here: createrepo_c itself has given them up",
    "zck": "zchunk metadata is not made here: clients read gzip and zstd",
    "zck_dict_dir": "--zck-dict-dir makes no sense without --zck",
}


@handles("distRepo", weight=0.1)
def dist_repo(work: Work) -> Step:
    """Make each arch, the 32-bit ones first where others take packages of theirs, and publish the whole."""
    asked, options = work.named, work.named["task_opts"]
    wanted = _arches(work, asked["tag"], options)
    early = [arch for arch in wanted if not koji.arch.isMultiLibArch(arch)]
    late = [arch for arch in wanted if arch not in early]
    for some in [early, late] if options.get("multilib") else [wanted]:
        if not _made(work, asked, some):
            return None
    with work.writing() as call:
        if repos.require(call, asked["repo_id"])["state"] == repos.INIT:
            repos.done(call, asked["repo_id"], {})
    return Finished(f"Dist repository #{asked['repo_id']} successfully generated")


def _arches(work: Work, tag: Any, options: Row) -> list[str]:
    with work.reading() as call:
        listed = tags.require(call, tag, event=options.get("event"))["arches"] or ""
    found = {koji.canonArch(arch) for arch in options["arch"] or listed.split()}
    if not found:
        raise GenericError("No arches specified nor for the tag!")
    return sorted(found)


def _made(work: Work, asked: Row, arches: list[str]) -> bool:
    """Whether these arches are all in their places; a task for each makes it, and then it is moved there."""
    arguments = (asked["keys"], asked["task_opts"])
    for arch in arches:
        work.spawn(arch, "createdistrepo", [asked["tag"], asked["repo_id"], arch, *arguments], arch="noarch")
    children = {arch: work.child(arch) for arch in arches}
    for arch, child in children.items():
        if child and child["state"] not in UNFINISHED:
            work.await_child(arch)
    if any(child is None or child["state"] in UNFINISHED for child in children.values()):
        return False
    for arch, child in children.items():
        assert child is not None
        _move(work, asked["repo_id"], arch, child["id"])
    return True


def _move(work: Work, repo_id: int, arch: str, task_id: int) -> None:
    with work.writing() as call:
        place = repos.directory_of(call, repos.require(call, repo_id)) / arch
        if not (place / "kojipkgs").exists():
            dist_repos.move_in(call, repo_id, call.paths.topdir.taskrelpath(task_id), arch)


@handles("createdistrepo", weight=1.5)
def create_dist_repo(work: Work) -> Step:
    """Put one arch together in the task's output: metadata, and which packages belong to it; nil."""
    asked, options = work.named, work.named["opts"]
    for name, why in _UNMADE.items():
        if options.get(name):
            raise GenericError(why)
    with work.reading() as call:
        repo = repos.require(call, asked["repo_id"])
        if repo["state"] != repos.INIT:
            raise GenericError(f"Repo {repo['id']} not in INIT state (got {repo['state']})")
        choices = dist_content.choose(call, _wanted(call, asked, options))
    place = work.output_dir()
    place.mkdir(parents=True, exist_ok=True)
    _write_copies(work, choices, options, place)
    with work.reading() as call:
        kept = _kept(call, choices, options, place)
        packages = {choice.file_name: dist_content.described(choice) for choice in kept}
        if options.get("multilib") and koji.arch.isMultiLibArch(asked["arch"]):
            _add_multilib(call, repo, asked["arch"], options["multilib"], packages, place)
        _lay_out(call, repo, options, packages, place)
    return Finished()


def _wanted(call: Call, asked: Row, options: Row) -> Wanted:
    tag_id = tags.require(call, asked["tag"], event=options["event"])["id"]
    keys = tuple(key.lower() for key in asked["keys"])
    arch = koji.canonArch(asked["arch"])
    return Wanted(tag_id, arch, keys, options["event"], options["latest"], bool(options["inherit"]))


def _write_copies(work: Work, choices: list[Choice], options: Row, place: Path) -> None:
    """Write the signed copies that are not there, if that is asked for; the log says of each how it went."""
    if not options.get("write_signed_rpms"):
        return
    lines = []
    for choice in choices:
        if choice.sigkey is not None:
            lines.append(_write_copy(work, choice))
    if lines:
        (place / "written_signed_rpms.log").write_text("".join(lines))


def _write_copy(work: Work, choice: Choice) -> str:
    try:
        with work.writing() as call:
            signatures.write_copy(call, choice.rpm["id"], choice.sigkey)
    except GenericError as error:
        return f"FAILED: {choice.file_name} is not written with key {choice.sigkey}: {error}\n"
    return f"{choice.file_name} is written with key {choice.sigkey}.\n"


def _kept(call: Call, choices: list[Choice], options: Row, place: Path) -> list[Choice]:
    """What the repository will hold; GenericError, with a log, where a signature or a file is missing."""
    unsigned = [choice for choice in choices if choice.sigkey is None]
    if unsigned:
        lines = [f"{choice.file_name}: {choice.available!r}\n" for choice in unsigned]
        (place / "missing_signatures.log").write_text(f"# RPM name: available keys\n{''.join(lines)}")
    if unsigned and not options["skip_missing_signatures"] and not options["allow_missing_signatures"]:
        raise GenericError("Unsigned packages found. See missing_signatures.log")
    kept = [choice for choice in choices if choice.sigkey or not options["skip_missing_signatures"]]
    missing = sorted(str(path) for path in (choice.path(call) for choice in kept) if not path.is_file())
    if missing:
        (place / "missing_files.log").write_text("".join(f"{path}\n" for path in missing))
        raise GenericError("Packages missing from the filesystem. See missing_files.log.")
    return kept


def _add_multilib(call: Call, repo: Row, arch: str, configuration: str, packages: dict[str, Row], place: Path) -> None:
    """Take along the siblings of the other word size, and what they require."""
    rules = multilib.read_rules(Path(call.paths.topdir.work()) / configuration)
    sibling = _SIBLINGS[arch]
    others = json.loads((repos.directory_of(call, repo) / koji.canonArch(sibling) / "kojipkgs").read_text())
    wanted = []
    for name, found in _facts(call, packages).items():
        if multilib.is_wanted(found, rules):
            wanted.append(name.removesuffix(f"{packages[name]['arch']}.rpm") + f"{sibling}.rpm")
    missing = sorted(set(wanted) - set(others) - {name for name in wanted if name in packages})
    if missing:
        (place / "missing_multilib.log").write_text("".join(f"{name}\n" for name in missing))
        raise GenericError("multilib packages missing. See missing_multilib.log")
    for name in multilib.closure([name for name in wanted if name in others], _facts(call, others)):
        packages.setdefault(name, {**others[name], "_multilib": True})


def _facts(call: Call, packages: dict[str, Row]) -> dict[str, multilib.Package]:
    found = dist_content.fragments(call, dist_content.entries(call, packages))
    return {name: multilib.of_fragment(fragment) for name, fragment in found.items()}


def _lay_out(call: Call, repo: Row, options: Row, packages: dict[str, Row], place: Path) -> None:
    """Write the arch's files below PLACE, and the manifest by which the hub moves them."""
    listed = dist_content.entries(call, packages)
    debug = [entry for entry in listed if options.get("split_debuginfo") and koji.is_debuginfo(entry.name)]
    for below, prefix, some in (("", "", [each for each in listed if each not in debug]), ("debug", "../", debug)):
        if some or not below:
            named = [entry._replace(href=prefix + entry.href) for entry in some]
            publish(_composed(call, repo, named), place / below)
            (place / below / "pkglist").write_text("".join(f"{entry.href}\n" for entry in named))
    if not packages:
        (place / "repodata" / "EMPTY_REPO").write_text("This repo is empty: its tag has nothing for this arch\n")
    (place / "kojipkgs").write_text(json.dumps(packages, default=str))
    files = sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
    manifest = [name for name in files if not name.endswith(".log") and name != "repo_manifest"]
    (place / "repo_manifest").write_text(json.dumps(manifest, indent=4))


def _composed(call: Call, repo: Row, listed: list[Entry]) -> Repository:
    groups = Path(repos.directory_of(call, repo)) / "groups" / "comps.xml"
    try:
        return compose(
            listed, lambda digests: foreign.load_fragments(call, digests), cache=repo_content.cache(call),
            timestamp=int(repo["create_ts"]), revision=str(repo["create_event"]),
            compression=repo_content.compression(call), extras=comps(groups.read_bytes()) if groups.is_file() else [],
        )  # fmt: skip
    except RepodataError as error:
        raise GenericError(str(error)) from None
