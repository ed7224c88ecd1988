"""The tables of the first release, as they were made then: 0001_initial.sql, never edited."""

from pathlib import Path
from typing import Any

_TABLES = Path(__file__).with_suffix(".sql")


def up(migrator: Any, db: Any) -> None:
    lines = [line for line in _TABLES.read_text().splitlines() if not line.startswith("--")]
    for statement in "\n".join(lines).split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
