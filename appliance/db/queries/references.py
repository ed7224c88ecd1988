"""What refers to a build and so keeps it from being deleted."""

from appliance.db.queries.builds import IS_COMPLETE

TAGS = """
SELECT l.tag_id, t.name FROM tag_listing l JOIN tag t ON t.id = l.tag_id
WHERE l.build_id = :build AND l.revoke_event IS NULL ORDER BY l.tag_id
"""
# RPMs of complete builds whose buildroots had one of the build's RPMs
RPMS = f"""
SELECT DISTINCT r.id, r.name, r.version, r.release, r.arch, r.build_id
FROM rpminfo own
JOIN buildroot_listing l ON l.rpm_id = own.id
JOIN rpminfo r ON r.buildroot_id = l.buildroot_id
JOIN build b ON b.id = r.build_id AND {IS_COMPLETE}
WHERE own.build_id = :build ORDER BY r.id LIMIT :limit
"""
# archives of complete builds that one of the build's RPMs is part of
RPM_COMPONENTS = f"""
SELECT c.archive_id FROM rpminfo own
JOIN archive_rpm_components c ON c.rpm_id = own.id
JOIN archiveinfo a ON a.id = c.archive_id
JOIN build b ON b.id = a.build_id AND {IS_COMPLETE}
WHERE own.build_id = :build ORDER BY c.archive_id LIMIT :limit
"""
# archives of complete builds whose buildroots had one of the build's archives
ARCHIVES = f"""
SELECT DISTINCT a.id, a.type_id, t.name AS type_name, a.build_id, a.filename
FROM archiveinfo own
JOIN buildroot_archives l ON l.archive_id = own.id
JOIN archiveinfo a ON a.buildroot_id = l.buildroot_id
JOIN archivetypes t ON t.id = a.type_id
JOIN build b ON b.id = a.build_id AND {IS_COMPLETE}
WHERE own.build_id = :build ORDER BY a.id LIMIT :limit
"""
# archives of complete builds that one of the build's archives is part of
ARCHIVE_COMPONENTS = f"""
SELECT c.archive_id FROM archiveinfo own
JOIN archive_components c ON c.component_id = own.id
JOIN archiveinfo a ON a.id = c.archive_id
JOIN build b ON b.id = a.build_id AND {IS_COMPLETE}
WHERE own.build_id = :build ORDER BY c.archive_id LIMIT :limit
"""
# when a buildroot was last made that has anything of the build
LAST_USED = """
SELECT e.time FROM events e WHERE e.id = (
    SELECT MAX(s.create_event) FROM standard_buildroot s WHERE s.buildroot_id IN (
        SELECT l.buildroot_id FROM rpminfo own JOIN buildroot_listing l ON l.rpm_id = own.id
        WHERE own.build_id = :build
        UNION
        SELECT l.buildroot_id FROM archiveinfo own JOIN buildroot_archives l ON l.archive_id = own.id
        WHERE own.build_id = :build))
"""
