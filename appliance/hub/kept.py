"""What was read from rows and put together, and may be asked for again: the least lately used of it goes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sized
from typing import Any


class Kept:
    """Values by keys; whoever asks knows by the key, or by the value, what it holds for.

    A value weighs as much as it has items, and one more; together they weigh LIMIT at most. Any thread may ask.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._values: OrderedDict[Hashable, Sized] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The value of KEY, which counts as used now; None if it is not there."""
        with self._guard:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: Sized) -> None:
        """Keep VALUE, in place of what was kept by that key."""
        with self._guard:
            self._weight += _weight(value) - _weight(self._values.pop(key, None))
            self._values[key] = value
            while self._weight > self._limit:
                _, value = self._values.popitem(last=False)
                self._weight -= _weight(value)


def _weight(value: Sized | None) -> int:
    return 0 if value is None else len(value) + 1
