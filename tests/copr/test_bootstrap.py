"""Chroots and dist-gits of a bootstrap file: made, changed, and left alone when nothing is new."""

import pytest

from appliance.errors import ConfigurationError
from appliance.hub import bootstrap, dist_gits, mock_chroots, state


@pytest.fixture
def apply(tmp_path):
    """A function that applies the text of a bootstrap file to a hub that has only its admin; what it did."""
    state.init(tmp_path / "state", empty=True)
    hub = state.open_hub(tmp_path / "state")
    path = tmp_path / "bootstrap.toml"

    def run(text):
        path.write_text(text)
        return [line for line in bootstrap.apply(hub, path) if not line.startswith("user")]

    run('[[user]]\nname = "boss"\npassword = "x"\npermissions = ["admin"]\n')
    run.hub = hub
    yield run
    hub.close()


CHROOT = """
[[chroot]]
name = "fedora-40-x86_64"
{}
"""


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", None),
        ('config = "/etc/mock/fedora-40-x86_64.cfg"', {"config": "/etc/mock/fedora-40-x86_64.cfg"}),
        (
            'install = ["@buildsys-build"]\ndist = ".fc40"\n[[chroot.repo]]\nname = "base"\nbaseurl = "file:///x"',
            {
                "install": ["@buildsys-build"],
                "dist": ".fc40",
                "repo": [{"name": "base", "baseurl": "file:///x"}],
            },
        ),
    ],
)
def test_a_chroot_is_made_once(apply, said, kept):
    assert apply(CHROOT.format(said)) == ["chroot fedora-40-x86_64"]
    assert apply(CHROOT.format(said)) == []
    with apply.hub.read() as call:
        assert mock_chroots.config(call, "fedora-40-x86_64") == kept
        assert mock_chroots.active_names(call) == ["fedora-40-x86_64"]


def test_a_chroot_changes_and_is_put_away(apply):
    apply(CHROOT.format('comment = "new"'))
    assert apply(CHROOT.format('comment = "old"\nactive = false')) == ["chroot fedora-40-x86_64: comment, is_active"]
    with apply.hub.read() as call:
        assert mock_chroots.comments(call) == {}


@pytest.mark.parametrize(
    "text",
    [
        '[[chroot]]\nname = "x86_64"\n',
        CHROOT.format('config = "x"\ninstall = ["y"]'),
        CHROOT.format('config = "x"\n[[chroot.repo]]\nname = "base"'),
    ],
)
def test_chroots_that_say_too_little_or_too_much_are_refused(apply, text):
    with pytest.raises(ConfigurationError, match="chroot"):
        apply(text)


def test_a_release_may_have_dashes():
    assert mock_chroots.parse("centos-stream-9-x86_64") == ("centos-stream", "9", "x86_64")


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        (["fedora-9-x86_64", "fedora-41-x86_64", "fedora-rawhide-x86_64"], "fedora-41-x86_64"),
        (["fedora-100-x86_64", "fedora-99-x86_64"], "fedora-100-x86_64"),
    ],
)
def test_the_latest_fedora_is_the_newest_branch(apply, names, newest):
    apply("".join(f'[[chroot]]\nname = "{name}"\n' for name in names))
    with apply.hub.read() as call:
        assert mock_chroots.latest(call, "fedora-latest-x86_64") == newest
        assert mock_chroots.latest(call, names[0]) == names[0]


GIT = """
[[distgit]]
name = "ours"
clone_url = "https://src.example"
path = "{}"
"""


def test_a_dist_git_is_made_and_changed(apply):
    assert apply(GIT.format("{namespace}/rpms/{pkgname}")) == ["distgit ours"]
    assert apply(GIT.format("{namespace}/rpms/{pkgname}")) == []
    assert apply(GIT.format("rpms/{pkgname}")) == ["distgit ours: path"]
    with apply.hub.read() as call:
        assert dist_gits.clone_url(call, "ours", "hello", None) == "https://src.example/rpms/hello"
