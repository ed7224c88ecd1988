"""Passwords and tokens: kept as hashes, compared in constant time."""

import hashlib
import hmac
import secrets

_COST = {"n": 2**14, "r": 8, "p": 1}


def hashed(password: str, salt: bytes | None = None) -> str:
    """`scrypt$SALT$HASH` of a password; costs tens of milliseconds on purpose."""
    salt = salt or secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, **_COST)
    return f"scrypt${salt.hex()}${digest.hex()}"


def matches(password: str, stored: str | None) -> bool:
    """Whether PASSWORD is the one whose hash is STORED; as slow for an unknown user as for a known one."""
    scheme, salt, _ = (stored or hashed("", b"0" * 16)).split("$")
    return hmac.compare_digest(hashed(password, bytes.fromhex(salt)), stored or "") and scheme == "scrypt"


def token_hash(token: str) -> str:
    """What is stored of a random token, which needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(length: int = 30) -> str:
    return secrets.token_urlsafe(length)
