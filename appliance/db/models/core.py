"""Events, users, permissions and sessions."""

from peewee import BooleanField, CompositeKey, DoubleField, IntegerField, TextField

from appliance.db.models.base import Numbered, Table, one_active, reference


class Event(Numbered):
    """One moment at which something changed; ids grow with time."""

    time = DoubleField(index=True)

    class Meta:
        table_name = "events"


class FileWork(Table):
    """The token of a unit of work that touched files; its journal is kept until these are settled."""

    token = TextField(primary_key=True)

    class Meta:
        table_name = "file_work"


class User(Numbered):
    """A person, a build host's account (usertype 1) or a group (usertype 2)."""

    name = TextField(unique=True)
    password = TextField(null=True)
    status = IntegerField(default=0)
    usertype = IntegerField(default=0)

    class Meta:
        table_name = "users"


class UserKrbPrincipal(Table):
    user = reference(User, "user_id")
    krb_principal = TextField(unique=True)

    class Meta:
        table_name = "user_krb_principals"
        primary_key = CompositeKey("user", "krb_principal")


class Permission(Numbered):
    name = TextField(unique=True)
    description = TextField(null=True)

    class Meta:
        table_name = "permissions"


class Versioned(Table):
    """A row that is true from its create event until its revoke event."""

    create_event = reference(Event, "create_event")
    # indexed below, without the rows that hold: to the planner an index of mostly NULL looks selective
    revoke_event = reference(Event, "revoke_event", null=True, index=False)
    creator = reference(User, "creator_id", index=False)
    revoker = reference(User, "revoker_id", null=True, index=False)


class UserPerm(Versioned):
    user = reference(User, "user_id")
    perm = reference(Permission, "perm_id")

    class Meta:
        table_name = "user_perms"


class UserGroup(Versioned):
    user = reference(User, "user_id")
    group = reference(User, "group_id")

    class Meta:
        table_name = "user_groups"


class Session(Numbered):
    user = reference(User, "user_id")
    expired = BooleanField(default=False)
    closed = BooleanField(default=False)
    master = IntegerField(null=True, index=True)
    key = TextField()
    authtype = IntegerField(null=True)
    hostip = TextField(null=True)
    callnum = IntegerField(null=True)
    start_time = DoubleField()
    update_time = DoubleField()
    renew_time = DoubleField(null=True)
    exclusive = BooleanField(null=True)

    class Meta:
        table_name = "sessions"


class Account(Table):
    """A user's key to the Copr API; the token is kept as its SHA-256 alone."""

    user = reference(User, "user_id", primary_key=True)
    api_login = TextField(unique=True)
    token_hash = TextField()
    expires = DoubleField(null=True)
    mail = TextField(null=True)

    class Meta:
        table_name = "accounts"


one_active(UserPerm, "user_id", "perm_id")
one_active(UserGroup, "user_id", "group_id")
