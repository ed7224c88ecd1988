"""Every setting of the appliance: its default, and the reason for it."""

import dataclasses
import difflib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Check = Callable[[Any], None]  # raises a ValueError that says what the value must be


def _one_of(*words: str) -> dict[str, Check]:
    def check(value: Any) -> None:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")

    return {"check": check}


def _at_least(least: int) -> dict[str, Check]:
    def check(value: Any) -> None:
        if value < least:
            raise ValueError(f"{least} or more")

    return {"check": check}


def endpoint(text: str) -> tuple[str, int]:
    """(host, port) to listen at; ValueError if the text does not say that."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("HOST:PORT")
    return host, int(port)


@dataclass
class SideTags:
    remove_empty: bool = False  # Koji's default: an empty side tag stays until its owner removes it
    allowed_suffixes: list[str] = field(default_factory=list)
    name_template: str = "{basetag}-side-{tag_id}"  # Koji's default
    trigger_new_repo: bool = False  # whether a new side tag asks for its repository before anybody does


@dataclass
class SaveFailedTree:
    allowed_methods: list[str] = field(default_factory=lambda: ["buildArch"])


@dataclass
class Runroot:
    network: bool = True  # as in Koji: what runs there composes images and fetches packages
    default_mounts: list[str] = field(default_factory=list)  # host directories that every command may read
    safe_roots: list[str] = field(default_factory=list)  # below these commands may be given directories to write to


@dataclass
class Koji:
    """What Koji's hub.conf calls by similar names."""

    email_domain: str = "localdomain"  # mail for a user without an address goes to NAME@this
    enable_maven: bool = True
    enable_win: bool = True
    login_creates_user: bool = True  # Koji's default for certificate and Kerberos logins
    allowed_krb_realms: str = "*"  # comma-separated; whose principals may be given to users
    host_principal_format: str = ""  # such as "compile/%s@EXAMPLE.COM"; "" gives hosts no principal
    check_client_ip: bool = True  # a session answers only the address that opened it
    session_timeout: int = 86400  # seconds without a call until a session expires
    session_renewal_timeout: int = 1440  # minutes after which a client must show its password again
    max_request_length: int = 4194304  # Koji's own limit for one XML-RPC request
    allowed_scms: str = ""  # Koji's list: "host:/path/*[:use_common[:command]]", space separated
    allowed_scms_use_config: bool = True  # whether that list decides
    allowed_scms_use_policy: bool = False  # whether the hub policy build_from_scm does, too
    trusted_proxies: list[str] = field(default_factory=list)  # addresses or networks whose headers are believed
    dn_username_component: str = "CN"  # the part of a client certificate's subject that names the user
    proxy_dns: list[str] = field(default_factory=list)  # certificates that may log other users in
    proxy_principals: list[str] = field(default_factory=list)  # Kerberos principals that may
    allow_proxy_auth_type: bool = False  # whether they may also say how the other user was identified
    keytab: str = ""  # with one, Kerberos tickets are taken without a web server in front
    offline: bool = False  # every call is answered with ServerOffline, which clients wait out
    offline_message: str = "server is offline"
    lock_out: bool = False  # only admins are served, as Koji's LockOut
    missing_policy_ok: bool = True  # a policy that has no rules allows everything, as Koji's default says
    policy: dict[str, str] = field(default_factory=dict)  # rules that replace Koji's built-in ones, by name
    sidetag: SideTags = field(default_factory=SideTags)
    runroot: Runroot = field(default_factory=Runroot)
    save_failed_tree: SaveFailedTree = field(default_factory=SaveFailedTree)
    maven_network: bool = False  # whether Maven builds may reach out; their artifacts come from the tag's repository
    image_network: bool = True  # ... and makers of images, who need a permission and install from where they are told
    image_mounts: bool = False  # their tools mount; the overlay builder trusts them with the machine for it
    vendor: str = "Koji"  # what packages say of their origin, as kojid's defaults
    packager: str = "Koji"
    distribution: str = "Koji"
    scm_credentials: str = ""  # a directory that is the home (.ssh, .netrc) of checkouts
    allow_password_in_scm_url: bool = False
    smtp_host: str = ""  # host or host:port of the relay; no relay, no mail
    smtp_user: str = ""  # with a name, the relay is logged in to
    smtp_pass: str = ""
    mail_from: str = "appliance@localhost"


