"""Source packages out of source control: git and Subversion repositories, and distributions' dist-git."""

import posixpath
import re
from pathlib import Path

from appliance.builder import fetch, scmcommands, source_fetch, source_jobs
from appliance.builder.source_jobs import PACK
from appliance.builder.steps import Start, Work
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import scm
from appliance.settings import Copr

# A spec file with `{{{` in it is a template for rpkg; any other needs no more than rpmbuild.
_RPKG = r"""
cd -- "$1" || stop "there is no directory $1"
if grep -qs '{{{' ${2:+"./$2"} ${2:-./*.spec ./*.spec.rpkg} || [ -e "${2:-x}.rpkg" ]; then
    need rpkg
    exec rpkg srpm --outdir "$out" ${2:+--spec "./$2"}
fi
pack . "$2"
"""
_TITO = 'need tito; cd -- "$1" && exec tito build --srpm --output "$out"'
_TITO_TEST = 'need tito; cd -- "$1" && exec tito build --test --srpm --output "$out"'
_MAKE = r"""
need make
tree=$PWD/$3
[ -f "$tree/.copr/Makefile" ] || stop "there is no .copr/Makefile in the repository"
printf '[safe]\n\tdirectory = *\n' > ~/.gitconfig
cd -- "$1" && exec make -f "$tree/.copr/Makefile" srpm outdir="$out" spec="${2:+$PWD/$2}"
"""
_NO_REDIRECTIONS = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "http.followRedirects",
    "GIT_CONFIG_VALUE_0": "false",
}
_METHODS = {"rpkg": _RPKG, "tito": _TITO, "tito_test": _TITO_TEST, "make_srpm": _MAKE}


def checked_out(work: Work, build: Row, source: Row, place: Path) -> Path | Start:
    """From a repository, by one of Copr's four methods."""
    found = parse(source, work.hub.settings.copr)
    method = source.get("srpm_build_method") or "rpkg"
    tree = posixpath.join(found.name, below("subdirectory", source))
    spec = below("spec", source)
    return source_jobs.made(work, place) or source_jobs.begin(
        work,
        build,
        place,
        _METHODS[method],
        (f"./{tree}", spec, found.name),
        as_root=method == "make_srpm",
        requires=requires(work, method),
        **fetching_of(work, found, tree, spec if method == "rpkg" else ""),
    )


def from_dist_git(work: Work, build: Row, source: Row, place: Path) -> Path | Start:
    """From a distribution's dist-git, with the files that it keeps beside."""
    found = parse({**source, "type": "git"}, work.hub.settings.copr)
    aside = work.hub.settings.copr.lookaside.get(source.get("distgit", ""), "")
    address = aside.replace("{name}", found.name).replace("{namespace}", source.get("namespace") or "rpms")
    return source_jobs.made(work, place) or source_jobs.begin(
        work, build, place, PACK, (f"./{found.name}", ""), **fetching_of(work, found, found.name, "", address)
    )


def requires(work: Work, method: str) -> tuple[str, ...]:
    """What the settings say that a method needs in the chroot."""
    return tuple(work.hub.settings.copr.source_requires.get(method, ()))


def parse(source: Row, limits: Copr) -> scm.Source:
    """The place that a source names. Raises GenericError for whatever is not allowed to be one."""
    url, committish = str(source["clone_url"]), str(source.get("committish") or "HEAD")
    if not re.fullmatch(r"[A-Za-z0-9_][\w.+/@^~{}-]*", committish, re.ASCII):
        raise GenericError(f"invalid committish: {committish!r}")
    fetch.check(url, limits)
    program = source.get("type") or "git"
    protocol, _, rest = url.partition("://")
    bare = protocol.removeprefix(f"{program}+")
    scheme = bare if bare == program else f"{program}+{bare}"
    return scm.parse(f"{scheme}://{rest}#{committish}")


def below(field: str, source: Row) -> str:
    """A path in the checkout. Raises GenericError for one that leads out of it."""
    path = posixpath.normpath(str(source.get(field) or "").lstrip("/") or ".")
    if path == ".":
        return ""
    if path.split("/")[0] == ".." or path.startswith("-") or re.search(r"[\x00-\x1f\x7f]", path):
        raise GenericError(f"invalid {field}: {path!r}")
    return path


def fetching_of(work: Work, found: scm.Source, tree: str, spec: str, aside: str = "") -> Row:
    """The fields of a JobSpec that fetch a checkout and what its spec file names."""
    command = scmcommands.command(found, use_common=False)
    fetching = source_fetch.completed(command, f"./{tree}", spec, aside)
    return source_fetch.options(work, fetching, **scmcommands.environment(found), **_redirections(work))


def _redirections(work: Work) -> dict[str, str]:
    """git follows redirections unasked, and where not every host is allowed, it could be led to any."""
    return {} if "*" in work.hub.settings.copr.allowed_hosts else _NO_REDIRECTIONS
