"""Users' model files: every official layout is read, nothing pickled is ever run, mistakes are named."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from understudy.core.body.files import load_body, save_official
from understudy.core.body.numpy_model import BodyModel, load_free_hand
from understudy.core.errors import BadInputError
from understudy.core.skeleton import CONTACT_POINTS, EXTRA_JOINTS

from .conftest import as_smpl, with_random_correctives


def official(model: BodyModel, tmp_path: Path) -> dict[str, Any]:
    save_official(model, tmp_path / "plain.npz")
    with np.load(tmp_path / "plain.npz", allow_pickle=False) as file:
        return dict(file)


def assert_same(a: BodyModel, b: BodyModel) -> None:
    for name in ("v_template", "shapedirs", "J_regressor", "weights", "faces", "parents", "posedirs"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    assert (a.kind, a.joint_names) == (b.kind, b.joint_names)


@pytest.mark.parametrize("suffix", [".npz", ".pkl"])
def test_round_trip(model: BodyModel, tmp_path: Path, suffix: str) -> None:
    if model.kind != "smplh":  # dense correctives of the whole body take 10 s to write
        model = with_random_correctives(model)
    path = tmp_path / f"model{suffix}"
    save_official(model, path)
    loaded = load_body(path)
    assert_same(loaded, model)
    assert loaded.commercial is False and path.name in loaded.licence
    np.testing.assert_array_equal(loaded.extras, model.extras)


def test_smpl_has_24_joints_and_the_same_names(body: BodyModel, tmp_path: Path) -> None:
    save_official(as_smpl(body), tmp_path / "SMPL_NEUTRAL.pkl")
    loaded = load_body(tmp_path / "SMPL_NEUTRAL.pkl")
    assert loaded.kind == "smpl" and loaded.joint_names[22:] == ("left_hand", "right_hand")
    assert loaded.extra_names == EXTRA_JOINTS and loaded.contact_names == CONTACT_POINTS


def test_contact_points_are_found_on_a_users_body(body: BodyModel, tmp_path: Path) -> None:
    save_official(body, tmp_path / "b.npz")
    loaded = load_body(tmp_path / "b.npz")
    ours, theirs = (m.v_template[m.contact_vertices] for m in (body, loaded))
    assert np.linalg.norm(ours - theirs, axis=1).max() < 0.03


@pytest.mark.parametrize("make", [sparse.csc_matrix, sparse.csr_matrix])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_sparse_regressors(make: Any, protocol: int, tmp_path: Path) -> None:
    hand = load_free_hand("right")
    data = official(hand, tmp_path)
    data["J_regressor"] = make(data["J_regressor"])
    path = tmp_path / "MANO_RIGHT.pkl"
    path.write_bytes(pickle.dumps(data, protocol=protocol))
    assert_same(load_body(path), load_body(tmp_path / "plain.npz"))


def test_chumpy_arrays_without_chumpy(tmp_path: Path) -> None:
    """A child process pickles objects of a module named chumpy, as official Python 2 files do."""
    hand = load_free_hand("left")
    official(hand, tmp_path)
    source = tmp_path / "chumpy"
    source.mkdir()
    (source / "__init__.py").write_text("")
    (source / "ch.py").write_text(
        "class Ch(object):\n    def __init__(self, x): self.x = x; self._dirty_vars = set()\n"
        "    def __getstate__(self): return {'x': self.x, '_cached': {}}\n"
    )
    (source / "reordering.py").write_text(
        "class Select(object):\n    def __init__(self, a, idxs, shape):\n"
        "        self.a, self.idxs, self.preferred_shape = a, idxs, shape\n"
    )
    script = (
        "import sys, pickle, numpy as np; from chumpy.ch import Ch; from chumpy.reordering import Select\n"
        "d = dict(np.load(sys.argv[1])); s = d['shapedirs']\n"
        "wide = np.concatenate([s, s], 2); idxs = np.arange(wide.size).reshape(wide.shape)[:, :, :10].ravel()\n"
        "d['shapedirs'] = Select(Ch(wide), idxs, s.shape); d['v_template'] = Ch(d['v_template'])\n"
        "open(sys.argv[2], 'wb').write(pickle.dumps(d, protocol=int(sys.argv[3])))\n"
    )
    for protocol in ("0", "2"):
        path = tmp_path / f"MANO_LEFT{protocol}.pkl"
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "plain.npz"), str(path), protocol],
            check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        assert "chumpy" not in sys.modules
        assert_same(load_body(path), load_body(tmp_path / "plain.npz"))


def test_python_2_strings(tmp_path: Path) -> None:
    """Python 2 writes keys and array bytes as 8-bit strings."""
    array = np.array([1.5, -2.0])
    raw = array.tobytes()
    stream = (
        b"\x80\x02}q\x00U\x01fcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x02\x85cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U"
        + bytes([len(raw)]) + raw + b"tbs."
    )  # fmt: skip
    path = tmp_path / "old.pkl"
    path.write_bytes(stream)
    from understudy.core.body.unpickle import read_pickle

    np.testing.assert_array_equal(read_pickle(path)["f"], array)


class _Attack:
    def __init__(self, function: Any, *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> tuple[Any, Any]:
        return self.call


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("place", ["whole", "value", "object array"])
def test_code_in_a_pickle_is_refused_and_not_run(tmp_path: Path, protocol: int, place: str) -> None:
    marker = tmp_path / "ran"
    attack: Any = _Attack(os.system, f"touch {marker}")
    content = {
        "whole": attack,
        "value": {"v_template": attack},
        "object array": {"f": np.array([attack, None], dtype=object)},
    }[place]
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    with pytest.raises(BadInputError, match=r"(posix|nt)\.system"):
        load_body(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "eval"), ("builtins", "getattr"), ("__builtin__", "exec"), ("subprocess", "Popen"),
        ("numpy", "load"), ("numpy", "fromfile"), ("numpy.core.multiarray", "fromfile"), ("importlib", "import_module"),
        ("scipy.sparse._csc", "os"), ("copyreg", "add_extension"), ("chumpy.ch", "np.load"),
    ],
)  # fmt: skip
def test_only_known_names_are_found(tmp_path: Path, module: str, name: str) -> None:
    path = tmp_path / "evil.pkl"
    names = b"".join(b"\x8c" + bytes([len(x)]) + x.encode() for x in (module, name))
    path.write_bytes(b"\x80\x04" + names + b"\x93.")
    with pytest.raises(BadInputError, match="asks for"):
        load_body(path)


def test_stand_ins_cannot_build_other_things(tmp_path: Path) -> None:
    path = tmp_path / "evil.pkl"
    path.write_bytes(b"\x80\x02ccopy_reg\n_reconstructor\ncnumpy\nndarray\nc__builtin__\nobject\nN\x87R.")
    with pytest.raises(BadInputError, match="not part of a model file"):
        load_body(path)


def test_npz_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    np.savez(tmp_path / "evil.npz", f=np.array([_Attack(os.system, f"touch {marker}")], dtype=object))
    with pytest.raises(BadInputError, match="plain arrays"):
        load_body(tmp_path / "evil.npz")
    assert not marker.exists()


BROKEN: list[tuple[str, Any, str]] = [
    ("v_template", lambda a: a[:, :2], "v_template has shape"),
    ("shapedirs", lambda a: a[:-1], "shapedirs has shape"),
    ("posedirs", lambda a: a[..., :-1], "posedirs has shape"),
    ("weights", lambda a: a[:, :-1], "weights has shape"),
    ("weights", lambda a: a * 2, "sum to"),
    ("J_regressor", lambda a: a[:-1], "joints"),
    ("f", lambda a: a + 5000, "faces names vertices"),
    ("v_template", lambda a: a * np.nan, "not numbers"),
    ("kintree_table", lambda a: a[:, ::-1].copy(), "joint tree"),
]


@pytest.mark.parametrize(("key", "change", "message"), BROKEN)
def test_wrong_shapes_are_named(tmp_path: Path, key: str, change: Any, message: str) -> None:
    data = official(load_free_hand("left"), tmp_path)
    data[key] = change(data[key])
    path = tmp_path / "MANO_LEFT.npz"
    np.savez(path, **data)
    with pytest.raises(BadInputError, match=message) as caught:
        load_body(path)
    assert str(path) in str(caught.value)


def test_other_mistakes_are_named(tmp_path: Path, body: BodyModel) -> None:
    with pytest.raises(BadInputError, match="no such file"):
        load_body(tmp_path / "none.npz")
    (tmp_path / "text.pkl").write_text("not a model")
    with pytest.raises(BadInputError, match="not a readable pickle"):
        load_body(tmp_path / "text.pkl")
    (tmp_path / "text.npz").write_text("not a model")
    with pytest.raises(BadInputError, match="not a readable"):
        load_body(tmp_path / "text.npz")
    (tmp_path / "model.obj").write_text("v 0 0 0")
    with pytest.raises(BadInputError, match=r"\.npz or \.pkl"):
        load_body(tmp_path / "model.obj")
    (tmp_path / "cut.pkl").write_bytes(pickle.dumps({"f": np.zeros(1000)})[:500])
    with pytest.raises(BadInputError, match="not a readable pickle"):
        load_body(tmp_path / "cut.pkl")
    np.savez(tmp_path / "part.npz", v_template=body.v_template)
    with pytest.raises(BadInputError, match="no shapedirs"):
        load_body(tmp_path / "part.npz")
    save_official(load_free_hand("left"), tmp_path / "hand.npz")
    with pytest.raises(BadInputError, match="holds mano_left, not smplh"):
        load_body(tmp_path / "hand.npz", kind="smplh")


def test_smplx_models_are_refused_politely(tmp_path: Path) -> None:
    keys = ("v_template", "shapedirs", "posedirs", "weights", "kintree_table", "f")
    np.savez(tmp_path / "SMPLX_NEUTRAL.npz", J_regressor=np.zeros((55, 9)), **{key: np.zeros(1) for key in keys})
    with pytest.raises(BadInputError, match="SMPL-X"):
        load_body(tmp_path / "SMPLX_NEUTRAL.npz")
