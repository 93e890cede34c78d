"""Sees what goes into the layers of the trained models: `python -m evals.training.ranges` writes it beside what they have learnt.

ingest/quantise.py chooses by it which whole numbers stand for an input. The embedding model sees questions and sentences
of data/learn, the cross-encoder pairs of them, some of which belong together. Run it after any training.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from bot.cross_encoder import LEARNT, pair_tokens
from evals.bench.reference import bert, layer_name
from evals.training.examples import LEARN, Example, read_examples
from ingest.bundled_model import ADAPTER, PROMPTS, RANGE, Weights, read_package
from ingest.fold import fold
from ingest.onnx_model import Vocabulary, batches, padded

_EXAMPLES = 1500
_NOT_WATCHED = ("k", "v")  # they get what q gets
_TOGETHER = 0.6  # of the pairs have a sentence that answers, if there is one

Range = npt.NDArray[np.float32]


class _Watch:
    """The least and greatest value of each channel that goes into the layers, so far; shape (2, channels)."""

    def __init__(self, weights: Weights) -> None:
        self.ranges: dict[str, Range] = {}
        self.mask = torch.empty(0)
        self.bert = bert(weights)
        for name in (name.removesuffix(".w") for name in weights.matrices):
            if not name.endswith(_NOT_WATCHED):
                self._watch(name)

    def _watch(self, name: str) -> None:
        def look(_: nn.Module, given: tuple[Tensor]) -> None:
            states = given[0][self.mask].numpy()
            seen = np.stack([states.min(axis=0), states.max(axis=0)])
            before = self.ranges.get(name, seen)
            self.ranges[name] = np.stack([np.minimum(before[0], seen[0]), np.maximum(before[1], seen[1])])

        layer = self.bert.get_submodule(layer_name(f"{name}.w").removesuffix(".weight"))
        layer.register_forward_pre_hook(look)

    def read(self, tokens: Sequence[Sequence[int]]) -> None:
        """Let the model read."""
        for batch in batches(tokens):
            ids, mask = (torch.tensor(array) for array in padded([tokens[n] for n in batch]))
            self.mask = mask.bool()
            with torch.inference_mode():
                self.bert(ids, attention_mask=mask)


def of_embedder(weights: Weights, vocabulary: Vocabulary, examples: Sequence[Example]) -> dict[str, Range]:
    """The ranges of the embedding model, with what it has learnt, over questions and sentences."""
    watch = _Watch(weights.adapted(ADAPTER))
    watch.read([vocabulary.tokens(PROMPTS["query"] + fold(each.question)) for each in examples])
    watch.read([vocabulary.tokens(PROMPTS["document"] + _sentence(each)) for each in examples])
    return watch.ranges


def of_cross_encoder(
    weights: Weights, vocabulary: Vocabulary, examples: Sequence[Example]
) -> dict[str, Range]:
    """The ranges of the cross-encoder over pairs."""
    watch = _Watch(weights.adapted(ADAPTER, LEARNT))
    pairs = (pair_tokens(vocabulary, *pair) for pair in _pairs(examples))
    watch.read([asked + read for asked, read in pairs])
    return watch.ranges


def _pairs(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    for each in examples:
        if each.answers and random.random() < _TOGETHER:
            document, sentence = random.choice(each.answers)
            yield fold(each.question), each.archive[document].in_context(sentence)
        else:
            yield fold(each.question), _sentence(each)


def _sentence(example: Example) -> str:
    document = random.choice(example.archive)
    return document.in_context(random.randrange(len(document.sentences)))


def _keep(file: Path, ranges: dict[str, Range]) -> None:
    """Put the ranges in the place of those in a file."""
    with np.load(file) as learnt:
        kept = {name: learnt[name] for name in learnt if not name.endswith(RANGE)}
    named = {f"{name}{RANGE}": each.astype(np.float16) for name, each in ranges.items()}
    np.savez(file, allow_pickle=False, **kept, **named)


def main() -> None:
    """Both models."""
    random.seed(1)
    model, weights = read_package()
    vocabulary = Vocabulary(model)
    examples = random.sample(list(read_examples(LEARN)), _EXAMPLES)
    _keep(ADAPTER, of_embedder(weights, vocabulary, examples))
    _keep(LEARNT, of_cross_encoder(weights, vocabulary, examples))


if __name__ == "__main__":
    main()
