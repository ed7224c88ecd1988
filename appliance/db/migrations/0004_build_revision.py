"""A number of each build that changes whenever a repository may have to say something else of its RPMs.

The database itself sees to that: whoever keeps in memory what such rows said asks for the number, and no writer of
rows can forget to count it up.
"""

from typing import Any

_COLUMN = 'ALTER TABLE "build" ADD COLUMN "revision" INTEGER NOT NULL DEFAULT 0'
_OF_RPM = "(SELECT build_id FROM rpminfo WHERE id = {row}.rpm_id)"
# what is changed, and which builds that concerns
_CHANGES = {
    "INSERT ON rpm_fragment": (_OF_RPM.format(row="NEW"),),
    "UPDATE ON rpm_fragment": (_OF_RPM.format(row="OLD"), _OF_RPM.format(row="NEW")),
    "DELETE ON rpm_fragment": (_OF_RPM.format(row="OLD"),),
    "UPDATE OF build_id, name, epoch, version, release, arch ON rpminfo": ("OLD.build_id", "NEW.build_id"),
    "UPDATE OF volume_id, pkg_id, version, release ON build": ("NEW.id",),
}


def up(migrator: Any, db: Any) -> None:
    db.execute_sql(_COLUMN)
    for number, (change, builds) in enumerate(_CHANGES.items(), 1):
        counted = f"UPDATE build SET revision = revision + 1 WHERE id IN ({', '.join(builds)})"
        db.execute_sql(f"CREATE TRIGGER build_revision_{number} AFTER {change} BEGIN {counted}; END")
