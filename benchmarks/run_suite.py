"""The benchmark: one suite of clips with known truth, Understudy and its peers, one table from one run.

``make benchmark`` runs the full profile, ``make benchmark-quick`` the small one that guards against regressions.
docs/benchmark.md tells how it is to be read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from common import MEDIA, PAGES, ROOT, Worker, machine, write_result
from peer_tools import Peer, PeerError, check_environments, freemocap, mediapipe, pose2sim, sports2d
from suite import moments, score
from suite.clip import Clip, clips_of_balance, clips_of_truth
from suite.figures import Summaries
from suite.history import write_history
from suite.report import write_report
from suite.scenarios import Scenario, read_table
from suite.table import text_table
from suite.tools import (
    KNOWN,
    UNDERSTUDY,
    Run,
    run_freemocap,
    run_height_known,
    run_many_cameras,
    run_mediapipe,
    run_sports2d,
    run_understudy,
)

from understudy.core.evaluate.takes import evaluate_takes
from understudy.core.take_file import load

TABLES = ROOT / "benchmarks" / "suite"
PROFILES = ("full", "quick")
BALANCE = "balance"
ALL = "all"
FEWEST_CAMERAS = 3  # with which FreeMoCap triangulates
NEAR, FAR = 3.0, 6.0  # m: how far people are where their distance is judged


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, default="full")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these scenarios only (nothing is recorded then)")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, help="beside Understudy (full: yes)")
    parser.add_argument("--render-only", action="store_true", help="make the footage, run nothing")
    options = parser.parse_args()
    peers = options.profile == "full" if options.peers is None else options.peers
    if peers and not options.render_only:
        check_environments()
    began = time.perf_counter()
    table = TABLES / f"{options.profile}.toml"
    scenarios = [s for s in read_table(table) if not options.only or s.name in options.only]
    clips, filming = film(scenarios, options.profile)
    if options.profile == "full" and (MEDIA / "balance_4cam").is_dir() and BALANCE in (options.only or [BALANCE]):
        clips += clips_of_balance(MEDIA / "balance_4cam")
    if options.render_only:
        return 0
    with tempfile.TemporaryDirectory(prefix="understudy-benchmark-") as scratch:
        runs = run_all(clips, Path(scratch), peers)
        rows = score.score(runs)
        own = [run for run in runs if run.tool == UNDERSTUDY and run.take and run.clip.exact]
        metrics = {run.clip.name: take_metrics(run) for run in own}
    titles = {s.name: s.title for s in scenarios} | {BALANCE: "Balance (real footage)", ALL: "All rendered"}
    summaries = summarise(rows)
    print(text_table(summaries, titles))
    result = {
        "profile": options.profile,
        "scenarios": {s.name: describe(s) for s in scenarios},
        "filming": filming,
        "summary": summaries,
        "rows": [row.to_json() for row in rows],
        "identity_switches": {r.clip.name: score.identity_switches_of(r) for r in runs if r.tool == UNDERSTUDY},
        "take_metrics": metrics,
        "place_with_known_height": places(rows),
        "seconds_in_all": time.perf_counter() - began,
    }
    if options.profile == "full" and peers and not options.only:
        print(write_result("suite", result))
    page = PAGES / f"{options.profile}.html"
    pooled = summaries.get(ALL, {}).get("Understudy", {}).get("confidence", {})
    shown = {name: of for name, of in summaries.items() if name != ALL}
    worst = moments.worst_moments(rows)
    title = f"Understudy benchmark, {options.profile} profile"
    write_report(page, title, summaries, shown, titles, rows, pooled, worst, metrics, machine())
    print(page)
    print(write_history(PAGES / "history.html"))
    missed = check_floors(summaries, tomllib.loads(table.read_text("utf-8")).get("floors", {}), options.only)
    print("\n".join(missed))
    return 1 if missed else 0


def film(scenarios: Sequence[Scenario], profile: str) -> tuple[list[Clip], dict[str, Any]]:
    """The clips of all scenarios; what is not in the cache is rendered."""
    clips: list[Clip] = []
    filming = {}
    for i, scenario in enumerate(scenarios):
        began = time.perf_counter()
        footage, folder = scenario.film(profile)
        clips += clips_of_truth(scenario.name, footage.truth)
        filming[scenario.name] = footage.summary | {"seconds": time.perf_counter() - began}
        filming[scenario.name].pop("output")
        print(f"footage {i + 1}/{len(scenarios)}: {folder.name}, {filming[scenario.name]['seconds']:.0f} s", flush=True)
    return clips, filming


def run_all(clips: Sequence[Clip], folder: Path, peers: bool) -> list[Run]:
    """Every tool on every clip, one tool after the other: they must not share the cores."""
    with Worker() as worker:
        run_understudy(worker, clips[0], folder)  # warm
        runs = [said(run_understudy(worker, clip, folder)) for clip in clips]
        if peers:
            runs += [said(run_understudy(worker, clip, folder, lifter=False)) for clip in clips]
    if not peers:
        return runs
    runs += [said(run) for own in runs[: len(clips)] if (run := run_height_known(own, folder))]
    landmarks = {clip.name: folder / f"{clip.name.replace('/', '-')}.landmarks.npz" for clip in clips}
    pose = each(lambda: mediapipe("pose"), "MediaPipe Pose", clips,
                lambda peer, clip: run_mediapipe(peer, "pose", clip, landmarks[clip.name]))  # fmt: skip
    seconds = {run.clip.name: run.seconds for run in pose}
    runs += pose
    runs += each(lambda: mediapipe("holistic"), "MediaPipe Holistic", clips,
                 lambda peer, clip: run_mediapipe(peer, "holistic", clip))  # fmt: skip
    runs += each(freemocap, "FreeMoCap", clips, lambda peer, clip: run_freemocap(peer, "FreeMoCap", clip))
    runs += each(
        sports2d, "Sports2D", clips,
        lambda peer, clip: run_sports2d(peer, "Sports2D", clip, landmarks[clip.name], seconds[clip.name]),
    )  # fmt: skip
    for scenario in dict.fromkeys(clip.scenario for clip in clips):
        views = [clip for clip in clips if clip.scenario == scenario]
        if len(views) < FEWEST_CAMERAS:
            continue
        toml = views[0].video.with_name("Calib_qualisys.toml" if scenario == BALANCE else "cameras.toml")
        start = sum(seconds[clip.name] for clip in views)
        points = [landmarks[clip.name] for clip in views]
        runs += together(freemocap, "FreeMoCap, all cameras", views, toml, [], 0.0)
        runs += together(pose2sim, "Pose2Sim, all cameras", views, toml, points, start)
    return runs


def each(start: Callable[[], Peer], tool: str, clips: Sequence[Clip], run: Callable[[Peer, Clip], Run]) -> list[Run]:
    """One tool on all clips; one that stops is started again, and has nothing on that clip."""
    runs: list[Run] = []
    left = list(clips)
    while left:
        peer: AbstractContextManager[Peer] = start()
        with peer as process:
            if not runs:
                run(process, clips[0])  # warm
            while left:
                clip = left.pop(0)
                try:
                    runs.append(said(run(process, clip)))
                except PeerError as error:
                    runs.append(said(Run(tool, clip, float("nan"), (), failure=str(error))))
                    break
    return runs


def together(
    start: Callable[[], Peer], tool: str, views: Sequence[Clip], calibration: Path, landmarks: Sequence[Path],
    seconds: float,
) -> list[Run]:  # fmt: skip
    """One tool on all cameras of a scenario."""
    try:
        with start() as peer:
            return [said(run) for run in run_many_cameras(peer, tool, views, calibration, landmarks, seconds)]
    except PeerError as error:
        return [said(Run(tool, clip, float("nan"), (), joint=True, failure=str(error))) for clip in views]


def said(run: Run) -> Run:
    """Prints a line, so that a long run shows that it lives."""
    what = run.failure or f"{len(run.people)} people, {run.seconds:.1f} s"
    print(f"{run.tool:24} {run.clip.name:20} {what}", flush=True)
    return run


def summarise(rows: Sequence[score.Row]) -> Summaries:
    """Per scenario and tool; ``ALL`` over all with exact truth, for tools that were run on each of them."""
    scenarios = list(dict.fromkeys(row.clip.scenario for row in rows))
    tools = list(dict.fromkeys(row.tool for row in rows))
    result: Summaries = {}
    for name in scenarios:
        of = {tool: [r for r in rows if r.clip.scenario == name and r.tool == tool] for tool in tools}
        result[name] = {tool: score.summarise(chosen) for tool, chosen in of.items() if chosen}
    exact = {row.clip.scenario for row in rows if row.clip.exact}
    if not exact:
        return result
    everywhere = [tool for tool in tools if all(tool in result[name] for name in exact)]
    of = {tool: [r for r in rows if r.tool == tool and r.clip.exact] for tool in everywhere}
    return result | {ALL: {tool: score.summarise(chosen) for tool, chosen in of.items()}}


def take_metrics(run: Run) -> dict[str, float]:
    """Every metric of ``understudy evaluate`` over a take; of camera 0 only, on which the truth's world hangs."""
    if run.take is None or run.clip.truth is None or run.clip.camera != 0:
        return {}
    report = evaluate_takes(load(run.take), load(run.clip.truth))
    return {name: float(value.value) for name, value in report.overall.items() if np.isfinite(value.value)}


