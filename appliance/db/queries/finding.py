"""Finding things by name in two large worlds: small tables whole, large ones through the indexes that they have."""

# Names that hold :text anywhere, those that begin with it first. {table} and {join} come from the map below.
_NAMED = """
SELECT x.id, x.name FROM {table} x {join}
WHERE LOWER(x.name) LIKE LOWER(:text) ESCAPE '\\'
ORDER BY x.name <> :words, LOWER(x.name) NOT LIKE LOWER(:start) ESCAPE '\\', x.name LIMIT :limit
"""
_TABLES = {
    "package": ("package", ""),
    "tag": ("tag", "JOIN tag_config c ON c.tag_id = x.id AND c.revoke_event IS NULL"),
    "target": ("build_target", "JOIN build_target_config c ON c.build_target_id = x.id AND c.revoke_event IS NULL"),
    "user": ("users", ""),
    "host": ("host", ""),
}
NAMED = {kind: _NAMED.format(table=table, join=join) for kind, (table, join) in _TABLES.items()}

# Builds of packages, the newest first; :version narrows where an NVR has been begun.
BUILDS = """
SELECT b.id, p.name || '-' || b.version || '-' || b.release AS name
FROM build b JOIN package p ON p.id = b.pkg_id
WHERE b.pkg_id IN :packages AND (:rest = '' OR b.version || '-' || b.release LIKE :rest || '%')
ORDER BY b.id DESC LIMIT :limit
"""
PACKAGE_IDS = "SELECT id, name FROM package WHERE name IN :names"
SOME_PACKAGES = """
SELECT id FROM package WHERE LOWER(name) LIKE LOWER(:text) ESCAPE '\\' ORDER BY name LIMIT :limit
"""

# The last RPM of each name that begins with :words; the index of names is read from there on.
RPMS = """
SELECT (SELECT MAX(o.id) FROM rpminfo o WHERE o.name = r.name) AS id, r.name
FROM rpminfo r WHERE r.name >= :words AND r.name < :beyond GROUP BY r.name ORDER BY r.name LIMIT :limit
"""
