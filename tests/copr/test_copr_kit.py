"""Every answer that real Copr was recorded to give, asked of the appliance again."""

import pytest

from tests import kits


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return kits.prepare(kits.COPR, tmp_path_factory.mktemp("copr-kit") / "state")


@pytest.mark.parametrize("scenario", kits.scenarios(kits.COPR))
def test_copr_clients_see_what_copr_answers(scenario, template, tmp_path):
    different = kits.differences(kits.COPR, template, scenario, tmp_path)
    assert not different, f"{len(different)} steps of {scenario} differ; see the output for what and where"
