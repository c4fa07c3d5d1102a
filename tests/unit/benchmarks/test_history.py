"""The plot of progress and the floors that guard against regressions."""

from __future__ import annotations

import json
import subprocess

import pytest
import run_suite
from suite import history


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """An empty repository in which results can be committed."""
    results = tmp_path / "benchmarks" / "results"
    results.mkdir(parents=True)
    monkeypatch.setattr(history, "ROOT", tmp_path)
    monkeypatch.setattr(history, "RESULTS", results)

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments], cwd=tmp_path,
                       check=True, capture_output=True)  # fmt: skip

    git("init", "-q")

    def record(text: str) -> None:
        (results / "suite.json").write_text(text)
        git("add", "-A")
        git("commit", "-q", "-m", "figures")

    return record


def result(commit: str, mpjpe: float) -> str:
    figures = {"mpjpe_mm": mpjpe, "pa_mpjpe_mm": 50.0, "coverage": 1.0, "frames_per_second": None}
    return json.dumps({"summary": {"walk": {"Understudy": figures}, "all": {"Understudy": figures}},
                       "machine": {"commit": commit}})  # fmt: skip


def test_versions_come_oldest_first_and_damaged_ones_are_left_out(repository):
    repository(result("aaa", 90.0))
    repository("no JSON")
    repository(result("bbb", 80.0))
    assert [commit for commit, _ in history.recorded("suite")] == ["aaa", "bbb"]


def test_a_result_that_is_not_committed_yet_is_the_last_point(repository):
    repository(result("aaa", 90.0))
    (history.RESULTS / "suite.json").write_text(result("bbb+", 70.0))
    versions = history.recorded("suite")
    lines = [trace for trace in history.history_figure(versions).data if trace.name == "walk"]
    assert list(lines[0].y) == [90.0, 70.0]
    assert list(lines[0].x) == ["1: aaa", "2: bbb+"]


def test_figures_that_nobody_has_make_no_line(repository):
    repository(result("aaa", 90.0))
    names = [trace.xaxis for trace in history.history_figure(history.recorded("suite")).data]
    assert "x4" not in names  # the panel of the speed, which is null here, has no line to draw


def test_the_page_says_when_there_is_nothing_yet(repository, tmp_path):
    page = history.write_history(tmp_path / "page.html")
    assert "No result has been recorded yet" in page.read_text()


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({"mpjpe_mm": 80.0, "coverage": 1.0}, 0),
        ({"mpjpe_mm": 101.0, "coverage": 1.0}, 1),  # less accurate than asked for
        ({"mpjpe_mm": 80.0, "coverage": 0.9}, 1),  # not found often enough
        ({"mpjpe_mm": float("nan"), "coverage": 0.0}, 2),  # nothing at all never passes
    ],
)
def test_floors_fail_on_what_is_worse_and_on_nothing(figures, missed):
    floors = {"walk": {"mpjpe_mm_most": 100.0, "coverage_least": 0.95}}
    messages = run_suite.check_floors({"walk": {"Understudy": figures}}, floors, None)
    assert len(messages) == missed
    assert all("walk" in message for message in messages)


def test_floors_reach_into_groups_of_figures():
    summaries = {"signs": {"Understudy": {"hands": {"found": 0.5}}}}
    floors = {"signs": {"hands.found_least": 0.8}}
    assert run_suite.check_floors(summaries, floors, None)
    assert not run_suite.check_floors(summaries, floors, ["walk"])
