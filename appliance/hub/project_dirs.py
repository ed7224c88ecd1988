"""A project's directories: the main one, and side directories that their first build makes."""

from appliance.db.connection import Row
from appliance.db.models.copr import ProjectDir
from appliance.errors import BadRequest, NotFound
from appliance.hub import copr_results
from appliance.hub.hub import Call

KEEP_PR_DAYS = 40  # how long a pull request's directory stays after its last build, as in Copr

_FIND = "SELECT id, name, main FROM project_dir WHERE project_id = :project AND name = :name"
_MAIN = "SELECT id, name, main FROM project_dir WHERE project_id = :project AND main"

_LISTED = """
SELECT d.id, d.name,
       (SELECT b.submitted_on FROM copr_build b WHERE b.dir_id = d.id ORDER BY b.id DESC LIMIT 1) AS last
FROM project_dir d WHERE d.project_id = :project ORDER BY NOT d.main, d.name
"""


def main(call: Call, project: Row) -> Row:
    """The project's main directory: `id`, `name`, `main`."""
    found = call.tx.row(_MAIN, {"project": project["id"]})
    assert found is not None
    return found


def find(call: Call, project: Row, name: str) -> Row:
    """A directory of the project. Raises NotFound."""
    found = look(call, project, name)
    if found is None:
        raise NotFound(f"Dirname '{name}' doesn't exist in '{project['full_name']}' copr")
    return found


def look(call: Call, project: Row, name: str) -> Row | None:
    return call.tx.row(_FIND, {"project": project["id"], "name": name})


def listed(call: Call, project: Row) -> list[Row]:
    """The project's directories, the main one first: `id`, `name`, `last` (when it last got a build)."""
    return call.tx.rows(_LISTED, {"project": project["id"]})


def check(call: Call, project: Row, name: str) -> None:
    """Refuse a name that no directory has, and that none may get. Raises BadRequest."""
    if look(call, project, name) is None:
        _check_name(project["name"], name)


def of_build(call: Call, project: Row, name: str | None) -> int:
    """The id of the directory for a build: the main one, or the one of that name, made if there is none."""
    if not name:
        return int(main(call, project)["id"])
    found = look(call, project, name)
    if found is not None:
        return int(found["id"])
    _check_name(project["name"], name)
    dir_id = call.tx.insert(ProjectDir, project_id=project["id"], name=name)
    copr_results.request(call, project["id"], dir_id=dir_id)
    return dir_id


def _check_name(project: str, name: str) -> None:
    if not isinstance(name, str) or not name.startswith(f"{project}:"):
        raise BadRequest(f"Copr dirname must start with '{project}:' prefix")
    suffix = name.removeprefix(f"{project}:")
    if not suffix.startswith("custom:") and not _is_pull_request(suffix):
        raise BadRequest(
            f"Please use directory format {project}:custom:<SUFFIX_OF_CHOICE> or {project}:pr:<ID>"
            " (for automatically removed directories)"
        )
    if not all(word.isalnum() for part in suffix.split(":") for word in part.split("-")):
        raise BadRequest(
            f"Wrong directory '{name}' specified.  Directory name can consist of alpha-numeric"
            " strings separated by colons."
        )


def _is_pull_request(suffix: str) -> bool:
    parts = suffix.split(":")
    return len(parts) == 2 and parts[0] == "pr" and parts[1].split("-")[-1].isnumeric()


def days_left(call: Call, directory: Row) -> int | None:
    """How many days a pull request's directory stays; None for those that stay for good."""
    if ":pr:" not in directory["name"]:
        return None
    if directory["last"] is None:
        return 0
    return max(int(KEEP_PR_DAYS - (call.now() - directory["last"]) / 86400), 0)
