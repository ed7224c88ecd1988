"""Spec files of strangers are read for what they give; what they ask for besides, they do not get."""

import time

import pytest

from appliance.hub import spec_texts

HEAD = "Name: x\nVersion: 1\nRelease: 1\nSummary: s\nLicense: MIT\n%description\nx\n"
LAUGHS = "".join(f"%define a{n} " + f"%{{a{n - 1}}}" * 10 + "\n" for n in range(1, 10))
BOMBS = {
    "a billion laughs": f"%define a0 {'x' * 100}\n{LAUGHS}{HEAD}%a9\n",
    "a billion at once": LAUGHS.replace("%define", "%global").replace("%{a0}", "x" * 100) + HEAD,
    "itself": f"%define a %{{a}}x\n{HEAD}%a\n",
    "conditions in conditions": HEAD + "%if 1\n" * 20_000,
    "a pattern without end": HEAD + "%{gsub " + "a" * 40 + " (a+)+b x}\n",
    "repetition": HEAD + "%{rep x 10000000000}\n",
    "open brackets": HEAD + "%[" * 30_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_what_asks_for_too_much_is_left_as_it_is_and_others_are_read(bomb):
    begun = time.monotonic()
    honest = ("%global lib foo\nName: %{lib}-%{part}\n", {"part": "core"})
    said = spec_texts.expanded([honest, (bomb, {}), honest])
    assert time.monotonic() - begun < spec_texts._SECONDS_FOR_ALL + 2
    assert [said[0].splitlines()[-1], said[2].splitlines()[-1]] == ["Name: foo-core"] * 2
    assert len(said[1]) < 4 << 20


def test_commands_are_not_run(tmp_path):
    spec = f"{HEAD}%(touch {tmp_path}/shell)%{{lua: os.execute('touch {tmp_path}/lua')}}\nName: %{{part}}\n"
    assert spec_texts.expanded([(spec, {"part": "core"})])[0].endswith("Name: core\n")
    assert list(tmp_path.iterdir()) == []


def test_what_takes_longer_than_all_may_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(spec_texts, "_SECONDS_FOR_ALL", 1.5)
    honest = ("Name: %{part}\n", {"part": "core"})
    bomb = (BOMBS["a billion laughs"], {})
    assert spec_texts.expanded([honest, bomb, bomb, honest]) == ["Name: core\n", bomb[0], bomb[0], honest[0]]


def test_a_process_that_waits_answers_once_and_ends_with_who_would_ask():
    spec_texts.get_ready()
    spec_texts.get_ready()
    (first,) = spec_texts._ready
    assert spec_texts.expanded([("%{part}\n", {"part": "core"})]) == ["core\n"]
    assert first.returncode is not None and spec_texts._ready == []
    spec_texts.get_ready()
    (second,) = spec_texts._ready
    second.kill()
    second.wait()
    assert spec_texts.expanded([("%{part}\n", {"part": "core"})]) == ["core\n"]
    spec_texts.get_ready()
    (third,) = spec_texts._ready
    third.stdin.close()
    assert third.wait(20) == 0
    spec_texts.dismiss()
