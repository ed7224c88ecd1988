"""What is made of sources before a job begins: spec files of templates, kickstart files, kiwi descriptions."""

import json
from dataclasses import asdict
from xml.etree import ElementTree

import pytest

from appliance.builder import checkout, kickstart, kiwidesc, rendering

KICKSTART = """# repo --name=comment
lang en_US.UTF-8
repo --name=elsewhere --baseurl=http://example.com/
url --url http://example.com/tree
bootloader --location=mbr --append "quiet rhgb"
part /boot --size=200 --ondisk=sda
part btrfs.01 --size=1024 --ondisk=sdb
btrfs / --subvol --name=root pool
%packages
repo
%end
%include /tmp/made-by-pre.ks
repo --name=second --baseurl=http://example.com/
"""


@pytest.fixture
def arranged(workshop, tmp_path):
    """Runs commands as those of `arrange` are, with a directory at /given; (outcome, directory of results)."""

    def run(*commands, given=None):
        shown = {"/given": str(given)} if given else {}
        jobdir, outcome = workshop.build(kind="reading", arrange=commands, fetch_shown=shown)
        return outcome, jobdir / "result"

    return run


@pytest.fixture
def builder():
    """No builder has a part in it."""
    return "overlay"


def test_what_is_kept_is_a_result_also_of_a_job_that_fails_for_a_reason(arranged):
    script = "echo kept > /kept/made; echo mine > /kept/state.log; printf 'No way:\\n\\tnone' > /notes/reason; exit 3"
    outcome, results = arranged(("/bin/sh", "-c", script))
    assert (outcome.failure, outcome.message, outcome.exit_code) == ("no-srpm", "No way: none", 3)
    assert (results / "made").read_text() == "kept\n"
    assert "mine" not in (results / "state.log").read_text()


def test_what_is_arranged_has_no_network(arranged):
    outcome, results = arranged(("/bin/sh", "-c", "tail -n +3 /proc/net/dev | cut -d : -f 1 > /kept/seen"))
    assert outcome.ok, outcome
    assert (results / "seen").read_text().split() == ["lo"]


def wrapper(arranged, tmp_path, template):
    """The outcome, and the spec file, of a template with two artifacts of one name."""
    for place in ("one", "two"):
        (tmp_path / "given" / place).mkdir(parents=True)
        (tmp_path / "given" / place / "same.jar").write_text(place)
    (tmp_path / "given" / "any.spec.tmpl").write_text(template)
    told = {"values": {"name": "n"}, "files": {"one/same.jar": "x-one-same.jar", "two/same.jar": "x-two-same.jar"}}
    fill = (
        "/bin/sh",
        "-c",
        "mkdir -p tree/spec && cp /given/any.spec.tmpl tree/spec && touch tree/spec/old.spec stray",
    )
    keep = ("/bin/sh", "-c", "find . -type f | sort > /kept/left && cat x-two-same.jar >> /kept/left")
    words = json.dumps(told)
    render = checkout.python(rendering, "/given", words[:20], words[20:])
    return arranged(fill, render, keep, given=tmp_path / "given")


def test_a_template_becomes_a_spec_file_beside_its_artifacts(arranged, tmp_path):
    outcome, results = wrapper(arranged, tmp_path, "Name: $name\n")
    assert outcome.ok, outcome
    assert (results / "any.spec").read_text() == "Name: n\n"
    left = ["./any.spec", "./any.spec.tmpl", "./same.jar", "./x-two-same.jar", "two"]
    assert (results / "left").read_text().split() == left


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("Vendor: me\n", "Vendor is not allowed to be set in spec file"),
        ("%define packager me\n", "packager is not allowed to be defined in spec file"),
        ("Name: $nobody\n", "any.spec.tmpl could not be filled in: NotFound"),
    ],
)
def test_a_template_that_will_not_do_says_why(arranged, tmp_path, template, reason):
    outcome, _ = wrapper(arranged, tmp_path, template)
    assert reason in outcome.message


def test_a_kickstart_file_installs_from_what_it_is_told():
    lines = list(kickstart.changed(KICKSTART.splitlines(), {"koji": "file:///koji/x"}, "http://tree"))
    assert lines[:2] == ['repo --name="koji" --baseurl=file:///koji/x', 'url --url="http://tree"']
    assert not any("example.com" in line for line in lines)
    assert {"# repo --name=comment", "repo", "%include /tmp/made-by-pre.ks"} <= set(lines)
    assert list(kickstart.changed(KICKSTART.splitlines(), None, "")) == KICKSTART.splitlines()


def test_a_kickstart_file_says_where_its_root_is_and_what_the_kernel_gets():
    assert kickstart.root_device(KICKSTART.splitlines()) == "sdb"
    assert kickstart.root_device(["part / --size=1"]) == ""
    assert kickstart.root_device(["part /boot --ondisk=sda", "%packages", "part / --ondisk=x", "%end"]) is None
    assert kickstart.boot_arguments(KICKSTART.splitlines()) == "quiet rhgb"


def test_a_kickstart_file_that_includes_itself_is_refused(arranged, tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "loop.ks").write_text("%include loop.ks\n")
    order = kickstart.Order("/given/loop.ks", "new.ks", None, "", False)
    outcome, _ = arranged(checkout.python(kickstart, json.dumps(asdict(order))), given=tmp_path / "given")
    assert outcome.message == "Kickstart /given/loop.ks includes itself."


def test_a_kiwi_description_says_what_it_is_about(tmp_path):
    path = tmp_path / "a.kiwi"
    path.write_text(
        '<image name="a"><profiles><profile name="x"/><profile name="y" image="true"/></profiles>'
        "<preferences/><preferences><version> 1.2 </version></preferences></image>"
    )
    assert kiwidesc.facts(str(path)) == {"name": "a", "version": "1.2", "profile": "y"}


def test_a_kiwi_description_gets_its_repositories_and_what_it_includes(tmp_path):
    (tmp_path / "a.kiwi").write_text(
        '<image name="a"><preferences><version>1</version><release-version>9</release-version></preferences>'
        '<repository/><include from="this://b.xml"/></image>'
    )
    (tmp_path / "b.xml").write_text("<image><users/><repository/></image>")
    order = kiwidesc.Order(str(tmp_path / "a.kiwi"), "named", "2", ["file:///r"], "40", "x86_64")
    text = ElementTree.tostring(kiwidesc.changed(order), encoding="unicode")
    assert text == (
        '<image name="named"><preferences><version>2</version><release-version>40</release-version></preferences>'
        '<users /><repository type="rpm-md"><source path="file:///r" /></repository></image>'
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<image", "can't be parsed as XML"),
        ("<other/>", "doesn't contain <image> tag"),
        ('<image><include from="file:///etc/passwd"/></image>', "Unhandled include protocol in include path"),
    ],
)
def test_a_kiwi_description_that_will_not_do_says_why(tmp_path, text, reason):
    (tmp_path / "a.kiwi").write_text(text)
    with pytest.raises(SystemExit, match=reason):
        kiwidesc.changed(kiwidesc.Order(str(tmp_path / "a.kiwi"), "n", "1", [], "1", "x86_64"))
