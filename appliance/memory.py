"""How memory is given back: the C library's habits suit programs that have nothing else to do with it.

By default it keeps an arena for each thread and what large answers took; a hub that answered a hundred of these at
once would hold their memory for ever.
"""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # as in glibc's malloc.h
_SMALL = 128 * 1024


def be_frugal() -> None:
    """Share two arenas among all threads, and give large blocks back as soon as they are free.

    Before the first thread starts. A C library without these settings stays as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, _SMALL), (_TRIM_THRESHOLD, _SMALL)):
            mallopt(parameter, value)
