"""The rules that find the first error: each against its message as programs print it, none by guessing."""

from pathlib import Path

import pytest

from appliance.builder import failures

BUILD = """Executing(%prep): /bin/bash -e /var/tmp/rpm-tmp.aa
conftest.c:1:10: fatal error: optional.h: No such file or directory
Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.bb
+ make
{message}
make: *** [Makefile:5: all] Error 2
error: Bad exit status from /var/tmp/rpm-tmp.bb (%build)

RPM build errors:
    Bad exit status from /var/tmp/rpm-tmp.bb (%build)
"""

IN_SECTION = [
    ("src/main.c:10:5: error: unknown type name 'foo'", "compiler", "src/main.c"),
    ("main.c:3:10: fatal error: zlib.h: No such file or directory", "missing-header", "zlib.h"),
    ("/usr/bin/ld: x.o: in function `main':\nx.c:(.text+0x5): undefined reference to `inflate'",
     "undefined-reference", "inflate"),
    ("/usr/bin/ld: cannot find -lssl: No such file or directory", "missing-library", "ssl"),
    ("configure: error: no C compiler", "configure", "no C compiler"),
    ("CMake Error at CMakeLists.txt:12 (find_package):", "cmake", "CMakeLists.txt"),
    ("../meson.build:7:0: ERROR: Dependency \"glib-2.0\" not found", "meson", "../meson.build"),
    ("Package libfoo was not found in the pkg-config search path.", "pkg-config", "libfoo"),
    ("ModuleNotFoundError: No module named 'setuptools'", "python-module", "setuptools"),
    ("Can't locate Foo/Bar.pm in @INC (you may need to install", "perl-module", "Foo/Bar.pm"),
    ("/var/tmp/rpm-tmp.bb: line 33: cmake: command not found", "missing-command", "cmake"),
    ("make: *** No rule to make target 'install-all'.  Stop.", "no-make-rule", "install-all"),
    ("[ERROR] Failed to execute goal compile", "maven", "Failed to execute goal compile"),
    ("[ ERROR   ]: 20:23:14 | KiwiInstallPhaseFailed: System package installation failed: Error: Unable to find a match",
     "kiwi", "KiwiInstallPhaseFailed: System package installation failed: Error: Unable to find a match"),
    ("[ INFO    ]: 20:19:50 | --> /var/tmp/kiwi_x:8:0:ERROR:RELAXNGV:RELAXNG_ERR_INVALIDATTR: Invalid attribute image",
     "kiwi-schema", "8:0:ERROR:RELAXNGV:RELAXNG_ERR_INVALIDATTR: Invalid attribute image"),
    ("[ERROR] COMPILATION ERROR : \n[ERROR] /b/org/A.java:[3,26] ';' expected", "javac", "/b/org/A.java"),
    ("[ERROR] Failed to execute goal on project p: Could not resolve dependencies for project org:p:jar:1.0: "
     "Could not find artifact org:gone:jar:1.0 in koji-maven-repo-build-1 (file:///koji) -> [Help 1]",
     "missing-artifact", "org:gone:jar:1.0"),
    ("[ERROR] [ERROR] Some problems were encountered while processing the POMs:\n"
     "[FATAL] Non-resolvable parent POM for org:p:1.0: Could not find artifact org:parent:pom:1.0 in koji @ line 2",
     "missing-artifact", "org:parent:pom:1.0"),
    ("[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.01 s <<< FAILURE! - in org.test.ATest",
     "failed-tests", "org.test.ATest"),
    ("[ERROR] [ERROR] Some problems were encountered while processing the POMs:\n[FATAL] Non-readable POM /b/pom.xml",
     "maven", "Non-readable POM /b/pom.xml"),
    ("[ERROR] Error resolving version for plugin 'org:x-plugin' from the repositories [koji (file:///koji)]: "
     "Plugin not found in any plugin repository -> [Help 1]", "missing-plugin", "org:x-plugin"),
    ("make[2]: *** [Makefile:123: prog.o] Error 1", "make", "prog.o"),
    ("1 out of 3 hunks FAILED -- saving rejects to file src/a.c.rej", "patch-rejected", "src/a.c.rej"),
    ("error[E0433]: failed to resolve: use of undeclared type `Foo`", "rustc",
     "failed to resolve: use of undeclared type `Foo`"),
    ("error: could not compile `ripgrep` (bin \"rg\") due to 2 errors", "cargo", "ripgrep"),
    ("./server.go:14:2: undefined: fmt.Printn", "go", "./server.go"),
    ("gcc: fatal error: Killed signal terminated program cc1plus", "compiler-killed", "cc1plus"),
]  # fmt: skip

