"""The two forms in which metadata is kept: both allow whole members one after the other."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import zstandard

GZIP_WINDOW = 31
ZSTD_LEVEL = 3  # no larger than higher ones make what is as even as metadata, and three times as quick
GZIP_LEVEL = 5  # as small as zlib's default makes metadata, in two thirds of the time


def gzip_member(content: bytes) -> bytes:
    """One gzip member without a name or a time: the same content always gives the same bytes."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    return packer.compress(content) + packer.flush()


def zstd_frame(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(content)


def fast_frame(content: bytes) -> bytes:
    """For copies that only we read back, to take checksums from: a third of the time of `zstd_frame`."""
    return zstandard.ZstdCompressor(level=1).compress(content)


@dataclass(frozen=True)
class Compression:
    """SUFFIX as in file names; PACK gives one member of a file, which may be several members long."""

    suffix: str
    pack: Callable[[bytes], bytes]


GZ = Compression("gz", gzip_member)
ZST = Compression("zst", zstd_frame)
