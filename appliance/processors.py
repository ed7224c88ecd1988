"""Which processor threads run on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one() -> Iterator[None]:
    """Threads that are begun inside stay on one processor; processes spread over all of them by their numbers.

    It is for threads whose work is short and mostly Python: they take turns at the interpreter's lock, and each turn
    that goes to another processor waits for that one to wake up.
    """
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[os.getpid() % len(allowed)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
