"""Source control URLs as Koji writes them: taken apart once, in one normal form, and allowed or refused."""

import logging
import posixpath
import re
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from appliance.db.connection import Row
from appliance.errors import BuildError, GenericError
from appliance.hub import policy
from appliance.hub.hub import Call

log = logging.getLogger(__name__)

KINDS = {
    "cvs://": "CVS",
    "cvs+ssh://": "CVS+SSH",
    "git://": "GIT",
    "git+http://": "GIT",
    "git+https://": "GIT",
    "git+rsync://": "GIT",
    "git+ssh://": "GIT+SSH",
    "svn://": "SVN",
    "svn+http://": "SVN",
    "svn+https://": "SVN",
    "svn+ssh://": "SVN+SSH",
}
_DEFAULT_COMMAND = ("make", "sources")
_OFF = ("no", "off", "false", "0")
_YES = ("yes", "true", "allow", "allowed")
_USER_AND_HOST = re.compile(r"(?:[\w.][\w.+-]*(?::[^@/:]*)?@)?(?:[\w.][\w.-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?", re.ASCII)


@dataclass(frozen=True)
class Source:
    """One place in source control. `repository` begins with a slash and has no `.`, `..` or empty part.

    `module` is the directory below it ("" for the whole), `kind` a value of `KINDS`.
    """

    url: str
    scheme: str
    user: str | None
    host: str
    repository: str
    module: str
    revision: str
    kind: str

    @property
    def program(self) -> str:
        """The command that speaks to it: git, svn or cvs."""
        return self.kind.partition("+")[0].lower()

    @property
    def transport(self) -> str:
        """How that command reaches it: http, https, ssh, git, ..."""
        return self.scheme.removesuffix("://").rpartition("+")[2]

    @property
    def name(self) -> str:
        """What a checkout of it is called: the repository's last part, without git's suffix."""
        path = self.repository.removesuffix("/.git") if self.program == "git" else self.repository
        name = posixpath.basename(path)
        return name.removesuffix(".git") if self.program == "git" else name

    def address(self) -> str:
        """The repository's address as the command takes it."""
        user = f"{self.user}@" if self.user else ""
        return f"{self.transport_url}{user}{self.host}{self.repository}"

    @property
    def transport_url(self) -> str:
        return "svn+ssh://" if self.kind == "SVN+SSH" else f"{self.transport}://"

    def at(self, revision: str) -> str:
        """Where exactly a checkout was from, as builds record it: git's addresses name the commit."""
        if self.program != "git":
            return self.url
        return urlunsplit((self.scheme.removesuffix("://"), self.host, self.repository, self.module, revision))


@dataclass(frozen=True)
class Terms:
    """On what terms a source is allowed: with a checkout of `common` beside it, and the command that gets
    what it lacks (None: no command)."""

    use_common: bool
    command: tuple[str, ...] | None


def is_url(text: str) -> bool:
    """Whether a build's source is a place in source control (else it is an uploaded source package)."""
    return text.startswith(tuple(KINDS))


def is_upload(source: str) -> bool:
    """Whether it is an uploaded source package, named by its path below the work directory."""
    return source.endswith(".src.rpm") and not is_url(source)


def parse(url: str, allow_password: bool = False) -> Source:
    """The parts of `scheme://[user@]host/path[?module]#revision`; GenericError where it is anything else.

    What could mean something else to a command, to a server or to a list of allowed places than it does here
    (options, control characters, encoded dots and slashes) is refused: see CVE-2017-1002153.
    """
    if not is_url(url):
        raise GenericError(f"Invalid scheme in scm url. Valid schemes are: {' '.join(sorted(KINDS))}")
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise GenericError(f"Unable to parse SCM URL: {url!r} . White space and control characters are not allowed.")
    scheme, _, rest = url.partition("://")
    try:
        parts = urlsplit(f"http://{rest}")
    except ValueError as error:
        raise GenericError(f"Unable to parse SCM URL: {url} . {error}") from None
    user, host = _user_and_host(url, parts, allow_password)
    module, revision = parts.query.strip("/"), parts.fragment
    if not revision:
        raise GenericError(f"Unable to parse SCM URL: {url} . Could not find the fragment element.")
    if module:
        module = _inner(url, module)
    if revision.startswith("-"):
        raise GenericError(f"Unable to parse SCM URL: {url} . A revision can't begin with a dash.")
    scheme += "://"
    return Source(url, scheme, user, host, _repository(url, parts.path), module, revision, KINDS[scheme])


