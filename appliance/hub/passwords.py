"""Passwords and tokens: kept as hashes, compared in constant time, and slow to guess."""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from appliance.errors import ServerOffline

_COST = {"n": 2**14, "r": 8, "p": 1}
_REMEMBERED = 1024
_FREE_TRIES = 3
_LONGEST_DELAY = 1.0
_FORGET_SECONDS = 60.0
_WAITING = 4


def hashed(password: str, salt: bytes | None = None) -> str:
    """`scrypt$SALT$HASH` of a password; costs tens of milliseconds on purpose."""
    salt = salt or secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(errors="surrogatepass"), salt=salt, **_COST)
    return f"scrypt${salt.hex()}${digest.hex()}"


_NOBODYS = "scrypt$" + "30" * 16 + "$" + "00" * 64


class _Memory:
    """Which passwords have matched which hashes lately, so that a login costs its tens of milliseconds
    once.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def _mark(self, password: str, stored: str) -> bytes:
        said = f"{stored}\0{password}".encode(errors="surrogatepass")
        return hmac.digest(self._key, said, "sha256")

    def knows(self, password: str, stored: str) -> bool:
        with self._lock:
            return self._mark(password, stored) in self._seen

    def keep(self, password: str, stored: str) -> None:
        with self._lock:
            self._seen[self._mark(password, stored)] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)


_memory = _Memory()


def matches(password: str, stored: str | None) -> bool:
    """Whether PASSWORD is the one whose hash is STORED; as slow for an unknown user as for a known one."""
    if stored is not None and _memory.knows(password, stored):
        return True
    _, salt, _ = (stored or _NOBODYS).split("$")
    found = hmac.compare_digest(hashed(password, bytes.fromhex(salt)), stored or _NOBODYS)
    if found and stored is not None:
        _memory.keep(password, stored)
    return found and stored is not None


def token_hash(token: str) -> str:
    """What is stored of a random token, which needs no salt."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def new_token(length: int = 30) -> str:
    return secrets.token_urlsafe(length)


class Throttle:
    """Makes those who guess wait: one try at a time from an address, each slower after a wrong one.

    Nobody is locked out: the right password is taken at once when its turn comes, and a minute without a
    wrong
    one forgives them all.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._wrong: dict[str, tuple[int, float]] = {}
        self._turns: dict[str, tuple[threading.Lock, int]] = {}
        self._lock = threading.Lock()

    def attempt(self, address: str, check: Callable[[], bool]) -> bool:
        """CHECK's answer, when ADDRESS has its turn. Raises ServerOffline where too many wait for theirs."""
        turn = self._enter(address)
        try:
            with turn:
                return self._try(address, check)
        finally:
            self._leave(address)

    def _try(self, address: str, check: Callable[[], bool]) -> bool:
        self._sleep(self.delay(address))
        right = check()
        if not right:
            self._note(address)
        return right

    def delay(self, address: str) -> float:
        """Seconds that the next try from ADDRESS has to wait."""
        with self._lock:
            count, last = self._wrong.get(address, (0, 0.0))
        if count < _FREE_TRIES or self._clock() - last > _FORGET_SECONDS:
            return 0.0
        return float(min(0.05 * 2 ** min(count - _FREE_TRIES, 10), _LONGEST_DELAY))

    def _enter(self, address: str) -> threading.Lock:
        with self._lock:
            turn, waiting = self._turns.get(address, (threading.Lock(), 0))
            if waiting >= _WAITING and self._wrong.get(address, (0, 0.0))[0] >= _FREE_TRIES:
                raise ServerOffline("too many attempts to log in at once; try again in a moment")
            self._turns[address] = (turn, waiting + 1)
            return turn

    def _leave(self, address: str) -> None:
        with self._lock:
            turn, waiting = self._turns[address]
            if waiting == 1:
                del self._turns[address]
            else:
                self._turns[address] = (turn, waiting - 1)

    def _note(self, address: str) -> None:
        now = self._clock()
        with self._lock:
            count, last = self._wrong.get(address, (0, 0.0))
            self._wrong = {name: held for name, held in self._wrong.items() if now - held[1] <= _FORGET_SECONDS}
            self._wrong[address] = (count + 1 if now - last <= _FORGET_SECONDS else 1, now)
