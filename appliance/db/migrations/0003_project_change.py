"""Who changed what of a Copr project when."""

from typing import Any

_TABLE = """
CREATE TABLE "project_change" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "project_id" INTEGER NOT NULL, \
"time" REAL NOT NULL, "user_id" INTEGER, "noun" TEXT NOT NULL, "subject" TEXT NOT NULL, "old" TEXT, "new" TEXT, \
FOREIGN KEY ("project_id") REFERENCES "project" ("id"), FOREIGN KEY ("user_id") REFERENCES "users" ("id"))
"""
_INDEX = 'CREATE INDEX "project_change_project_id" ON "project_change" ("project_id")'


def up(migrator: Any, db: Any) -> None:
    db.execute_sql(_TABLE.strip())
    db.execute_sql(_INDEX)
