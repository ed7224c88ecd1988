"""Logs of any size: windows that tile the file, lines that are found by number, stages, colours, searches."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.ui import log_lines
from appliance.ui.log_file import WINDOW_BYTES, LogFile

LINES = st.lists(st.binary(max_size=60).map(lambda each: each.replace(b"\n", b"")), max_size=200)


@given(lines=LINES, tail=st.binary(max_size=20).map(lambda each: each.replace(b"\n", b"")))
def test_windows_hold_every_line_once(tmp_path_factory, lines, tail):
    path = tmp_path_factory.mktemp("log") / "build.log"
    path.write_bytes(b"".join(line + b"\n" for line in lines) + tail)
    log, wanted = LogFile(path), [*lines, *([tail] if tail else [])]
    assert log.lines == len(wanted)
    found, window = [], log.window(1, 7)
    while window.lines:
        found += window.lines
        window = log.after(window.end, window.next, 7) if window.more else log.after(log.size, window.next)
    assert found == wanted
    for number in range(1, len(wanted) + 1, 13):
        assert log.window(number).lines[0] == wanted[number - 1]
        assert number == 1 or log.ending(number).next == number


def test_a_line_that_grows_is_shown_when_it_is_whole(tmp_path):
    path = tmp_path / "build.log"
    path.write_bytes(b"one\ntw")
    growing = LogFile(path, growing=True)
    assert growing.tail().lines == [b"one"]
    end = growing.tail().end
    with path.open("ab") as stream:
        stream.write(b"o\nthree\n")
    assert LogFile(path, growing=True).after(end, 2).lines == [b"two", b"three"]


def test_a_log_that_was_begun_anew_is_read_anew(tmp_path):
    path = tmp_path / "build.log"
    path.write_bytes(b"old\n" * 100)
    assert LogFile(path).lines == 100
    path.write_bytes(b"new\n")
    assert LogFile(path).lines == 1


def test_a_line_without_end_is_cut_not_lost(tmp_path):
    path = tmp_path / "build.log"
    path.write_bytes(b"x" * 500_000 + b"\nafter\n")
    log = LogFile(path)
    first = log.window(1)
    assert len(first.lines) == 1 and len(first.lines[0]) == WINDOW_BYTES
    assert log.after(first.end, first.next).lines == [b"after"]


def test_stages_are_found_where_they_begin(tmp_path):
    path = tmp_path / "build.log"
    path.write_bytes(
        b"x\n" * 200_000 + b"Executing(%prep): sh\n" + b"y\n" * 200_000 + b"DEBUG util.py:459:  Executing(%build): sh\n"
        b"an echo far from the beginning of its line, of Executing(%check)\nRPM build errors:\n"
    )
    found = [(stage.name, stage.line) for stage in LogFile(path).stages]
    assert found == [("%prep", 200_001), ("%build", 400_002), ("RPM build errors", 400_004)]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "build.log"
    line = b"gcc -O2 -g -Wall -c source-%06d.c -o build/objects/source-%06d.o -I/usr/include/thing\n"
    with path.open("wb") as stream:
        for start in range(0, 620_000, 10_000):
            stream.write(b"".join(line % (number, number) for number in range(start, start + 10_000)))
        stream.write(b"source-7.c:1:25: error: 'Undeclared' undeclared\n")
    assert path.stat().st_size > 50_000_000
    return path


def test_fifty_megabytes_are_opened_anywhere_at_once(large):
    LogFile(large)
    begun = time.perf_counter()
    log = LogFile(large)
    for window in (log.window(1), log.window(310_000), log.tail()):
        assert window.lines
    assert log.window(310_000).lines[0].startswith(b"gcc -O2 -g -Wall -c source-309999.c")
    assert time.perf_counter() - begun < 0.05


def test_fifty_megabytes_are_searched_within_a_second(large):
    begun = time.perf_counter()
    hits, on = LogFile(large).search("undeclared")
    assert [number for number, _ in hits] == [620_001] and on is None
    assert time.perf_counter() - begun < 1
    assert LogFile(large).search("undeclareD")[0] == []
    hits, on = LogFile(large).search("gcc")
    assert len(hits) == 200 and on == 201


@pytest.mark.parametrize(
    ("line", "html"),
    [
        (b"plain <b> & co", "plain &lt;b&gt; &amp; co"),
        (b"\x1b[31mred\x1b[0m not", '<span class="c1">red</span> not'),
        (b"\x1b[1;32mgood\x1b[m", '<span class="c2 cb">good</span>'),
        (b"\x1b]0;title\x07text\x1b[2K", "text"),
        (b"10%\r50%\r100%", "100%"),
        (b"\x1b[31m<script>", '<span class="c1">&lt;script&gt;</span>'),
        (b"bell\x07 and \x00", "bell\ufffd and \ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_what_terminals_are_told_becomes_classes_or_nothing(line, html):
    assert str(log_lines.html(line)) == html


def test_what_is_searched_for_is_marked(tmp_path):
    assert str(log_lines.html(b"a <b> A", "a")) == "<mark>a</mark> &lt;b&gt; <mark>A</mark>"
    assert str(log_lines.html(b"x<y", "<")) == "x<mark>&lt;</mark>y"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"wrong.c:1:25: error: 'x' undeclared", "err"), (b"make: *** [all] Error 2", "err"),
        (b"warning: unused", "warn"), (b"cc -Werror -c error.c", ""), (b"0 errors", ""), (b"Executing(%build): sh", "stage"),
        (b"ModuleNotFoundError: No module named 'x'", "err"), (b"checking for error_at_line... yes", ""),
    ],
)  # fmt: skip
def test_lines_that_matter_are_told_from_others(line, kind):
    assert log_lines.kind(line) == kind
