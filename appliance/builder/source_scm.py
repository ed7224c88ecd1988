"""Source packages out of source control: git and Subversion repositories, and distributions' dist-git."""

import posixpath
import re
from pathlib import Path

from appliance.builder import fetch, scmcommands, source_jobs
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
_METHODS = {"rpkg": _RPKG, "tito": _TITO, "tito_test": _TITO_TEST, "make_srpm": _MAKE}

# After the checkout, on the host but in the same sandbox: what the spec file and `sources` name and the
# repository lacks. Its arguments: directory, spec, address of look-aside files, bytes, seconds, protocols,
# hosts, then the command of the checkout.
_FETCH = r"""
set -euf
tree=$1 spec=$2 aside=$3 size=$4 seconds=$5 protocols=$6 hosts=$7
shift 7
"$@"
cd -- "$tree"
stop() { echo "error: $*" >&2; exit 1; }
allowed() {
    host=${1#*://} host=${host%%[/?#]*} host=${host##*@} host=${host%:*}
    for pattern in $hosts; do case $host in $pattern) return 0;; esac; done
    return 1
}
get() {
    case $2 in ''|.*|*/*) stop "a source can't be called $2";; esac
    [ ! -e "$2" ] || return 0
    allowed "$1" || stop "cannot fetch $1: its host is not among those that the settings allow"
    command -v curl > /dev/null || stop "curl is not installed on this host, and is needed for sources"
    curl --fail --silent --show-error --location --proto "=$protocols" --proto-redir "=$protocols" \
        --max-filesize "$size" --max-time "$seconds" --output "$2" --url "$1"
}
if [ -n "$aside" ] && [ -f sources ]; then
    while read -r first second third fourth _; do
        case $first in
            '') continue;;
            [A-Z]*) kind=${first,,} file=${second#(} file=${file%)} hash=$fourth;;
            *) kind=md5 hash=$first file=${second#\*};;
        esac
        case $kind in md5|sha1|sha224|sha256|sha384|sha512) ;; *) stop "unknown checksum in sources: $kind";; esac
        address=${aside//'{filename}'/$file} address=${address//'{hashtype}'/$kind}
        get "${address//'{hash}'/$hash}" "$file"
        echo "$hash  $file" | "${kind}sum" --check -
    done < sources
fi
set +f
[ -n "$spec" ] || set -- *.spec
[ -n "$spec" ] || spec=$1
set -f
[ -f "$spec" ] || exit 0
rpmspec -P --define "_sourcedir $PWD" "./$spec" 2> /dev/null |
sed -nE 's/^(source|patch)[0-9]*:[[:space:]]*([a-z]+:\/\/[^[:space:]]+).*/\2/Ip' |
while read -r url; do
    get "$url" "${url##*/}"
done
"""


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
    source_jobs.tool(found.program, f"sources in {found.program}")
    command = scmcommands.command(found, use_common=False)
    return {**fetching(work, command, f"./{tree}", spec, aside), "fetch_env": scmcommands.environment(found)}


def fetching(work: Work, command: tuple[str, ...], tree: str, spec: str, aside: str = "") -> Row:
    """The fields of a JobSpec that run COMMAND, then fetch into TREE what its spec file names.

    ASIDE is the address of files that `sources` lists, with {filename}, {hashtype} and {hash} in it.
    """
    limits = work.hub.settings.copr
    protocols = ",".join(each for each in limits.allowed_protocols if each in ("http", "https", "ftp"))
    words = (tree, spec, aside, limits.max_download, limits.download_seconds, protocols)
    hosts = " ".join(limits.allowed_hosts)
    return {"fetch": (("/bin/bash", "-c", _FETCH, "fetch", *map(str, words), hosts, *command),)}