def places(rows: Sequence[score.Row]) -> dict[str, float]:
    """MRPE (mm) per clip with focal length and height known, of people NEAR to FAR metres away, and their mean."""
    found = {}
    for row in rows:
        if row.tool != KNOWN or row.result is None or not row.clip.exact:
            continue
        distance = float(np.nanmedian(row.clip.people[0].limbs.joints[..., 2]))
        if NEAR <= distance <= FAR:
            found[row.clip.name] = float(row.result.mrpe[0])
    return found | {"mean": score.mean_of(list(found.values()))} if found else {}


def describe(scenario: Scenario) -> dict[str, Any]:
    """What the committed figures belong to."""
    request = scenario.request
    return {
        "title": scenario.title, "group": scenario.group, "motions": scenario.motions, "instead": scenario.instead,
        "seed": request.seed, "mode": request.mode, "frames": request.frames, "fps": float(request.fps),
        "size": request.size, "cameras": request.cameras, "people": request.people,
    }  # fmt: skip


def check_floors(summaries: Summaries, floors: dict[str, Any], only: Sequence[str] | None) -> list[str]:
    """What Understudy misses: ``[floors.SCENARIO]`` of the table, ``KEY_most`` and ``KEY_least``."""
    missed = []
    for name, limits in floors.items():
        if only and name not in only:
            continue
        figures = summaries[name]["Understudy"]
        for key, limit in limits.items():
            what, _, kind = key.rpartition("_")
            value: Any = figures
            for part in what.split("."):
                value = value[part]
            fine = np.isfinite(value) and (value <= limit if kind == "most" else value >= limit)
            if not fine:
                missed.append(f"FAILS: {name}, {what} is {value:.4g}, at {kind} {limit:g} is asked for")
    return missed


if __name__ == "__main__":
    sys.exit(main())
