"""The task that makes a source package from source control: buildSRPMFromSCM."""

from dataclasses import replace

from appliance.builder import scmjobs, tagroots
from appliance.builder.failing import JobFailed
from appliance.builder.outcome import Outcome
from appliance.builder.spec import JobSpec
from appliance.builder.steps import Finished, Start, Step, Work, handles
from appliance.errors import BuildError

OUTPUT = ".source-packages"
# Arguments: the output directory, the sources' directory, then the command that gets what they lack.
_SCRIPT = """
set -eu
output=$PWD/$1
cd -- "$2"
name=${PWD##*/}
shift 2
choose() {
    spec=$1
    [ $# -gt 1 ] || return 0
    for spec; do [ "${spec##*/}" != "$name.spec" ] || return 0; done
    exit 66
}
if ls ./*.spec > /dev/null 2>&1; then choose ./*.spec
elif ls SPECS/*.spec > /dev/null 2>&1; then choose SPECS/*.spec
else exit 65
fi
[ $# = 0 ] || "$@" || exit 67
sources=$PWD
[ ! -d SOURCES ] || sources=$PWD/SOURCES
exec rpmbuild -bs --nodeps --target noarch -D "_sourcedir $sources" -D "_srcrpmdir $output" -- "$PWD/$spec"
"""
_MEANING = {
    65: "No spec file found",
    66: "Multiple spec files found but none is matching SCM checkout dir name",
    67: "The command that gets the sources failed; see build.log.",
}


@handles("buildSRPMFromSCM", weight=1.0)
def build_srpm_from_scm(work: Work) -> Step:
    """Check sources out and make a source package of them in the tag's buildroot.

    `srpm`, `logs` (paths below work), `brootid`, `source`: the `url` that was asked for, and as `source` the
    one that names the commit.
    """
    if work.outcome is None:
        return Start(_job(work))
    outcome = tagroots.settled(work)
    if not outcome.ok:
        raise JobFailed(explained(outcome), "making the source package")
    found = tagroots.results(work, outcome)
    source = scmjobs.parse(work, work.argument(0, "url"))
    origin = {"url": source.url, "source": source.at(outcome.revision)}
    srpm = tagroots.source_package(work, found)
    return Finished({"srpm": srpm, "logs": found["logs"], "brootid": found["brootid"], "source": origin})


def _job(work: Work) -> JobSpec:
    """The job; only a command that gets sources has the network while a package's own code runs."""
    options = work.argument(2, "opts") or {}
    if not options.get("repo_id"):
        raise BuildError("A repo id must be provided")
    checkout = scmjobs.allowed(work, work.argument(0, "url"), options.get("scratch"))
    place = tagroots.repository(work, work.argument(1, "build_tag"), options["repo_id"])
    terms = checkout.terms
    return tagroots.job(
        work, place, "script", tagroots.arch_for(work, place[0], "noarch"), "srpm-build",
        command=script(checkout.directory, *(terms.command or ())), network=terms.command is not None, output=OUTPUT,
        **scmjobs.fetching(work, [checkout.source], checkout.command),
    )  # fmt: skip


def script(directory: str, *command: str) -> tuple[str, ...]:
    """What makes a source package of a directory of the job's, after COMMAND has got what it lacks."""
    return ("/bin/sh", "-c", _SCRIPT, "sources", OUTPUT, directory, *command)


def explained(outcome: Outcome) -> Outcome:
    """The outcome of the script, with what its exit code means."""
    meaning = _MEANING.get(outcome.exit_code or 0) if outcome.stage == "script" else None
    return replace(outcome, message=meaning) if meaning else outcome
