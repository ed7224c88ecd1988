"""Every answer that real Koji was recorded to give, asked of the appliance again."""

import pytest

from tests import kits


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return kits.prepare(kits.KOJI, tmp_path_factory.mktemp("koji-kit") / "state")


@pytest.mark.parametrize("scenario", kits.scenarios(kits.KOJI))
def test_koji_clients_see_what_koji_answers(scenario, template, tmp_path):
    different = kits.differences(kits.KOJI, template, scenario, tmp_path)
    assert not different, f"{len(different)} steps of {scenario} differ; see the output for what and where"
