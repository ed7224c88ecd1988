"""What a bootstrap file gets wrong is said in one line, that names the file and the entry, before anything is made."""

import pytest

from appliance.errors import ConfigurationError
from appliance.hub import bootstrap

ALICE = '[[user]]\nname = "alice"\n'
TAG = '[[tag]]\nname = "f40"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[user", "Expected ']]' at the end of an array declaration (at end of document)"),
        ('[[usr]]\nname = "x"', "unknown entry [[usr]]; known are permission, channel, user, group, "),
        ("user = 5", "user must be written [[user]], a table for each, not as 5"),
        ('[user]\nname = "x"', "user must be written [[user]], a table for each, not as {'name': 'x'}"),
        ('user = ["alice"]', "[[user]] must be a table, not 'alice'"),
        ("[[user]]\nblocked = true", "a [[user]] has no name"),
        ("[[user]]\nname = 5", "[[user]] 5: name must be text, not 5"),
        (f'{ALICE}pasword = "x"', "[[user]] alice: unknown key pasword; did you mean password?"),
        (f"{ALICE}zz = 1", "[[user]] alice: unknown key zz; known are api, api_login, api_token, blocked, name, "),
        (f'{ALICE}permissions = "admin"', "[[user]] alice: permissions must be a list of texts, not 'admin'"),
        (f"{ALICE}permissions = [1]", "[[user]] alice: permissions must be a list of texts, not [1]"),
        (f"{ALICE}blocked = 1", "[[user]] alice: blocked must be true or false, not 1"),
        ('[[host]]\nname = "h"\ncapacity = true', "[[host]] h: capacity must be a number, not True"),
        ('[[host]]\nname = "h"\narches = "x86_64"', "[[host]] h: arches must be a list of texts, not 'x86_64'"),
        (f'{TAG}inherit = "f39"', "[[tag]] f40: inherit must be a list, not 'f39'"),
        (f'{TAG}inherit = [{{parent = "x", prio = 1}}]', "a [[tag.inherit]]: unknown key prio; did you mean priority?"),
        (f"{TAG}inherit = [3]", "a [[tag.inherit]]: parent must be text, not 3"),
        (f'{TAG}packages = "bash"', "[[tag]] f40: packages must be a list or a table, not 'bash'"),
        (f'{TAG}groups = ["build"]', "[[tag]] f40: groups must be a table, not ['build']"),
        (f"{TAG}packages = {{bash = 3}}", "[[tag.packages]] bash: owner must be text, not 3"),
        (f'{TAG}packages = {{bash = {{ownr = "x"}}}}', "[[tag.packages]] bash: unknown key ownr; did you mean owner?"),
        (f"{TAG}groups = {{build = {{pakages = []}}}}", "[[tag.groups]] build: unknown key pakages; did you mean pack"),
        (f'{TAG}groups = {{build = "gcc"}}', "[[tag.groups]] build: packages must be a list, not 'gcc'"),
        (
            f'{TAG}groups = {{build = [{{name = "a", typ = "b"}}]}}',
            "[[tag.groups.packages]] a: unknown key typ; did you",
        ),
        (f'{TAG}external_repo = "x"', "tag.external_repo must be written [[tag.external_repo]], a table for each, "),
        (f'{TAG}[[tag.external_repo]]\nname = "x"', "[[tag.external_repo]] x has no url"),
        ('[[target]]\nname = "t"\nbuild_tag = "b"', "[[target]] t has no dest_tag"),
        ('[[distgit]]\nname = "d"\npath = "x"', "[[distgit]] d has no clone_url"),
        ('[[chroot]]\nname = "c-1-x86_64"\n[[chroot.repo]]\nurl = "x"', "a [[chroot.repo]]: unknown key url; "),
        ('[[project]]\nname = "p"', "[[project]] p has no owner"),
        (
            '[[project]]\nname = "p"\nowner = "o"\n[[project.chroot]]\nname = "c"\nwith_opt = "x"',
            "[[project.chroot]] c: unknown key with_opt; did you mean with_opts?",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, said):
    path = tmp_path / "hub.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        bootstrap.read(path)
    assert str(raised.value).startswith(f"{path}: {said}")


def test_a_file_that_is_no_text_is_named(tmp_path):
    path = tmp_path / "hub.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"hub\.toml: .*can't decode byte"):
        bootstrap.read(path)
