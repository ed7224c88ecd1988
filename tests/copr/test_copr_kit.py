"""Every answer that real Copr was recorded to give, asked of the appliance again."""

import pytest

from tests import kits

SCENARIOS = [(kit, scenario) for kit in (kits.COPR, kits.COPR_MORE) for scenario in kits.scenarios(kit)]


@pytest.mark.parametrize(("kit", "scenario"), SCENARIOS, ids=[f"{kit.name}-{name}" for kit, name in SCENARIOS])
def test_copr_clients_see_what_copr_answers(kit, scenario, template, tmp_path):
    different = kits.differences(kit, template, scenario, tmp_path)
    assert not different, f"{len(different)} steps of {scenario} differ; see the output for what and where"
