"""Reading a ``.tflite`` file into a ``Graph``: constants to float32, block-sparse ones made dense, options decoded.

Source: the format's published schema (schema.fbs of TensorFlow Lite), read with the ``tflite`` package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tflite

from ..errors import BadInputError
from .graph import Clamp, Graph, Node, Padding, same_padding

_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
_CLAMPS: dict[Any, Clamp] = {
    tflite.ActivationFunctionType.NONE: None,
    tflite.ActivationFunctionType.RELU: (0.0, float("inf")),
    tflite.ActivationFunctionType.RELU6: (0.0, 6.0),
}
_INDEX_VECTORS = {
    tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
    tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
    tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
}
_OPERATOR_NAMES = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}


def read_graph(path: Path) -> Graph:
    """The graph of a single-subgraph file. Raises ``BadInputError`` naming the file and an operator it cannot run."""
    return _Reader(path).read()


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        # Any: the generated reader declares every table as possibly absent, which a network's own are not.
        self.model: Any = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
        self.graph: Any = self.model.Subgraphs(0)
        self.constants: dict[int, np.ndarray] = {}
        self.shapes: dict[int, tuple[int, ...]] = {}

    def read(self) -> Graph:
        for index in range(self.graph.TensorsLength()):
            tensor = self.graph.Tensors(index)
            self.shapes[index] = tuple(tensor.ShapeAsNumpy().tolist()) if tensor.ShapeLength() else ()
            buffer = self.model.Buffers(tensor.Buffer())
            if buffer.DataLength():
                self.constants[index] = self._constant(tensor, buffer, self.shapes[index])
        nodes = [node for k in range(self.graph.OperatorsLength()) if (node := self._node(self.graph.Operators(k)))]
        inputs, outputs = self.graph.InputsAsNumpy().tolist(), self.graph.OutputsAsNumpy().tolist()
        return Graph(inputs[0], tuple(outputs), tuple(nodes), self.shapes)

    def _constant(self, tensor: Any, buffer: Any, shape: tuple[int, ...]) -> np.ndarray:
        if tensor.Type() not in _DTYPES:
            raise BadInputError(f"{self.path.name}: constant {tensor.Name()!r} has an unsupported type.")
        values = np.frombuffer(buffer.DataAsNumpy().tobytes(), _DTYPES[tensor.Type()])
        sparsity = tensor.Sparsity()
        return values.reshape(shape) if sparsity is None else densify(values, shape, sparsity)

    def _options(self, operator: Any, kind: type) -> Any:
        options, table = kind(), operator.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options

    def _node(self, operator: Any) -> Node | None:
        """The operator as a node, or None where it only turns one constant into another."""
        code = self.model.OperatorCodes(operator.OpcodeIndex())
        name = _OPERATOR_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs = operator.InputsAsNumpy().tolist()
        output = operator.Outputs(0)
        if name in ("DENSIFY", "DEQUANTIZE") and inputs[0] in self.constants:
            constant = self.constants[inputs[0]]
            self.constants[output] = constant.astype(np.float32) if name == "DEQUANTIZE" else constant
            return None
        build = getattr(self, f"_read_{name.lower()}", None)
        if build is None:
            raise BadInputError(f"{self.path.name}: operator {name} is not supported.")
        return build(operator, inputs, output)

    def _read_conv_2d(self, operator: Any, inputs: list[int], output: int) -> Node:
        return self._convolution("conv", self._options(operator, tflite.Conv2DOptions), inputs, output)

    def _read_depthwise_conv_2d(self, operator: Any, inputs: list[int], output: int) -> Node:
        options = self._options(operator, tflite.DepthwiseConv2DOptions)
        return self._convolution("depthwise", options, inputs, output)

    def _convolution(self, kind: str, options: Any, inputs: list[int], output: int) -> Node:
        weight = self.constants[inputs[1]]
        kernel = weight.shape[1:3]
        return Node(
            kind, (inputs[0],), output, weight, self._bias(inputs, self.shapes[output][-1]),
            _CLAMPS[options.FusedActivationFunction()], (options.StrideH(), options.StrideW()),
            self._padding(inputs[0], kernel, options),
        )  # fmt: skip

    def _bias(self, inputs: list[int], channels: int) -> np.ndarray:
        given = len(inputs) > 2 and inputs[2] >= 0
        return self.constants[inputs[2]] if given else np.zeros(channels, np.float32)

    def _padding(self, tensor: int, kernel: tuple[int, ...], options: Any) -> Padding:
        if options.Padding() == tflite.Padding.VALID:
            return (0, 0, 0, 0)
        _, height, width, _ = self.shapes[tensor]
        return (*same_padding(height, kernel[0], options.StrideH()), *same_padding(width, kernel[1], options.StrideW()))

    def _read_fully_connected(self, operator: Any, inputs: list[int], output: int) -> Node:
        options = self._options(operator, tflite.FullyConnectedOptions)
        clamp = _CLAMPS[options.FusedActivationFunction()]
        weight = self.constants[inputs[1]]
        return Node("dense", (inputs[0],), output, weight, self._bias(inputs, weight.shape[0]), clamp)

    def _read_add(self, operator: Any, inputs: list[int], output: int) -> Node:
        clamp = _CLAMPS[self._options(operator, tflite.AddOptions).FusedActivationFunction()]
        return Node("add", tuple(inputs), output, clamp=clamp)

    def _read_pad(self, operator: Any, inputs: list[int], output: int) -> Node:
        return Node("pad", (inputs[0],), output, pads=self.constants[inputs[1]])

    def _read_max_pool_2d(self, operator: Any, inputs: list[int], output: int) -> Node:
        options = self._options(operator, tflite.Pool2DOptions)
        window = (options.FilterHeight(), options.FilterWidth())
        return Node(
            "max_pool", (inputs[0],), output, clamp=_CLAMPS[options.FusedActivationFunction()], window=window,
            stride=(options.StrideH(), options.StrideW()), padding=self._padding(inputs[0], window, options),
        )  # fmt: skip

    def _read_resize_bilinear(self, operator: Any, inputs: list[int], output: int) -> Node:
        options = self._options(operator, tflite.ResizeBilinearOptions)
        return Node(
            "resize", (inputs[0],), output, shape=tuple(self.constants[inputs[1]].tolist()),
            align_corners=options.AlignCorners(), half_pixel_centers=options.HalfPixelCenters(),
        )  # fmt: skip

    def _read_prelu(self, operator: Any, inputs: list[int], output: int) -> Node:
        return Node("prelu", (inputs[0],), output, self.constants[inputs[1]].reshape(-1))

    def _read_logistic(self, operator: Any, inputs: list[int], output: int) -> Node:
        return Node("logistic", (inputs[0],), output)

    def _read_mean(self, operator: Any, inputs: list[int], output: int) -> Node:
        if self.constants[inputs[1]].tolist() != [1, 2] or len(self.shapes[output]) != 2:
            raise BadInputError(f"{self.path.name}: MEAN is supported over height and width only.")
        return Node("mean", (inputs[0],), output)

    def _read_reshape(self, operator: Any, inputs: list[int], output: int) -> Node:
        return Node("reshape", (inputs[0],), output, shape=(-1, *self.shapes[output][1:]))

    def _read_concatenation(self, operator: Any, inputs: list[int], output: int) -> Node:
        return Node("concat", tuple(inputs), output, axis=self._options(operator, tflite.ConcatenationOptions).Axis())

    def _read_depth_to_space(self, operator: Any, inputs: list[int], output: int) -> Node:
        block = self._options(operator, tflite.DepthToSpaceOptions).BlockSize()
        return Node("depth_to_space", (inputs[0],), output, window=(block, block))


def densify(values: np.ndarray, shape: tuple[int, ...], sparsity: Any) -> np.ndarray:
    """Dense array of ``shape`` from stored ``values``: each level of the traversal is dense or compressed rows (CSR).

    Levels beyond the rank are the inner dimensions of blocks; ``block_map`` names the dimension each one divides.
    """
    rank = len(shape)
    order = sparsity.TraversalOrderAsNumpy().tolist()
    blocks = sparsity.BlockMapAsNumpy().tolist() if sparsity.BlockMapLength() else []
    position = np.zeros(1, np.int64)
    coordinates = np.zeros((len(order), 1), np.int64)
    block_size = dict.fromkeys(range(rank), 1)
    for level, dimension in enumerate(order):
        metadata = sparsity.DimMetadata(level)
        if metadata.Format() == tflite.DimensionType.DENSE:
            size = metadata.DenseSize()
            parent = np.repeat(np.arange(len(position)), size)
            index = np.tile(np.arange(size), len(position))
            position = position[parent] * size + index
            if dimension >= rank:
                block_size[blocks[dimension - rank]] = size
        else:
            segments = _index_vector(metadata.ArraySegmentsType(), metadata.ArraySegments())
            indices = _index_vector(metadata.ArrayIndicesType(), metadata.ArrayIndices())
            counts = segments[position + 1] - segments[position]
            parent = np.repeat(np.arange(len(position)), counts)
            within = np.arange(len(parent)) - np.repeat(np.cumsum(counts) - counts, counts)
            position = segments[position][parent] + within
            index = indices[position]
        coordinates = coordinates[:, parent]
        coordinates[dimension] = index
    place = []
    for dimension in range(rank):
        place.append(coordinates[dimension] * block_size[dimension])
        for inner, outer in enumerate(blocks):
            if outer == dimension:
                place[-1] = place[-1] + coordinates[rank + inner]
    dense = np.zeros(shape, values.dtype)
    dense[tuple(place)] = values[position]
    return dense


def _index_vector(kind: int, table: Any) -> np.ndarray:
    vector: Any = _INDEX_VECTORS[kind]()
    vector.Init(table.Bytes, table.Pos)
    return vector.ValuesAsNumpy().astype(np.int64)
