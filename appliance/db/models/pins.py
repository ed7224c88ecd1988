"""Names that people give to moments of repositories."""

from peewee import SQL, DoubleField, TextField

from appliance.db.models.base import Numbered, reference
from appliance.db.models.copr import ProjectDir
from appliance.db.models.core import Event, User
from appliance.db.models.tags import Tag


class RepoPin(Numbered):
    """The repositories of a tag, or of a project's directory, as they were at EVENT, under a name of their own."""

    name = TextField()
    tag = reference(Tag, "tag_id", null=True, index=False)
    dir = reference(ProjectDir, "dir_id", null=True, index=False)
    event = reference(Event, "event_id")
    creator = reference(User, "creator_id", index=False)
    created = DoubleField()

    class Meta:
        table_name = "repo_pin"


for _of in (RepoPin.tag, RepoPin.dir):
    RepoPin.add_index(
        RepoPin.index(
            _of,
            RepoPin.name,
            unique=True,
            name=f"repo_pin_{_of.column_name}_name",
            where=SQL(f"{_of.column_name} IS NOT NULL"),
        )
    )
