"""The tasks that make one image in a buildroot: createLiveMedia, createLiveCD, createAppliance, createKiwiImage."""

import json
import posixpath
from dataclasses import replace
from pathlib import Path
from typing import Any

import koji

from appliance.builder import checkout, imagetools, kickstart, kiwidesc, scmcommands, scmjobs, tagroots, tagview
from appliance.builder.failing import JobFailed, explained
from appliance.builder.imagetools import APPLIANCE, KIWI, LIVE_CD, LIVE_MEDIA, Tool, Wanted
from appliance.builder.scmjobs import Checkout
from appliance.builder.spec import JobSpec
from appliance.builder.steps import Finished, Start, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError, BuildrootError
from appliance.hub import arrivals, buildroots, installed, repos

_GIVEN = "/given"  # where the job that prepares an uploaded kickstart file finds it
_MEANING = {
    imagetools.NO_TOOL: "{program} was not found in the buildroot",
    imagetools.NOTHING: "{name} has made no image",
    imagetools.SEVERAL: "{name} has made more than one image",
    imagetools.NO_PREPARATION: "Preparation step failed",
}
_ARGUMENTS = ("name", "version", "release", "arch", "target_info", "build_tag", "repo_info")


@handles("createLiveMedia", weight=1.5)
def create_live_media(work: Work) -> Step:
    """Make an ISO image by livemedia-creator; as all tasks here it tells of itself, `files`, `logs`, `rpmlist`."""
    return _kickstarted(work, LIVE_MEDIA)


@handles("createLiveCD", weight=1.5)
def create_live_cd(work: Work) -> Step:
    """Make an ISO image by livecd-creator."""
    return _kickstarted(work, LIVE_CD)


@handles("createAppliance", weight=1.5)
def create_appliance(work: Work) -> Step:
    """Make a disk image by appliance-creator."""
    return _kickstarted(work, APPLIANCE)


@handles("createKiwiImage", weight=2.0)
def create_kiwi_image(work: Work) -> Step:
    """Make an image by kiwi."""
    wanted = _wanted(work, work.argument(9, "opts"))
    if work.outcome is None:
        return Start(_kiwi_job(work, wanted))
    return Finished(_made(work, wanted, KIWI))


def _wanted(work: Work, options: Any) -> Wanted:
    given = {name: work.argument(index, name) for index, name in enumerate(_ARGUMENTS)}
    with work.reading() as call:
        repo = repos.require(call, given["repo_info"]["id"])
    named = {name: str(given[name]) for name in ("name", "version", "release", "arch")}
    return Wanted(work.id, **named, options=options or {}, repo=repo)


def _job(work: Work, wanted: Wanted, tool: Tool, **options: Any) -> JobSpec:
    place = tagroots.repository(work, wanted.repo["tag_id"], wanted.repo["id"])
    spec = tagroots.job(
        work, place, "script", wanted.arch, tool.group, as_root=True, output=imagetools.OUTPUT,
        shown=tagview.shown(work, wanted.repo, wanted.arch), **options,
    )  # fmt: skip
    settings = work.hub.settings.koji
    return replace(spec, network=settings.image_network, mounts=settings.image_mounts)


# of kickstart files


def _kickstarted(work: Work, tool: Tool) -> Step:
    wanted = _wanted(work, work.argument(8, "opts"))
    if work.outcome is None:
        return Start(_kickstart_job(work, wanted, tool))
    made = _made(work, wanted, tool)
    text = (work.output_dir() / wanted.kickstart).read_text(errors="replace")
    return Finished({**made, "rootdev": kickstart.root_device(text.splitlines()) if tool is APPLIANCE else None})


