"""The command line in this process: exit codes, one line per bad input, nothing left behind."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from understudy.core.actor import read_actor
from understudy.core.cli import main
from understudy.core.commands import blender, import_take
from understudy.core.commands.capture import parse_actor, parse_height, parse_people
from understudy.core.errors import EXIT_BAD_INPUT, EXIT_CANCELLED, EXIT_DONE, EXIT_INTERNAL
from understudy.core.take_file import SCHEMA, save
from understudy.core.weights import store

SAMPLE = Path(__file__).resolve().parents[3] / "sample"


def write_video(path: Path, frames: int, fps: int = 30) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 5 * i, np.uint8))))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """A second of grey: a video without a person."""
    return write_video(tmp_path_factory.mktemp("clip") / "grey.mp4", 12)


@pytest.fixture
def models(tmp_path_factory, monkeypatch):
    """Files that look like the models, for what fails before they are read."""
    folder = tmp_path_factory.mktemp("models")
    for status in store.list_models(folder):
        with status.path.open("wb") as stream:
            stream.truncate(status.model.size)
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(folder))


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    try:
        code = main([str(a) for a in arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


CLIP = object()  # stands for the grey clip
BAD_CAPTURES = [
    ([CLIP, "--fov", "500"], "--fov 500"),
    ([CLIP, "--fov", "nan"], "--fov nan"),
    ([CLIP, "--fov", "50", "--focal", "900"], "--f"),
    ([CLIP, "--focal", "-3"], "--focal -3"),
    ([CLIP, "--height", "17"], "--height 17"),
    ([CLIP, "--height", "1=1.8,2=0.1"], "--height 2=0.1"),
    ([CLIP, "--height", "tall"], "tall"),
    ([CLIP, "--people", "0"], "--people 0"),
    ([CLIP, "--people", "some"], "some"),
    ([CLIP, "--start", "-1"], "--start -1"),
    ([CLIP, "--start", "2", "--end", "1"], "--end 1"),
    ([CLIP, "--start", "100"], "grey.mp4"),
    ([CLIP, "--method", "magic"], "Known: default"),
    ([CLIP, "--device", "abacus"], "abacus"),
    ([CLIP, "--bogus"], "--bogus"),
    (["missing.mp4"], "missing.mp4"),
    (["text.mp4"], "text.mp4"),
    (["empty.mp4"], "empty.mp4"),
    (["noframes.mp4"], "noframes.mp4"),
    (["emptyfolder"], "emptyfolder"),
]


@pytest.mark.parametrize(("arguments", "named"), BAD_CAPTURES, ids=lambda x: x if isinstance(x, str) else None)
def test_bad_captures(capsys, tmp_path, clip, models, monkeypatch, arguments, named):
    monkeypatch.chdir(tmp_path)
    Path("text.mp4").write_text("This is no video.\n" * 100)
    Path("empty.mp4").write_bytes(b"")
    write_video(Path("noframes.mp4"), 0)
    Path("emptyfolder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    given = [clip if a is CLIP else a for a in arguments]
    code, out, err = run(capsys, "capture", *given, "-o", "x.take.npz")
    lines = [line for line in err.splitlines() if not line.startswith("decode") and line != "landmarks …"]
    assert (code, out) == (EXIT_BAD_INPUT, "")
    assert len(lines) == 1 and named in lines[0] and lines[0].startswith("understudy")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("output", "named"),
    [
        ("nowhere/x.take.npz", "nowhere"),
        ("file/x.take.npz", "file"),  # a file in place of the folder
        ("folder.take.npz", "folder.take.npz"),  # a folder in place of the file
        ("x.npz", ".take.npz"),
    ],
)
def test_targets_that_cannot_be_written(capsys, tmp_path, monkeypatch, clip, output, named):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("folder.take.npz").mkdir()
    before = sorted(tmp_path.rglob("*"))
    code, _, err = run(capsys, "capture", clip, "-o", output)
    assert (code, err.count("\n")) == (EXIT_BAD_INPUT, 1) and named in err
    assert sorted(tmp_path.rglob("*")) == before


def test_models_missing_says_how_to_get_them(capsys, tmp_path, monkeypatch, clip):
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(tmp_path / "none"))
    code, out, err = run(capsys, "capture", clip, "-o", tmp_path / "x.take.npz", "--json")
    assert code == EXIT_BAD_INPUT and "models pull" in err
    assert json.loads(out.splitlines()[-1])["error"]["code"] == "models-missing"
    assert list(tmp_path.iterdir()) == []


def test_missing_arguments_are_one_line(capsys):
    for arguments in ([], ["capture"], ["dance"], ["models"]):
        code, _, err = run(capsys, *arguments)
        assert (code, err.count("\n")) == (EXIT_BAD_INPUT, 1)


def test_version_and_help(capsys):
    assert run(capsys, "--version")[1].startswith("understudy ")
    code, out, _ = run(capsys, "--help")
    assert code == EXIT_DONE
    for command in ("capture", "import", "export", "view", "models", "doctor", "worker"):
        assert command in out


def spoil(path: Path, change) -> Path:
    with np.load(path) as archive:
        arrays = {key: archive[key] for key in archive.files}
    change(arrays)
    with path.open("wb") as stream:
        np.savez(stream, **arrays)
    return path


def newer(arrays):
    arrays["meta"] = np.array(json.dumps(json.loads(str(arrays["meta"])) | {"schema": SCHEMA + 1}))


def misshapen(arrays):
    arrays["person/1/joints_world"] = arrays["person/1/joints_world"][:-1]


@pytest.mark.parametrize(("change", "named"), [(newer, "newer"), (misshapen, "joints_world")])
@pytest.mark.parametrize(
    "command",
    [
        ["export", "x.take.npz", "--format", "csv", "-o", "x.csv"],
        ["view", "x.take.npz", "-o", "x.html"],
        ["import", "x.take.npz", "--blend", "x.blend"],
        ["actor", "x.take.npz", "-o", "a.actor.json"],
        ["resolve", "x.take.npz", "-o", "y.take.npz"],
    ],
    ids=lambda c: c[0],
)
def test_bad_takes(capsys, tmp_path, monkeypatch, make_take, command, change, named):
    monkeypatch.chdir(tmp_path)
    spoil(save(make_take(), Path("x.take.npz")), change)
    code, out, err = run(capsys, *command)
    assert (code, out, err.count("\n")) == (EXIT_BAD_INPUT, "", 1)
    assert named in err and "x.take.npz" in err
    assert [p.name for p in tmp_path.iterdir()] == ["x.take.npz"]


def test_export_and_view(capsys, tmp_path, monkeypatch, make_take):
    monkeypatch.chdir(tmp_path)
    save(make_take(), Path("x.take.npz"))
    code, out, _ = run(capsys, "export", "x.take.npz", "--format", "json", "-o", "x.json", "--json")
    assert code == EXIT_DONE and json.loads(out)["files"] == ["x.json"]
    code, out, _ = run(capsys, "view", "x.take.npz", "-o", "x.html")
    assert code == EXIT_DONE and Path("x.html").stat().st_size > 1000
    assert run(capsys, "export", "x.take.npz", "--format", "vhs", "-o", "x")[0] == EXIT_BAD_INPUT
    assert run(capsys, "view", "x.take.npz")[0] == EXIT_BAD_INPUT


def test_view_of_several_takes_and_of_nothing(capsys, tmp_path, monkeypatch, make_take):
    monkeypatch.chdir(tmp_path)
    Path("b").mkdir()
    for seed, name in enumerate(("x.take.npz", "y.take.npz", "b/x.take.npz")):
        save(make_take(seed=seed), Path(name))
    assert run(capsys, "view", "x.take.npz", "y.take.npz", "-o", "two.html", "--no-footage")[0] == EXIT_DONE
    assert '"takes":["x","y"]' in Path("two.html").read_text()
    assert run(capsys, "view", "x.take.npz", "b/x.take.npz", "-o", "same.html")[0] == EXIT_DONE
    assert '"takes":["x.take.npz","b/x.take.npz"]' in Path("same.html").read_text()
    for line in (["view", "-o", "z.html"], ["view", "x.take.npz", "--image", "y.jpg", "-o", "z.html"],
                 ["view", "--image", "y.jpg", "-o", "z.html"]):  # fmt: skip
        code, _, err = run(capsys, *line)
        assert code == EXIT_BAD_INPUT and err.count("\n") == 1
    assert not Path("z.html").exists()


def test_view_of_a_picture(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with av.open(str(SAMPLE / "solo.mp4")) as container:
        cv2.imwrite("standing.jpg", next(container.decode(video=0)).to_ndarray(format="bgr24"))
    code, out, err = run(capsys, "view", "--image", "standing.jpg", "-o", "page.html", "--json")
    assert code == EXIT_DONE, err
    assert json.loads(out)["files"] == ["page.html"]
    text = Path("page.html").read_text()
    assert '"times":[0.0]' in text and text.count("data:image/jpeg") == 1 and '"name":"Person 1"' in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["page.html", "standing.jpg"]


def test_models_list_and_info(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(tmp_path))
    code, out, _ = run(capsys, "models", "list", "--json")
    listed = json.loads(out)
    assert code == EXIT_DONE and listed["folder"] == str(tmp_path)
    assert {m["present"] for m in listed["models"]} == {False}
    assert "missing" in run(capsys, "models", "list")[1]
    assert json.loads(run(capsys, "models", "info", "pose_detection", "--json")[1])["licence"] == "Apache-2.0"
    assert run(capsys, "models", "info", "nothing")[0] == EXIT_BAD_INPUT
    assert run(capsys, "models", "import", tmp_path / "no.whl")[0] == EXIT_BAD_INPUT


@pytest.mark.parametrize(("text", "value"), [("all", None), ("3", 3)])
def test_people(text, value):
    assert parse_people(text) == value


@pytest.mark.parametrize(("text", "value"), [("1.8", 1.8), ("1=1.82, 2=1.65", {"1": 1.82, "2": 1.65})])
def test_height(text, value):
    assert parse_height(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("anna.actor.json", Path("anna.actor.json")),
        ("1=a.actor.json, 2=b.actor.json", {"1": Path("a.actor.json"), "2": Path("b.actor.json")}),
        ("a=b/c,d.actor.json", Path("a=b/c,d.actor.json")),
    ],
)
def test_actor_option(text, value):
    assert parse_actor(text) == value


def test_an_actor_is_saved_by_name(capsys, tmp_path, monkeypatch, make_take):
    monkeypatch.chdir(tmp_path)
    take = make_take(people=2)
    save(
        dataclasses.replace(take, people=tuple(dataclasses.replace(p, height=1.7) for p in take.people)),
        Path("x.take.npz"),
    )
    code, out, err = run(capsys, "actor", "x.take.npz", "-o", "anna.actor.json")
    assert (code, out) == (EXIT_BAD_INPUT, "")
    assert "--person: 1, 2" in err
    code, out, _ = run(capsys, "actor", "x.take.npz", "-o", "anna.actor.json", "--person", "2", "--json")
    assert code == EXIT_DONE
    assert json.loads(out)["name"] == read_actor(Path("anna.actor.json")).name == "anna"
    assert run(capsys, "actor", "x.take.npz", "-o", "anna.json", "--person", "2")[0] == EXIT_BAD_INPUT
    assert run(capsys, "actor", "x.take.npz", "-o", "a.actor.json", "--person", "7")[0] == EXIT_BAD_INPUT


def test_interrupt_is_cancelled(capsys, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "list_models", interrupted)
    assert run(capsys, "models", "list")[0] == EXIT_CANCELLED


SCRIPT_START = "import json, sys\nsay = lambda **line: print(json.dumps(line), flush=True)\nprint('Blender 5.0')\n"


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        (
            "say(type='progress', stage='keys', done=0, total=1)\nsay(type='warning', message='no footage')\n"
            "say(type='result', blend='x.blend', fbx=['x.fbx'], frames=[1, 12], arguments=sys.argv[1:])\n",
            EXIT_DONE,
            "no footage",
        ),
        ("say(type='error', code='cannot-write', message='disk full', hint='Free some.')\nsys.exit(2)\n",
         EXIT_BAD_INPUT, "understudy: disk full Free some."),
        ("raise RuntimeError('Blender is broken')", EXIT_INTERNAL, "Blender is broken"),
    ],
)  # fmt: skip
def test_import_runs_the_script_in_another_process(capsys, tmp_path, monkeypatch, make_take, script, code, said):
    monkeypatch.chdir(tmp_path)
    save(make_take(), Path("x.take.npz"))
    Path("script.py").write_text(SCRIPT_START + script)
    monkeypatch.setattr(import_take, "SCRIPT", tmp_path / "script.py")
    monkeypatch.setenv(blender.ENVIRONMENT_VARIABLE, sys.executable)
    found, out, err = run(capsys, "import", "x.take.npz", "--blend", "x.blend", "--fbx", "x.fbx", "--json")
    assert found == code
    assert said in err
    if code == EXIT_DONE:
        result = json.loads(out.splitlines()[-1])
        assert result["arguments"][:4] == ["--take", str(tmp_path / "x.take.npz"), "--blend", str(tmp_path / "x.blend")]
        assert result["arguments"][4:] == ["--fbx", str(tmp_path / "x.fbx"), "--preset", "generic"]


class TestFindingBlender:
    @pytest.fixture(autouse=True)
    def bare(self, tmp_path, monkeypatch):
        monkeypatch.delenv(blender.ENVIRONMENT_VARIABLE, raising=False)
        monkeypatch.setattr(blender, "ROOT", tmp_path)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setattr(blender.importlib.util, "find_spec", lambda name: None)

    def test_nowhere(self):
        with pytest.raises(blender.BadInputError, match=blender.ENVIRONMENT_VARIABLE):
            blender.script_command(Path("s.py"), [])

    def test_a_wrong_variable_is_named(self, monkeypatch):
        monkeypatch.setenv(blender.ENVIRONMENT_VARIABLE, "/no/python")
        with pytest.raises(blender.BadInputError, match="/no/python"):
            blender.script_command(Path("s.py"), [])

    def test_the_newest_local_environment(self, tmp_path):
        for version in ("4.2", "5.0"):
            python = tmp_path / f".venv-bpy-{version}" / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.write_text("")
        assert blender.script_command(Path("s.py"), ["a"])[0] == str(tmp_path / ".venv-bpy-5.0" / "bin" / "python")

    @pytest.mark.skipif(sys.platform == "win32", reason="file modes")
    def test_the_program(self, tmp_path):
        program = tmp_path / "bin" / "blender"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        command = blender.script_command(Path("s.py"), ["--take", "x"])
        assert command[0] == str(program)
        assert command[command.index("--") + 1 :] == ["--take", "x"]
