"""Copr's world: projects, chroots, packages, builds and batches, on the same users and tasks as Koji's."""

from peewee import SQL, BlobField, BooleanField, CompositeKey, DoubleField, IntegerField, TextField

from appliance.db.models.base import Numbered, Table, reference
from appliance.db.models.core import Event, User
from appliance.db.models.tasks import Task


class MockChroot(Numbered):
    """A distribution to build for; CONFIG is JSON: a mock file, or packages and repositories, or null."""

    os_release = TextField()
    os_version = TextField()
    arch = TextField()
    is_active = BooleanField(default=True)
    rolling = BooleanField(default=False)
    comment = TextField(null=True)
    config = TextField(null=True)

    class Meta:
        table_name = "mock_chroot"
        indexes = ((("os_release", "os_version", "arch"), True),)


class DistGit(Numbered):
    """A place that keeps packages in git; PATH has {namespace} and {pkgname}."""

    name = TextField(unique=True)
    clone_url = TextField()
    path = TextField()
    default_namespace = TextField(default="")
    priority = IntegerField(default=100)

    class Meta:
        table_name = "distgit"


class Project(Numbered):
    """A Copr project of USER, or one of GROUP (a user of type 2) that USER made: @group/project."""

    name = TextField()
    user = reference(User, "user_id")
    group = reference(User, "group_id", null=True)
    homepage = TextField(null=True)
    contact = TextField(null=True)
    repos = TextField(default="")
    created_on = IntegerField()
    description = TextField(default="")
    instructions = TextField(default="")
    deleted = BooleanField(default=False)
    auto_createrepo = BooleanField(default=True)
    forked_from = IntegerField(null=True)
    build_enable_net = BooleanField(default=False)
    unlisted_on_hp = BooleanField(default=False)
    persistent = BooleanField(default=False)
    auto_prune = BooleanField(default=True)
    isolation = TextField(default="default")
    bootstrap = TextField(default="default")
    follow_fedora_branching = BooleanField(default=True)
    delete_after = DoubleField(null=True, index=True)
    multilib = BooleanField(default=False)
    module_hotfixes = BooleanField(default=False)
    runtime_dependencies = TextField(default="")
    fedora_review = BooleanField(default=False)
    appstream = BooleanField(default=False)
    packit_forge_projects_allowed = TextField(default="")
    repo_priority = IntegerField(null=True)
    webhook_secret = TextField(null=True)
    key_fingerprint = TextField(null=True)

    class Meta:
        table_name = "project"


class ProjectPermission(Table):
    """What a user may do in somebody else's project, or asks to: 0 nothing, 1 requested, 2 approved."""

    project = reference(Project, "project_id", index=False)
    user = reference(User, "user_id")
    builder = IntegerField(default=0)
    admin = IntegerField(default=0)

    class Meta:
        table_name = "project_permission"
        primary_key = CompositeKey("project", "user")


class ProjectChange(Numbered):
    """What USER made of a thing of a project's (NOUN, SUBJECT); OLD and NEW are what differs, JSON, null for none."""

    project = reference(Project, "project_id")
    time = DoubleField()
    user = reference(User, "user_id", null=True, index=False)
    noun = TextField()
    subject = TextField()
    old = TextField(null=True)
    new = TextField(null=True)

    class Meta:
        table_name = "project_change"


class ProjectDir(Numbered):
    """A project's main directory, or a side directory such as PROJECT:custom:X."""

    project = reference(Project, "project_id", index=False)
    name = TextField()
    main = BooleanField(default=False)

    class Meta:
        table_name = "project_dir"
        indexes = ((("project", "name"), True),)


class ProjectChroot(Numbered):
    """A chroot that a project builds for; DELETED ones keep their settings until DELETE_AFTER."""

    project = reference(Project, "project_id", index=False)
    mock_chroot = reference(MockChroot, "mock_chroot_id")
    buildroot_pkgs = TextField(null=True)
    repos = TextField(default="")
    comps = BlobField(null=True)
    comps_name = TextField(null=True)
    module_toggle = TextField(null=True)
    with_opts = TextField(default="")
    without_opts = TextField(default="")
    bootstrap = TextField(null=True)
    bootstrap_image = TextField(null=True)
    isolation = TextField(default="unchanged")
    delete_after = DoubleField(null=True)
    delete_notify = DoubleField(null=True)
    deleted = BooleanField(default=False)

    class Meta:
        table_name = "project_chroot"
        indexes = ((("project", "mock_chroot"), True),)


