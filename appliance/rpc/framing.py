"""Refuses HTTP requests that leave a doubt where they end, which proxies and servers may answer differently.

Waitress takes some of them: a length beside chunks, chunks announced twice, folded header lines (RFC 9112,
sections 5.2 and 6.1).
"""

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError


class StrictParser(HTTPRequestParser):
    """Waitress's parser, after a look at the header lines as they came."""

    def parse_header(self, header_plus: bytes) -> None:
        check(header_plus.split(b"\r\n")[1:])
        super().parse_header(header_plus)


class StrictChannel(HTTPChannel):
    """What a server needs to be given as its `channel_class`."""

    parser_class = StrictParser


def check(lines: list[bytes]) -> None:
    """Raise ParsingError for header LINES that are folded or contradict each other about the body's
    length.
    """
    if any(line[:1] in (b" ", b"\t") for line in lines):
        raise ParsingError("Folded header lines are not accepted")
    names = [line.partition(b":")[0].strip().lower() for line in lines]
    codings = names.count(b"transfer-encoding")
    if codings > 1 or (codings and b"content-length" in names):
        raise ParsingError("The length of the body is given more than once")
    if codings and not _only_chunked(lines):
        raise ParsingError("Transfer-Encoding must be chunked, and that once")


def _only_chunked(lines: list[bytes]) -> bool:
    pairs = (line.partition(b":") for line in lines)
    return all(
        value.strip().lower() == b"chunked" for name, _, value in pairs if name.strip().lower() == b"transfer-encoding"
    )
