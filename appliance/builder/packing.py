"""Packs a directory as a zip file, without what source control keeps in it. Also run by itself: packing DIR FILE."""

import os
import stat
import sys
import zipfile

OMITTED = ("CVS", ".svn", ".git")


def pack(directory: str, target: str) -> None:
    """Write TARGET; its names begin with the directory's own, links stay links."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, below, names in os.walk(directory):
            below[:] = sorted(name for name in below if name not in OMITTED)
            for name in sorted(names):
                add(archive, os.path.join(place, name), os.path.dirname(directory))


def add(archive: zipfile.ZipFile, path: str, base: str) -> None:
    name = os.path.relpath(path, base or ".")
    if not os.path.islink(path):
        archive.write(path, name)
        return
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, os.readlink(path))


if __name__ == "__main__":
    pack(*sys.argv[1:3])
