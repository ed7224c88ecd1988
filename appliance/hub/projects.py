"""Copr's projects: found, listed, searched for and shown."""

import json

from appliance.db.connection import Row
from appliance.db.queries import copr_orders
from appliance.db.queries import projects as queries
from appliance.db.select import Select
from appliance.errors import BadRequest, NotFound
from appliance.hub import project_owners
from appliance.hub.hub import Call
from appliance.hub.paging import Page

_SHOWN = (
    "id",
    "name",
    "ownername",
    "full_name",
    "homepage",
    "contact",
    "description",
    "instructions",
    "persistent",
    "unlisted_on_hp",
    "auto_prune",
    "bootstrap",
    "isolation",
    "module_hotfixes",
    "appstream",
    "follow_fedora_branching",
    "repo_priority",
)

_SHORTEST_QUERY = 3


# finding


def find(call: Call, ownername: str, name: str) -> Row:
    """The project, with `ownername` and `full_name`. Raises NotFound."""
    if ownername.startswith("@"):
        project_owners.group(call, ownername[1:])
    found = look(call, ownername, name)
    if found is None:
        raise NotFound(f"Project {ownername}/{name} does not exist.")
    return found


def look(call: Call, ownername: str, name: str) -> Row | None:
    """The project, or None."""
    return queries.owned(queries.projects(), ownername).also("p.name = :name", name=name).one(call.tx)


def exists(call: Call, ownername: str, name: str) -> bool:
    return look(call, ownername, name) is not None


def has_made(call: Call, user_id: int, name: str) -> bool:
    """Whether the user made a project of that name, be it a group's."""
    return (
        queries.projects().also("p.user_id = :user AND p.name = :name", user=user_id, name=name).one(call.tx)
        is not None
    )


def get(call: Call, project_id: int) -> Row:
    """The project of that id. Raises NotFound."""
    found = queries.projects().also("p.id = :id", id=project_id).one(call.tx)
    if found is None:
        raise NotFound(f"Project with id {project_id} does not exist.")
    return found


def of_copr_url(call: Call, address: str) -> Row | None:
    """The project that copr://owner/project means; None for other addresses. Raises NotFound."""
    scheme, _, rest = address.partition("://")
    if scheme != "copr" or rest.count("/") != 1:
        return None
    return find(call, *rest.split("/"))


# their chroots


def chroots_of(call: Call, project_ids: list[int]) -> dict[int, list[Row]]:
    """{project: its chroots that can be built for now}; `name`, its parts, `mock_chroot_id`."""
    answer: dict[int, list[Row]] = {}
    for row in call.tx.rows(queries.CHROOTS_OF, {"projects": json.dumps(project_ids)}):
        answer.setdefault(row["project_id"], []).append(row)
    return answer


def chroots(call: Call, project_id: int) -> list[Row]:
    """The project's chroots that can be built for now."""
    return chroots_of(call, [project_id]).get(project_id, [])


# showing


def shown(call: Call, project: Row) -> Row:
    """The project as the API shows it."""
    return all_shown(call, [project])[0]


def all_shown(call: Call, found: list[Row]) -> list[Row]:
    """Projects as the API shows them."""
    enabled = chroots_of(call, [project["id"] for project in found])
    return [_shown(call, project, enabled.get(project["id"], [])) for project in found]


def _shown(call: Call, project: Row, enabled: list[Row]) -> Row:
    url = results_url(call, project["full_name"])
    return {
        **{name: project[name] for name in _SHOWN},
        "devel_mode": not project["auto_createrepo"],
        "enable_net": project["build_enable_net"],
        "additional_repos": project["repos"].split(),
        "packit_forge_projects_allowed": project["packit_forge_projects_allowed"].split(),
        "chroot_repos": {chroot["name"]: f"{url}/{chroot['name']}/" for chroot in enabled},
        "storage": "backend",
    }


def results_url(call: Call, full_name: str) -> str:
    """Where the results of a project, or of one of its directories, are served."""
    return f"{call.base_url}/results/{full_name}"


def days_left(call: Call, moment: float | None) -> int | None:
    """Whole days until MOMENT, none of them negative; None for no moment."""
    return None if moment is None else max(int((moment - call.now()) // 86400), 0)


# listing


def listed(call: Call, page: Page, ownername: str | None = None) -> list[Row]:
    """A page of all projects, or of one owner's."""
    select = queries.projects()
    if ownername:
        queries.owned(select, ownername)
    return _page(call, select, page)


def search(call: Call, page: Page, query: str) -> list[Row]:
    """A page of the projects that QUERY, `owner/name` (with SQL's wildcards) or words, finds; the newest first."""
    select = queries.projects()
    select.order = "p.created_on DESC"
    return _page(call, _searched(select, query), page)


def _page(call: Call, select: Select, page: Page) -> list[Row]:
    page.sorted(select, "copr", copr_orders.PROJECT, copr_orders.PROJECT_OTHERS)
    return all_shown(call, select.rows(call.tx, page.window()))


def _searched(select: Select, query: str) -> Select:
    if "/" not in query:
        return _with_words(select, query)
    owner, name = query.split("/", 1)
    if name:
        select.also(_contains("p.name", "name"), name=name)
    if owner.startswith("@"):
        return select.also(_contains("g.name", "owner"), owner=owner[1:])
    return select.also(_contains("u.name", "owner"), owner=owner) if owner else select


def _with_words(select: Select, query: str) -> Select:
    """Narrow to projects that have one of QUERY's words, or a part of one, in what they say of themselves."""
    words = {f"word{number}": _escaped(word) for number, word in enumerate(query.replace("*", "").split())}
    if query and len(" ".join(words.values())) < _SHORTEST_QUERY:
        raise BadRequest(f"Search string must have at least {_SHORTEST_QUERY} characters")
    places = [_contains(column, parameter) for parameter in words for column in queries.SEARCHED]
    return select.also(" OR ".join(places), **words) if places else select


def _contains(column: str, parameter: str) -> str:
    return f"LOWER({column}) LIKE '%' || LOWER(:{parameter}) || '%' ESCAPE '\\'"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
