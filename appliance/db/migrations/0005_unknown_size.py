"""Of a package of an external repository nobody may know the size: build hosts of Koji 1.36 do not tell it.

SQLite has no words for taking a NOT NULL back. Its documentation (ALTER TABLE, section 7) allows what is done here:
rows stay as they are, the table's definition is written anew.
"""

from typing import Any

_RELAX = """
UPDATE sqlite_schema SET sql = replace(sql, '"size" INTEGER NOT NULL', '"size" INTEGER')
WHERE type = 'table' AND name = 'rpminfo'
"""


def up(migrator: Any, db: Any) -> None:
    (version,) = db.execute_sql("PRAGMA schema_version").fetchone()
    db.execute_sql("PRAGMA writable_schema = ON")
    db.execute_sql(_RELAX)
    db.execute_sql(f"PRAGMA schema_version = {version + 1}")
    db.execute_sql("PRAGMA writable_schema = RESET")