PLAIN = [
    ("error: Bad source: /builddir/build/SOURCES/a.tar.gz: No such file or directory", "missing-source",
     "/builddir/build/SOURCES/a.tar.gz"),
    ("error: line 12: Unknown tag: Foo: bar", "spec-line", "line 12"),
    ("error: Architecture is not included: x86_64", "wrong-arch", "x86_64"),
    ("error: Installed (but unpackaged) file(s) found:\n   /usr/left", "unpackaged-files", "/usr/left"),
    ("error: File not found: /builddir/build/BUILDROOT/x/usr/bin/y", "missing-file",
     "/builddir/build/BUILDROOT/x/usr/bin/y"),
    ("error: Building for target x86_64\nArchitecture is not included: x86_64", "wrong-arch", "x86_64"),
    ("error: Processing files: x-1-1\n    File not found: /x/usr/bin/y", "missing-file", "/x/usr/bin/y"),
    ("error: \n    Installed (but unpackaged) file(s) found:\n   /usr/left", "unpackaged-files", "/usr/left"),
    ("error: Failed build dependencies:\n\tgcc >= 99 is needed by x-1-1", "missing-requires", "gcc >= 99"),
]  # fmt: skip

ROOT = [
    ("No matching package to install: 'foo-devel >= 3'", "no-package", "foo-devel >= 3"),
    ("No match for argument: nothing", "no-package", "nothing"),
    ("  - nothing provides libx.so.1()(64bit) needed by y-1-1 from z", "unresolved", "libx.so.1()(64bit)"),
    ("  - package a requires c = 2, but none of the providers can be installed", "unresolved", "c = 2"),
    ("Error: Failed to download metadata for repo 'updates': Cannot prepare", "repository", "updates"),
    ("  - Status code: 404 for https://example.org/repodata/repomd.xml (IP: 1.2.3.4)", "download",
     "https://example.org/repodata/repomd.xml"),
    ("  - Curl error (6): Couldn't resolve host name for https://x/y [Could not resolve]", "download", "https://x/y"),
    ("Public key for a-1.rpm is not installed. Failing package is: a", "not-signed-by-known-key", "a-1.rpm"),
    ("Module or Group 'buildsys-build' is not available.", "no-group", "buildsys-build"),
    ("  file /usr/bin/x conflicts between attempted installs of a-1 and b-1", "file-conflict", "/usr/bin/x"),
    ("error: unpacking of archive failed on file /usr/x;5f: cpio: read", "damaged-package", "/usr/x"),
]  # fmt: skip


def finding(tmp_path, name, text, failure):
    (tmp_path / name).write_text(text)
    return failures.find(tmp_path, failure)


@pytest.mark.parametrize(("message", "rule", "subject"), IN_SECTION)
def test_messages_of_a_section(tmp_path, message, rule, subject):
    found = finding(tmp_path, "build.log", BUILD.format(message=message), "build-failed")
    assert (found.rule, found.subject, found.stage) == (rule, subject, "%build")
    assert found.line == 5 + message.count("\n") and found.failure is None
    assert found.lines[0] == message.split("\n")[-1].strip()


@pytest.mark.parametrize("parted", ["error: + make\nBad exit status", "error: + make\n    Bad exit status"])
def test_a_section_is_known_where_mock_has_parted_the_line_that_names_it(tmp_path, parted):
    text = BUILD.format(message="x.c:1:5: error: no").replace("error: Bad exit status", parted)
    found = finding(tmp_path, "build.log", text, "build-failed")
    assert (found.rule, found.subject, found.stage) == ("compiler", "x.c", "%build")


