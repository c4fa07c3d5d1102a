"""Each operator against a literal NHWC loop, where channels-first torch could differ from the file format."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from understudy.core.nets.graph import Graph, Node, fold_padding, prune, same_padding
from understudy.core.nets.network import GraphModule

Array = np.ndarray


def run(node: Node, out_shape: tuple[int, ...], *inputs: Array, packed: bool = False) -> Array:
    """``node`` on NHWC ``inputs`` whose tensors are numbered from 0; the output's tensor is 9."""
    shapes = {i: (1, *x.shape[1:]) for i, x in enumerate(inputs)} | {9: out_shape}
    tensors = {i: _to_torch(x) for i, x in enumerate(inputs)}
    module = GraphModule(Graph(0, (9,), (node,), shapes))
    if packed:
        module.ops[0].pack()
    with torch.inference_mode():
        output = module._run(tensors, 0, 1)[9]
    return (output.permute(0, 2, 3, 1) if output.ndim == 4 else output).detach().numpy()


def _to_torch(x: Array) -> torch.Tensor:
    tensor = torch.from_numpy(x)
    return tensor.permute(0, 3, 1, 2) if x.ndim == 4 else tensor


def naive_convolution(x: Array, weight: Array, bias: Array, stride: int, depthwise: bool) -> Array:
    """SAME convolution by the format's definition: sample i reads from i · stride − padding before."""
    n, height, width, _ = x.shape
    kernel = weight.shape[1]
    rows, columns = -(-height // stride), -(-width // stride)
    top, left = (max((-(-s // stride) - 1) * stride + kernel - s, 0) // 2 for s in (height, width))
    out = np.zeros((n, rows, columns, len(bias)), np.float64)
    for r, c, i, j in itertools.product(range(rows), range(columns), range(kernel), range(kernel)):
        y, z = r * stride + i - top, c * stride + j - left
        if 0 <= y < height and 0 <= z < width:
            out[:, r, c] += x[:, y, z] * weight[0, i, j] if depthwise else x[:, y, z] @ weight[:, i, j].T
    return out + bias


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 8), (9, 5)])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (5, 2), (2, 2), (4, 1), (5, 3), (3, 3)])
def test_convolution_same(depthwise: bool, height: int, width: int, kernel: int, stride: int) -> None:
    """Even sizes with stride 2 need one-sided padding; both ways of getting it are taken (many or few outputs)."""
    rng = np.random.default_rng(kernel * 10 + stride)
    for channels, outputs in ((3, 3),) if depthwise else ((2, 24), (12, 3)):
        x = rng.normal(size=(2, height, width, channels)).astype(np.float32)
        shape = (1, kernel, kernel, channels) if depthwise else (outputs, kernel, kernel, channels)
        weight = rng.normal(size=shape).astype(np.float32)
        bias = rng.normal(size=outputs).astype(np.float32)
        expected = naive_convolution(x, weight, bias, stride, depthwise)
        padding = (*same_padding(height, kernel, stride), *same_padding(width, kernel, stride))
        for clamp in (None, (0.0, 6.0), (0.0, float("inf"))):
            node = Node("depthwise" if depthwise else "conv", (0,), 9, weight, bias, clamp, (stride, stride), padding)
            wanted = expected if clamp is None else np.clip(expected, *clamp)
            for packed in (False, True):
                result = run(node, (1, *expected.shape[1:]), x, packed=packed)
                assert result.shape == expected.shape
                np.testing.assert_allclose(result, wanted, atol=2e-5)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [(8, 3, 1, (1, 1)), (8, 3, 2, (0, 1)), (7, 3, 2, (1, 1)), (8, 5, 2, (1, 2)), (8, 2, 2, (0, 0)), (8, 1, 3, (0, 0)),
     (7, 2, 2, (0, 1))],
)  # fmt: skip
def test_same_padding(size: int, kernel: int, stride: int, expected: tuple[int, int]) -> None:
    assert same_padding(size, kernel, stride) == expected


