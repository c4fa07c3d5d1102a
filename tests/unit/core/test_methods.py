from __future__ import annotations

import pytest

from understudy.core.errors import BadInputError
from understudy.core.methods import METHODS, PIPELINES, find_pipeline
from understudy.core.weights import registry, store


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
    with pytest.raises(BadInputError, match="Known: default") as caught:
        find_pipeline("magic")
    assert caught.value.exit_code == 2
