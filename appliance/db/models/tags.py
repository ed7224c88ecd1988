"""Packages, tags, targets, external repositories and groups, all on the time axis."""

from peewee import BooleanField, IntegerField, TextField

from appliance.db.models.base import Numbered, index_changes, one_active, reference
from appliance.db.models.core import Event, Permission, User, Versioned


class Package(Numbered):
    name = TextField(unique=True)

    class Meta:
        table_name = "package"


class Tag(Numbered):
    name = TextField(unique=True)

    class Meta:
        table_name = "tag"


class TagConfig(Versioned):
    tag = reference(Tag, "tag_id")
    arches = TextField(null=True)
    perm = reference(Permission, "perm_id", null=True, index=False)
    locked = BooleanField(default=False)
    maven_support = BooleanField(default=False)
    maven_include_all = BooleanField(default=False)

    class Meta:
        table_name = "tag_config"


class TagExtra(Versioned):
    """One extra setting; VALUE is JSON, null blocks what would be inherited."""

    tag = reference(Tag, "tag_id")
    key = TextField()
    value = TextField(null=True)

    class Meta:
        table_name = "tag_extra"


class TagInheritance(Versioned):
    tag = reference(Tag, "tag_id")
    parent = reference(Tag, "parent_id")
    priority = IntegerField()
    maxdepth = IntegerField(null=True)
    intransitive = BooleanField(default=False)
    noconfig = BooleanField(default=False)
    pkg_filter = TextField(null=True)

    class Meta:
        table_name = "tag_inheritance"


class TagUpdate(Numbered):
    """A change of a tag that no versioned table shows (a volume move, a manual mark)."""

    tag = reference(Tag, "tag_id")
    update_event = reference(Event, "update_event")
    updater = reference(User, "updater_id", index=False)
    update_type = IntegerField()

    class Meta:
        table_name = "tag_updates"


class TagPackage(Versioned):
    package = reference(Package, "package_id")
    tag = reference(Tag, "tag_id", index=False)
    blocked = BooleanField(default=False)
    extra_arches = TextField(null=True)

    class Meta:
        table_name = "tag_packages"
        indexes = ((("tag", "package"), False),)


class TagPackageOwner(Versioned):
    package = reference(Package, "package_id")
    tag = reference(Tag, "tag_id")
    owner = reference(User, "owner")

    class Meta:
        table_name = "tag_package_owners"


class BuildTarget(Numbered):
    name = TextField(unique=True)

    class Meta:
        table_name = "build_target"


class BuildTargetConfig(Versioned):
    build_target = reference(BuildTarget, "build_target_id")
    build_tag = reference(Tag, "build_tag")
    dest_tag = reference(Tag, "dest_tag")

    class Meta:
        table_name = "build_target_config"


class ExternalRepo(Numbered):
    name = TextField(unique=True)

    class Meta:
        table_name = "external_repo"


class ExternalRepoConfig(Versioned):
    external_repo = reference(ExternalRepo, "external_repo_id")
    url = TextField()

    class Meta:
        table_name = "external_repo_config"


class ExternalRepoData(Versioned):
    """What was last seen of an external repository (its revision), as JSON."""

    external_repo = reference(ExternalRepo, "external_repo_id")
    data = TextField(null=True)

    class Meta:
        table_name = "external_repo_data"


class TagExternalRepo(Versioned):
    tag = reference(Tag, "tag_id")
    external_repo = reference(ExternalRepo, "external_repo_id")
    priority = IntegerField()
    merge_mode = TextField(default="koji")
    arches = TextField(null=True)

    class Meta:
        table_name = "tag_external_repos"


class Group(Numbered):
    """The name of a comps group."""

    name = TextField(unique=True)

    class Meta:
        table_name = "groups"


class GroupConfig(Versioned):
    group = reference(Group, "group_id")
    tag = reference(Tag, "tag_id")
    blocked = BooleanField(default=False)
    exported = BooleanField(null=True, default=True)
    display_name = TextField()
    is_default = BooleanField(null=True)
    uservisible = BooleanField(null=True)
    description = TextField(null=True)
    langonly = TextField(null=True)
    biarchonly = BooleanField(null=True)

    class Meta:
        table_name = "group_config"


class GroupReq(Versioned):
    group = reference(Group, "group_id")
    tag = reference(Tag, "tag_id")
    req = reference(Group, "req_id")
    blocked = BooleanField(default=False)
    type = TextField(null=True)
    is_metapkg = BooleanField(default=False)

    class Meta:
        table_name = "group_req_listing"


class GroupPackage(Versioned):
    group = reference(Group, "group_id")
    tag = reference(Tag, "tag_id")
    package = TextField()
    blocked = BooleanField(default=False)
    type = TextField()
    basearchonly = BooleanField(null=True)
    requires = TextField(null=True)

    class Meta:
        table_name = "group_package_listing"


one_active(TagConfig, "tag_id")
one_active(TagExtra, "tag_id", "key")
one_active(TagInheritance, "tag_id", "priority")
one_active(TagInheritance, "tag_id", "parent_id")
one_active(TagPackage, "tag_id", "package_id")
one_active(TagPackageOwner, "tag_id", "package_id")
one_active(BuildTargetConfig, "build_target_id")
one_active(ExternalRepoConfig, "external_repo_id")
one_active(ExternalRepoData, "external_repo_id")
one_active(TagExternalRepo, "tag_id", "priority")
one_active(TagExternalRepo, "tag_id", "external_repo_id")
one_active(GroupConfig, "tag_id", "group_id")
one_active(GroupReq, "tag_id", "group_id", "req_id")
one_active(GroupPackage, "tag_id", "group_id", "package")
index_changes(TagPackage, "tag_id")
