"""mock's configuration as we write and read it, and what its end means; this needs no mock."""

from dataclasses import replace

import pytest

from appliance.builder import mockconfig, mockfile, mockverdict
from appliance.builder.outcome import Outcome, ResultFile, Stage
from appliance.builder.spec import JobSpec, RepoSpec, RootSpec

ROOT = RootSpec(
    "fedora/40 x",
    "x86_64",
    ("@build", "bash"),
    (
        RepoSpec(
            "base",
            ("file:///srv/base",),
            priority=5,
            gpgkeys=("file:///k",),
            gpgcheck=True,
            excludes=("a", "b"),
        ),
    ),
    macros={"dist": ".x", "%odd": "%{#} {{ not_a_template }} 'quoted'"},
    modules=("enable nodejs:18",),
    releasever="40",
)
JOB = JobSpec("7", "rebuild", ROOT, "/cache", "/x.src.rpm", env={"A": "b"})


def executed(text, included=None):
    """config_opts as mock has them after running a configuration."""
    options = {
        "macros": {},
        "environment": {},
        "plugin_conf": {},
        "module_setup_commands": [],
        **(included or {}),
    }
    seen = []
    exec(text, {"config_opts": options, "include": seen.append})
    return options, seen


def test_a_root_is_written_as_mock_wants_it():
    options, included = executed(mockconfig.configuration(JOB))
    assert included == []
    assert options["chroot_setup_cmd"] == ("install", "@build", "bash")
    assert (options["target_arch"], options["releasever"], options["isolation"]) == ("x86_64", "40", "simple")
    assert options["module_setup_commands"] == [("enable", "nodejs:18")]
    assert options["environment"] == {"A": "b"} and options["macros"]["%dist"] == ".x"
    conf = options["dnf.conf"]
    for line in (
        "[base]",
        "baseurl=file:///srv/base",
        "priority=5",
        "gpgcheck=1",
        "gpgkey=file:///k",
        "excludepkgs=a,b",
    ):
        assert f"\n{line}\n" in conf


@pytest.mark.parametrize(
    ("arch", "machines"), [("x86_64", ("x86_64",)), ("i686", ("i686", "x86_64")), ("aarch64", ("aarch64",))]
)
def test_mock_emulates_all_but_a_machine_s_own_arch_and_its_sibling(arch, machines):
    options, _ = executed(mockconfig.configuration(replace(JOB, root=replace(ROOT, arch=arch))))
    assert (options["target_arch"], options["legal_host_arches"]) == (arch, machines)


@pytest.mark.parametrize(
    ("config", "chosen", "uses", "image"),
    [
        ("", "", False, False),
        ("", "on", True, False),
        ("", "image", True, True),
        ("/etc/mock/f40.cfg", "", None, None),
        ("/etc/mock/f40.cfg", "off", False, False),
        ("/etc/mock/f40.cfg", "image", True, True),
    ],
)
def test_what_installs_a_root_is_chosen_or_left_to_its_configuration(config, chosen, uses, image):
    root = replace(ROOT, config=config, bootstrap=chosen)
    options, _ = executed(mockconfig.configuration(replace(JOB, root=root)), {"dnf.conf": ""})
    assert (options.get("use_bootstrap"), options.get("use_bootstrap_image")) == (uses, image)
    named = mockconfig.configuration(
        replace(JOB, root=replace(root, bootstrap="image", bootstrap_image="quay.example/f:40"))
    )
    assert executed(named, {"dnf.conf": ""})[0]["bootstrap_image"] == "quay.example/f:40"


def test_what_looks_like_a_template_reaches_the_root_as_it_is():
    import jinja2

    options, _ = executed(mockconfig.configuration(JOB))
    assert jinja2.Template(options["macros"]["%odd"]).render() == ROOT.macros["%odd"]


def test_a_configuration_file_is_included_and_added_to():
    root = replace(ROOT, config="/etc/mock/f40.cfg")
    before = {"dnf.conf": "[main]\n", "target_arch": "aarch64"}
    options, included = executed(mockconfig.configuration(replace(JOB, root=root)), before)
    assert included == ["/etc/mock/f40.cfg"]
    assert options["target_arch"] == "aarch64"
    assert options["chroot_additional_packages"] == ["@build", "bash"]
    assert options["dnf.conf"].startswith("[main]\n") and "[base]" in options["dnf.conf"]


def test_the_same_configuration_is_written_once(tmp_path):
    first = mockconfig.write(JOB, tmp_path)
    stamp = first.stat().st_mtime_ns
    assert mockconfig.write(JOB, tmp_path) == first and first.stat().st_mtime_ns == stamp
    assert mockconfig.write(replace(JOB, env={}), tmp_path) != first


def test_a_root_is_cached_where_it_pays():
    for cached in (True, False):
        assert executed(mockconfig.configuration(JOB, cached=cached))[0]["plugin_conf"]["root_cache_enable"] == cached


