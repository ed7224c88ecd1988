"""Channels, hosts, tasks and what the scheduler remembers of them."""

from peewee import BooleanField, CompositeKey, DoubleField, FloatField, IntegerField, TextField

from appliance.db.models.base import Numbered, Table, one_active, reference
from appliance.db.models.core import User, Versioned


class Channel(Numbered):
    name = TextField(unique=True)
    description = TextField(null=True)
    enabled = BooleanField(default=True)
    comment = TextField(null=True)

    class Meta:
        table_name = "channels"


class Host(Numbered):
    user = reference(User, "user_id")
    name = TextField(unique=True)
    update_time = DoubleField(null=True)
    task_load = FloatField(default=0.0)
    ready = BooleanField(default=False)

    class Meta:
        table_name = "host"


class HostConfig(Versioned):
    host = reference(Host, "host_id")
    arches = TextField(null=True)
    capacity = FloatField(default=2.0)
    description = TextField(null=True)
    comment = TextField(null=True)
    enabled = BooleanField(default=True)

    class Meta:
        table_name = "host_config"


class HostChannel(Versioned):
    host = reference(Host, "host_id")
    channel = reference(Channel, "channel_id")

    class Meta:
        table_name = "host_channels"


class Task(Numbered):
    """A unit of work; REQUEST and RESULT are XML-RPC documents, as builders exchange them."""

    state = IntegerField(index=True)
    create_time = DoubleField()
    start_time = DoubleField(null=True)
    completion_time = DoubleField(null=True)
    channel = reference(Channel, "channel_id")
    host = reference(Host, "host_id", null=True)
    parent = IntegerField(null=True)
    label = TextField(null=True)
    waiting = BooleanField(null=True)
    awaited = BooleanField(null=True)
    owner = reference(User, "owner")
    method = TextField(null=True)
    request = TextField(null=True)
    result = TextField(null=True)
    eta = IntegerField(null=True)
    arch = TextField()
    priority = IntegerField(null=True)
    weight = FloatField(default=1.0)

    class Meta:
        table_name = "task"
        indexes = (
            (("parent", "label"), True),
            (("method", "state"), False),
            (("state", "priority", "create_time"), False),
        )


class TaskFailure(Table):
    """Why a task failed, first: stage, class and the first error's lines (a JSON list)."""

    task = reference(Task, "task_id", primary_key=True)
    class_ = TextField(column_name="class")
    stage = TextField(null=True)
    message = TextField()
    log = TextField(null=True)
    line = IntegerField(null=True)
    subject = TextField(null=True)
    lines = TextField(null=True)

    class Meta:
        table_name = "task_failure"


class PackageUsage(Table):
    """What builds of a package took on an arch: greatest memory and disk in MiB, processor time, duration."""

    package = TextField()
    arch = TextField()
    memory_mb = FloatField()
    cpu_seconds = FloatField()
    disk_mb = FloatField()
    seconds = FloatField()

    class Meta:
        table_name = "package_usage"
        primary_key = CompositeKey("package", "arch")


class SchedulerRun(Numbered):
    task = reference(Task, "task_id")
    host = reference(Host, "host_id")
    active = BooleanField(default=True)
    create_time = DoubleField()

    class Meta:
        table_name = "scheduler_task_runs"


class SchedulerHostData(Table):
    host = reference(Host, "host_id", primary_key=True)
    data = TextField(null=True)

    class Meta:
        table_name = "scheduler_host_data"


class SchedulerRefusal(Numbered):
    task = reference(Task, "task_id")
    host = reference(Host, "host_id")
    by_host = BooleanField()
    soft = BooleanField(default=False)
    msg = TextField(null=True)
    time = DoubleField()

    class Meta:
        table_name = "scheduler_task_refusals"
        indexes = ((("task", "host"), True),)


class SchedulerMessage(Numbered):
    task = reference(Task, "task_id", null=True)
    host = reference(Host, "host_id", null=True)
    msg_time = DoubleField()
    msg = TextField()

    class Meta:
        table_name = "scheduler_log_messages"


one_active(HostConfig, "host_id")
one_active(HostChannel, "host_id", "channel_id")
