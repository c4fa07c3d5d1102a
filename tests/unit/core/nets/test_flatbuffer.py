"""Block-sparse constants made dense, against hand-made traversals."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import tflite

from understudy.core.errors import ModelsMissingError
from understudy.core.nets import flatbuffer, load_network
from understudy.core.weights.store import ENVIRONMENT_VARIABLE


@dataclass
class Level:
    """One level of a traversal: dense of ``size``, or compressed rows."""

    size: int = 0
    segments: list[int] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)

    def Format(self) -> int:  # noqa: N802
        return tflite.DimensionType.SPARSE_CSR if self.segments else tflite.DimensionType.DENSE

    def DenseSize(self) -> int:  # noqa: N802
        return self.size

    def ArraySegmentsType(self) -> int:  # noqa: N802
        return 0

    def ArrayIndicesType(self) -> int:  # noqa: N802
        return 0

    def ArraySegments(self) -> list[int]:  # noqa: N802
        return self.segments

    def ArrayIndices(self) -> list[int]:  # noqa: N802
        return self.indices


@dataclass
class Sparsity:
    order: list[int]
    blocks: list[int]
    levels: list[Level]

    def TraversalOrderAsNumpy(self) -> np.ndarray:  # noqa: N802
        return np.array(self.order)

    def BlockMapLength(self) -> int:  # noqa: N802
        return len(self.blocks)

    def BlockMapAsNumpy(self) -> np.ndarray:  # noqa: N802
        return np.array(self.blocks)

    def DimMetadata(self, level: int) -> Level:  # noqa: N802
        return self.levels[level]


@pytest.fixture(autouse=True)
def plain_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flatbuffer, "_index_vector", lambda kind, values: np.array(values, np.int64))


def test_compressed_rows() -> None:
    sparsity = Sparsity([0, 1], [], [Level(size=3), Level(segments=[0, 1, 1, 3], indices=[2, 0, 3])])
    dense = flatbuffer.densify(np.array([5.0, 6.0, 7.0]), (3, 4), sparsity)  # type: ignore[arg-type]
    np.testing.assert_array_equal(dense, [[0, 0, 5, 0], [0, 0, 0, 0], [6, 0, 0, 7]])


def test_compressed_columns_by_traversal_order() -> None:
    sparsity = Sparsity([1, 0], [], [Level(size=2), Level(segments=[0, 2, 3], indices=[0, 2, 1])])
    dense = flatbuffer.densify(np.array([1.0, 2.0, 3.0]), (3, 2), sparsity)  # type: ignore[arg-type]
    np.testing.assert_array_equal(dense, [[1, 0], [0, 3], [2, 0]])


def test_blocks_of_two_by_two() -> None:
    levels = [Level(size=2), Level(segments=[0, 1, 2], indices=[1, 0]), Level(size=2), Level(size=2)]
    values = np.arange(1.0, 9.0)
    dense = flatbuffer.densify(values, (4, 4), Sparsity([0, 1, 2, 3], [0, 1], levels))  # type: ignore[arg-type]
    np.testing.assert_array_equal(dense, [[0, 0, 1, 2], [0, 0, 3, 4], [5, 6, 0, 0], [7, 8, 0, 0]])


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    with pytest.raises(ModelsMissingError, match="pose_detection"):
        load_network("pose_detection")


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="hand_landmark_full"):
        load_network("hands")
