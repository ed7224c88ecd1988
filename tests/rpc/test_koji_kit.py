"""Every answer that real Koji was recorded to give, asked of the appliance again."""

import pytest

from tests import kits


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return kits.prepare(kits.KOJI, tmp_path_factory.mktemp("koji-kit") / "state")


SCENARIOS = [(kit, scenario) for kit in (kits.KOJI, kits.MORE) for scenario in kits.scenarios(kit)]


@pytest.mark.parametrize(("kit", "scenario"), SCENARIOS, ids=[f"{kit.name}-{name}" for kit, name in SCENARIOS])
def test_koji_clients_see_what_koji_answers(kit, scenario, template, tmp_path):
    different = kits.differences(kit, template, scenario, tmp_path)
    assert not different, f"{len(different)} steps of {scenario} differ; see the output for what and where"
