"""EMDB, RICH and AMASS: parameters of users' models, here the free body saved in the official layouts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from understudy.core.body.files import JOINT_NAMES, PARENTS, save_official
from understudy.core.body.numpy_model import load_free_body
from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets import emdb, motions, rich
from understudy.core.evaluate.datasets.joint_tree import load_joint_tree

from .conftest import points, project, turn

FRAMES = 5


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """SMPL, SMPL-H and SMPL-X files made of the free body; jaw and eyes of the last sit in the head."""
    folder = tmp_path_factory.mktemp("models")
    body = replace(load_free_body(), pose_blocks=())
    weights = np.zeros((len(body.v_template), 24), np.float32)
    weights[:, :22] = body.weights[:, :22]
    weights[:, 22], weights[:, 23] = body.weights[:, 22:37].sum(1), body.weights[:, 37:].sum(1)
    smpl = replace(
        body, kind="smpl", weights=weights, parents=np.array(PARENTS["smpl"]), joint_names=JOINT_NAMES["smpl"],
        J_regressor=np.concatenate([body.J_regressor[:22], body.J_regressor[[25, 40]]]),
    )  # fmt: skip
    save_official(smpl, folder / "SMPL_FEMALE.pkl")
    save_official(body, folder / "SMPLH_NEUTRAL.npz")
    regressor = np.concatenate([body.J_regressor[:22], body.J_regressor[[15] * 3], body.J_regressor[22:]])
    parents = np.array([*PARENTS["smplh"][:22], 15, 15, 15, *(p + 3 if p > 21 else p for p in PARENTS["smplh"][22:])])
    rng = np.random.default_rng(0)
    np.savez(
        folder / "SMPLX_MALE.npz",
        v_template=body.v_template,
        shapedirs=np.concatenate([body.shapedirs, rng.normal(size=(len(body.v_template), 3, 10))], axis=-1),
        J_regressor=regressor,
        kintree_table=np.stack([parents.astype(np.uint32), np.arange(55, dtype=np.uint32)]),
        hands_meanl=np.full(45, 0.1),
        hands_meanr=np.full(45, -0.1),
        hands_componentsl=np.eye(45),
        hands_componentsr=np.eye(45)[::-1],
    )
    return {"SMPL": folder / "SMPL_FEMALE.pkl", "SMPL-H": folder / "SMPLH_NEUTRAL.npz",
            "SMPL-X": folder / "SMPLX_MALE.npz"}  # fmt: skip


def test_joints_are_those_of_the_skinned_body(models: dict[str, Path]) -> None:
    """Against the product's own linear blend skinning, which has its own parity tests."""
    tree = load_joint_tree(models["SMPL-H"], "SMPL-H", "test")
    betas, pose, transl = points(10), 0.4 * points(FRAMES, 52, 3), points(FRAMES, 3)
    _, expected, _ = load_free_body().forward(betas, pose, transl, vertex_ids=np.arange(1))
    np.testing.assert_allclose(tree.joints(betas, pose, transl), expected, atol=1e-6)


def test_shape_directions_that_are_expressions_are_left_out(models: dict[str, Path], tmp_path: Path) -> None:
    """SMPL-X lists 10 shapes and 10 expressions (or 300 and 100); SMPL-H may have 16 shapes, as in AMASS."""
    pose, transl = np.zeros((1, 55, 3)), np.zeros((1, 3))
    face = load_joint_tree(models["SMPL-X"], "SMPL-X", "test")
    np.testing.assert_array_equal(
        face.joints(points(16), pose, transl), face.joints(points(16)[:10], pose, transl)
    )
    with np.load(models["SMPL-H"]) as file:
        data = dict(file)
    directions = np.concatenate([data["shapedirs"], 0.01 * points(*data["shapedirs"].shape[:2], 6)], axis=-1)
    np.savez(tmp_path / "SMPLH_16.npz", **data | {"shapedirs": directions})
    body = load_joint_tree(tmp_path / "SMPLH_16.npz", "SMPL-H", "test")
    betas = points(16)
    expected = data["J_regressor"] @ (data["v_template"] + directions @ betas)
    np.testing.assert_allclose(body.joints(betas, pose[:, :52], transl)[0], expected, atol=1e-6)


