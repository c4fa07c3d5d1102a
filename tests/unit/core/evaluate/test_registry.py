"""Every metric is tested for what it is, what it must ignore and what it must notice.

A test class names its metrics in ``metric``; its tests begin with ``test_hand_computed``, ``test_ignores`` and
``test_notices``, and it calls the metric's own function, or ``METRICS[name].function`` for each of its variants.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import NamedTuple

import pytest

from understudy.core.evaluate.registry import DISPLAY, METRICS

KINDS = ("hand_computed", "ignores", "notices")
MODULES = ("absolute", "bones", "confidence", "contact", "dynamics", "hands", "identity", "multiview", "pose", "timing",
           "world")  # fmt: skip


class Group(NamedTuple):
    """What one test class shows: names it claims, text of each of its tests, other text of the class."""

    names: tuple[str, ...]
    tests: dict[str, str]
    rest: str


def groups() -> list[Group]:
    found = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        source = path.read_text("utf-8")
        for node in ast.parse(source).body:
            if not isinstance(node, ast.ClassDef):
                continue
            names = next((ast.literal_eval(s.value) for s in node.body if isinstance(s, ast.Assign)
                          and getattr(s.targets[0], "id", "") == "metric"), None)  # fmt: skip
            if names is None:
                continue
            # With decorators, which hold a table's names.
            parts = {
                s.name: "".join(ast.get_source_segment(source, part) or "" for part in (*s.decorator_list, s))
                for s in node.body
                if isinstance(s, ast.FunctionDef)
            }
            tests = {name: text for name, text in parts.items() if name.startswith("test_")}
            rest = "".join(text for name, text in parts.items() if not name.startswith("test_"))
            found.append(Group((names,) if isinstance(names, str) else tuple(names), tests, rest))
    return found


GROUPS = groups()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_its_three_cases(name, kind):
    for group in GROUPS:
        if name not in group.names:
            continue
        for test, text in group.tests.items():
            if not test.startswith(f"test_{kind}"):
                continue
            direct = len(group.names) == 1 and f"{METRICS[name].implementation}(" in text + group.rest
            # A table's row, or all of them through ``metric``.
            varied = "METRICS[" in text and (f'"{name}"' in text or '"name", metric' in text)
            if direct or varied:
                return
    pytest.fail(f"no {kind} case calls {name}")


def test_test_classes_name_metrics_that_exist():
    assert {name for group in GROUPS for name in group.names} == set(METRICS)


def test_every_function_that_gives_a_figure_is_in_the_registry():
    figures = set()
    for name in MODULES:
        module = importlib.import_module(f"understudy.core.evaluate.{name}")
        for function in vars(module).values():
            if not inspect.isfunction(function) or function.__module__ != module.__name__:
                continue
            returns = inspect.get_annotations(function)["return"]
            is_figure = returns in ("float", "int") or returns in ("RootError", "Depths", "F1", "Epe", "InterHandMpjpe",
                                                                   "TimestampError")  # fmt: skip
            if is_figure and not function.__name__.startswith("_"):
                figures.add(function.__name__)
    assert figures == {metric.implementation for metric in METRICS.values()}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_are_documented_with_source_and_unit(name):
    metric = METRICS[name]
    function = getattr(metric.function, "func", metric.function)
    assert metric.unit in DISPLAY
    author, year = metric.source.rsplit(maxsplit=1) if metric.source != "here" else ("", "")
    assert author in function.__doc__ and year in function.__doc__
    assert len(function.__doc__) > 80
