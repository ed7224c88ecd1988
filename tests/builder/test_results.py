"""Results are on the disk before the outcome tells of them."""

from appliance import durable
from appliance.builder import results


def test_results_are_synced_and_the_directories_that_name_them(tmp_path, monkeypatch):
    made, shown, synced = tmp_path / "made", tmp_path / "shown", []
    monkeypatch.setattr(durable, "sync", lambda path: synced.append(path.relative_to(shown).as_posix()))
    (made / "deep").mkdir(parents=True)
    shown.mkdir()
    for name in ("a-1-1.noarch.rpm", "deep/pom.xml", "extra.log"):
        (made / name).write_text(name)
    results.publish(made, shown)
    assert sorted(synced) == [".", "a-1-1.noarch.rpm", "deep", "deep/pom.xml"]
    assert (shown / "deep" / "pom.xml").read_text() == "deep/pom.xml"
