from __future__ import annotations

import numpy as np
import pytest

from understudy.core import doctor
from understudy.core.errors import BadInputError
from understudy.core.lift import weights
from understudy.core.methods import METHODS, PIPELINES, find_pipeline
from understudy.core.weights import registry, store
from understudy.core.weights.checkpoints.stored import Card, stored_path, write_stored


def test_names_are_unique_and_networks_known():
    assert len({(m.stage, m.name) for m in METHODS}) == len(METHODS)
    assert len({p.name for p in PIPELINES}) == len(PIPELINES)
    for method in METHODS:
        for name in method.networks:
            assert registry.find_model(name).name == name


def test_default_needs_hand_networks_for_hands_only():
    pipeline = find_pipeline("default")
    hands = set(pipeline.networks(hands=True)) - set(pipeline.networks(hands=False))
    assert hands == {"palm_detection_full", "hand_landmark_full"}
    assert pipeline.licences == ("Apache-2.0",)


def test_missing_names_what_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(tmp_path))
    pipeline = find_pipeline("default")
    assert pipeline.missing() == pipeline.networks(hands=True)
    for status in store.list_models():
        with status.path.open("wb") as stream:
            stream.truncate(status.model.size)
    assert pipeline.missing() == ()


def test_unknown_names_the_known_ones():
    with pytest.raises(BadInputError, match="Known: default, blazepose") as caught:
        find_pipeline("magic")
    assert caught.value.exit_code == 2


@pytest.fixture
def without_weights(tmp_path, monkeypatch):
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(tmp_path))
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "shipped")
    return tmp_path


@pytest.mark.parametrize("name", ["videopose3d", "martinez", "gan"])
def test_lifting_methods_need_weights_of_ones_own(without_weights, name):
    pipeline = find_pipeline(name)
    assert pipeline.weights == name and pipeline.missing()[-1] == name
    assert pipeline.licences == ("Apache-2.0",)
    card = Card(name, name, "x", "research only", False)
    write_stored(stored_path(name), card, {"w": np.zeros(1, np.float32)})
    assert name not in pipeline.missing() and pipeline.licences == ("Apache-2.0", "research only")


def test_keypoints_from_elsewhere_need_no_networks():
    assert find_pipeline("default").networks(hands=True, keypoints=True) == ()
    assert find_pipeline("gan").networks(hands=True) == find_pipeline("default").networks(hands=True)


def test_methods_that_are_not_set_up_are_no_fault(without_weights):
    checks = {check.name: check for check in doctor.run_checks("cpu")}
    assert checks["method gan"].ok and "models import" in checks["method gan"].detail
    assert not checks["method default"].ok