def test_mock_installs_nothing_in_a_root_that_is_filled():
    text = mockconfig.configuration(JOB, filled=True)
    options, _ = executed(text)
    assert (options["chroot_setup_cmd"], options["module_setup_commands"]) == ((), [])
    assert options["root"] == executed(mockconfig.configuration(JOB))[0]["root"]


def test_roots_of_other_content_have_other_names():
    assert mockconfig.root_name(ROOT) == mockconfig.root_name(replace(ROOT))
    assert mockconfig.root_name(ROOT) != mockconfig.root_name(replace(ROOT, install=("bash",)))
    assert mockconfig.root_name(ROOT).startswith("fedora_40_x-")


FILE = """include('base.tpl')
config_opts['root'] = 'mini-{{ releasever }}'
config_opts['chroot_setup_cmd'] = 'groupinstall build --skip'
config_opts['macros']['%dist'] = '.m{{ releasever }}'
config_opts['module_setup_commands'] = [('enable', 'ruby:3')]
config_opts['plugin_conf']['ccache_opts']['dir'] = '/x'
config_opts['dnf.conf'] += '''
{% if releasever == '9' %}
[mini]
name=Mini
baseurl=https://example.org/$releasever/{{ target_arch }} https://mirror.example.org/
gpgcheck=1
gpgkey=file:///key
proxy=http://p
priority=3
{% endif %}
[off]
name=off
baseurl=file:///off
enabled=0
'''
"""


def test_a_configuration_of_mocks_is_understood(tmp_path, monkeypatch):
    monkeypatch.setattr(mockfile, "PLACE", tmp_path)
    (tmp_path / "base.tpl").write_text(
        "config_opts['target_arch'] = 'x86_64'\nconfig_opts['releasever'] = '9'\n"
        "config_opts['dnf.conf'] = '[main]\\nkeepcache=1\\n'\n"
    )
    (tmp_path / "mini.cfg").write_text(FILE)
    root = mockfile.complete(
        RootSpec("chroot", "x86_64", ("vim",), config=str(tmp_path / "mini.cfg"), macros={"a": "b"})
    )
    assert (root.name, root.arch, root.releasever, root.config) == ("chroot", "x86_64", "9", "")
    assert root.install == ("@build", "vim") and root.modules == ("enable ruby:3",)
    assert root.macros == {"%dist": ".m9", "a": "b"}
    (repo,) = root.repos
    assert repo.baseurl == ("https://example.org/$releasever/x86_64", "https://mirror.example.org/")
    assert (repo.id, repo.priority, repo.gpgcheck, repo.options) == ("mini", 3, True, {"proxy": "http://p"})


def test_a_file_without_an_arch_is_none(tmp_path):
    (tmp_path / "empty.cfg").write_text("")
    with pytest.raises(ValueError, match="target_arch"):
        mockfile.read(tmp_path / "empty.cfg")


SETUP = ["chroot init", "build phase for x.src.rpm", "build setup for x.src.rpm"]


@pytest.mark.parametrize(
    ("code", "passed", "said", "failure"),
    [
        (1, [], "Cannot find/open srpm: x", "no-srpm"),
        (1, [], "Exception", "root-failed"),
        (1, ["chroot init"], "", "root-failed"),
        (1, SETUP, "", "build-failed"),
        (1, [*SETUP, "rpmbuild x.src.rpm"], "", "build-failed"),
        (247, [*SETUP, "rpmbuild x.src.rpm"], "", "build-failed"),
        (30, ["chroot init", "installing minimal buildroot with dnf"], "", "root-failed"),
        (30, SETUP, "", "unmet-buildrequires"),
        (60, [], "", "busy"),
        (2, ["chroot init", "unpacking root cache"], "", "root-failed"),
        (3, [], "", "root-failed"),
        (70, [], "", "root-failed"),
    ],
)
def test_mocks_exit_code_is_read_with_its_stages(code, passed, said, failure):
    assert mockverdict.classify(code, passed, said) == failure


def test_the_stage_of_a_failure_is_the_innermost_of_the_build():
    stages = tuple(Stage(name, 1, 2) for name in [*SETUP, "rpmbuild x", "Outputting list of installed packages"])
    assert mockverdict.last(stages) == "rpmbuild x"


def test_a_job_is_read_as_it_was_written():
    assert JobSpec.from_json(JOB.to_json()) == JOB
    with pytest.raises(TypeError):
        JobSpec.from_json(JOB.to_json().replace('"kind"', '"unknown"'))


def test_an_outcome_is_read_as_it_was_written():
    outcome = Outcome(
        False,
        "mock 6.7",
        "timeout",
        "rpmbuild",
        "m",
        results=(ResultFile("a.log", 1, True),),
        stages=(Stage("a", 1.0),),
        resources={"cpu_seconds": 1.5},
    )
    assert Outcome.from_json(outcome.to_json()) == outcome
