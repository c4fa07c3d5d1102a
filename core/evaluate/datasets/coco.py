"""COCO keypoints (Lin et al. 2014): people in pictures. Annotations CC BY 4.0; cocodataset.org."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .pictures import Person, collection
from .reading import existing, integer, key, listed, read_json, vector


def read(path: Path, hidden: str = "keep") -> Annotation:
    """``person_keypoints_*.json``: ``images``, ``annotations`` (``keypoints`` 17 × x, y, v; v 0: not labelled, 1:
    labelled but hidden, 2: visible), ``categories``.

    Pictures with at least one labelled person, by id; crowds are left out. ``hidden='mask'`` makes v = 1 NaN; the
    published OKS counts it. ``extra``: ``images`` (T,) file names, ``image_ids`` (T,), ``box`` (P,T,4) x y w h,
    ``area`` (P,T), ``occluded`` (P,T,17).
    """
    source = existing(path)
    content = read_json(source)
    images = listed(key(content, "images", source), "images", source)
    names = {str(key(image, "id", source)): str(key(image, "file_name", source)) for image in images}
    for category in listed(content.get("categories", []), "categories", source):
        points = tuple(category.get("keypoints", ())) if isinstance(category, dict) else ()
        if points and points != JOINT_SETS["COCO-17"]:
            raise BadInputError(f"{source}: its keypoints are not COCO's 17: {', '.join(points)}.", "Use COCO's file.")
    grouped: dict[int, list[Person]] = {}
    for number, entry in enumerate(listed(key(content, "annotations", source), "annotations", source)):
        where = f"{source}: annotation {number}"
        picture = integer(key(entry, "image_id", where), "image_id", where)
        if entry.get("iscrowd", 0) or not entry.get("num_keypoints", 1):
            continue
        values = vector(key(entry, "keypoints", where), 51, "keypoints", where).reshape(17, 3)
        points = np.where(values[:, 2:] > 0, values[:, :2], np.nan)
        if str(picture) not in names:
            raise BadInputError(f"{where}: no image {picture}.", "Use COCO's file.")
        other = {
            "box": vector(entry.get("bbox", [np.nan] * 4), 4, "bbox", where),
            "area": vector(entry.get("area", np.nan), 1, "area", where)[0],
        }
        grouped.setdefault(picture, []).append(Person(points, values[:, 2] == 1, other))
    order = sorted(grouped)
    annotation = collection("COCO", "COCO-17", [(names[str(i)], grouped[i]) for i in order], hidden)
    annotation.extra["image_ids"] = np.array(order)
    return annotation
