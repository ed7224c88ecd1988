"""Tells systemd how the service is doing, where systemd asked to be told; does nothing elsewhere."""

import os
import socket
from collections.abc import Mapping


def tell(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send STATE (sd_notify(3): "READY=1", "WATCHDOG=1", ...); whether there was anybody to send it to."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(state.encode())
    return True


def pulse(environ: Mapping[str, str] = os.environ) -> float | None:
    """Seconds between two signs of life, half of what WatchdogSec= allows; None if none is wanted."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 2e6 if microseconds else None
