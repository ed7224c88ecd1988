"""A schema that is brought forward: data stays, a process killed amid it costs nothing, and there is no way back."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from appliance.db import schema
from appliance.db.connection import Database
from appliance.errors import ConfigurationError
from appliance.hub import builds, imports, projects, state, tagged, tags, targets, tasks
from appliance.hub.hub import Session

BOSS = Session(user_id=1, perms=frozenset({"admin"}))
FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
RELEASES = Path(__file__).parent / "releases"
SOURCE = "alpha-1.0-1.src.rpm"
LATER = """
import os
import signal

def up(migrator, db):
    db.execute_sql("CREATE TABLE later (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    db.execute_sql("INSERT INTO later (id, name) SELECT id, name FROM tag")
    db.execute_sql("ALTER TABLE tag ADD COLUMN later INTEGER")
    if os.environ.get("DIE_AMID"):
        os.kill(os.getpid(), signal.SIGKILL)
    db.execute_sql("UPDATE tag SET later = id")
"""


@pytest.fixture
def place(tmp_path):
    """A state with a tag and a build in it, as this version makes it."""
    state.init(tmp_path / "state")
    hub = state.open_hub(tmp_path / "state")
    up = Path(hub.paths.topdir.work(), "up")
    up.mkdir(parents=True)
    (up / SOURCE).write_bytes((FIXTURES / SOURCE).read_bytes())
    with hub.write(BOSS) as call:
        tags.create(call, "first")
        imports.upload(call, "up", SOURCE)
    hub.close()
    return tmp_path / "state"


@pytest.fixture
def later(tmp_path, monkeypatch):
    """The migrations of a version to come: one more, which changes a table and copies its rows."""
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    (migrations / "9999_later.py").write_text(LATER)
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)


def shown(place):
    """What a state answers, and whether its file is sound."""
    hub = state.open_hub(place)
    with hub.read() as call:
        answer = (call.tx.column("SELECT name FROM tag"), builds.require(call, "alpha-1.0-1"))
    assert hub.database.check() == "ok"
    hub.close()
    return answer


def of_release(data, place, monkeypatch):
    """A state whose database is as the release left it that DATA is from."""
    state.init(place)
    (place / "appliance.db").unlink()
    migrations = place.parent / "former"
    migrations.mkdir()
    for path in schema.MIGRATIONS.iterdir():
        if path.is_file() and path.stem <= data.stem:
            shutil.copy(path, migrations)
    with monkeypatch.context() as patch, closing(sqlite3.connect(place / "appliance.db")) as former:
        patch.setattr(schema, "MIGRATIONS", migrations)
        schema.migrate(Database(place / "appliance.db"))
        former.executescript(data.read_text())


@pytest.mark.parametrize("data", sorted(RELEASES.glob("*.sql")), ids=lambda path: path.stem)
def test_what_each_release_left_is_answered_by_this_one(data, tmp_path, monkeypatch):
    of_release(data, tmp_path / "state", monkeypatch)
    hub = state.open_hub(tmp_path / "state")
    with hub.write(BOSS) as call:
        assert builds.require(call, "known-1-1")["owner_name"] == "admin"
        assert targets.require(call, "demo")["dest_tag_name"] == "demo"
        assert [build["nvr"] for build in tagged.listed(call, tags.require(call, "demo")["id"], tagged.Filter())] == [
            "known-1-1"
        ]
        assert tasks.get(call, 1)["method"] == "build"
        assert projects.find(call, "user", "project")["name"] == "project"
        tags.create(call, "afterwards")
    assert hub.database.check() == "ok"
    hub.close()


def test_a_process_killed_amid_a_migration_costs_nothing(place, later):
    child = os.fork()
    if child == 0:
        os.environ["DIE_AMID"] = "1"
        try:
            state.open_hub(place)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    names, build = shown(place)
    assert (names, build["nvr"]) == (["first"], "alpha-1.0-1")
    hub = state.open_hub(place)
    with hub.read() as call:
        assert call.tx.rows("SELECT t.name, l.name AS copied, t.later FROM tag t JOIN later l ON l.id = t.id") == [
            {"name": "first", "copied": "first", "later": 1}
        ]
    hub.close()


def test_an_older_appliance_leaves_the_database_of_a_newer_one_alone(place, later, monkeypatch):
    before = shown(place)
    monkeypatch.undo()
    with pytest.raises(ConfigurationError, match="from a newer appliance .it has 9999_later"):
        state.open_hub(place)
    command = [Path(sys.executable).parent / "appliance", "--state", place, "serve", "--listen", "127.0.0.1:0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "upgrade first" in done.stderr and "Traceback" not in done.stderr
    assert before[1]["nvr"] == "alpha-1.0-1"
