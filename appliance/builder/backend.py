"""Which builder does a job, and the part of the job that runs inside its namespaces."""

import errno
import json
import shutil
import subprocess
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.builder import checkout, kept, layer, stages
from appliance.builder.outcome import BuildFailure
from appliance.builder.spec import Builder, JobSpec, result_dir, work_dir
from appliance.durable import write_whole

ROOTLESS = ("archive", "reading")  # kinds of jobs
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
# What a report says until the builder has come to its end.
UNFINISHED = {"failure": "builder-crash", "message": "The builder ended without a word; see job.log."}


def work(jobdir: Path, spec: JobSpec, token: str) -> int:
    """Do the job and write how it went to JOBDIR/work/report.json."""
    report: dict[str, Any] = {"builder": spec.builder}
    try:
        if spec.kind in ("rebuild", "resrpm"):
            layer.check_source(Path(spec.source))
        if spec.fetch or spec.arrange:
            spec = replace(spec, source=str(checkout.fetch(jobdir, spec)))
            report["revision"] = checkout.revision(jobdir)
            checkout.forget(jobdir)
        if spec.kind == "archive":
            kept.archive(jobdir, spec)
        if spec.kind in ROOTLESS:
            return _told(jobdir, report)
        builder = choose(jobdir, spec, token)
        report |= {"builder": builder.name, "tree": str(builder.tree)}
        write_whole(work_dir(jobdir) / "report.json", json.dumps(report | UNFINISHED))
        _hardware(result_dir(jobdir), spec.cache_dir)
        _run(builder)
        report["refused"] = getattr(builder, "refused", [])
    except BuildFailure as error:
        report |= {
            "failure": error.failure,
            "stage": error.stage,
            "message": error.message,
            "exit_code": error.exit_code,
        }
    except Exception as error:  # the edge of the job: what nobody foresaw is told in its outcome
        traceback.print_exc()
        full = isinstance(error, OSError) and error.errno in NO_SPACE
        kind = "disk-full" if full else "builder-crash"
        report |= {"failure": kind, "message": f"The builder itself failed: {error!r}"}
    return _told(jobdir, report)


def _told(jobdir: Path, report: dict[str, Any]) -> int:
    write_whole(work_dir(jobdir) / "report.json", json.dumps(report))
    return 0


def choose(jobdir: Path, spec: JobSpec, token: str) -> Builder:
    """The builder that the job asks for; `auto` takes mock where it is to be had."""
    if spec.builder != "overlay":
        from appliance.builder import mock

        if told := mock.known(Path(spec.cache_dir)):
            return mock.Mock(jobdir, spec, token, told)
        if spec.builder == "mock":
            raise BuildFailure("root-failed", "", "This host has no mock that root could use.")
    from appliance.builder.overlay import Overlay

    return Overlay(jobdir, _complete(spec), token)


def _complete(spec: JobSpec) -> JobSpec:
    """The job with all that its root's configuration file says, where it has one."""
    if not spec.root.config:
        return spec
    from appliance.builder import mockfile

    try:
        return replace(spec, root=mockfile.complete(spec.root))
    except Exception as error:
        text = f"The configuration {spec.root.config} cannot be read: {error!r}"
        raise BuildFailure("root-failed", stages.CHROOT, text) from error


def _run(builder: Builder) -> None:
    try:
        builder.prepare()
        builder.run()
    finally:
        builder.cleanup()


def _hardware(results: Path, disk: str) -> None:
    """Write hw_info.log meanwhile: what the machine is that builds."""
    if not shutil.which("lscpu"):
        return
    script = 'echo "CPU info:"; lscpu; echo; echo "Memory:"; free; echo; echo "Storage:"; df -H "$0"'
    with (results / "hw_info.log").open("wb") as log:
        subprocess.Popen(["/bin/sh", "-c", script, disk], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
