"""What a bundle takes along: targets and tags that belong together, RPMs, and what buildroots held."""

from appliance.db.history import holds

# Targets that build from or for one of TAGS.
TARGETS = f"""
SELECT c.build_tag, c.dest_tag, g.name FROM build_target_config c JOIN build_target g ON g.id = c.build_target_id
WHERE {holds("c")} AND (c.dest_tag = :tag OR c.build_tag = :tag) ORDER BY g.id
"""
# Which of BUILDS (a JSON list) each of TAGS (a JSON list) holds, the first that was tagged first.
TAGGED = f"""
SELECT t.name AS tag, l.build_id FROM tag_listing l JOIN tag t ON t.id = l.tag_id
WHERE {holds("l")} AND l.build_id IN (SELECT value FROM json_each(:builds))
      AND l.tag_id IN (SELECT value FROM json_each(:tags))
ORDER BY l.create_event, l.build_id
"""
BUILDS = """
SELECT b.id, b.version, b.release, b.epoch, b.source, b.extra, b.start_time, b.completion_time, b.volume_id,
       p.name, p.name AS package_name, v.name AS volume_name, u.name AS owner
FROM build b JOIN package p ON p.id = b.pkg_id JOIN volume v ON v.id = b.volume_id JOIN users u ON u.id = b.owner
WHERE b.id IN (SELECT value FROM json_each(:builds)) ORDER BY b.id
"""
RPMS = """
SELECT id, build_id, name, version, release, epoch, arch, payloadhash FROM rpminfo
WHERE build_id IN (SELECT value FROM json_each(:builds)) ORDER BY build_id, id
"""
SIGNATURES = """
SELECT s.rpm_id, s.sigkey FROM rpmsigs s JOIN rpminfo r ON r.id = s.rpm_id
WHERE s.sigkey <> '' AND r.build_id IN (SELECT value FROM json_each(:builds)) ORDER BY s.rpm_id, s.sigkey
"""
# The packages of the buildroots that BUILDS (a JSON list) were made in, by the buildroot's architecture.
INSTALLED = """
SELECT DISTINCT o.container_arch, r.id, r.build_id, r.name, r.version, r.release, r.epoch, r.arch, r.payloadhash
FROM rpminfo m JOIN buildroot o ON o.id = m.buildroot_id JOIN buildroot_listing l ON l.buildroot_id = o.id
JOIN rpminfo r ON r.id = l.rpm_id
WHERE m.build_id IN (SELECT value FROM json_each(:builds)) ORDER BY o.container_arch, r.name, r.id
"""
# Where the packages of external repositories are, as far as they have been read.
PLACES = """
SELECT DISTINCT name, epoch, version, release, arch, pkgid, href, base FROM foreign_package
WHERE repository = :url
"""
# The packages that a directory's repositories list, with what the import of a project needs to know of them.
RESULTS = """
SELECT c.id AS half, c.build_id, c.mock_chroot_id, c.result_dir, c.started_on, c.ended_on, r.name, r.epoch,
       r.version, r.release, r.arch, r.filename
FROM copr_rpm r JOIN copr_build_chroot c ON c.id = r.build_chroot_id JOIN copr_build b ON b.id = c.build_id
WHERE b.dir_id = :dir AND c.status IN ('succeeded', 'forked') AND r.digest IS NOT NULL ORDER BY c.build_id, r.id
"""
