"""What a Maven build is told: its settings file, its command line, and where it finds and leaves artifacts."""

from typing import Any
from xml.sax.saxutils import escape

from appliance.builder import checkout, packing, scmcommands, tagview
from appliance.builder.scmjobs import Checkout
from appliance.builder.steps import Work
from appliance.db.connection import Row
from appliance.errors import BuildError
from appliance.hub import builds
from appliance.hub.hub import Call

OUTPUT, POM, LISTING = "result", "project.pom", "maven_repository.log"
SOURCES, PATCHES = "scm-sources.zip", "patches.zip"  # as kept; see checkout.fetch
NO_MAVEN, NO_POM = 68, 69  # exit codes of the script below
_FAILING = ("-fae", "-ff", "-fn")  # say when a build of several modules fails
_DEFAULT_HEAP = "-Xmx2048m"
# Arguments: settings file's text, the sources' directory, the project file in it, then Maven's own.
_SCRIPT = """
set -eu
work=$PWD
mkdir -p ~/.m2/repository result
printf '%s\\n' "$1" > ~/.m2/settings.xml
[ -e /usr/bin/mvn ] || exit 68
cd -- "$2"
pom=$3
shift 3
status=0
/usr/bin/mvn -C "$@" deploy || status=$?
( cd ~/.m2/repository && find . -type f -printf '%s %P\\n' ) > "$work/result/maven_repository.log"
[ "$status" = 0 ] || exit "$status"
[ -e "$pom" ] || exit 69
cp -- "$pom" "$work/result/project.pom"
"""
_PATCH = """
set -eu
sources=$1 patches=$2
found=no
for each in "$patches"/*.patch; do
    [ -f "$each" ] || continue
    found=yes
    patch --verbose --no-backup-if-mismatch -d "$sources" -p1 -i "$PWD/$each" ||
    { echo "${each##*/} could not be applied, see checkout.log for details" > /notes/reason; exit 1; }
done
[ $found = yes ] || { echo "no patches found" > /notes/reason; exit 1; }
"""
_SETTINGS = """<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
  <interactiveMode>false</interactiveMode>
  <mirrors>
    <mirror>
      <id>koji-maven-repo-{tag}-{repo}</id>
      <url>{url}</url>
      <mirrorOf>{mirrored}</mirrorOf>
    </mirror>
  </mirrors>
  <profiles>
    <profile>
      <id>koji-task-{task}</id>
      <properties>
        <altDeploymentRepository>koji-output::default::file:///builddir/work/result</altDeploymentRepository>
      </properties>
      <repositories>{repositories}</repositories>
      <pluginRepositories>{plugins}</pluginRepositories>
    </profile>
  </profiles>
  <activeProfiles><activeProfile>koji-task-{task}</activeProfile></activeProfiles>
</settings>
"""
_REPOSITORY = """
        <{kind}>
          <id>{name}</id>
          <url>{url}</url>
          <releases><updatePolicy>never</updatePolicy><checksumPolicy>fail</checksumPolicy></releases>
          <snapshots><enabled>{snapshots}</enabled><updatePolicy>never</updatePolicy></snapshots>
        </{kind}>"""


def command(work: Work, repo: Row, sources: Checkout, options: Row) -> tuple[str, ...]:
    """The command of the job: Maven, as Koji calls it, with the options that the task asks for."""
    more = [str(each) for each in options.get("maven_options") or []]
    profiles, properties = options.get("profiles") or [], options.get("properties") or {}
    words = [
        *more,
        *([f"-P{','.join(profiles)}"] if profiles else []),
        *(f"-D{name}" if value is None else f"-D{name}={value}" for name, value in properties.items()),
        *(options.get("goals") or []),
    ]
    settings = _settings(work, repo, options.get("deps") or [])
    return ("/bin/sh", "-c", _SCRIPT, "maven", settings, sources.directory, project_file(options), *words)


def environment(options: Row) -> dict[str, str]:
    """Maven's memory, unless the task says otherwise, and the variables that it asks for."""
    wanted = list(options.get("jvm_options") or [])
    if not any(option.startswith("-Xmx") for option in wanted):
        wanted.append(_DEFAULT_HEAP)
    return {"MAVEN_OPTS": " ".join(wanted), **{name: str(value) for name, value in (options.get("envs") or {}).items()}}


def fetching(sources: Checkout, patches: Checkout | None) -> list[tuple[str, ...]]:
    """The commands that get the sources, and patches for them."""
    if patches is None:
        return [sources.command]
    # a checkout of patches has no `common` beside it
    return [
        sources.command,
        scmcommands.within("patches", scmcommands.command(patches.source, use_common=False)),
    ]


def arranging(sources: Checkout, patches: Checkout | None) -> tuple[tuple[str, ...], ...]:
    """The commands that pack the sources as they are, and apply the patches."""
    packed = checkout.python(packing, sources.directory, f"{checkout.KEPT}/{SOURCES}")
    if patches is None:
        return (packed,)
    place = f"patches/{patches.directory}"
    return (
        packed,
        checkout.python(packing, place, f"{checkout.KEPT}/{PATCHES}"),
        ("/bin/sh", "-c", _PATCH, "patches", sources.directory, place),
    )


def shown(work: Work, repo: Row, options: Row) -> dict[str, str]:
    """What the job sees of the hub's files: the tag's repository, the builds in it, and what is depended on."""
    found = tagview.shown(work, repo)
    needed = [each for each in options.get("deps") or [] if isinstance(each, int)]
    for task in needed:
        found |= tagview.task(work, task)
    return found


def _settings(work: Work, repo: Row, deps: list[Any]) -> str:
    """Maven's settings: everything comes from the tag's repository, or from what is depended on directly."""
    with work.reading() as call:
        found = [_dependency(call, dep) for dep in deps]
    return _SETTINGS.format(
        tag=escape(repo["tag_name"]), repo=repo["id"], task=work.id,
        url=escape(tagview.url(repo, "maven")),
        mirrored=",".join(["*", *(f"!{name}" for name, _, _ in found)]),
        repositories="".join(_repository("repository", *each) for each in found),
        plugins="".join(_repository("pluginRepository", *each) for each in found),
    )  # fmt: skip


def _dependency(call: Call, dep: Any) -> tuple[str, str, str]:
    """(name, place, whether it has snapshots) of a scratch task's or a build's own repository."""
    if isinstance(dep, int):
        return f"koji-task-{dep}-repo", tagview.PATHS.task(dep), "true"
    place = tagview.PATHS.mavenbuild(builds.require(call, dep))
    return f"koji-build-{dep}-repo", place, "false"


def _repository(kind: str, name: str, place: str, snapshots: str) -> str:
    return _REPOSITORY.format(kind=kind, name=escape(name), url=escape(f"file://{place}"), snapshots=snapshots)


def project_file(options: Row) -> str:
    """The file that Maven's options name with -f, or its default."""
    words = [str(each) for each in options.get("maven_options") or []]
    for index, word in enumerate(words):
        if word in ("-f", "--file"):
            if index + 1 == len(words):
                raise BuildError(f"{word} option requires a file path")
            return words[index + 1]
        if word.startswith(("-f=", "--file=")):
            return word.partition("=")[2]
        if word.startswith("-f") and word not in _FAILING:
            return word[2:]
    return "pom.xml"
