"""Listings of RPMs."""

from appliance.db.select import Column, Select, document, flag

ONE: dict[str, str | Column] = {
    "id": "r.id",
    "build_id": "r.build_id",
    "buildroot_id": "r.buildroot_id",
    "name": "r.name",
    "version": "r.version",
    "release": "r.release",
    "epoch": "r.epoch",
    "arch": "r.arch",
    "draft": flag("r.draft"),
    "external_repo_id": "r.external_repo_id",
    "external_repo_name": "x.name",
    "payloadhash": "r.payloadhash",
    "size": "r.size",
    "buildtime": "r.buildtime",
    "metadata_only": flag("r.metadata_only"),
    "extra": document("r.extra"),
}
SOURCE = "rpminfo r JOIN external_repo x ON x.id = r.external_repo_id"


def one() -> Select:
    """RPMs as `getRPM` shows them."""
    return Select(dict(ONE), SOURCE)


def listing() -> Select:
    """RPMs as `listRPMs` shows them."""
    return Select({**ONE, "nvr": "r.name || '-' || r.version || '-' || r.release"}, SOURCE)


def in_buildroot(select: Select, buildroot_id: int) -> Select:
    """Narrow a listing to what was installed in a buildroot, and say so."""
    select.columns.update({"component_buildroot_id": "l.buildroot_id", "is_update": flag("l.is_update")})
    select.source += " JOIN buildroot_listing l ON l.rpm_id = r.id"
    return select.also("l.buildroot_id = :component_buildroot", component_buildroot=buildroot_id)


def in_image(select: Select, archive_id: int) -> Select:
    """Narrow a listing to the components of an image."""
    select.source += " JOIN archive_rpm_components i ON i.rpm_id = r.id"
    return select.also("i.archive_id = :image", image=archive_id)


def built_on(select: Select, host_id: int) -> Select:
    """Narrow a listing to what was built on a host."""
    select.source += " JOIN standard_buildroot s ON s.buildroot_id = r.buildroot_id"
    return select.also("s.host_id = :host", host=host_id)


def signatures() -> Select:
    """Stored signatures; the sigkey '' stands for an unsigned header."""
    columns: dict[str, str | Column] = {"rpm_id": "s.rpm_id", "sigkey": "s.sigkey", "sighash": "s.sighash"}
    return Select(columns, "rpmsigs s")