def test_colours_of_a_terminal_hide_nothing(tmp_path):
    found = finding(tmp_path, "build.log", "[\x1b[1;31mERROR\x1b[m] There is no goal\n", "build-failed")
    assert (found.rule, found.subject, found.lines[0]) == ("maven", "There is no goal", "[ERROR] There is no goal")
    text = "[\x1b[1;31mERROR\x1b[m] \x1b[1;31mTests run: 1\x1b[m <<< FAILURE! - in org.\x1b[1mATest\x1b[m\n"
    found = finding(tmp_path, "build.log", text, "build-failed")
    assert (found.rule, found.subject) == ("failed-tests", "org.ATest")


@pytest.mark.parametrize(("message", "rule", "subject"), PLAIN)
def test_messages_of_rpm(tmp_path, message, rule, subject):
    found = finding(tmp_path, "build.log", f"Building target platforms: x86_64\n{message}\n", "build-failed")
    assert (found.rule, found.subject, found.log) == (rule, subject, "build.log")


@pytest.mark.parametrize("before", ["", "DEBUG util.py:459:  "])
@pytest.mark.parametrize(("message", "rule", "subject"), ROOT)
def test_messages_of_dnf_bare_and_as_mock_prints_them(tmp_path, message, rule, subject, before):
    found = finding(tmp_path, "root.log", f"{before}Repositories loaded.\n{before}{message}\n", "unmet-buildrequires")
    assert (found.rule, found.subject, found.line) == (rule, subject, 2)
    assert found.lines[0].strip() == message.strip()


@pytest.mark.parametrize(
    ("message", "failure"),
    [
        ("cc1: out of memory allocating 65536 bytes", "out-of-memory"),
        ("virtual memory exhausted: Cannot allocate memory", None),
        ("cp: error writing 'x': No space left on device", "disk-full"),
    ],
)
def test_messages_that_prove_another_class(tmp_path, message, failure):
    found = finding(tmp_path, "build.log", f"{message}\n", "build-failed")
    assert (found and found.failure) == failure


def test_a_section_that_fails_without_a_known_message_is_named(tmp_path):
    log = "Executing(%check): x\nFAILED test_x\nerror: Bad exit status from /var/tmp/rpm-tmp.x (%check)\n"
    found = finding(tmp_path, "build.log", log, "build-failed")
    assert (found.rule, found.subject, found.line) == ("section", "%check", 3)


def test_errors_of_sections_that_succeeded_are_none(tmp_path):
    found = finding(tmp_path, "build.log", BUILD.format(message="odd failure"), "build-failed")
    assert (found.rule, found.line) == ("make", 6)


@pytest.mark.parametrize("text", ["", "Something went wrong somehow\n", "error\n", "x" * 100_000])
def test_nothing_is_claimed_without_a_rule(tmp_path, text):
    assert finding(tmp_path, "build.log", text, "build-failed") is None


@pytest.mark.parametrize("failure", ["timeout", "hung", "killed", "busy", "builder-crash", "rebooted"])
def test_no_first_error_for_jobs_that_were_stopped(tmp_path, failure):
    assert finding(tmp_path, "build.log", BUILD.format(message="x.c:1:1: error: y"), failure) is None


def test_a_large_log_is_searched_quickly_and_shown_safely(tmp_path):
    noise = "compiling file number something quite long to fill the log\n" * 400_000
    line = "\x1b[31mevil.c:1:1: \x07<script>\x1b[0m"
    long = f"a.c:1:1: error: first {line}\n{'y' * 5_000_000}"
    text = f"Executing(%build): x\n{noise}{long}\nerror: Bad exit status from /x (%build)\n"
    found = finding(tmp_path, "build.log", text, "build-failed")
    assert (found.rule, found.subject, found.line) == ("compiler", "a.c", 400_002)
    assert "\x1b" not in found.lines[0] and "\x07" not in found.lines[0]
    assert all(len(shown) <= 400 for shown in found.lines)


def test_each_rules_needle_is_in_what_it_matches():
    for rule in failures.RULES:
        assert rule.needle and rule.log in (failures.BUILD, failures.ROOT), rule


def test_the_page_of_rules_names_each_one():
    page = (Path(__file__).parents[2] / "docs" / "failures.md").read_text()
    for rule in failures.RULES:
        pattern = rule.pattern.pattern.decode().replace("|", "&#124;")
        assert f"| {rule.name} | {rule.log} | `{pattern}` | {rule.failure or ''} |" in page
