"""What a caller must be allowed: the needs that methods, routes and pages declare, checked in one place."""

from dataclasses import dataclass

from appliance.errors import ActionNotAllowed, AuthError
from appliance.hub.hub import Session


@dataclass(frozen=True)
class Need:
    """Nothing; the others derive from it. `words` say it in documentation."""

    words: str = "anyone"

    def check(self, session: Session) -> None:
        """Raise ActionNotAllowed or AuthError where SESSION does not meet the need."""


@dataclass(frozen=True)
class LoginNeed(Need):
    words: str = "a logged-in user"

    def check(self, session: Session) -> None:
        if not session.logged_in:
            raise ActionNotAllowed("you must be logged in for this operation")


@dataclass(frozen=True)
class HostNeed(Need):
    words: str = "a build host in an exclusive session"

    def check(self, session: Session) -> None:
        if not session.logged_in:
            raise AuthError("Not logged-in")
        if session.host_id is None:
            raise AuthError(f"User {session.user_id} is not a host")
        if not session.exclusive:
            raise AuthError("This method requires an exclusive session")


@dataclass(frozen=True)
class PermissionNeed(Need):
    """One of the named permissions (an admin has them all)."""

    names: tuple[str, ...] = ()

    def check(self, session: Session) -> None:
        if not any(session.may(name) for name in self.names):
            raise ActionNotAllowed(f"{self.names[0]} permission required ({_who(session)})")


ANYONE = Need()
LOGIN = LoginNeed()
HOST = HostNeed()


def permission(*names: str) -> PermissionNeed:
    """A need of one of NAMES; the first stands in the refusal."""
    return PermissionNeed(words=" or ".join(names) + " permission", names=names)


ADMIN = permission("admin")


def ruled(words: str, base: Need = ANYONE) -> Need:
    """A need that the verb itself decides (ownership, hub policy), said in WORDS; BASE is checked before
    it.
    """
    return _Ruled(words=words, base=base)


@dataclass(frozen=True)
class _Ruled(Need):
    base: Need = ANYONE

    def check(self, session: Session) -> None:
        self.base.check(session)


def require(session: Session, name: str) -> None:
    """Refuse a session without the permission NAME."""
    permission(name).check(session)


def _who(session: Session) -> str:
    return f"logged in as {session.user_name}" if session.logged_in else "user not logged in"
