"""The bundled model as graphs for ONNX Runtime: its layers in 8 bits, its vocabulary in the 4-bit blocks of the file.

The architecture is BERT's (Devlin et al. 2019) as `intfloat/multilingual-e5-small` has it, with the mean over
the tokens and the norm behind it. Operators of the domain com.microsoft are ONNX Runtime's own.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from ingest.bundled_model import Weights
from ingest.errors import LibraryError
from ingest.quantise import BELOW, Floats, Inputs, inputs_of, of_each_token, whole_numbers

_MICROSOFT = "com.microsoft"
_OPSET, _IR_VERSION = 20, 10
_BLOCK = {"bits": 4, "block_size": 32}


def write_embedder(weights: Weights, path: Path) -> None:
    """Write the model: `ids` (texts, tokens) int64 and `mask` (texts, tokens) int32 to unit `vectors`
    (texts, hidden) float32."""
    graph = _Graph(weights)
    graph.mean(graph.states())
    _save(graph.model("vectors", ["texts", weights.sizes["hidden"]]), path)


def write_cross_encoder(weights: Weights, head: Mapping[str, npt.NDArray[Any]], path: Path) -> None:
    """Write the model that reads a question and a text together: `ids` and `mask` as above, and `shares` (pairs, 2, tokens)
    float32, how much each token counts in the means of question and text, to `logits` (pairs, 1) float32.

    Of the two unit means u and v and what they have in common, u * v, and apart, |u - v|, the layer `hidden` makes its
    features, `out` the logit, to which `common` adds what u * v alone says.
    """
    graph = _Graph(weights)
    graph.logit(graph.states(), head)
    shares = helper.make_tensor_value_info("shares", TensorProto.FLOAT, ["texts", 2, "tokens"])
    _save(graph.model("logits", ["texts", 1], shares), path)


def _save(model: onnx.ModelProto, path: Path) -> None:
    # Weights in a file of their own are mapped into memory, not read.
    onnx.save(model, path, save_as_external_data=True, location=f"{path.stem}.weights")


class _Graph:
    """A graph that grows node by node; a value goes by the name of what makes it."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._hidden, self._heads = weights.sizes["hidden"], weights.sizes["heads"]
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[TensorProto] = []

    def states(self) -> str:
        """What the layers make of the tokens."""
        states = self.embeddings()
        for layer in range(self._weights.sizes["layers"]):
            states = self.layer(f"l{layer}", states)
        return states

    def embeddings(self) -> str:
        """Word, position and type, normalised."""
        word, position = self._weights.words, self._weights.vectors["emb.pos"]
        data = self._constant("emb.word", word.nibbles.reshape(len(word.nibbles), -1))
        scales = self._constant("emb.word.scales", word.scales)
        words = self._node(
            "GatherBlockQuantized",
            [data, "ids", scales],
            _MICROSOFT,
            gather_axis=0,
            quantize_axis=1,
            **_BLOCK,
        )
        types = self._weights.vectors["emb.type"].reshape(-1, self._hidden)
        positions = self._constant("emb.pos", position.reshape(-1, self._hidden) + types[0])
        length = self._node("Shape", ["ids"], start=1, end=2)
        zero = self._constant("zero", np.array([0]))
        here = self._node("Slice", [positions, zero, length, zero])
        added = self._node("Add", [words, here])
        return self._normalised("emb.ln", added)

    def layer(self, name: str, states: str) -> str:
        """Attention, then two dense layers, each added to what went in and normalised."""
        on = self._inputs(f"{name}.ao", [self._matrix(f"{name}.ao")])
        attended = self._dense(f"{name}.ao", self._attention(name, states, on), on)
        states = self._added(f"{name}.aln", attended, states)
        wide = self._inputs(f"{name}.fi", [self._matrix(f"{name}.fi")])
        inner = self._dense(f"{name}.fi", self._smooth(f"{name}.fi", states, wide), wide)
        outer = self._dense_by_token(f"{name}.fo", self._node("Gelu", [inner], _MICROSOFT))
        return self._added(f"{name}.oln", outer, states)

    def mean(self, states: str) -> None:
        """The mean of the states of a text's tokens, as a unit vector: the sum has the same direction."""
        mask = self._node("Cast", ["mask"], to=TensorProto.FLOAT)
        one = self._constant("one", np.array([1]))
        row = self._node("Unsqueeze", [mask, one])
        total = self._node("Squeeze", [self._node("MatMul", [row, states]), one])
        self._nodes.append(helper.make_node("LpNormalization", [total], ["vectors"], axis=-1, p=2))

    def logit(self, states: str, head: Mapping[str, npt.NDArray[Any]]) -> None:
        """How likely the text of a pair answers its question, as a logit."""
        means = self._node("MatMul", ["shares", states])
        units = self._node("LpNormalization", [means], axis=-1, p=2)
        one = self._constant("one", np.array([1]))
        u, v = (
            self._node("Squeeze", [self._node("Gather", [units, self._constant(name, number)], axis=1), one])
            for name, number in (("asked", np.array([0])), ("read", np.array([1])))
        )
        common = self._node("Mul", [u, v])
        apart = self._node("Abs", [self._node("Sub", [u, v])])
        features = self._node("Concat", [u, v, common, apart], axis=-1)
        weights = {name: self._constant(f"head.{name}", array) for name, array in head.items()}
        inner = self._node(
            "Add", [self._node("MatMul", [features, weights["hidden.w"]]), weights["hidden.b"]]
        )
        parts = [
            self._node("MatMul", [self._node("Gelu", [inner], _MICROSOFT), weights["out.w"]]),
            self._node("MatMul", [common, weights["common.w"]]),
        ]
        self._nodes.append(helper.make_node("Sum", [*parts, weights["out.b"]], ["logits"]))

    def model(self, output: str, shape: Sequence[str | int], *more: onnx.ValueInfoProto) -> onnx.ModelProto:
        """The finished model, with `more` inputs than tokens if given."""
        texts = ["texts", "tokens"]
        inputs = [
            helper.make_tensor_value_info("ids", TensorProto.INT64, texts),
            helper.make_tensor_value_info("mask", TensorProto.INT32, texts),
            *more,
        ]
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self._nodes, output, inputs, [result], self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)

    def _attention(self, name: str, states: str, on: Inputs) -> str:
        """What the heads make of the states, smooth for the layer that it goes `on` to: the matrix of the values sees to it."""
        matrices = {part: self._matrix(f"{name}.{part}") for part in "qkv"}
        biases = {part: self._weights.vectors[f"{name}.{part}.b"] for part in "qkv"}
        into = self._inputs(f"{name}.q", list(matrices.values()))
        matrices["v"], biases["v"] = matrices["v"] / on.factors, biases["v"] / on.factors
        whole, scale, zero = self._whole(f"{name}.q", self._smooth(f"{name}.q", states, into), into)
        matrix, scales = self._whole_matrix(
            f"{name}.qkv", np.concatenate(list(matrices.values()), axis=1), into
        )
        bias = self._constant(f"{name}.qkv.b", np.concatenate(list(biases.values())))
        given = [whole, matrix, bias, scale, scales, "mask", zero]
        return self._node("QAttention", given, _MICROSOFT, num_heads=self._heads)

    def _dense_by_token(self, name: str, states: str) -> str:
        """A layer in whole numbers of which each token has its own scale; no token is all zero behind GELU and a bias."""
        known = self._inputs(name, [self._matrix(name)])
        smooth = self._smooth(name, states, known)
        above = self._node("LeakyRelu", [smooth], alpha=-float(BELOW))
        last = self._constant(f"{name}.last", np.array([-1]))
        scale = self._node("ReduceMax", [above, last], keepdims=1)
        into = of_each_token(known.factors)
        divided = self._node("Mul", [smooth, self._node("Reciprocal", [scale])])
        product = self._product(name, divided, into, "")
        return self._node("Add", [self._node("Mul", [product, scale]), self._bias(name)])

    def _dense(self, name: str, smooth: str, into: Inputs) -> str:
        """A layer of what is smooth already."""
        return self._product(name, smooth, into, self._bias(name))

    def _product(self, name: str, smooth: str, into: Inputs, bias: str) -> str:
        whole, scale, zero = self._whole(name, smooth, into)
        matrix, scales = self._whole_matrix(name, self._matrix(name), into)
        return self._node("MatMulIntegerToFloat", [whole, matrix, scale, scales, zero, "", bias], _MICROSOFT)

    def _bias(self, name: str) -> str:
        return self._constant(f"{name}.b", self._weights.vectors[f"{name}.b"])

    def _inputs(self, name: str, matrices: Sequence[Floats]) -> Inputs:
        if name not in self._weights.ranges:
            raise LibraryError(
                f"What goes into layer {name} is not known: run `python -m evals.training.ranges`."
            )
        return inputs_of(name.split(".")[1], self._weights.ranges[name], matrices)

    def _smooth(self, name: str, states: str, into: Inputs) -> str:
        return self._node("Mul", [states, self._constant(f"{name}.in.smooth", 1 / into.factors)])

    def _whole(self, name: str, smooth: str, into: Inputs) -> tuple[str, str, str]:
        """The whole numbers, their scale and their zero."""
        scale = self._constant(f"{name}.in.scale", np.array(into.scale, np.float32))
        zero = self._constant(f"{name}.in.zero", np.array(into.zero, np.uint8))
        return self._node("QuantizeLinear", [smooth, scale, zero]), scale, zero

    def _whole_matrix(self, name: str, matrix: Floats, into: Inputs) -> tuple[str, str]:
        """The whole numbers of a matrix, and the scales of its columns."""
        whole, scales = whole_numbers(matrix * into.factors[:, None])
        return self._constant(f"{name}.whole", whole), self._constant(f"{name}.scales", scales)

    def _matrix(self, name: str) -> Floats:
        """The matrix of a layer, shape (in, out)."""
        return self._weights.matrices[f"{name}.w"].T

    def _added(self, name: str, states: str, before: str) -> str:
        # SkipLayerNormalization, which does both, takes three times as long here.
        return self._normalised(name, self._node("Add", [states, before]))

    def _normalised(self, name: str, states: str) -> str:
        inputs = [states, *self._vectors(name)]
        return self._node("LayerNormalization", inputs, axis=-1, epsilon=self._weights.epsilon)

    def _vectors(self, name: str) -> list[str]:
        """The weight and bias of a normalisation."""
        return [self._constant(f"{name}.{end}", self._weights.vectors[f"{name}.{end}"]) for end in "wb"]

    def _constant(self, name: str, values: npt.NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, operator: str, inputs: Sequence[str], domain: str = "", **options: Any) -> str:
        output = f"{operator} {len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **options))
        return output