@dataclass
class Copr:
    default_build_timeout: int = 18000  # seconds, as in Copr
    max_build_timeout: int = 108000
    default_memory: int = 2048  # MiB, as in Copr
    api_token_days: int = 180  # days that a fresh API token lives
    max_projects_listed: int = 0  # no default page size: Copr has none
    allowed_protocols: list[str] = field(default_factory=lambda: ["https", "http", "git", "ssh", "svn"])
    allowed_hosts: list[str] = field(default_factory=lambda: ["*"])
    download_seconds: int = 1800  # a slower download is given up
    max_download: int = 2 << 30  # bytes; a source package larger than this is a mistake
    source_chroot: str = ""  # where source packages are made; "" takes the first chroot of the build
    source_network: bool = True  # whether scripts that make source packages have the network, as in Copr
    source_requires: dict[str, list[str]] = field(
        default_factory=lambda: {
            "make_srpm": ["make"],
            "tito": ["tito"],
            "tito_test": ["tito"],
            "rubygems": ["rubygem-gem2rpm"],
        }
    )  # packages of the chroot that a method needs; "rpkg" is one more key, for those who have templates
    lookaside: dict[str, str] = field(
        default_factory=lambda: {
            "fedora": "https://src.fedoraproject.org/repo/pkgs/{namespace}/{name}/{filename}/{hashtype}/{hash}/{filename}",
            "centos-stream": "https://sources.stream.centos.org/sources/{namespace}/{name}/{filename}/{hashtype}/{hash}/{filename}",
        }
    )  # where dist-git instances keep the files that `sources` lists
    prune_days: int = 14  # how old results may get that a later build has outdated, as in Copr
    refuse_duplicates: bool = True  # whether a build fails that gives a NEVRA anew with other content; Copr's does not
    repo_gpgcheck: bool = False  # whether indexes are signed, and .repo files say so
    webhook_keys: list[str] = field(default_factory=list)  # Pagure signs with a key of its own, not the secret
    webhook_signatures: bool = False  # whether webhooks must be signed; knowing the secret address is enough
    pypi_url: str = ""  # another index with PyPI's JSON interface; "" is the one that pip knows


@dataclass
class Builder:
    kind: str = field(default="auto", metadata=_one_of("auto", "mock", "overlay", "simulated"))
    max_jobs: int = 0  # 0: as many as processors and memory allow
    timeout: int = 86400  # seconds, Koji's rpmbuild_timeout
    silence_timeout: int = 7200  # seconds without a line of log until a build counts as hung
    memory_mb: int = 0  # 0: no limit but the machine's
    max_processes: int = 4096
    disk_mb: int = 0  # what a job writes; with mock its whole root, which is a copy
    log_mb: int = 512  # a log that grows beyond is cut, with a mark; its end stays
    min_disk_mb: int = 1024  # no build starts with less space left
    failed_buildroot_lifetime: int = 14400  # seconds, Koji's; 0 keeps none
    uid: int = 62999  # owns nothing on the host; builds run as this user


@dataclass
class Scheduler:
    """Koji's defaults, in seconds where they are times."""

    max_jobs: int = 15  # tasks a host holds at once, unless it says otherwise itself
    capacity_overcommit: int = 5  # so much heavier than a host's free capacity a task may be
    ready_timeout: int = 180  # silence after which a host gets no new task
    assign_timeout: int = 300  # a task not begun by then goes to another host
    host_timeout: int = 900  # silence after which a host's open tasks go to another
    soft_refusal_timeout: int = 900  # a host that refused a task for now is asked again after this