class CoprPackage(Numbered):
    """How a package of a project is made; SOURCE_JSON as Copr's API shows it."""

    project = reference(Project, "project_id", index=False)
    name = TextField()
    source_type = TextField(default="unset")
    source_json = TextField(default="{}")
    webhook_rebuild = BooleanField(default=False)
    max_builds = IntegerField(null=True)
    timeout = IntegerField(null=True)
    chroot_denylist = TextField(default="")

    class Meta:
        table_name = "copr_package"
        indexes = ((("project", "name"), True),)


class Batch(Numbered):
    """Builds that count as one: none begins before every build of BLOCKED_BY has ended."""

    blocked_by = IntegerField(null=True, index=True)

    class Meta:
        table_name = "batch"


class CoprBuild(Numbered):
    """A build in a project; its source half stands here, one CoprBuildChroot row for each chroot.

    SRPM_URL that begins with a slash is on this server. RESULT_DIR is the source's, below srpm-builds.
    """

    project = reference(Project, "project_id")
    dir = reference(ProjectDir, "dir_id")
    package = reference(CoprPackage, "package_id", null=True)
    user = reference(User, "user_id", null=True)
    submitted_by = TextField(null=True)
    pkg_version = TextField(null=True)
    source_type = TextField(default="unset")
    source_json = TextField(default="{}")
    source_status = TextField(default="pending")
    result_dir = TextField(default="")
    srpm_url = TextField(null=True)
    submitted_on = IntegerField()
    canceled = BooleanField(default=False)
    timeout = IntegerField()
    memory_reqs = IntegerField(default=2048)
    enable_net = BooleanField(default=False)
    is_background = BooleanField(default=False)
    isolation = TextField(default="unchanged")
    bootstrap = TextField(null=True)
    repos = TextField(default="")
    batch = reference(Batch, "batch_id", null=True)
    task = reference(Task, "task_id", null=True)
    fail_message = TextField(null=True)

    class Meta:
        table_name = "copr_build"


class CoprBuildChroot(Numbered):
    """A build's half for one chroot; RESULT_DIR is its directory below that chroot's, once it has one."""

    build = reference(CoprBuild, "build_id", index=False)
    mock_chroot = reference(MockChroot, "mock_chroot_id")
    status = TextField(default="waiting")
    status_reason = TextField(null=True)
    started_on = IntegerField(null=True)
    ended_on = IntegerField(null=True)
    result_dir = TextField(default="")
    task = reference(Task, "task_id", null=True)

    class Meta:
        table_name = "copr_build_chroot"
        indexes = ((("build", "mock_chroot"), True),)


class CoprRpm(Numbered):
    """An RPM that a chroot's build gave (ARCH src for the source package).

    CHECKSUM is the file's sha256, DIGEST names what repositories say of it (see Fragment).
    """

    build_chroot = reference(CoprBuildChroot, "build_chroot_id")
    name = TextField()
    epoch = IntegerField(null=True)
    version = TextField()
    release = TextField()
    arch = TextField()
    filename = TextField(null=True)
    size = IntegerField(null=True)
    checksum = TextField(null=True)
    digest = TextField(null=True, index=True)
    sourcerpm = TextField(null=True)
    create_event = reference(Event, "create_event", null=True)

    class Meta:
        table_name = "copr_rpm"


class Message(Numbered):
    """Something that happened, for those who follow; BODY is JSON."""

    time = DoubleField(index=True)
    topic = TextField()
    body = TextField()

    class Meta:
        table_name = "message"


class MessageCursor(Table):
    """How far the messages have been sent on to an address."""

    url = TextField(primary_key=True)
    last = IntegerField()

    class Meta:
        table_name = "message_cursor"


class WebhookDelivery(Numbered):
    """A webhook that was taken: its sender's number for it, and the builds (JSON) that it gave."""

    project = reference(Project, "project_id", index=False)
    delivery = TextField()
    time = DoubleField(index=True)
    builds = TextField()

    class Meta:
        table_name = "webhook_delivery"
        indexes = ((("project", "delivery"), True),)


class CoprRepo(Numbered):
    """A repository that is to be composed again: of one directory, for one chroot; gone once that is done."""

    dir = reference(ProjectDir, "dir_id", index=False)
    mock_chroot = reference(MockChroot, "mock_chroot_id")
    requested_on = DoubleField()
    devel = BooleanField(default=False)

    class Meta:
        table_name = "copr_repo"
        indexes = ((("dir", "mock_chroot", "devel"), True),)


# A name is one project's at a time; those of deleted projects are free again.
Project.add_index(
    Project.index(
        Project.user,
        Project.name,
        unique=True,
        name="project_of_user",
        where=SQL("group_id IS NULL AND NOT deleted"),
    )
)
Project.add_index(
    Project.index(
        Project.group,
        Project.name,
        unique=True,
        name="project_of_group",
        where=SQL("group_id IS NOT NULL AND NOT deleted"),
    )
)
