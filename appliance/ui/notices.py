"""Notices: the sentence that an act leaves for the next page of the one who did it."""

import threading
from collections import OrderedDict

_KEPT = 256


class Notices:
    """One for each session, the latest; shown once, in memory alone."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, str] = OrderedDict()
        self._guard = threading.Lock()

    def put(self, session_id: int | None, text: str | None) -> None:
        if session_id is None or not text:
            return
        with self._guard:
            self._kept[session_id] = text
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def take(self, session_id: int | None) -> str | None:
        with self._guard:
            return self._kept.pop(session_id, None) if session_id is not None else None