def _kickstart_job(work: Work, wanted: Wanted, tool: Tool) -> JobSpec:
    options, given = wanted.options, str(work.argument(7, "ksfile"))
    sources = _allowed(work, options.get("ksurl"), options)
    lorax = _allowed(work, options.get("lorax_url"), options) if tool is LIVE_MEDIA else None
    path = posixpath.join(sources.directory, given) if sources else f"{_GIVEN}/{Path(given).name}"
    fetched = [each for each in (sources, lorax) if each]
    commands = [sources.command] if sources else []
    if lorax:
        commands.append(scmcommands.within("lorax", lorax.command))
    templates = posixpath.join("lorax", lorax.directory, str(options.get("lorax_dir") or "")) if lorax else ""
    return _job(
        work, wanted, tool, command=imagetools.command(tool, wanted, templates),
        arrange=(checkout.python(kickstart, imagetools.order(tool, wanted, path)),),
        fetch_shown={} if sources else {path: str(_uploaded(work, given))},
        **scmjobs.fetching(work, [each.source for each in fetched], *commands),
    )  # fmt: skip


def _allowed(work: Work, url: Any, options: Row) -> Checkout | None:
    return scmjobs.allowed(work, url, options.get("scratch")) if url else None


def _uploaded(work: Work, name: str) -> Path:
    with work.reading() as call:
        path = arrivals.located(call, name)
    if not path.is_file():
        raise BuildError(f"Kickstart {name} does not exist.")
    return path


# of kiwi's descriptions


def _kiwi_job(work: Work, wanted: Wanted) -> JobSpec:
    sources = scmjobs.allowed(work, work.argument(7, "desc_url"), wanted.options.get("scratch"))
    path = posixpath.join(sources.directory, str(work.argument(8, "desc_path")))
    told = imagetools.description(wanted, path, _repo_for_kiwi(work, wanted))
    arranged = () if wanted.options.get("make_prep") else (checkout.python(kiwidesc, told.to_json()),)
    return _job(
        work, wanted, KIWI, command=imagetools.kiwi(wanted, told), arrange=arranged,
        **scmjobs.fetching(work, [sources.source], sources.command),
    )  # fmt: skip


def _repo_for_kiwi(work: Work, wanted: Wanted) -> str:
    """The tag's repository: of what it is shown, kiwi shows its image the one directory, and not what that links to."""
    if not work.hub.settings.koji.image_network:
        return wanted.repo_url
    return tagview.url_served(work, wanted.repo, koji.canonArch(wanted.arch))


# what came of it


def _made(work: Work, wanted: Wanted, tool: Tool) -> Row:
    """What the task tells of its image, after the buildroot has gone."""
    outcome = tagroots.recorded(work)
    try:
        packages = _packages(work) if outcome.ok and not wanted.options.get("scratch") else []
    finally:
        tagroots.expire(work)
    if not outcome.ok:
        raise JobFailed(explained(outcome, _meanings(tool)), f"making the {tool.title}")
    names = [Path(path).name for path in tagroots.results(work, outcome)["others"]]
    told = [name for name in names if name.endswith((".ks", ".kiwi"))]
    logs = [each.name for each in outcome.results if each.log]
    found = {
        "arch": wanted.arch, "task_id": work.id, "name": wanted.name, "version": wanted.version,
        "release": wanted.release, "files": [name for name in names if name not in told], "logs": logs + told,
    }  # fmt: skip
    return found if wanted.options.get("scratch") else {**found, "rpmlist": packages}


def _meanings(tool: Tool) -> dict[int, str]:
    return {code: words.format(program=tool.program, name=tool.name) for code, words in _MEANING.items()}


def _packages(work: Work) -> list[Row]:
    """The RPMs in the image, as hosts name them, where the tool has left them in its cache."""
    listing = work.output_dir() / imagetools.PACKAGES
    lines = listing.read_text(errors="replace").splitlines() if listing.exists() else []
    packages = [_package(line.split()) for line in dict.fromkeys(lines)]
    number = tagroots.number(work)
    with work.reading() as call:
        return installed.located(call, buildroots.require(call, number), packages)


def _package(words: list[str]) -> Row:
    try:
        size, name, epoch, version, release, arch, payload, built = words
        return {
            "name": name, "version": version, "release": release, "arch": arch, "payloadhash": payload,
            "epoch": None if epoch == "(none)" else int(epoch), "size": int(size), "buildtime": int(built),
        }  # fmt: skip
    except ValueError:
        raise BuildrootError(f"the image's packages can't be told: {json.dumps(words)}") from None
