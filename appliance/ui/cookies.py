"""What a browser keeps for us: who is signed in, the secret that forms are bound to, and the colours
wanted.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

SESSION, SEED, THEME = "appliance_session", "appliance_seed", "appliance_theme"
THEMES = ("auto", "light", "dark")
_YEAR = 365 * 86400


@dataclass(frozen=True)
class Cookie:
    """One to set, or to clear where VALUE is empty; SECONDS 0 keeps it until the browser is closed."""

    name: str
    value: str
    seconds: int = 0

    def header(self, secure: bool) -> str:
        parts = [f"{self.name}={self.value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if not self.value or self.seconds:
            parts.append(f"Max-Age={self.seconds if self.value else 0}")
        return "; ".join([*parts, "Secure"] if secure else parts)


def session(session_id: int, key: str) -> Cookie:
    """The cookie of somebody who has signed in."""
    return Cookie(SESSION, f"{session_id}:{key}")


def no_session() -> Cookie:
    return Cookie(SESSION, "")


def seed() -> Cookie:
    """The secret of a browser that nobody has signed in with."""
    return Cookie(SEED, secrets.token_urlsafe(18))


def theme(name: str) -> Cookie:
    return Cookie(THEME, name if name in THEMES else THEMES[0], _YEAR)


def chosen_theme(sent: Mapping[str, str]) -> str:
    found = sent.get(THEME, "")
    return found if found in THEMES else THEMES[0]


def credentials(sent: Mapping[str, str]) -> tuple[int, str] | None:
    """(session id, key) that the browser shows; None for nothing that could be one."""
    number, colon, key = sent.get(SESSION, "").partition(":")
    return (int(number), key) if colon and number.isdecimal() and len(number) < 19 else None


def token(secret: str) -> str:
    """What a form must carry: only who can read the page knows it, and SECRET, a cookie, stays out of the
    page.
    """
    return hashlib.sha256(f"form {secret}".encode()).hexdigest()[:32]


def fits(secret: str, shown: str) -> bool:
    return bool(secret) and hmac.compare_digest(token(secret).encode(), shown.encode())
