from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from understudy.core.errors import BadInputError
from understudy.core.weights.checkpoints.importing import import_checkpoint
from understudy.core.weights.checkpoints.stored import list_stored, read_stored, stored_path

BOTH = pytest.mark.parametrize("zipped", [False, True], ids=["legacy", "zip"])


def same(tensors, prefix, network):
    wanted = {prefix + key: value.numpy() for key, value in network.state_dict().items()}
    got = {key: value for key, value in tensors.items() if key.startswith(prefix)}
    assert got.keys() == wanted.keys()
    for key, value in wanted.items():
        np.testing.assert_array_equal(got[key], value, err_msg=key)


@BOTH
def test_videopose3d(videopose, models_folder, zipped):
    path, network, trajectory = videopose(zipped, widths=(3, 5))
    done = import_checkpoint(path, "CC-BY-NC-4.0")
    card, tensors = read_stored(models_folder / "videopose3d.safetensors")
    same(tensors, "model_pos.", network)
    same(tensors, "model_traj.", trajectory)
    assert (card.system, card.licence, card.commercial) == ("videopose3d", "CC-BY-NC-4.0", False)
    assert card.options["widths"] == [3, 5] and card.options["causal"] is False
    assert card.options["joints_in"][0] == "pelvis" and card.source == path.name
    assert [line.split(" ")[0] for line in done.assumed] == ["causal=no", "joints=H36M-17"]


def test_what_the_weights_do_not_tell(videopose, models_folder):
    path, _, _ = videopose(name="pretrained_h36m_detectron_coco.bin")
    done = import_checkpoint(path, "own", choices={"causal": "yes"}, name="mine", commercial=True)
    assert done.card.options["causal"] is True and done.card.options["joints_in"][0] == "nose"
    assert [line.split(" ")[0] for line in done.assumed] == ["joints=COCO-17"]
    assert done.card.commercial and stored_path("mine") == done.path
    with pytest.raises(BadInputError, match="no choice 'colour'"):
        import_checkpoint(path, "own", choices={"colour": "red"})
    with pytest.raises(BadInputError, match="no or yes"):
        import_checkpoint(path, "own", choices={"causal": "perhaps"})


@BOTH
def test_martinez_with_its_statistics(martinez, statistics, models_folder, zipped):
    path, network = martinez(zipped)
    (flat, mean2, std2), (deep, mean3, std3) = statistics("2D"), statistics("3D")
    import_checkpoint(path, "research", [deep, flat])
    card, tensors = read_stored(models_folder / "martinez.safetensors")
    for key, wanted in (("mean_2d", mean2), ("std_2d", std2), ("mean_3d", mean3), ("std_3d", std3)):
        np.testing.assert_allclose(tensors.pop(f"statistics.{key}"), wanted, rtol=1e-6)
    same(tensors, "", network)
    assert len(card.options["joints_in"]) == len(card.options["joints_out"]) == 16


def test_martinez_is_refused_without_statistics(martinez, statistics, models_folder):
    path, _ = martinez()
    with pytest.raises(BadInputError, match=r"2D joints .64 numbers each. and 3D joints .96"):
        import_checkpoint(path, "research")
    with pytest.raises(BadInputError, match="those of 2D joints"):
        import_checkpoint(path, "research", [statistics("3D")[0]])
    with pytest.raises(BadInputError, match="as another file has"):
        import_checkpoint(path, "research", [statistics("3D")[0]] * 2)
    assert not models_folder.exists()


def test_statistics_in_other_files(martinez, statistics, models_folder, tmp_path):
    path, _ = martinez()
    _, mean, std = statistics("2D")
    (tmp_path / "two.json").write_text(json.dumps({"mean": mean.tolist(), "std": std.tolist()}))
    np.savez(tmp_path / "three.npz", mean=np.arange(48.0), std=np.ones(48))
    import_checkpoint(path, "research", [tmp_path / "two.json", tmp_path / "three.npz"])
    _, tensors = read_stored(models_folder / "martinez.safetensors")
    np.testing.assert_allclose(tensors["statistics.mean_2d"], mean, rtol=1e-6)
    np.testing.assert_array_equal(tensors["statistics.mean_3d"], np.arange(48.0))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"mean": [1.0] * 10, "std": [1.0] * 10}, "10 means"),
        ({"mean": [1.0] * 32}, "'mean' and 'std'"),
        ({"mean": [1.0] * 32, "std": [0.0] * 32}, "no positive deviation"),
        ({"mean": [1.0] * 32, "std": [1.0] * 31}, "32 means and 31"),
        ({"mean": [1.0] * 64, "std": [1.0] * 64, "dim_use": list(range(32))}, "other joints"),
        ([1, 2], "'mean' and 'std'"),
    ],
)
def test_statistics_that_cannot_be_meant(martinez, models_folder, tmp_path, content, message):
    (tmp_path / "s.json").write_text(json.dumps(content))
    with pytest.raises(BadInputError, match=message):
        import_checkpoint(martinez()[0], "research", [tmp_path / "s.json"])


@pytest.mark.parametrize("batch_norm", [False, True])
def test_kudo(kudo, models_folder, batch_norm):
    path, network = kudo(batch_norm=batch_norm)
    import_checkpoint(path, "research", choices={"activation": "relu"})
    card, tensors = read_stored(models_folder / "gan.safetensors")
    same(tensors, "", network)
    assert card.options["batch_norm"] is batch_norm and card.options["relu"] is True


