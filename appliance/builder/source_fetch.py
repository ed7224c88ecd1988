"""Fetching what users name by address: in a job's sandbox, by the settings' rules, however often it is redirected."""

from collections.abc import Sequence

from appliance.builder.steps import Work
from appliance.db.connection import Row
from appliance.settings import Copr

# `get ADDRESS NAME` puts what is at an address into a file, which may be there already. PROTOCOLS and HOSTS are
# what may be fetched (patterns), SIZE how many bytes, SECONDS how long. What only this machine's own link has
# (169.254.169.254 gives credentials away in many clouds) is never fetched.
_GET = r"""
set -euf
stop() {
    echo "error: $*" >&2
    echo "$*" > /notes/reason
    exit 1
}
allowed() {
    local host=${1#*://} pattern
    case " $PROTOCOLS " in *" ${1%%://*} "*) ;; *) stop "cannot fetch $1: the protocol must be one of $PROTOCOLS";; esac
    host=${host%%[/?#]*} host=${host##*@} host=${host%:*} host=${host,,}
    case " $host $(getent ahosts "${host//[][]/}")" in *[[:space:]\[]169.254.*|*[[:space:]\[]fe80:*)
        stop "cannot fetch $1: its host is on this machine's own link";; esac
    for pattern in $HOSTS; do case $host in $pattern) return;; esac; done
    stop "cannot fetch $1: its host is not among those that the settings allow"
}
try() {
    ulimit -f $((SIZE / 1024 + 1))
    exec curl --fail --silent --show-error --proto "=${PROTOCOLS// /,}" --max-filesize "$SIZE" --max-time "$TIME" \
        --output "$2" --write-out '%{redirect_url}' --url "$1"
}
get() {
    local address=$1 hops=0 next code
    case $2 in ''|.*|*/*) stop "a source can't be called $2";; esac
    [ ! -e "$2" ] || return 0
    command -v curl > /dev/null || stop "curl is not installed on this host, and is needed for sources"
    echo "fetching $1"
    while :; do
        allowed "$address"
        code=0 next=$(try "$address" ".$2.part") || code=$?
        case $code in
            0) ;;
            23|63|153) stop "cannot fetch $1: larger than $SIZE bytes";;
            28) stop "cannot fetch $1: it took more than $TIME seconds";;
            *) stop "cannot fetch $1";;
        esac
        [ -n "$next" ] || break
        [ $((hops += 1)) -le 10 ] || stop "cannot fetch $1: it is redirected again and again"
        address=$next
    done
    mv -- ".$2.part" "$2"
}
"""

# After a checkout: what `sources` and the spec file name and the repository lacks. The arguments: directory, spec,
# address of look-aside files, then the command of the checkout.
_COMPLETE = r"""
tree=$1 spec=$2 aside=$3
shift 3
"$@"
cd -- "$tree"
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
_VERIFIED = r"""
while [ $# -ge 3 ]; do
    get "$1" "$2"
    echo "$3  $2" | sha256sum --check -
    shift 3
done
"""


def command(script: str, *words: str) -> tuple[str, ...]:
    """The command that runs SCRIPT, which may `get ADDRESS NAME` and `stop MESSAGE`, with WORDS as its arguments."""
    return ("/bin/bash", "-c", _GET + script, "fetch", *words)


def one(url: str, name: str) -> tuple[str, ...]:
    """The command that fetches one file, which is kept as a result."""
    return command('cd /kept && get "$1" "$2"', url, name)


def verified(files: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """The command that fetches files, each an address, a name and its SHA-256."""
    return command(_VERIFIED, *(word for each in files for word in each))


def completed(first: Sequence[str], tree: str, spec: str, aside: str = "") -> tuple[str, ...]:
    """The command that runs FIRST (or `get ADDRESS NAME`), then fetches into TREE what its spec file names.

    ASIDE is the address of files that `sources` lists, with {filename}, {hashtype} and {hash} in it.
    """
    return command(_COMPLETE, tree, spec, aside, *first)


def options(work: Work, *commands: tuple[str, ...], **environment: str) -> Row:
    """The fields of a JobSpec that fetch by these commands, within what the settings allow."""
    return {"fetch": commands, "fetch_env": {**_rules(work.hub.settings.copr), **environment}}


def _rules(limits: Copr) -> dict[str, str]:
    return {
        "PROTOCOLS": " ".join(each for each in limits.allowed_protocols if each in ("http", "https", "ftp")),
        "HOSTS": " ".join(limits.allowed_hosts),
        "SIZE": str(limits.max_download),
        "TIME": str(limits.download_seconds),
    }
