"""``understudy models``: the default networks on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE
from ..weights import store
from .console import ProgressReport, print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("models", help="list or fetch the networks", description=__doc__)
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, function, text in (
        ("list", run_list, "which networks there are, and which lie on this machine"),
        ("pull", run_pull, "download what is missing"),
        ("import", run_import, "take what is missing from a wheel file, without a network"),
        ("info", run_info, "one network: licence, file, hash"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("--json", action="store_true", help="print one JSON object")
        if name == "import":
            action.add_argument("wheel", type=Path, metavar="FILE.whl")
        if name == "info":
            action.add_argument("name", metavar="NAME")
        action.set_defaults(run=function)


def run_list(options: argparse.Namespace) -> int:
    rows = [_row(status) for status in store.list_models()]
    if options.json:
        print_json({"folder": str(store.models_dir()), "models": rows})
        return EXIT_DONE
    print(f"Models in {store.models_dir()}")
    for row in rows:
        state = "present" if row["present"] else "missing"
        print(f"  {row['name']:<22} {state:<8} {row['licence']:<11} {row['description']}")
    return EXIT_DONE


def run_info(options: argparse.Namespace) -> int:
    row = _row(store.info(options.name)) | {"verified": store.verify(options.name)}
    if options.json:
        print_json(row)
        return EXIT_DONE
    for key, value in row.items():
        print(f"{key:<12} {value}")
    return EXIT_DONE


def run_pull(options: argparse.Namespace) -> int:
    return _fetch(None, options.json)


def run_import(options: argparse.Namespace) -> int:
    return _fetch(options.wheel, options.json)


def _fetch(wheel: Path | None, as_json: bool) -> int:
    with ProgressReport() as report:
        result = store.pull(wheel, lambda done, total, text: report.update(text, done, total, None))
    if as_json:
        print_json({"folder": str(result.folder), "written": list(result.written), "kept": list(result.kept)})
    else:
        print(f"{result.folder}: {len(result.written)} models written, {len(result.kept)} already there")
    return EXIT_DONE


def _row(status: store.ModelStatus) -> dict[str, Any]:
    model = status.model
    return {
        "name": model.name,
        "description": model.description,
        "version": model.version,
        "licence": model.licence,
        "commercial": model.commercial,
        "sha256": model.sha256,
        "path": str(status.path),
        "present": status.present,
    }
