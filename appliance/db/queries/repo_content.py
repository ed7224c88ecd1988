"""The packages of repositories, in the columns of appliance.repodata's Entry."""

from appliance.db.queries.tagged import Picked
from appliance.db.select import Select

_HREF = """
'toplink/' || CASE WHEN v.id = 0 THEN '' ELSE 'vol/' || v.name || '/' END || 'packages/' || p.name || '/'
|| b.version || '/' || b.release || '/' || r.arch || '/' || r.name || '-' || r.version || '-' || r.release
|| '.' || r.arch || '.rpm'
"""
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


def of_tag(picked: Picked, arches: list[str], debuginfo: bool) -> Select:
    """The RPMs of a tag's builds that a repository of ARCHES lists, in the order of inheritance and tagging."""
    source = f"""{picked.sql()}
JOIN build b ON b.id = k.build_id JOIN package p ON p.id = b.pkg_id JOIN volume v ON v.id = b.volume_id
JOIN rpminfo r ON r.build_id = k.build_id JOIN rpm_fragment f ON f.rpm_id = r.id AND f.sigkey = ''"""
    order = "k.pos, k.create_event DESC, k.build_id DESC, r.id"
    select = Select(dict(_ENTRY), source, params=picked.bound(), order=order)
    select.also("r.arch IN :arches", arches=arches)
    if not debuginfo:
        select.also(f"NOT ({_DEBUG})")
    return select
