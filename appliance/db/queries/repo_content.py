"""The packages of repositories, in the columns of appliance.repodata's Entry."""

from appliance.db.queries.tagged import Picked

_HREF = """printf('toplink/%spackages/%s/%s/%s/%s/%s-%s-%s.%s.rpm',
CASE WHEN v.id = 0 THEN '' ELSE 'vol/' || v.name || '/' END, p.name, b.version, b.release, r.arch,
r.name, r.version, r.release, r.arch)"""
_ENTRY = {
    "name": "r.name",
    "epoch": "CAST(COALESCE(r.epoch, 0) AS TEXT)",
    "version": "r.version",
    "release": "r.release",
    "arch": "r.arch",
    "pkgid": "f.pkgid",
    "digest": "f.digest",
    "sourcerpm": "f.sourcerpm",
    "href": _HREF,
    "base": "''",
    "origin": "p.name || '-' || b.version || '-' || b.release",
}
_DEBUG = "r.name LIKE '%-debuginfo' OR r.name LIKE '%-debugsource' OR r.name LIKE '%-debuginfo-%'"


def picks(picked: Picked) -> str:
    """A tag's builds in the order of inheritance and tagging: id, revision, and the event that tagged it."""
    return f"""SELECT k.build_id, b.revision, k.create_event FROM {picked.sql()} JOIN build b ON b.id = k.build_id
ORDER BY k.pos, k.create_event DESC, k.build_id DESC"""


def of_builds(debuginfo: bool) -> str:
    """The RPMs of BUILDS (JSON) that a repository of ARCHES lists, those of a build together; last its id."""
    columns = ", ".join(_ENTRY.values())
    return f"""SELECT {columns}, b.id FROM json_each(:builds) k
JOIN build b ON b.id = k.value JOIN package p ON p.id = b.pkg_id JOIN volume v ON v.id = b.volume_id
JOIN rpminfo r ON r.build_id = b.id JOIN rpm_fragment f ON f.rpm_id = r.id AND f.sigkey = ''
WHERE r.arch IN :arches {"" if debuginfo else f"AND NOT ({_DEBUG})"} ORDER BY k.key, r.id"""
