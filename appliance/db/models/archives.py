"""Archives: the files of builds that are not RPMs, with Maven, Windows and image metadata."""

from peewee import BigIntegerField, BooleanField, CompositeKey, IntegerField, TextField

from appliance.db.models.base import Numbered, Table, reference
from appliance.db.models.builds import BType, Build, Buildroot, Rpm


class MavenBuild(Table):
    build = reference(Build, "build_id", primary_key=True)
    group_id = TextField()
    artifact_id = TextField()
    version = TextField()

    class Meta:
        table_name = "maven_builds"


class WinBuild(Table):
    build = reference(Build, "build_id", primary_key=True)
    platform = TextField()

    class Meta:
        table_name = "win_builds"


class ImageBuild(Table):
    build = reference(Build, "build_id", primary_key=True)

    class Meta:
        table_name = "image_builds"


class ArchiveType(Numbered):
    name = TextField(unique=True)
    description = TextField()
    extensions = TextField()
    compression_type = TextField(null=True)

    class Meta:
        table_name = "archivetypes"


class Archive(Numbered):
    type = reference(ArchiveType, "type_id")
    btype = reference(BType, "btype_id", null=True, index=False)
    build = reference(Build, "build_id")
    buildroot = reference(Buildroot, "buildroot_id", null=True)
    filename = TextField(index=True)
    size = BigIntegerField()
    checksum = TextField(index=True)
    checksum_type = IntegerField()
    metadata_only = BooleanField(default=False)
    extra = TextField(null=True)

    class Meta:
        table_name = "archiveinfo"


class MavenArchive(Table):
    archive = reference(Archive, "archive_id", primary_key=True)
    group_id = TextField()
    artifact_id = TextField()
    version = TextField()

    class Meta:
        table_name = "maven_archives"


class ImageArchive(Table):
    archive = reference(Archive, "archive_id", primary_key=True)
    arch = TextField()

    class Meta:
        table_name = "image_archives"


class WinArchive(Table):
    archive = reference(Archive, "archive_id", primary_key=True)
    relpath = TextField()
    platforms = TextField()
    flags = TextField(null=True)

    class Meta:
        table_name = "win_archives"


class ArchiveRpmComponent(Table):
    archive = reference(Archive, "archive_id")
    rpm = reference(Rpm, "rpm_id")

    class Meta:
        table_name = "archive_rpm_components"
        primary_key = CompositeKey("archive", "rpm")


class ArchiveComponent(Table):
    archive = reference(Archive, "archive_id")
    component = reference(Archive, "component_id")

    class Meta:
        table_name = "archive_components"
        primary_key = CompositeKey("archive", "component")


class BuildrootArchive(Table):
    buildroot = reference(Buildroot, "buildroot_id")
    archive = reference(Archive, "archive_id")
    project_dep = BooleanField()

    class Meta:
        table_name = "buildroot_archives"
        primary_key = CompositeKey("buildroot", "archive")
