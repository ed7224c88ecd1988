"""All that may go because time passed, in the order in which it does."""

from appliance.builder import kept_waste
from appliance.hub import copr_upkeep, repo_content, repo_moments, retention, retention_files, retention_repos
from appliance.hub.hub import Hub
from appliance.hub.retention import Finder, Waste

FINDERS: list[Finder] = [
    retention_repos.superseded,
    retention_repos.abandoned,
    retention_repos.expired,
    retention_repos.deleted,
    retention_files.scratch,
    retention_files.uploads,
    copr_upkeep.waste,
    kept_waste.find,
    retention_repos.foreign,
    retention_repos.fragments,
]


def plan(hub: Hub) -> list[Waste]:
    """What would go now."""
    with hub.read() as call:
        return retention.plan(call, FINDERS)


def sweep(hub: Hub) -> list[Waste]:
    """Take all of it, and what caches hold beyond their limits; what went of the former."""
    gone = retention.sweep(hub, FINDERS)
    repo_moments.prune(hub)
    with hub.read() as call:
        cache = repo_content.cache(call)
    cache.prune()
    return gone
