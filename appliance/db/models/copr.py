"""Copr's world: projects, chroots, packages, builds and batches, beside Koji's on the same users and tasks."""

from peewee import BlobField, BooleanField, DoubleField, IntegerField, TextField

from appliance.db.models.base import Numbered, Table, reference
from appliance.db.models.core import Event, User
from appliance.db.models.tasks import Task


class MockChroot(Numbered):
    """A distribution to build for; `config` is JSON: a mock file, or packages and repositories, or null."""

    os_release = TextField()
    os_version = TextField()
    arch = TextField()
    is_active = BooleanField(default=True)
    comment = TextField(null=True)
    config = TextField(null=True)

    class Meta:
        table_name = "mock_chroot"
        indexes = ((("os_release", "os_version", "arch"), True),)


class DistGit(Numbered):
    name = TextField(unique=True)
    clone_url = TextField()
    path = TextField()
    default_namespace = TextField(null=True)
    priority = IntegerField(default=100)

    class Meta:
        table_name = "distgit"


class Project(Numbered):
    """A Copr project; `owner` is a user, or a group (usertype 2) whose projects are named @group/project."""

    name = TextField()
    owner = reference(User, "owner_id")
    homepage = TextField(null=True)
    contact = TextField(null=True)
    repos = TextField(default="")
    created_on = IntegerField()
    description = TextField(null=True)
    instructions = TextField(null=True)
    deleted = BooleanField(default=False)
    playground = BooleanField(default=False)
    auto_createrepo = BooleanField(default=True)
    forked_from = IntegerField(null=True)
    build_enable_net = BooleanField(default=False)
    unlisted_on_hp = BooleanField(default=False)
    persistent = BooleanField(default=False)
    auto_prune = BooleanField(default=True)
    isolation = TextField(default="default")
    bootstrap = TextField(default="default")
    follow_fedora_branching = BooleanField(default=True)
    delete_after = DoubleField(null=True)
    multilib = BooleanField(default=False)
    module_hotfixes = BooleanField(default=False)
    runtime_dependencies = TextField(null=True)
    fedora_review = BooleanField(default=False)
    appstream = BooleanField(default=False)
    packit_forge_projects_allowed = TextField(null=True)
    repo_priority = IntegerField(null=True)
    webhook_secret = TextField(null=True)

    class Meta:
        table_name = "project"
        indexes = ((("owner", "name"), False),)


class ProjectPermission(Table):
    project = reference(Project, "project_id")
    user = reference(User, "user_id")
    builder = IntegerField(default=0)
    admin = IntegerField(default=0)

    class Meta:
        table_name = "project_permission"
        indexes = ((("project", "user"), True),)
        primary_key = False


class ProjectDir(Numbered):
    """A project's main directory, or a side directory such as PROJECT:custom:X."""

    project = reference(Project, "project_id")
    name = TextField()
    main = BooleanField(default=False)

    class Meta:
        table_name = "project_dir"
        indexes = ((("project", "name"), True),)


class ProjectChroot(Numbered):
    project = reference(Project, "project_id")
    mock_chroot = reference(MockChroot, "mock_chroot_id")
    buildroot_pkgs = TextField(default="")
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

    project = reference(Project, "project_id")
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
    blocked_by = IntegerField(null=True)

    class Meta:
        table_name = "batch"


class CoprBuild(Numbered):
    """A build in a project; its source half stands here, one CoprBuildChroot row for each chroot."""

    project = reference(Project, "project_id")
    dir = reference(ProjectDir, "dir_id")
    package = reference(CoprPackage, "package_id", null=True)
    user = reference(User, "user_id", null=True)
    submitted_by = TextField(null=True)
    pkg_version = TextField(null=True)
    source_type = TextField(default="unset")
    source_json = TextField(default="{}")
    source_status = TextField(default="pending")
    srpm_url = TextField(null=True)
    submitted_on = IntegerField()
    canceled = BooleanField(default=False)
    timeout = IntegerField()
    memory_reqs = IntegerField(default=2048)
    enable_net = BooleanField(default=False)
    is_background = BooleanField(default=False)
    isolation = TextField(null=True)
    bootstrap = TextField(null=True)
    repos = TextField(null=True)
    batch = reference(Batch, "batch_id", null=True)
    task = reference(Task, "task_id", null=True)
    options = TextField(default="{}")
    fail_message = TextField(null=True)

    class Meta:
        table_name = "copr_build"


class CoprBuildChroot(Numbered):
    build = reference(CoprBuild, "build_id")
    project_chroot = reference(ProjectChroot, "project_chroot_id", null=True)
    mock_chroot = reference(MockChroot, "mock_chroot_id")
    status = TextField(default="waiting")
    started_on = IntegerField(null=True)
    ended_on = IntegerField(null=True)
    result_dir = TextField(default="")
    git_hash = TextField(null=True)
    task = reference(Task, "task_id", null=True)

    class Meta:
        table_name = "copr_build_chroot"
        indexes = ((("build", "mock_chroot"), True),)


class CoprRpm(Numbered):
    """An RPM that a chroot's build gave (`arch` src for the source package), with its place in repository metadata."""

    build_chroot = reference(CoprBuildChroot, "build_chroot_id")
    name = TextField()
    epoch = IntegerField(null=True)
    version = TextField()
    release = TextField()
    arch = TextField()
    filename = TextField(null=True)
    size = IntegerField(null=True)
    pkgid = TextField(null=True)
    digest = TextField(null=True, index=True)
    sourcerpm = TextField(null=True)
    header = BlobField(null=True)
    create_event = reference(Event, "create_event", null=True)
    revoke_event = reference(Event, "revoke_event", null=True)

    class Meta:
        table_name = "copr_rpm"
