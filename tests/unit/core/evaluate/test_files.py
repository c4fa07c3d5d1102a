"""``understudy evaluate`` from files: takes, folders, motion files, a data set's own layout, and bad input."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from understudy.core import cli
from understudy.core.evaluate.joint_sets import JOINT_SETS, convert
from understudy.core.evaluate.multiview import to_camera
from understudy.core.files.export import export
from understudy.core.take_file import save


@pytest.fixture
def truth(make_take):
    return make_take(frames=12, people=1)


@pytest.fixture
def files(truth, tmp_path):
    """PRED and GT: the prediction is 0.1 m off in depth, and 20 mm in one wrist."""
    joints = truth.people[0].joints_world + np.array([0, 0.1, 0])
    joints[:, 20] += np.array([0, 0, 0.022])
    found = replace(truth, people=(replace(truth.people[0], joints_world=joints),))
    return save(found, tmp_path / "x.take.npz"), save(truth, tmp_path / "x.truth.take.npz")


def run(capsys, *arguments):
    code = cli.main(["evaluate", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_two_takes(capsys, files):
    code, out, _ = run(capsys, *files)
    assert code == 0
    lines = {line.split("  ")[0]: line for line in out.splitlines()}
    assert "1.00 mm" in lines["MPJPE"] and " 100" in lines["MRPE_z"]


def test_json_and_plot(capsys, files, tmp_path):
    code, out, _ = run(capsys, *files, "--json", "--plot", tmp_path / "p.html")
    assert code == 0
    report = json.loads(out.splitlines()[-1])
    assert report["overall"]["MPJPE"]["value"] == pytest.approx(1.0, rel=1e-4)
    assert report["plot"] == str(tmp_path / "p.html") and "Plotly" in (tmp_path / "p.html").read_text("utf-8")


def test_a_folder_of_takes(capsys, files, tmp_path):
    pred, gt = tmp_path / "pred", tmp_path / "gt"
    for folder in (pred, gt):
        folder.mkdir()
    for name, own in (("a", files[0]), ("b", files[1])):
        (pred / f"{name}.take.npz").write_bytes(own.read_bytes())
        (gt / f"{name}.truth.take.npz").write_bytes(files[1].read_bytes())
    code, out, _ = run(capsys, pred, gt, "--json")
    report = json.loads(out)
    assert code == 0 and [part["predicted"] for part in report["parts"]] == ["a.take.npz", "b.take.npz"]
    assert report["overall"]["MPJPE"]["value"] == pytest.approx(0.5, rel=1e-3)
    assert report["frames"]["matched"] == 24
    assert "a.take.npz" in run(capsys, pred, gt)[1]
    (pred / "c.take.npz").write_bytes(files[0].read_bytes())
    code, _, err = run(capsys, pred, gt)
    assert code == 2 and "nothing named c" in err


def test_a_motion_file_as_truth_and_as_prediction(capsys, files, truth, tmp_path):
    bvh = tmp_path / "x.bvh"
    export(truth, "bvh", bvh)
    code, out, _ = run(capsys, files[0], bvh, "--json")
    assert code == 0 and json.loads(out)["overall"]["MPJPE"]["count"] == 12 * 52
    code, out, _ = run(capsys, bvh, bvh, "--json")
    assert code == 0 and json.loads(out)["overall"]["MPJPE"]["value"] == pytest.approx(0, abs=1e-9)


@pytest.fixture
def freihand(truth, tmp_path):
    """A folder in the data set's own layout, its hand the take's right hand."""
    folder = tmp_path / "freihand"
    folder.mkdir()
    pose = truth.cameras.world_from_camera[0]
    world = np.asarray(truth.people[0].joints_world, np.float64)
    hand = to_camera(convert(world, "TAKE", JOINT_SETS["FreiHAND-21"]), pose)
    (folder / "training_xyz.json").write_text(json.dumps(hand.tolist()))
    (folder / "training_K.json").write_text(json.dumps(np.tile(truth.cameras.K[0], (len(hand), 1, 1)).tolist()))
    return folder


def test_a_data_set_in_its_own_layout(capsys, files, freihand):
    code, out, _ = run(capsys, files[0], freihand, "--protocol", "freihand", "--option", "split=training")
    assert code == 0 and "PA-MPJPE (similarity)" in out and "0.00 cm" in out and "12 frames matched" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{pred}", "missing.take.npz"], "no take at missing"),
        (["{pred}", "{gt}", "--protocol", "nothing"], "no protocol 'nothing'"),
        (["{pred}", "{gt}", "--option", "split=x"], "--protocol"),
        (["{pred}", "{set}", "--protocol", "freihand", "--option", "speed=1"], "speed"),
        (["{pred}", "{set}", "--protocol", "freihand", "--option", "speed"], "KEY=VALUE"),
        (["{pred}", "{set}"], "is a folder"),
        (["{set}", "{gt}"], "0 takes"),
        (["{pred}", "{gt}", "--plot", "no/such/folder/p.html"], "no/such/folder"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, files, freihand, arguments, said):
    known = {"pred": files[0], "gt": files[1], "set": freihand}
    code, _, err = run(capsys, *(a.format(**known) for a in arguments))
    assert code == 2 and said in err and err.count("\n") == 1


def test_a_take_without_the_data_sets_pictures_is_refused(capsys, truth, freihand, tmp_path, make_take):
    short = save(make_take(frames=5), tmp_path / "short.take.npz")
    code, _, err = run(capsys, short, freihand, "--protocol", "freihand")
    assert code == 2 and "pictures up to 11" in err and "5 frames" in err
