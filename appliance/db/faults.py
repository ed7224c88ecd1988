"""What the database engine refuses, said as errors that clients know."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from appliance.errors import GenericError, ParameterError

_TYPE = re.compile(r"type '(.*)' is not supported")
# What the engine says, and what people are told.
_WORDS = (
    ("user-defined function raised exception", "a pattern is too complex, or takes too long"),
    ("LIKE or GLOB pattern too complex", "a pattern is too complex"),
    ("string or blob too big", "a value is too large"),
    ("too many SQL variables", "too many values at once; ask in smaller parts"),
    ("database or disk is full", "no space left on the hub's disk"),
    ("disk I/O error", "the hub's disk has an error"),
)


@contextmanager
def told() -> Iterator[None]:
    """Raise a GenericError or ParameterError in place of an error of SQLite that a caller may be told."""
    try:
        yield
    except OverflowError:  # XML-RPC carries numbers that no column holds
        raise ParameterError("a number is out of range") from None
    except UnicodeEncodeError:
        raise ParameterError("a text is no Unicode") from None
    except sqlite3.Error as error:
        known = _known(str(error))
        if known is None:
            raise
        raise known from error


def _known(message: str) -> GenericError | None:
    found = _TYPE.search(message)
    if found:
        return ParameterError(f"Invalid type for a value: {found.group(1)}")
    return next((GenericError(told) for said, told in _WORDS if said in message), None)
