"""The settings' file: what it says is taken, and what it gets wrong is said in a line that names the file."""

import pytest

from appliance import settings


def test_without_a_file_all_is_as_it_comes(tmp_path):
    assert settings.load(tmp_path / "none.toml") == settings.Settings()


def test_what_the_file_says_is_taken_and_the_rest_stays(tmp_path):
    path = tmp_path / "appliance.toml"
    path.write_text('threads = 3\n[builder]\nkind = "overlay"\n[repositories]\nrequest_days = 2\n')
    found = settings.load(path)
    assert (found.threads, found.builder.kind, found.repositories.request_days) == (3, "overlay", 2)
    assert (found.listen, found.builder.timeout) == ("127.0.0.1:8080", 86400)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('listn = ":80"', "unknown setting listn, did you mean listen?"),
        ("[builder]\nxyzzy = 1", "unknown setting builder.xyzzy"),
        ("builder = 5", "setting builder must be a table, not 5"),
        ("[threads]\nx = 5", "setting threads must be a whole number, not {'x': 5}"),
        ("[builder]\ntimeout = true", "setting builder.timeout must be a whole number, not True"),
        ("[koji]\nenable_win = 1", "setting koji.enable_win must be true or false, not 1"),
        ("[builder]\ntimeout = -1", "setting builder.timeout must be 0 or more, not -1"),
        ("threads = 0", "setting threads must be 1 or more, not 0"),
        ('[builder]\nkind = "mok"', "setting builder.kind must be one of auto, mock, overlay, simulated, not 'mok'"),
        ('[repositories]\ncompression = "xz"', "setting repositories.compression must be one of gz, zstd, not 'xz'"),
        ('listen = "nowhere"', "setting listen must be HOST:PORT, not 'nowhere'"),
        ('listen = "127.0.0.1:70000"', "setting listen must be HOST:PORT, not '127.0.0.1:70000'"),
        ("broken = [", "Invalid value (at end of document)"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(tmp_path, text, said):
    path = tmp_path / "appliance.toml"
    path.write_text(text)
    with pytest.raises(ValueError) as raised:
        settings.load(path)
    assert str(raised.value) == f"{path}: {said}"


@pytest.mark.parametrize(
    ("listen", "url", "here"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:80", "http://0.0.0.0:80", "http://127.0.0.1:80"),
        ("10.0.0.1:80", "http://10.0.0.1:80", "http://10.0.0.1:80"),
    ],
)
def test_where_the_server_is(listen, url, here):
    found = settings.Settings(listen=listen)
    assert (found.address, found.address_here) == (url, here)
    found.url = "https://build.example.com/"
    assert (found.address, found.address_here) == ("https://build.example.com", here)
