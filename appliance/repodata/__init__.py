"""The repository composer: ordered sets of packages become dnf repositories without reading a package twice.

The way of a package through here:

    fragment = from_rpm(path, checksum)          once, at import: the three XML fragments of one RPM
    row      = fragment.pack()                   one BLOB a package; Fragment.unpack(row) reads it back
    entry    = fragment.entry(href, origin=nvr)  its place in one repository; Entry(*columns) does as well
    listed   = compose(entries, load, cache=BlockCache(directory), timestamp=now)
    publish(listed, directory)                   or serve listed.read(name): same bytes, nothing written

`load(digests)` gives the rows of the digests asked for, by digest. It is called only for the blocks of packages
that the cache does not hold: one package added to twenty thousand reads a few hundred rows. Any mutable mapping
of str to bytes is a cache; `BlockCache` is the one on disk. Who keeps the `Listing` that was composed, and edits it
for the next time, does not even have the rest looked at.

`merge(sources, mode, arch, blocked)` decides the ordered set when a tag's packages meet foreign repositories,
which `ForeignRepository` reads. Everything raised is a `RepodataError`; two packages of one name, epoch,
version, release and architecture with different contents in one set raise its `DuplicatePackage`.
"""

from .cache import BlockCache
from .compose import Repository, compose
from .compression import GZ, ZST, Compression
from .entry import Entry
from .extras import Extra, comps, modules, pkglist, pkgorigins, productid, updateinfo
from .faults import DuplicatePackage, RepodataError
from .foreign import ForeignRepository
from .fragments import Fragment, from_package, from_rpm
from .listing import Listing
from .merge import Merged, Source, merge
from .publish import Retention, publish
from .repomd import Tags

__all__ = [
    "GZ",
    "ZST",
    "BlockCache",
    "Compression",
    "DuplicatePackage",
    "Entry",
    "Extra",
    "ForeignRepository",
    "Fragment",
    "Listing",
    "Merged",
    "RepodataError",
    "Repository",
    "Retention",
    "Source",
    "Tags",
    "compose",
    "comps",
    "from_package",
    "from_rpm",
    "merge",
    "modules",
    "pkglist",
    "pkgorigins",
    "productid",
    "publish",
    "updateinfo",
]