def _user_and_host(url: str, parts: SplitResult, allow_password: bool) -> tuple[str | None, str]:
    user, at, host = parts.netloc.rpartition("@")
    if "@" in user:
        raise GenericError(f"Invalid username@hostname specified: {parts.netloc.split('@')}")
    name, colon, password = user.partition(":")
    if colon and not allow_password:
        raise GenericError(f"username:password format not supported: {name}:{password}")
    if not _USER_AND_HOST.fullmatch(parts.netloc):
        raise GenericError(f"Unable to parse SCM URL: {url} . Could not find the netloc element.")
    return (user if at else None), host


def _repository(url: str, path: str) -> str:
    """The normal form of a path: the one that is compared with what is allowed, and that is fetched."""
    if not path.strip("/"):
        raise GenericError(f"Unable to parse SCM URL: {url} . Could not find the path element.")
    normal = "/" + posixpath.normpath(path).lstrip("/")
    for each in (path, normal):
        _, semicolon, params = each.rpartition("/")[2].partition(";")
        if semicolon:
            raise GenericError(f"Unable to parse SCM URL: {url} . Params element {params} should be empty.")
    if normal == "/":
        raise GenericError(f"Unable to parse SCM URL: {url} . Could not find the path element.")
    _check_plain(url, normal)
    return normal


def _inner(url: str, module: str) -> str:
    """A directory below a repository, which must not lead out of it."""
    normal = posixpath.normpath(module)
    _check_plain(url, normal)
    if normal.startswith("-"):
        raise GenericError(f"Unable to parse SCM URL: {url} . A module can't begin with a dash.")
    return normal


def _check_plain(url: str, path: str) -> None:
    """Refuse what a server would read as another path than the one that is compared here."""
    plain = unquote(path)
    odd = plain.count("/") != path.count("/") or {".", ".."} & set(plain.split("/"))
    if odd or re.search(r"[\x00-\x1f\x7f\\%]", plain):
        raise GenericError(f"Unable to parse SCM URL: {url} . Encoded or climbing paths are not allowed.")


# who may build from where


def terms(call: Call, source: Source, data: Row) -> Terms:
    """On what terms the settings (and the hub policy `build_from_scm`, if they say so) allow a source.

    DATA is what the policy sees besides: `user_id`, `channel`, `scratch`. BuildError where it is refused.
    """
    settings = call.settings.koji
    if source.kind.endswith("+SSH") and not source.user:
        raise BuildError(f"No user specified for repository access scheme: {source.scheme}")
    found = Terms(True, _DEFAULT_COMMAND)
    if settings.allowed_scms_use_config:
        found = listed(source, settings.allowed_scms)
    if settings.allowed_scms_use_policy:
        found = _by_policy(call, source, data, found)
    return found


def listed(source: Source, allowed: str) -> Terms:
    """The terms of the first entry of Koji's list that SOURCE matches.

    The entries are separated by white space: `host:repository[:use_common[:command]]` with shell patterns,
    commas for the command's spaces; `!host:repository` refuses. BuildError where no entry allows it.
    """
    entries = [entry.partition(":") for entry in allowed.split()]
    for host, colon, _ in entries:
        if not colon:
            log.warning("allowed_scms: %s is no host:repository, and is passed over", host)
    fitting = (entry for entry in entries if entry[1] and _fits(source, entry[0].removeprefix("!"), entry[2]))
    host, _, rest = next(fitting, ("!", "", ""))
    if host.startswith("!"):
        raise BuildError(f"{source.host}:{source.repository} is not in the list of allowed SCMs")
    return _granted(rest.split(":")[1:])


def _fits(source: Source, host: str, rest: str) -> bool:
    return fnmatchcase(source.host, host) and fnmatchcase(source.repository, rest.split(":")[0])


def _granted(options: list[str]) -> Terms:
    use_common = not options or options[0].lower() not in _OFF
    if len(options) < 2:
        return Terms(use_common, _DEFAULT_COMMAND)
    return Terms(use_common, tuple(options[1].split(",")) if options[1] else None)


def _by_policy(call: Call, source: Source, data: Row, before: Terms) -> Terms:
    """The policy's words: `allow [use_common] [command | none]`, or `deny reason`."""
    known: dict[str, Any] = {"scm_type": source.kind}
    known |= {f"scm_{key}": value for key, value in asdict(source).items() if key != "kind"}
    said = (policy.evaluate(call, "build_from_scm", {**known, **data}) or "").split()
    if not said or said[0].lower() not in _YES:
        reason = " ".join(said[1:]) or None
        raise BuildError(f"SCM: {source.host}:{source.repository} is not allowed, reason: {reason}")
    words = said[1:]
    use_common = bool(words) and words[0].lower() == "use_common"
    command = tuple(words[use_common:]) or before.command
    return Terms(use_common, None if command and command[0].lower() == "none" else command)