# --- EMDB -------------------------------------------------------------------------------------------------------------


def emdb_content(models: dict[str, Path]) -> dict[str, Any]:
    root, body = 0.2 * points(FRAMES, 3), 0.2 * points(FRAMES, 69)
    trans, betas = points(FRAMES, 3), points(10)
    tree = load_joint_tree(models["SMPL"], "SMPL", "test")
    world = tree.joints(betas, np.concatenate([root, body], 1).reshape(-1, 24, 3), trans)
    extrinsics = np.tile(np.eye(4), (FRAMES, 1, 1))
    for t in range(FRAMES):
        extrinsics[t, :3, :3], extrinsics[t, :3, 3] = turn(0, 0.1 * t, 3.1), [0, 0.1 * t, 6]
    K = np.array([[1500.0, 0, 720], [0, 1500, 960], [0, 0, 1]])
    image = (np.einsum("tij,tnj->tni", extrinsics[:, :3, :3], world) + extrinsics[:, None, :3, 3]) @ K.T
    return {
        "gender": "female",
        "name": "P1_14_outdoor_climb",
        "emdb1": np.bool_(True),
        "emdb2": False,
        "n_frames": FRAMES,
        "good_frames_mask": np.array([True, True, False, True, True]),
        "camera": {"intrinsics": K, "extrinsics": extrinsics, "width": 1440, "height": 1920},
        "smpl": {"poses_root": root, "poses_body": body, "trans": trans, "betas": betas},
        "kp2d": image[..., :2] / image[..., 2:],
        "bboxes": {"bboxes": np.zeros((FRAMES, 4)), "invalid_idxs": np.zeros(0, int)},
    }


@pytest.mark.parametrize("protocol", [4, 5])
def test_emdb_joints_project_where_the_file_says(models, write_pickle, protocol: int) -> None:
    content = emdb_content(models)
    annotation = emdb.read(write_pickle("P1_14_data.pkl", content, protocol), models["SMPL"])
    good = content["good_frames_mask"]
    np.testing.assert_allclose(project(annotation, 0)[0, good], content["kp2d"][good], atol=1e-6)
    assert annotation.joints2d is not None
    assert np.isnan(annotation.joints[0, 2]).all() and np.isnan(annotation.joints2d[0, 0, 2]).all()
    assert np.isfinite(annotation.joints[0, good]).all()
    assert annotation.frame == "camera" and annotation.joint_names[22] == "left_hand"
    assert annotation.cameras is not None and annotation.cameras.size.tolist() == [[1440, 1920]]
    assert bool(annotation.extra["emdb1"]) and not bool(annotation.extra["emdb2"])
    np.testing.assert_allclose(annotation.timestamps, np.arange(FRAMES) / 30)


def test_emdb_wants_the_right_model(models, write_pickle, tmp_path: Path) -> None:
    content = emdb_content(models)
    path = write_pickle("P1_data.pkl", content)
    with pytest.raises(BadInputError, match=r"EMDB .*female.* stores SMPL parameters only"):
        emdb.read(path)
    with pytest.raises(BadInputError, match="52 joints, not a SMPL model"):
        emdb.read(path, models["SMPL-H"])
    content["smpl"]["betas"] = np.full(10, 3.0)  # as if the model were another
    with pytest.raises(BadInputError, match=r"px off the file's own kp2d"):
        emdb.read(write_pickle("other.pkl", content), models["SMPL"])
    content = emdb_content(models)
    del content["smpl"]["trans"]
    with pytest.raises(BadInputError, match="smpl: no 'trans'"):
        emdb.read(write_pickle("cut.pkl", content), models["SMPL"])
    content = emdb_content(models) | {"n_frames": 7}
    with pytest.raises(BadInputError, match=r"'poses_root' has shape \(5, 3\), expected \(7, 3\)"):
        emdb.read(write_pickle("long.pkl", content), models["SMPL"])


