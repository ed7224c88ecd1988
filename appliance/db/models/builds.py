"""Builds, RPMs, buildroots, repositories and notifications."""

from peewee import (
    SQL,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    DoubleField,
    IntegerField,
    TextField,
)

from appliance.db.models.base import Numbered, Table, index_changes, one_active, reference
from appliance.db.models.core import Event, User, Versioned
from appliance.db.models.tags import ExternalRepo, Package, Tag
from appliance.db.models.tasks import Host, Task


class Volume(Numbered):
    name = TextField(unique=True)

    class Meta:
        table_name = "volume"


class ContentGenerator(Numbered):
    name = TextField(unique=True)

    class Meta:
        table_name = "content_generator"


class CGUser(Versioned):
    cg = reference(ContentGenerator, "cg_id")
    user = reference(User, "user_id")

    class Meta:
        table_name = "cg_users"


class Build(Numbered):
    """A build of a package; a draft's release ends in `,draft_ID`.

    REVISION changes with what a repository says of the RPMs; triggers see to it, and nobody else sets it.
    """

    volume = reference(Volume, "volume_id")
    pkg = reference(Package, "pkg_id")
    version = TextField()
    release = TextField()
    epoch = IntegerField(null=True)
    draft = BooleanField(default=False)
    source = TextField(null=True)
    create_event = reference(Event, "create_event")
    start_time = DoubleField(null=True)
    completion_time = DoubleField(null=True, index=True)
    promotion_time = DoubleField(null=True)
    state = IntegerField(index=True)
    task = reference(Task, "task_id", null=True)
    owner = reference(User, "owner")
    promoter = reference(User, "promoter", null=True, index=False)
    cg = reference(ContentGenerator, "cg_id", null=True)
    extra = TextField(null=True)
    revision = IntegerField(constraints=[SQL("DEFAULT 0")])

    class Meta:
        table_name = "build"
        indexes = ((("pkg", "version", "release"), True),)


class BuildReservation(Table):
    build = reference(Build, "build_id", primary_key=True)
    token = TextField()
    created = DoubleField(index=True)

    class Meta:
        table_name = "build_reservations"


class BType(Numbered):
    name = TextField(unique=True)

    class Meta:
        table_name = "btype"


class BuildType(Table):
    build = reference(Build, "build_id")
    btype = reference(BType, "btype_id")

    class Meta:
        table_name = "build_types"
        primary_key = CompositeKey("build", "btype")


class TagListing(Versioned):
    build = reference(Build, "build_id")
    tag = reference(Tag, "tag_id", index=False)

    class Meta:
        table_name = "tag_listing"
        indexes = ((("tag", "revoke_event"), False),)


class Repo(Numbered):
    """A tag's repository as of CREATE_EVENT; the tag was the same from BEGIN_EVENT until END_EVENT.

    CUSTOM_OPTS are those of OPTS that differ from what the tag asks for by itself.
    """

    create_event = reference(Event, "create_event")
    creation_time = DoubleField()
    state_time = DoubleField()
    begin_event = reference(Event, "begin_event", null=True)
    end_event = reference(Event, "end_event", null=True)
    tag = reference(Tag, "tag_id")
    state = IntegerField(index=True)
    dist = BooleanField(default=False)
    opts = TextField(null=True)
    custom_opts = TextField(null=True)
    task = reference(Task, "task_id", null=True)

    class Meta:
        table_name = "repo"


class RepoRequest(Numbered):
    create_time = DoubleField()
    owner = reference(User, "owner")
    priority = IntegerField()
    tag = reference(Tag, "tag_id")
    at_event = reference(Event, "at_event", null=True)
    min_event = reference(Event, "min_event", null=True)
    opts = TextField()
    update_time = DoubleField()
    active = BooleanField(default=True)
    task = reference(Task, "task_id", null=True)
    tries = IntegerField(default=0)
    repo = reference(Repo, "repo_id", null=True)

    class Meta:
        table_name = "repo_queue"


class Buildroot(Numbered):
    br_type = IntegerField()
    cg = reference(ContentGenerator, "cg_id", null=True)
    cg_version = TextField(null=True)
    container_type = TextField(null=True)
    container_arch = TextField(null=True)
    host_os = TextField(null=True)
    host_arch = TextField(null=True)
    extra = TextField(null=True)

    class Meta:
        table_name = "buildroot"


class StandardBuildroot(Table):
    buildroot = reference(Buildroot, "buildroot_id", primary_key=True)
    host = reference(Host, "host_id")
    repo = reference(Repo, "repo_id")
    task = reference(Task, "task_id")
    create_event = reference(Event, "create_event")
    retire_event = reference(Event, "retire_event", null=True)
    state = IntegerField(index=True)

    class Meta:
        table_name = "standard_buildroot"


