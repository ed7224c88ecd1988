"""What can go wrong while a repository is read, composed or published."""

from appliance.errors import GenericError


class RepodataError(GenericError):
    """A package or a repository's metadata cannot be read, or a set of packages cannot be a repository."""


class DuplicatePackage(RepodataError):
    """One set holds two packages of the same NEVRA whose contents differ."""