@dataclass
class Repositories:
    compression: str = field(default="gz", metadata=_one_of("gz", "zstd"))  # every client reads gz
    external_minutes: int = field(
        default=15, metadata=_at_least(1)
    )  # how often external repositories are looked at, beside before each new one
    kept_moments: int = 500  # composed repositories of the past that are kept for who asks again
    superseded_minutes: int = 60  # how long a repository stays ready that a newer one has replaced
    expired_days: int = 7  # how long an expired repository stays on disk
    debuginfo_tags: str = ""  # patterns of tags whose repositories hold debuginfo; as Koji's kojira
    source_tags: str = ""  # ... and source packages
    separate_source_tags: str = ""  # ... and source packages as an architecture of their own
    request_lag: int = 3600  # seconds of changes that a repository asked for may lack (Koji's)
    request_lag_window: int = 600  # requests within so many seconds share a repository
    auto_lag: int = 7200  # the same for repositories that tags have made by themselves
    max_tasks: int = 10  # requests being served at once
    max_maven_tasks: int = 2
    request_tries: int = 3  # tasks made anew for a request whose task failed
    request_days: float = 1.0  # how long a served request can be looked up
    queue_user: str = "kojira"  # who owns the tasks made for requests, if there is such a user


@dataclass
class Retention:
    """How long things stay that nothing refers to, beside `expired_days`, `prune_days` and the like elsewhere."""

    scratch_days: int = 21  # results of scratch builds, as Koji's own sites keep them
    upload_days: int = 14  # what was uploaded and not used
    external_days: int = 30  # how far back tags' repositories know what external ones held then


@dataclass
class Events:
    hooks: list[dict[str, Any]] = field(default_factory=list)  # {url, secret, topics}: who is told what happens
    keep_days: int = 30  # how long the feed reaches back


@dataclass
class Settings:
    """What stands in appliance.toml; a flag of the same name has precedence."""

    # this machine alone until someone decides otherwise
    listen: str = field(default="127.0.0.1:8080", metadata={"check": endpoint})
    threads: int = field(default=16, metadata=_at_least(1))  # requests served at once; each is short
    url: str = ""  # how clients reach the server; "" takes it from the request
    title: str = "Appliance"  # what the pages call this place
    koji: Koji = field(default_factory=Koji)
    copr: Copr = field(default_factory=Copr)
    builder: Builder = field(default_factory=Builder)
    repositories: Repositories = field(default_factory=Repositories)
    scheduler: Scheduler = field(default_factory=Scheduler)
    retention: Retention = field(default_factory=Retention)
    events: Events = field(default_factory=Events)

    @property
    def address(self) -> str:
        """The server's root for clients where no request says it, without a slash at its end."""
        return self.url.rstrip("/") or f"http://{self.listen}"

    @property
    def address_here(self) -> str:
        """The server's root for programs on this machine."""
        host, port = endpoint(self.listen)
        return f"http://{host if host.strip('0.') else '127.0.0.1'}:{port}"


def load(path: Path) -> Settings:
    """Settings from a TOML file; defaults where there is none.

    A ValueError names the file and what is wrong in it: for an unknown key the nearest, for a value what it must be.
    """
    if not path.exists():
        return Settings()
    try:
        return filled(tomllib.loads(path.read_text()))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def filled(values: dict[str, Any]) -> Settings:
    """Settings from what a TOML file says, or would say."""
    return _fill(Settings(), values, "")


def _fill(target: Any, values: dict[str, Any], prefix: str) -> Any:
    known = {item.name: item for item in dataclasses.fields(target)}
    for key, value in values.items():
        if key not in known:
            raise ValueError(_unknown(prefix + key, key, list(known)))
        current = getattr(target, key)
        if dataclasses.is_dataclass(current):
            _fill(current, _typed(prefix + key, {}, value), f"{prefix}{key}.")
        else:
            setattr(target, key, _checked(prefix + key, known[key], _typed(prefix + key, current, value)))
    return target


def _unknown(full: str, key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"unknown setting {full}" + (f", did you mean {near[0]}?" if near else "")


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "a table"}


def _typed(name: str, default: Any, value: Any) -> Any:
    kind = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, kind) or isinstance(value, bool) != isinstance(default, bool):
        raise ValueError(f"setting {name} must be {_NAMES[type(default)]}, not {value!r}")
    return value


def _checked(name: str, item: "dataclasses.Field[Any]", value: Any) -> Any:
    """VALUE, if it is what the setting asks for; no number is less than nothing."""
    usual = _at_least(0)["check"] if isinstance(value, (int, float)) else lambda _: None
    try:
        item.metadata.get("check", usual)(value)
    except ValueError as error:
        raise ValueError(f"setting {name} must be {error}, not {value!r}") from None
    return value
