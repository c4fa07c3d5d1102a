"""``understudy actor``: saves how a take's person is built, for the next take of the same person."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..actor import SUFFIX, actor_of, write_actor
from ..errors import EXIT_DONE, BadInputError
from .console import print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("actor", help="save a person's body for their next takes", description=__doc__)
    parser.add_argument("take", type=Path, metavar="X.take.npz")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar=f"NAME{SUFFIX}")
    parser.add_argument("--person", metavar="ID", help="whom; not needed where there is one")
    parser.add_argument("--name", default="", help="the actor's name; the file's by default")
    parser.add_argument("--json", action="store_true", help="print the profile as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from ..take_file import load

    name = options.output.name.removesuffix(SUFFIX)
    if not name or not options.output.name.endswith(SUFFIX):
        raise BadInputError(f"{options.output.name} is no name of a profile.", f"Name it like anna{SUFFIX}.")
    take = load(options.take)
    people = {person.id: person for person in take.people}
    whom = options.person or (take.people[0].id if len(people) == 1 else None)
    if whom not in people:
        problem = f"has no person {whom}" if whom else "has several people, or none"
        raise BadInputError(f"{options.take.name} {problem}.", f"Name one with --person: {', '.join(people)}.")
    actor = actor_of(take, people[whom], options.name or name)
    write_actor(options.output, actor)
    if options.json:
        print_json({"path": str(options.output)} | actor.to_json())
    else:
        print(f"{options.output}: {actor.name}, {actor.height:.2f} m")
    return EXIT_DONE
