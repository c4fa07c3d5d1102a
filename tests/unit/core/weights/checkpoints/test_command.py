"""``understudy models import`` and ``list`` as a user meets them."""

from __future__ import annotations

import json

import pytest

from understudy.core.cli import main


def test_import_and_list(videopose, models_folder, capsys):
    path, _, _ = videopose()
    assert main(["models", "import", str(path), "--licence-confirmed", "CC-BY-NC-4.0", "--set", "causal=yes"]) == 0
    told = capsys.readouterr().out
    assert "VideoPose3D" in told and "CC-BY-NC-4.0" in told and "not for commercial use" in told
    assert "Assumed joints=H36M-17" in told and "Assumed causal" not in told
    assert main(["models", "list"]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "videopose3d" in line]
    assert "present" in row and "(not for commercial use)" in row
    assert main(["models", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["models"]}
    assert rows["videopose3d"]["commercial"] is False and rows["videopose3d"]["licence"] == "CC-BY-NC-4.0"
    assert rows["pose_landmark_full"]["present"] is False
    assert main(["models", "info", "videopose3d"]) == 0
    assert "pretrained_h36m_cpn.bin" in capsys.readouterr().out


def test_import_of_statistics(martinez, statistics, models_folder, capsys):
    files = [str(statistics(kind)[0]) for kind in ("2D", "3D")]
    arguments = ["models", "import", str(martinez()[0]), "--licence-confirmed", "research"]
    assert main(arguments) == 2
    assert "--stats" in capsys.readouterr().err
    assert main([*arguments, "--stats", files[0], "--stats", files[1], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "martinez"


@pytest.mark.parametrize(
    "options", [["--stats", "x"], ["--licence-confirmed", "x"], ["--set", "a=b"], ["--name", "x"], ["--commercial"]]
)
def test_a_wheel_takes_no_options_of_checkpoints(tmp_path, models_folder, capsys, options):
    assert main(["models", "import", str(tmp_path / "some.whl"), *options]) == 2
    assert "no other options" in capsys.readouterr().err


def test_a_choice_is_a_key_with_a_value(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["models", "import", "x", "--set", "causal"])
    assert "KEY=VALUE" in capsys.readouterr().err
