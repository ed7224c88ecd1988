"""Calls of Koji's plug-ins that begin a task: each makes its own, with the request that its builder reads."""

import koji
import pytest

IMAGES = {
    "kiwiBuild": ["goal", ["x86_64"], "git://example.org/desc#1", "desc"],
    "dudBuild": ["dud", "1", ["x86_64"], "goal", ["bash"]],
    "osbuildImage": ["image", "1", "fedora-40", ["guest-image"], "goal", ["x86_64"]],
}
CONTAINERS = {
    "buildContainer": ["git://example.org/image#1", "goal", {"git_branch": "main"}],
    "buildSourceContainer": ["goal", {"koji_build_nvr": "image-1-1"}],
}


@pytest.fixture
def hub(appliance_hub):
    appliance_hub.seed.target("goal", build_tag="goal-build", dest_tag="goal")
    for name in ("container-binary", "container-source"):
        appliance_hub.admin.addChannel(name)
    return appliance_hub


@pytest.mark.parametrize("method", [*IMAGES, *CONTAINERS])
def test_a_task_is_made(hub, method):
    for permission in ("image", "dud", "osbuild"):
        hub.admin.grantPermission("user", permission, create=permission not in _permissions(hub))
    task_id = getattr(hub.user, method)(*{**IMAGES, **CONTAINERS}[method])
    task = hub.user.getTaskInfo(task_id, request=True)
    assert task["state"] == koji.TASK_STATES["FREE"]
    assert task["owner"] == hub.user.getLoggedInUser()["id"]
    assert any("goal" in str(argument) for argument in task["request"])


def _permissions(hub):
    return {each["name"] for each in hub.user.getAllPerms()}


def test_a_draft_is_promoted(hub):
    draft = hub.seed.build("bash-5.1-1,draft_1", draft=True, tags=["goal"])
    promoted = hub.admin.promoteBuild(draft["id"])
    assert promoted["draft"] is False
    assert hub.user.getBuild("bash-5.1-1")["id"] == draft["id"]