def test_folded_padding_equals_padding_first() -> None:
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(size=(2, 3, 8, 8)).astype(np.float32))
    weight, bias = rng.normal(size=(4, 3, 3, 3)).astype(np.float32), rng.normal(size=4).astype(np.float32)
    pads = np.array([[0, 0], [1, 2], [0, 1], [0, 0]], np.int32)
    nodes = (Node("pad", (0,), 1, pads=pads), Node("conv", (1,), 2, weight, bias, stride=(2, 2)))
    graph = Graph(0, (2,), nodes, {0: (1, 8, 8, 3), 1: (1, 11, 9, 3), 2: (1, 5, 4, 4)})
    folded = fold_padding(graph)
    assert [node.kind for node in folded.nodes] == ["conv"]
    torch.testing.assert_close(GraphModule(folded)(x), GraphModule(graph)(x))


def test_padding_of_channels_or_for_two_readers_is_not_folded() -> None:
    weight, bias = np.ones((1, 1, 1, 2), np.float32), np.zeros(1, np.float32)
    convolutions = (Node("conv", (1,), 2, weight, bias), Node("conv", (1,), 3, weight, bias))
    spatial = np.array([[0, 0], [1, 1], [1, 1], [0, 0]])
    channels = np.array([[0, 0], [0, 0], [0, 0], [0, 1]])
    for pads, readers in ((spatial, 2), (channels, 1)):
        nodes = (Node("pad", (0,), 1, pads=pads), *convolutions[:readers])
        assert fold_padding(Graph(0, (2,), nodes, {})).nodes == nodes


def test_prune_keeps_only_what_the_wanted_output_needs() -> None:
    nodes = tuple(Node("logistic", (a,), b) for a, b in ((0, 1), (1, 2), (1, 3), (3, 4)))
    pruned = prune(Graph(0, (4, 2), nodes, {}), (1,))
    assert pruned.outputs == (2,)
    assert [node.output for node in pruned.nodes] == [1, 2]


def test_pad_puts_rows_columns_and_channels_where_the_format_does() -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 2)).astype(np.float32)
    pads = np.array([[0, 0], [1, 0], [2, 3], [0, 5]])
    expected = np.pad(x, pads)
    np.testing.assert_array_equal(run(Node("pad", (0,), 9, pads=pads), expected.shape, x), expected)


def naive_resize(x: Array, height: int, width: int, align_corners: bool, half_pixel_centers: bool) -> Array:
    def source(size: int, new: int, i: int) -> float:
        if align_corners:
            return i * (size - 1) / (new - 1)
        return max((i + 0.5) * size / new - 0.5, 0) if half_pixel_centers else i * size / new

    n, rows, columns, channels = x.shape
    out = np.zeros((n, height, width, channels))
    for r, c in itertools.product(range(height), range(width)):
        y, z = source(rows, height, r), source(columns, width, c)
        y0, z0 = int(y), int(z)
        y1, z1 = min(y0 + 1, rows - 1), min(z0 + 1, columns - 1)
        upper = x[:, y0, z0] * (1 - z + z0) + x[:, y0, z1] * (z - z0)
        lower = x[:, y1, z0] * (1 - z + z0) + x[:, y1, z1] * (z - z0)
        out[:, r, c] = upper * (1 - y + y0) + lower * (y - y0)
    return out


@pytest.mark.parametrize(("align_corners", "half_pixel_centers"), [(False, True), (True, False), (False, False)])
@pytest.mark.parametrize(("height", "width"), [(8, 10), (7, 4), (16, 20)])
def test_resize(align_corners: bool, half_pixel_centers: bool, height: int, width: int) -> None:
    x = np.random.default_rng(2).normal(size=(2, 4, 5, 3)).astype(np.float32)
    node = Node(
        "resize", (0,), 9, shape=(height, width), align_corners=align_corners, half_pixel_centers=half_pixel_centers
    )
    expected = naive_resize(x, height, width, align_corners, half_pixel_centers)
    np.testing.assert_allclose(run(node, (1, height, width, 3), x), expected, atol=1e-5)


