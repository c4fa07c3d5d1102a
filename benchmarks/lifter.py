"""The lifters on held-out subjects: those that ship, or others, ``lifter.py [--martinez FILE] [--gan FILE] …``.

Protocol: core/train/heldout.py (test subjects' motion before random cameras, true 2D plus the noise model, twelve limb
joints relative to the middle of the hips, mm). The files are weights that `understudy train` wrote. Needs the motion
capture (--data).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import PAGES, ROOT, write_result
from plotly import graph_objects as go
from safetensors import safe_open
from safetensors.torch import load_file
from scipy.stats import spearmanr

from understudy.core.lift.causal import CausalStream
from understudy.core.lift.default import DefaultLifter, load_default
from understudy.core.lift.default_input import FEATURES, LANDMARKS, look
from understudy.core.lift.weights import SHIPPED, TRAINED
from understudy.core.train.gan import GanSettings, GanTask
from understudy.core.train.heldout import LIMB_ROWS, aligned_errors, errors, held_out, limbs, per_rig
from understudy.core.train.lifter import predict
from understudy.core.train.martinez import MartinezSettings, MartinezTask
from understudy.core.train.mocap import Mocap, load_mocap
from understudy.core.train.noise import load_noise
from understudy.core.train.sampling import HELD_OUT, Windows, draw_windows
from understudy.core.train.videopose import VideoPoseSettings, VideoPoseTask

DATA = ROOT.parent / "shared" / "mocap" / "cmu_subset.npz"
CONDITIONS = {
    "noise": HELD_OUT,
    "no noise": dataclasses.replace(HELD_OUT, noise=False),
    "all that goes wrong": dataclasses.replace(HELD_OUT, missing=True, exchanges=True, focal_error=0.06),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    for name in ("lifter", "causal"):
        parser.add_argument(f"--{name}", type=Path)
    for method, name in TRAINED.items():
        parser.add_argument(f"--{name}", type=Path, default=SHIPPED / f"{method}.safetensors")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train, test, noise = load_mocap(options.data, "train"), load_mocap(options.data, "test"), load_noise()
    whole = held_out(test, noise)
    models = {"default lifter": load_default(path=options.lifter)}
    models["default lifter, causal"] = load_default(causal=True, path=options.causal)
    rows: dict[str, Any] = {}
    for name, model in models.items():
        rows[name] = row(predict(model, whole, flip=True)[0], whole)
        rows[f"{name}, one pass"] = row(predict(model, whole)[0], whole)
    tasks = {"martinez": martinez, "gan": gan, "videopose": videopose}
    for name, make in tasks.items():
        task = make(getattr(options, name), train, test, noise)
        rows[name] = row(task.predict(whole), whole, metric=name != "gan")
    torch.manual_seed(0)
    best = models["default lifter"]
    rows["untrained network"] = row(predict(DefaultLifter(best.architecture).eval(), whole)[0], whole)
    rows["mean pose"] = row(mean_pose(train, noise, whole), whole)
    conditions = {name: condition(best, held_out(test, noise, variety=variety)) for name, variety in CONDITIONS.items()}
    result = {
        "protocol": " ".join(__doc__.split("Protocol: ")[1].split("The files")[0].split()),
        "frames": int(whole.inside.sum()),
        "table": rows,
        "conditions": conditions,
        "missing": missing(best, whole),
        "speed": speed(models, options.threads),
    }
    for name, values in rows.items():
        numbers = "  ".join(f"{k} {v:.1f}" for k, v in values.items() if isinstance(v, float))
        print(f"{name:32s}", numbers, values["rigs"])
    print(json.dumps({k: result[k] for k in ("conditions", "speed")}, indent=1))
    for line in result["missing"]["random"]:
        print(line)
    print(write_result("lifter", result))
    print(write_page(result))


def write_page(result: dict[str, Any]) -> Path:
    """Error against how many of the landmarks are missing, with what the lifter expected, as a page."""
    rows = result["missing"]["random"]
    left = [len(LANDMARKS) - r["missing"] for r in rows]
    figure = go.Figure()
    for key, name in (("mpjpe", "MPJPE"), ("expected", "error that the lifter expects"),
                      ("mpjpe_of_the_surer_half", "MPJPE, surer half"),
                      ("mpjpe_of_the_other_half", "MPJPE, other half")):  # fmt: skip
        figure.add_scatter(x=[r["missing"] for r in rows], y=[r[key] for r in rows], name=name, mode="lines+markers",
                           customdata=left, hovertemplate="%{y:.0f} mm, %{customdata} landmarks left")  # fmt: skip
    figure.update_layout(title="Default lifter on held-out subjects, landmarks missing for whole windows",
                         xaxis_title=f"missing of {len(LANDMARKS)} landmarks", yaxis_title="mm",
                         yaxis_rangemode="tozero", template="plotly_white")  # fmt: skip
    PAGES.mkdir(parents=True, exist_ok=True)
    path = PAGES / "lifter.html"
    figure.write_html(path, include_plotlyjs=True)
    return path


def row(found: np.ndarray, windows: Windows, metric: bool = True) -> dict[str, Any]:
    """Errors in mm: MPJPE, with the best scale (N), with the best similarity (PA), and by rig."""
    aligned = aligned_errors(found, windows)
    result: dict[str, Any] = {"pa_mpjpe": float(aligned.mean()), "n_mpjpe": float(scaled_errors(found, windows).mean())}
    if not metric:
        return result | {"rigs": per_rig(aligned, windows)}
    distances = errors(found, windows)
    return {"mpjpe": float(distances.mean()), **result, "rigs": per_rig(distances, windows)}


def scaled_errors(found: np.ndarray, windows: Windows) -> np.ndarray:
    """(N, 12) mm after the best scale of each frame."""
    p, t = limbs(found)[windows.inside], limbs(windows.joints)[windows.inside]
    scale = (p * t).sum((1, 2)) / np.maximum((p * p).sum((1, 2)), 1e-9)
    return 1000 * np.linalg.norm(scale[:, None, None] * p - t, axis=-1)


def condition(model: DefaultLifter, windows: Windows) -> dict[str, float]:
    """Error, and how the expected error follows it."""
    found, expected = predict(model, windows, flip=True)
    distances = errors(found, windows)
    guess = 1000 * expected[..., LIMB_ROWS][windows.inside]
    near = guess < np.median(guess)
    return {
        "mpjpe": float(distances.mean()),
        "expected": float(guess.mean()),
        "spearman": float(spearmanr(distances.ravel(), guess.ravel()).statistic),
        "mpjpe_of_the_surer_half": float(distances[near].mean()),
        "mpjpe_of_the_other_half": float(distances[~near].mean()),
    }


def missing(model: DefaultLifter, windows: Windows) -> dict[str, Any]:
    """Error against how many landmarks are missing for whole windows, and without single limbs."""
    rng = np.random.default_rng(0)
    count, rows = len(LANDMARKS), []
    for gone in (0, 1, 2, 4, 6, 8, 10, 12, 13):
        hidden = np.stack([np.isin(np.arange(count), rng.permutation(count)[:gone]) for _ in windows.rays])
        without = dataclasses.replace(windows, confidence=windows.confidence * ~hidden[:, None])
        rows.append({"missing": gone, **condition(model, without), "finite": finite(model, without)})
    limbs_gone = {}
    for name, part in {"legs": ("knee", "ankle", "heel", "foot"), "left arm": ("left_elbow", "left_wrist"),
                       "feet": ("ankle", "heel", "foot"), "head": ("nose", "ear")}.items():  # fmt: skip
        hidden = np.array([any(word in landmark for word in part) for landmark in LANDMARKS])
        without = dataclasses.replace(windows, confidence=windows.confidence * ~hidden)
        limbs_gone[name] = condition(model, without)
    return {"random": rows, "limbs": limbs_gone}


def finite(model: DefaultLifter, windows: Windows) -> bool:
    """Whether every number of the result is one."""
    return all(bool(np.isfinite(a).all()) for a in predict(model, windows))


def speed(models: dict[str, DefaultLifter], threads: int) -> dict[str, Any]:
    """Frames per second of whole batches in float32, and milliseconds per frame of the causal one frame by frame."""
    model = models["default lifter"]
    batch = torch.randn(16, 300, FEATURES)
    with torch.inference_mode():
        model(batch)
        times = []
        for _ in range(7):
            begin = time.perf_counter()
            model(batch)
            times.append(time.perf_counter() - begin)
    result: dict[str, Any] = {
        "threads": threads,
        "parameters": sum(p.numel() for p in model.parameters()),
        "frames_per_second": 16 * 300 / float(np.median(times)),
        "frames_per_second_best": 16 * 300 / min(times),
    }
    if torch.cuda.is_available():
        result |= speed_on_gpu(model)
    causal = models.get("default lifter, causal")
    if causal is not None:
        stream, rng, times = CausalStream(causal), np.random.default_rng(0), []
        for _ in range(300):
            rays, sure = rng.normal(0, 0.1, (len(LANDMARKS), 2)), np.ones(len(LANDMARKS))
            begin = time.perf_counter()
            stream.push(rays, sure, 1 / 30)
            times.append(1000 * (time.perf_counter() - begin))
        result |= {"causal_ms": float(np.median(times)), "causal_ms_95th": float(np.percentile(times, 95))}
    return result


def speed_on_gpu(model: DefaultLifter) -> dict[str, Any]:
    """Frames per second of a large batch in float32, and in bfloat16."""
    batch = torch.randn(256, 300, FEATURES, device="cuda")
    moved = model.to("cuda")
    result: dict[str, Any] = {"gpu": torch.cuda.get_device_name()}
    with torch.inference_mode():
        for kind in ("float32", "bfloat16"):
            times = []
            for _ in range(9):
                begin = time.perf_counter()
                with torch.autocast("cuda", torch.bfloat16, enabled=kind == "bfloat16"):
                    moved(batch)
                torch.cuda.synchronize()
                times.append(time.perf_counter() - begin)
            result[f"frames_per_second_gpu_{kind}"] = 256 * 300 / float(np.median(times[2:]))
    model.to("cpu")
    return result


def mean_pose(train: Mocap, noise: Any, windows: Windows) -> np.ndarray:
    """The mean of the training poses in view axes, as the best answer that looks at nothing."""
    drawn = draw_windows(np.random.default_rng(0), train, noise, 400, 20)
    relative = (drawn.joints - drawn.joints[:, :, :1]) @ look(drawn.rays, drawn.confidence).view
    mean = relative[drawn.inside].mean(0)
    return mean @ np.swapaxes(look(windows.rays, windows.confidence).view, -1, -2)


def martinez(path: Path, train: Mocap, test: Mocap, noise: Any) -> MartinezTask:
    return MartinezTask(train, test, noise, MartinezSettings(begin_from=str(path)), 0)


def gan(path: Path, train: Mocap, test: Mocap, noise: Any) -> GanTask:
    task = GanTask(train, test, noise, GanSettings(), 0)
    task.generator.load_state_dict(load_file(path))
    return task


def videopose(path: Path, train: Mocap, test: Mocap, noise: Any) -> VideoPoseTask:
    with safe_open(path, "pt") as file:
        settings = json.loads(file.metadata()["settings"])
    settings["widths"] = tuple(settings["widths"])
    task = VideoPoseTask(train, test, noise, VideoPoseSettings(**settings), 0)
    task.model.load_state_dict(load_file(path))
    return task


if __name__ == "__main__":
    main()
