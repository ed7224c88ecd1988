"""Every answer that real Copr was recorded to give, asked of the appliance again."""

import pytest

from tests import kits


@pytest.mark.parametrize("scenario", kits.scenarios(kits.COPR))
def test_copr_clients_see_what_copr_answers(scenario, template, tmp_path):
    different = kits.differences(kits.COPR, template, scenario, tmp_path)
    assert not different, f"{len(different)} steps of {scenario} differ; see the output for what and where"