# --- RICH -------------------------------------------------------------------------------------------------------------


def rich_frame(seed: int, hand: int = 12) -> dict[str, np.ndarray]:
    return {
        "betas": points(1, 10, seed=seed), "global_orient": points(1, 3, seed=seed),
        "body_pose": 0.2 * points(1, 63, seed=seed), "transl": points(1, 3, seed=seed),
        "left_hand_pose": points(1, hand, seed=seed), "right_hand_pose": points(1, hand, seed=seed + 1),
        "jaw_pose": np.ones((1, 3)), "expression": np.ones((1, 10)),
    }  # fmt: skip


@pytest.fixture
def rich_folder(tmp_path: Path, write_pickle) -> Path:
    sequence = tmp_path / "bodies" / "val" / "Gym_010_dips"
    for frame, subjects in ((17, ("010",)), (30, ("010", "011"))):
        (sequence / f"{frame:05d}").mkdir(parents=True)
        for subject in subjects:
            path = write_pickle("x.pkl", rich_frame(frame + int(subject)), 4)
            path.rename(sequence / f"{frame:05d}" / f"{subject}.pkl")
    return sequence


def test_rich_joints_of_all_frames_and_subjects(models, rich_folder: Path) -> None:
    annotation = rich.read(rich_folder, models["SMPL-X"])
    assert annotation.people == ("010", "011") and annotation.frame == "camera"
    np.testing.assert_allclose(annotation.timestamps, [17 / 30, 1.0])
    assert np.isnan(annotation.joints[1, 0]).all() and np.isfinite(annotation.joints[:, 1]).all()
    # The same pose through SMPL-H's skinning: hands are the mean hand plus 12 components, jaw and eyes move no joint.
    data = rich_frame(30 + 10)
    pose = np.zeros((1, 52, 3))
    pose[0, 0], pose[0, 1:22] = data["global_orient"], data["body_pose"].reshape(21, 3)
    left, right = np.full(45, 0.1), np.full(45, -0.1)
    left[:12] += data["left_hand_pose"][0]
    right[::-1][:12] += data["right_hand_pose"][0]
    pose[0, 22:37], pose[0, 37:] = left.reshape(15, 3), right.reshape(15, 3)
    _, expected, _ = load_free_body().forward(data["betas"], pose, data["transl"], vertex_ids=np.arange(1))
    np.testing.assert_allclose(annotation.joints[0, 1], expected[0], atol=1e-6)


def test_rich_hands_as_angles_are_about_the_mean_hand(models, rich_folder: Path, write_pickle) -> None:
    values = rich_frame(3, hand=45)
    for name in ("left_hand_pose", "right_hand_pose"):
        values[name][:] = 0
    write_pickle("x.pkl", values).rename(rich_folder / "00017" / "010.pkl")
    mean = rich.read(rich_folder, models["SMPL-X"]).joints[0, 0]
    zero = rich_frame(3)
    zero["left_hand_pose"][:] = zero["right_hand_pose"][:] = 0
    write_pickle("x.pkl", zero).rename(rich_folder / "00017" / "010.pkl")
    np.testing.assert_allclose(rich.read(rich_folder, models["SMPL-X"]).joints[0, 0], mean)