class BuildrootTool(Table):
    buildroot = reference(Buildroot, "buildroot_id")
    tool = TextField()
    version = TextField()

    class Meta:
        table_name = "buildroot_tools_info"
        primary_key = CompositeKey("buildroot", "tool")


class Rpm(Numbered):
    """One RPM; BUILD is null for one that only an external repository has, SIZE where nobody told of that one's."""

    build = reference(Build, "build_id", null=True)
    buildroot = reference(Buildroot, "buildroot_id", null=True)
    name = TextField()
    version = TextField()
    release = TextField()
    epoch = IntegerField(null=True)
    arch = TextField()
    draft = BooleanField(null=True)
    external_repo = reference(ExternalRepo, "external_repo_id")
    payloadhash = TextField()
    size = BigIntegerField(null=True)
    buildtime = BigIntegerField()
    metadata_only = BooleanField(default=False)
    extra = TextField(null=True)

    class Meta:
        table_name = "rpminfo"
        indexes = ((("name", "version", "release", "arch", "external_repo"), False),)


class RpmHeader(Table):
    """The header of an RPM as read at its import: the rpm library's own blob, zlib-compressed."""

    rpm = reference(Rpm, "rpm_id", primary_key=True)
    header = BlobField()

    class Meta:
        table_name = "rpm_header"


class Fragment(Table):
    """A package's part of repository metadata (appliance.repodata's Fragment, packed), by its digest."""

    digest = TextField(primary_key=True)
    content = BlobField()

    class Meta:
        table_name = "fragment"


class RpmFragment(Table):
    """Which fragment an RPM has: `sigkey` '' is the unsigned copy; `pkgid` is the file's sha256."""

    rpm = reference(Rpm, "rpm_id")
    sigkey = TextField(default="")
    pkgid = TextField()
    digest = reference(Fragment, "digest")
    sourcerpm = TextField()

    class Meta:
        table_name = "rpm_fragment"
        primary_key = CompositeKey("rpm", "sigkey")


class ForeignPackage(Numbered):
    """One package of an external repository as it was at a revision, in the order of its index."""

    repository = TextField()
    revision = TextField()
    name = TextField()
    epoch = TextField()
    version = TextField()
    release = TextField()
    arch = TextField()
    pkgid = TextField()
    digest = reference(Fragment, "digest")
    sourcerpm = TextField()
    href = TextField()
    base = TextField()

    class Meta:
        table_name = "foreign_package"
        indexes = ((("repository", "revision"), False),)


class ForeignExtra(Numbered):
    """Another file of an external repository as it was at a revision, by its type in the index; CONTENT is zstd."""

    repository = TextField()
    revision = TextField()
    type = TextField()
    content = BlobField()

    class Meta:
        table_name = "foreign_extra"
        indexes = ((("repository", "revision"), False),)


class RpmSig(Table):
    rpm = reference(Rpm, "rpm_id")
    sigkey = TextField()
    sighash = TextField()

    class Meta:
        table_name = "rpmsigs"
        indexes = ((("rpm", "sigkey"), True),)
        primary_key = False


class RpmChecksum(Table):
    rpm = reference(Rpm, "rpm_id")
    sigkey = TextField()
    checksum = TextField()
    checksum_type = IntegerField()

    class Meta:
        table_name = "rpm_checksum"
        primary_key = CompositeKey("rpm", "sigkey", "checksum_type")


class BuildrootListing(Table):
    """The largest table: some hundred rows a build. Its key serves as the index of buildroots."""

    buildroot = reference(Buildroot, "buildroot_id", index=False)
    rpm = reference(Rpm, "rpm_id")
    is_update = BooleanField(default=False)

    class Meta:
        table_name = "buildroot_listing"
        primary_key = CompositeKey("buildroot", "rpm")


class BuildNotification(Numbered):
    user = reference(User, "user_id")
    package = reference(Package, "package_id", null=True)
    tag = reference(Tag, "tag_id", null=True)
    success_only = BooleanField(default=False)
    email = TextField()

    class Meta:
        table_name = "build_notifications"


class BuildNotificationBlock(Numbered):
    user = reference(User, "user_id")
    package = reference(Package, "package_id", null=True)
    tag = reference(Tag, "tag_id", null=True)

    class Meta:
        table_name = "build_notifications_block"


one_active(CGUser, "cg_id", "user_id")
one_active(TagListing, "tag_id", "build_id")
index_changes(TagListing, "tag_id")
Rpm.add_index(
    Rpm.index(
        Rpm.name,
        Rpm.version,
        Rpm.release,
        Rpm.arch,
        Rpm.external_repo,
        unique=True,
        where=SQL("draft IS NOT TRUE"),
        name="rpminfo_nvra_not_draft",
    )
)
