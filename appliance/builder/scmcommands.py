"""The commands that check sources out of git, Subversion and CVS; what users wrote is arguments, never script."""

import posixpath

from appliance.hub.scm import Source

# Their arguments: address, revision, directory to make, module below it, address of `common` (or ""), and the
# directory of the sources.
_GIT = """
export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false GIT_CONFIG_NOSYSTEM=1
export GIT_SSH_COMMAND='ssh -o BatchMode=yes'
url=$1 revision=${2#origin/} directory=$3 module=$4 common=$5
git clone --no-checkout -- "$url" "$directory"
cd -- "$directory"
commit=$(git rev-parse --verify --quiet --end-of-options "refs/tags/$revision^{commit}") ||
commit=$(git rev-parse --verify --quiet --end-of-options "refs/remotes/origin/$revision^{commit}") ||
commit=$(git rev-parse --verify --quiet --end-of-options "$revision^{commit}") || {
    git fetch -- origin "+$revision:refs/appliance/wanted"
    commit=$(git rev-parse --verify --end-of-options 'refs/appliance/wanted^{commit}')
}
git checkout --quiet --detach "$commit" --
git rev-parse HEAD > /notes/revision
cd ..
[ -z "$common" ] || git clone -- "$common" common
"""
_SVN = """
url=$1 revision=$2 directory=$3 module=$4 common=$5
mkdir -p -- "$(dirname -- "$directory${module:+/$module}")"
svn checkout --non-interactive --ignore-externals -r "$revision" -- "$url${module:+/$module}@" \
    "$directory${module:+/$module}"
svnversion -- "$directory${module:+/$module}" > /notes/revision
[ -z "$common" ] || svn checkout --non-interactive --ignore-externals -- "$common@" common
"""
_CVS = """
export CVS_RSH=ssh
root=$1 revision=$2 module=$4 common=$5
cvs -z3 -d "$root" checkout -r "$revision" -- "$module"
[ -z "$common" ] || cvs -z3 -d "$root" checkout -- common
"""
_LINK_COMMON = """
beside=$(dirname -- "$PWD/$6")
[ -z "$common" ] || [ -e "$beside/common" ] ||
ln -s -- "$(realpath --relative-to="$beside" common)" "$beside/common"
"""
_SCRIPTS = {"git": _GIT, "svn": _SVN, "cvs": _CVS}


def directory(source: Source) -> str:
    """Where in the checkout the sources are."""
    first = "" if source.program == "cvs" else source.name
    return posixpath.join(first, source.module)


def command(source: Source, use_common: bool) -> tuple[str, ...]:
    """The command that makes the checkout in its working directory and notes the revision."""
    script = "set -eu\n" + _SCRIPTS[source.program] + _LINK_COMMON
    common = _common(source) if use_common else ""
    return (
        "/bin/sh", "-c", script, source.program,
        _address(source), source.revision, source.name, source.module, common, directory(source),
    )  # fmt: skip


def environment(*sources: Source) -> dict[str, str]:
    """What keeps git from any other protocol than those that were allowed."""
    return {"GIT_ALLOW_PROTOCOL": ":".join(source.transport for source in sources if source.program == "git")}


def within(name: str, command: tuple[str, ...]) -> tuple[str, ...]:
    """The command, run in a new directory of that name."""
    return ("/bin/sh", "-c", 'mkdir -- "$0" && cd -- "$0" && exec "$@"', name, *command)


def _address(source: Source) -> str:
    if source.program == "cvs":
        method = "ext" if source.kind == "CVS+SSH" else "pserver"
        return f":{method}:{source.user or 'anonymous'}@{source.host}:{source.repository}"
    return source.address()


def _common(source: Source) -> str:
    """Where Koji looks for the directory `common`: beside a git repository, in one of the others."""
    if source.program == "cvs":
        return "common"
    if source.program == "svn":
        return f"{source.address()}/common"
    address = source.address()
    for suffix in ("/.git", ".git"):
        if address.endswith(suffix):
            return f"{posixpath.dirname(address.removesuffix(suffix))}/common{suffix}"
    return f"{posixpath.dirname(address)}/common"
