"""Other files of external repositories, which are passed through: advisories and modules."""

from typing import Any

_TABLE = """
CREATE TABLE "foreign_extra" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "repository" TEXT NOT NULL, \
"revision" TEXT NOT NULL, "type" TEXT NOT NULL, "content" BLOB NOT NULL)
"""
_INDEX = 'CREATE INDEX "foreign_extra_repository_revision" ON "foreign_extra" ("repository", "revision")'


def up(migrator: Any, db: Any) -> None:
    db.execute_sql(_TABLE.strip())
    db.execute_sql(_INDEX)
