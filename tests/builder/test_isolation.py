"""What a build can see and reach, and what of its leavings is taken."""

import os
import socket
import threading
from pathlib import Path

import pytest

from appliance.builder import job
from tests.builder.conftest import spec_text
from tests.builder.test_ends import wait_for

NOARCH = "BuildArch: noarch\n%description\nTest\n"


@pytest.fixture
def listener():
    """A service of the host, on loopback and as an abstract socket."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        name = f"appliance-test-{os.getpid()}"
        local.bind(f"\0{name}")
        local.listen()
        yield server.getsockname()[1], name


def test_a_build_has_no_network(workshop, listener):
    port, _ = listener
    outcome, printed = workshop.script(
        f"cat /proc/net/dev | tail -n +3 | cut -d: -f1;(exec 3<>/dev/tcp/127.0.0.1/{port}) 2>&1 && echo REA''CHED; true"
    )
    assert outcome.ok, printed
    assert "REACHED" not in printed and "eth" not in printed


def test_a_build_knows_its_own_loopback_by_name(workshop):
    outcome, printed = workshop.script("getent ahosts localhost")
    assert outcome.ok and "127.0.0.1" in printed


def test_a_job_that_asks_for_the_network_gets_it(workshop, listener):
    port, _ = listener
    text = f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port} && echo REA\"\"CHED'"
    assert "REACHED" in workshop.script(text, network=True)[1]


def test_a_build_sees_no_host_files(workshop, tmp_path):
    (tmp_path / "secret").write_text("hub database")
    outcome, printed = workshop.script(
        f"cat {tmp_path}/secret /proc/1/environ /proc/1/root{tmp_path}/secret; grep '^[r]oot:' /etc/shadow;"
        f"test -e {tmp_path} && echo SE''EN; test -e {Path.cwd()} && echo SE''EN;"
        "cat /proc/[0-9]*/comm; true"
    )
    assert outcome.ok
    assert "hub database" not in printed and "SEEN" not in printed
    assert "root:" not in printed and ("python" not in printed or workshop.builder == "mock")


def test_a_build_has_no_power(workshop):
    outcome, printed = workshop.script(
        "id -u; grep -e Cap[PEA] -e NoNew /proc/self/status;"
        "mount -t tmpfs x /mnt 2>&1; mknod /tmp/disk b 9 0 2>&1; touch /usr/bin/mine 2>&1; chroot / : 2>&1;"
        'perl -e \'print "attached ", syscall(101, 16, 1, 0, 0), "\\n"\'; :'  # ptrace
    )
    assert outcome.ok
    lines = printed.splitlines()
    assert lines[0] not in ("0", "")
    assert [line.split()[1] for line in lines if line.startswith("Cap")] == ["0000000000000000"] * 3
    assert "attached -1" in printed
    assert printed.count("ermission denied") + printed.count("not permitted") + printed.count("superuser") >= 3, printed


def test_jobs_do_not_see_each_other(workshop):
    one = workshop.start(kind="script", command=("/bin/sh", "-c", "echo mine > /tmp/mark; echo up; exec sleep 987"))
    wait_for(one / "result" / "build.log", "up\n")
    _, printed = workshop.script("ls /tmp; cat /proc/*/cmdline | tr '\\0' ' '; kill -9 -1; true")
    assert "mark" not in printed and "987" not in printed
    assert job.attach(one).alive
    job.cancel(one)


def test_a_spec_file_is_never_read_on_the_host(workshop, tmp_path):
    marks = [tmp_path / "touched", Path("/var/tmp") / f"touched-{os.getpid()}"]
    (tmp_path / "tree").mkdir()
    touching = "".join(f"%(touch {mark} 2>/dev/null; echo '#')\n" for mark in marks)
    (tmp_path / "tree" / "sly.spec").write_text(spec_text("sly", touching + NOARCH + "%files\n"))
    jobdir, outcome = workshop.build(tmp_path / "tree", kind="buildsrpm")
    assert outcome.ok, outcome
    _, outcome = workshop.build(jobdir / "result" / "sly-1-1.rd12.src.rpm")
    assert outcome.ok, outcome
    assert not any(mark.exists() for mark in marks)


PLANT = """cd made || exit 1
echo good > good.txt
ln -s /etc/passwd link.rpm
ln -s nowhere dangling
ln good.txt second-name
mkfifo fifo.rpm
mkdir -p directory.rpm
echo x > 'new
line'
echo x > .hidden
echo x > -rf
echo x > "$(printf 'n%.0s' $(seq 255))"
echo x > setuid; chmod 4755 setuid
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "sock", Listen => 1)' 2>/dev/null
true
"""


def test_only_regular_files_with_sane_names_are_taken(workshop):
    outcome, printed = workshop.script("mkdir made\n" + PLANT, output="made")
    assert outcome.ok, printed
    taken = [each.name for each in outcome.results if not each.log]
    assert taken == ["good.txt", "n" * 255, "second-name"]
    refused = " ".join(outcome.refused)
    for name in ("link.rpm", "dangling", "fifo.rpm", "'new\\nline'", ".hidden", "-rf", "setuid"):
        assert name in refused
    assert "directory.rpm" not in refused


def test_an_output_directory_that_is_a_link_gives_nothing(workshop):
    outcome, _ = workshop.script("ln -s /etc made", output="made")
    assert [each.name for each in outcome.results if not each.log] == []


def test_packages_planted_among_the_built_ones_are_refused(workshop):
    body = NOARCH + (
        "%build\ncd %{_rpmdir}; ln -s /etc/passwd evil-1-1.noarch.rpm; echo x > root.rpm; chmod 4755 root.rpm\n"
        "echo x > 'a b.rpm'\n%files\n"
    )
    _, outcome = workshop.build(workshop.srpm("planted", body))
    assert outcome.ok, outcome
    assert [each.name for each in outcome.results if not each.log] == [
        "planted-1-1.rd12.noarch.rpm",
        "planted-1-1.rd12.src.rpm",
    ]
    assert len(outcome.refused) == 3


def test_directories_replaced_by_links_give_no_results(workshop):
    body = NOARCH + "%install\nrm -rf /builddir/build/SRPMS && ln -s /etc /builddir/build/SRPMS\n%files\n"
    _, outcome = workshop.build(workshop.srpm("replaced", body))
    assert [each.name for each in outcome.results if not each.log] == ["replaced-1-1.rd12.noarch.rpm"]


def test_a_deep_tree_is_cleared_away(workshop):
    """Deeper than recursion and PATH_MAX allow: rm walks it, Python would not."""
    jobdir, outcome = workshop.build(
        kind="script", command=("perl", "-e", "for (1..3000) { mkdir 'dddd'; chdir 'dddd' or die }")
    )
    assert outcome.ok, outcome
    assert not (jobdir / "work").exists()


def test_what_is_hidden_is_not_seen_while_packages_are_installed(overlay, tmp_path, monkeypatch):
    from appliance.builder import sandbox

    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "private").write_text("x")
    (tmp_path / "root" / "dev").mkdir(parents=True)
    (tmp_path / "root" / "proc").mkdir()
    jail = sandbox.installer(tmp_path / "root", [], [str(tmp_path / "keys")], "x86_64")
    listed = os.popen(" ".join([*jail, "ls", "-la", str(tmp_path / "keys"), "2>&1"])).read()
    assert "private" not in listed
    denied = os.popen(" ".join([*jail, "touch", str(tmp_path / "new"), "2>&1"])).read()
    assert "Read-only" in denied


def test_logs_are_served_to_the_end_by_another_thread(workshop):
    """A log grows while the job runs: a reader sees the first line before the second is written."""
    seen = []
    jobdir = workshop.start(
        kind="script", command=("/bin/sh", "-c", "echo first; read x < /tmp/never || sleep 1; echo last")
    )

    def follow():
        wait_for(jobdir / "result" / "build.log", "first\n")
        seen.append(job.attach(jobdir).alive)

    reader = threading.Thread(target=follow)
    reader.start()
    reader.join(20)
    assert seen == [True]
    assert job.attach(jobdir).wait(20).ok