def test_a_discriminator_lifts_nothing(kudo, models_folder):
    with pytest.raises(BadInputError, match="discriminator"):
        import_checkpoint(kudo(outputs=1)[0], "research")


def test_statistics_for_who_needs_none(kudo, statistics, models_folder):
    with pytest.raises(BadInputError, match="needs no statistics"):
        import_checkpoint(kudo()[0], "research", [statistics("3D")[0]])


def test_prefixes_and_old_files_without_counters(videopose, models_folder):
    def change(content):
        kept = {key: value for key, value in content["model_pos"].items() if "num_batches" not in key}
        content["model_pos"] = {f"module.{key}": value for key, value in kept.items()}
        del content["model_traj"]

    path, network, _ = videopose(change=change)
    import_checkpoint(path, "own")
    _, tensors = read_stored(models_folder / "videopose3d.safetensors")
    same(tensors, "model_pos.", network)
    assert not any(key.startswith("model_traj") for key in tensors)


def without(key):
    return lambda content: content["model_pos"].pop(key)


def replaced(key, value):
    return lambda content: content["model_pos"].update({key: value})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("layers_bn.1.running_var"), "model_pos cannot fill .* missing: layers_bn.1.running_var"),
        (without("expand_conv.weight"), "expand_conv.weight"),
        (without("layers_conv.3.weight"), "missing: layers_conv.3.weight"),
        (replaced("extra.weight", torch.ones(1)), "unexpected: extra.weight"),
        (replaced("shrink.bias", torch.ones(50)), r"of another shape: shrink.bias is \(50,\), not \(51,\)"),
        (replaced("shrink.bias", torch.full((51,), torch.nan)), "shrink.bias holds something else than finite"),
        (lambda content: content["model_traj"].pop("shrink.bias"), "model_traj cannot fill .* missing: shrink.bias"),
    ],
)
def test_partial_matches_are_refused_by_name(videopose, models_folder, change, message):
    path, _, _ = videopose(change=change)
    with pytest.raises(BadInputError, match=message):
        import_checkpoint(path, "own")
    assert not models_folder.exists()


def test_both_lists_are_complete(martinez, models_folder):
    def change(content):
        state = content["state_dict"]
        state["w3.weight"] = state.pop("w2.weight")[:, :4]
        del state["w2.bias"], state["linear_stages.1.batch_norm1.bias"]
        state["w2.weight"] = torch.zeros(48, 8)

    path, _ = martinez(change=change)
    with pytest.raises(BadInputError) as refused:
        import_checkpoint(path, "own")
    missing = str(refused.value).partition("missing: ")[2].partition(";")[0]
    assert set(missing.split(", ")) == {"w2.bias", "linear_stages.1.batch_norm1.bias"}
    assert "unexpected: w3.weight" in str(refused.value)


def test_the_licence_is_demanded(kudo, models_folder):
    for licence in (None, " "):
        with pytest.raises(BadInputError, match=r"Human3\.6M.*--licence-confirmed"):
            import_checkpoint(kudo()[0], licence)
    assert not models_folder.exists()


def test_unknown_content_is_described(tmp_path, models_folder):
    torch.save({"weights": {"a": torch.ones(1)}, "step": 3}, tmp_path / "x.pth")
    with pytest.raises(BadInputError, match=r"keys weights, step, which no known system.*VideoPose3D"):
        import_checkpoint(tmp_path / "x.pth", "own")


def test_the_list_of_what_is_kept(kudo, models_folder):
    assert list_stored() == []
    import_checkpoint(kudo()[0], "research")
    (models_folder / "other.safetensors").write_bytes(b"nothing")
    ((card, path),) = list_stored()
    assert card.name == "gan" and path == models_folder / "gan.safetensors"
    assert {file.name for file in models_folder.iterdir()} == {"gan.safetensors", "other.safetensors"}


@pytest.mark.parametrize(
    ("name", "place"), [("videopose3d_27", "model_pos"), ("martinez", "state_dict"), ("kudo_gen_bn", "")]
)
def test_the_portable_fixtures_keys_are_filled(shared_dir, tmp_path, models_folder, statistics, name, place):
    """Every key of the authors' own lists, in their container; shapes only, the numbers are the networks' tests."""
    lines = (shared_dir / "parity" / f"{name}.keys.txt").read_text().splitlines()
    state = {}
    for line in lines:
        key, shape = line.split("\t")
        shape = tuple(int(n) for n in shape.strip("()").replace(",", " ").split())
        state[key] = torch.zeros(shape) if shape else torch.tensor(0)
    path = tmp_path / "x.bin"
    if place:
        torch.save({place: state, "epoch": 1}, path)
    else:
        np.savez(path.with_suffix(".npz"), **{key: value.numpy() for key, value in state.items()})
        path = path.with_suffix(".npz")
    given = [statistics("2D")[0], statistics("3D")[0]] if name == "martinez" else []
    done = import_checkpoint(path, "own", given)
    _, tensors = read_stored(done.path)
    weights = [key for key in tensors if not key.startswith("statistics.")]
    assert len(weights) == len(lines)