def test_depth_to_space() -> None:
    x = np.random.default_rng(3).normal(size=(2, 3, 4, 20)).astype(np.float32)
    expected = np.zeros((2, 6, 8, 5), np.float32)
    for r, c, i, j in itertools.product(range(3), range(4), range(2), range(2)):
        expected[:, 2 * r + i, 2 * c + j] = x[:, r, c, (2 * i + j) * 5 : (2 * i + j + 1) * 5]
    np.testing.assert_array_equal(run(Node("depth_to_space", (0,), 9, window=(2, 2)), (1, 6, 8, 5), x), expected)


def test_max_pool_pads_with_nothing_that_could_win() -> None:
    x = -1 - np.random.default_rng(4).random(size=(2, 5, 4, 3)).astype(np.float32)
    node = Node("max_pool", (0,), 9, window=(2, 2), stride=(2, 2), padding=(0, 1, 0, 0))
    expected = np.stack(
        [[x[:, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2].max((1, 2)) for c in range(2)] for r in range(3)]
    ).transpose(2, 0, 1, 3)
    np.testing.assert_array_equal(run(node, (1, 3, 2, 3), x), expected)


def test_prelu_slopes_are_per_channel() -> None:
    x = np.random.default_rng(5).normal(size=(2, 3, 4, 3)).astype(np.float32)
    slopes = np.array([0.0, 0.5, -2.0], np.float32)
    result = run(Node("prelu", (0,), 9, slopes), (1, 3, 4, 3), x)
    np.testing.assert_allclose(result, np.where(x > 0, x, x * slopes), rtol=1e-6)


def test_reshape_mean_and_concatenation_follow_channels_last_order() -> None:
    x = np.random.default_rng(6).normal(size=(2, 3, 4, 5)).astype(np.float32)
    np.testing.assert_array_equal(run(Node("reshape", (0,), 9, shape=(-1, 60)), (1, 60), x), x.reshape(2, 60))
    np.testing.assert_allclose(run(Node("mean", (0,), 9), (1, 5), x), x.mean((1, 2)), atol=1e-6)
    for axis in (1, 2, 3):
        joined = np.concatenate([x, x], axis)
        result = run(Node("concat", (0, 1), 9, axis=axis), (1, *joined.shape[1:]), x, x)
        np.testing.assert_array_equal(result, joined)
    flat = x.reshape(2, 12, 5)
    result = run(Node("concat", (0, 1), 9, axis=1), (1, 24, 5), flat, flat)
    np.testing.assert_array_equal(result, np.concatenate([flat, flat], 1))


def test_add_and_dense_apply_their_activation() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(2, 2, 3, 3, 4)).astype(np.float32) * 5
    result = run(Node("add", (0, 1), 9, clamp=(0.0, 6.0)), (1, 3, 3, 4), a, b)
    np.testing.assert_allclose(result, np.clip(a + b, 0, 6), rtol=1e-6)
    x, weight = a.reshape(2, 36), rng.normal(size=(7, 36)).astype(np.float32)
    bias = rng.normal(size=7).astype(np.float32)
    result = run(Node("dense", (0,), 9, weight, bias, (0.0, float("inf"))), (1, 7), x)
    np.testing.assert_allclose(result, np.maximum(x @ weight.T + bias, 0), atol=1e-4)


def test_an_input_stays_unchanged_where_an_activation_works_in_place() -> None:
    """A tensor that two nodes read must reach both as it was."""
    x = np.array([[[[-3.0, 9.0]]]], np.float32)
    weight, bias = np.eye(2, dtype=np.float32).reshape(2, 1, 1, 2), np.zeros(2, np.float32)
    nodes = (Node("conv", (0,), 1, weight, bias, (0.0, 6.0)), Node("add", (0, 1), 2), Node("logistic", (0,), 3))
    graph = Graph(0, (2, 1), nodes, dict.fromkeys(range(4), (1, 1, 1, 2)))
    total, clamped = GraphModule(graph)(_to_torch(x))
    assert clamped.flatten().tolist() == [0, 6]
    assert total.flatten().tolist() == [-3, 15]
