"""The far side of the bundle drill, run where there is no network: python -m tests.clients.bundle_drill DIR BUNDLE SRPM."""

import fcntl
import socket
import struct
import sys
from pathlib import Path
from textwrap import dedent

from tests.clients.site import Site

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1
BOOTSTRAP = """
    [[user]]
    name = "kojiadmin"
    password = "adminpw"
    permissions = ["admin"]
    [[user]]
    name = "alice"
    password = "alicepw"
"""


def raise_loopback() -> None:
    """A new network namespace has nothing but a loopback that is down."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "the network must be cut"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = bytearray(struct.pack("16sH22x", b"lo", 0))
        fcntl.ioctl(any_socket, _GET_FLAGS, request)
        (flags,) = struct.unpack_from("H", request, 16)
        struct.pack_into("H", request, 16, flags | _UP)
        fcntl.ioctl(any_socket, _SET_FLAGS, request)


def main(directory: str, bundle: str, srpm: str) -> None:
    raise_loopback()
    site = Site(Path(directory), "minimal")
    site.directory.mkdir(parents=True)
    site.appliance("init")
    (site.directory / "users.toml").write_text(dedent(BOOTSTRAP))
    site.appliance("bootstrap", site.directory / "users.toml")
    print(site.appliance("bundle", "import", bundle).stdout)
    site.start()
    try:
        print(site.koji("list-tagged", "demo"))
        print(site.koji("build", "--wait", "--scratch", "demo", srpm))
    finally:
        site.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
