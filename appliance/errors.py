"""The one family of errors: Koji's own classes with their fault codes, and Copr's refusals with their HTTP status."""

from typing import Any

from koji import (
    ActionNotAllowed,
    AuthError,
    AuthExpired,
    AuthLockError,
    BuildError,
    BuildrootError,
    CallbackError,
    ConfigurationError,
    Fault,
    FunctionDeprecated,
    GenericError,
    LockError,
    ParameterError,
    PostBuildError,
    PreBuildError,
    RetryError,
    SequenceError,
    ServerOffline,
    TagError,
)
from koji import (
    ImportError as RpmImportError,
)


class CoprError(GenericError):
    """A refusal in Copr's words: STATUS is the HTTP status, the text what the client prints."""

    status = 400

    def __init__(self, message: str, output: str | None = None) -> None:
        super().__init__(message)
        self.output = output


class BadRequest(CoprError):
    status = 400


class DuplicatePackage(BadRequest):
    """A package of a NEVRA that is there, with other content: a failure of this name, as the composer has one."""


class LoginRequired(CoprError):
    status = 401


class AccessRestricted(CoprError):
    status = 403


class NotFound(CoprError):
    status = 404


class Conflict(CoprError):
    status = 409


class Unprocessable(CoprError):
    """Copr answers some wrong input with 500 and a text of its own; clients match on the text."""

    status = 500


def wrong_type(name: str, value: Any, expected: Any) -> ParameterError:
    """The refusal of an argument of the wrong type, in the words that Koji's clients know."""
    if value is None:
        return ParameterError(f"Invalid type, expected type {expected}")
    return ParameterError(f"Invalid type for value '{value}': {type(value)}, expected type {expected}")


__all__ = [
    "AccessRestricted",
    "ActionNotAllowed",
    "AuthError",
    "AuthExpired",
    "AuthLockError",
    "BadRequest",
    "BuildError",
    "BuildrootError",
    "CallbackError",
    "ConfigurationError",
    "Conflict",
    "CoprError",
    "DuplicatePackage",
    "Fault",
    "FunctionDeprecated",
    "GenericError",
    "LockError",
    "LoginRequired",
    "NotFound",
    "ParameterError",
    "PostBuildError",
    "PreBuildError",
    "RetryError",
    "RpmImportError",
    "SequenceError",
    "ServerOffline",
    "TagError",
    "Unprocessable",
    "wrong_type",
]