def test_rich_cameras(models, rich_folder: Path, tmp_path: Path) -> None:
    R, t = turn(0.1, -0.4, 0.2), np.array([0.5, -0.1, 6.0])

    def xml(rotation: np.ndarray, shift: np.ndarray) -> str:
        def block(name: str, values: np.ndarray) -> str:
            data = " ".join(map(repr, np.ravel(values).tolist()))
            return f"<{name} type_id='opencv-matrix'><data>{data}</data></{name}>"

        matrix = np.column_stack([rotation, shift])
        K = np.array([[1000.0, 0, 600], [0, 1010, 400], [0, 0, 1]])
        lens = block("CameraMatrix", matrix) + block("Intrinsics", K) + block("Distortion", np.zeros(8) + 0.01)
        return f"<?xml version='1.0'?><opencv_storage>{lens}</opencv_storage>"

    folder = tmp_path / "calibration"
    folder.mkdir()
    (folder / "000.xml").write_text(xml(np.eye(3), np.zeros(3)))
    (folder / "001.xml").write_text(xml(R, t))
    annotation = rich.read(rich_folder, models["SMPL-X"], calibration=folder)
    x = annotation.joints[0, 1] @ R.T + t
    expected = x[:, :2] / x[:, 2:] * [1000, 1010] + [600, 400]
    np.testing.assert_allclose(project(annotation, 1)[0, 1], expected)
    assert annotation.cameras is not None and annotation.cameras.distortion.tolist() == [[0.01] * 5] * 2
    (folder / "001.xml").write_text(xml(R, t).replace("Intrinsics", "K"))
    with pytest.raises(BadInputError, match=r"001\.xml: no Intrinsics/data"):
        rich.read(rich_folder, models["SMPL-X"], calibration=folder)
    (folder / "001.xml").write_text(xml(R, t)[:100])
    with pytest.raises(BadInputError, match=r"001\.xml is not readable XML"):
        rich.read(rich_folder, models["SMPL-X"], calibration=folder)


def test_rich_mistakes_are_named(models, rich_folder: Path, tmp_path: Path, write_pickle) -> None:
    with pytest.raises(BadInputError, match="RICH stores SMPL-X parameters only"):
        rich.read(rich_folder)
    with pytest.raises(BadInputError, match="body: no '011'"):
        rich.read(rich_folder, {"010": models["SMPL-X"]})
    broken = rich_frame(1)
    del broken["transl"]
    write_pickle("x.pkl", broken).rename(rich_folder / "00030" / "011.pkl")
    with pytest.raises(BadInputError, match=r"00030.011\.pkl: no 'transl'"):
        rich.read(rich_folder, models["SMPL-X"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match="no <frame>/<subject>"):
        rich.read(tmp_path / "empty", models["SMPL-X"])


# --- AMASS ------------------------------------------------------------------------------------------------------------


def test_amass_joints_by_the_users_model(models, tmp_path: Path) -> None:
    poses, trans, betas = 0.2 * points(FRAMES, 156), points(FRAMES, 3), points(16)
    path = tmp_path / "01_01_poses.npz"
    np.savez(path, poses=poses, trans=trans, betas=betas, gender="male", mocap_framerate=120.0)
    annotation = motions.amass(path, models["SMPL-H"])
    pose = poses.reshape(FRAMES, 52, 3)
    _, expected, _ = load_free_body().forward(betas[:10], pose, trans, vertex_ids=np.arange(1))
    np.testing.assert_allclose(annotation.joints[0], expected, atol=1e-6)
    np.testing.assert_allclose(annotation.timestamps, np.arange(FRAMES) / 120)
    assert annotation.frame == "world"
    with pytest.raises(BadInputError, match=r"01_01_poses\.npz stores SMPL-H parameters only"):
        motions.amass(path)
    np.savez(path, poses=poses, trans=trans, betas=betas)
    with pytest.raises(BadInputError, match="frames per second"):
        motions.amass(path, models["SMPL-H"])
    np.testing.assert_allclose(motions.amass(path, models["SMPL-H"], fps=50).timestamps[1], 0.02)


def test_model_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_text("no archive")
    with pytest.raises(BadInputError, match=r"a\.npz is no readable \.npz"):
        load_joint_tree(tmp_path / "a.npz", "SMPL", "test")
    np.savez(tmp_path / "b.npz", v_template=np.zeros((5, 3)))
    with pytest.raises(BadInputError, match="no shapedirs, J_regressor, kintree_table"):
        load_joint_tree(tmp_path / "b.npz", "SMPL", "test")
    with pytest.raises(BadInputError, match="no file"):
        load_joint_tree(tmp_path / "none.npz", "SMPL", "test")
