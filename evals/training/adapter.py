"""Trains the adapter of the bundled model: `python -m evals.training.adapter [FILES]` goes on from ingest/adapter.npz, or begins
anew where there is none, and writes it. FILES are patterns of names in data/learn, what two of them match is learnt twice; all of them take hours. Then run `python -m evals.training.ranges`, and train the cross-encoder anew.

A question must be nearer to the sentences that answer it than to every other sentence of its archive (InfoNCE, van den Oord et al. 2018), and, where nothing answers it, than to any. Only low-rank updates of the layers are
learnt (LoRA, Hu et al. 2021), and what becomes of a sentence stays near to what the model makes of it without them.
"""

import math
import random
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

import numpy as np
import torch
from torch import Tensor, nn

from evals.bench.reference import bert, tokenizer
from evals.training.examples import LEARN, Example, read_examples
from evals.training.lora import SCALE, arrays, descend, make_optimiser, updated_layers
from ingest.bundled_model import ADAPTER, PROMPTS, read_package
from ingest.document import Document
from ingest.fold import fold
from ingest.onnx_model import batches

_TOGETHER = (
    100  # sentences at least: archives that are smaller, such as a single document, are taken together
)
_RATE, _SCALAR_RATE, _WARM_UP = 3e-4, 1e-2, 0.05
_WITHOUT_CONTEXT = 0.25  # of the documents, lest the model rely on what stands above a sentence
_UNANSWERED_WEIGHT, _STAY_WEIGHT, _STAYING = 0.3, 1.0, 24
_LEAST_COSINE = 0.85  # about what an unanswered question has at best before training
_LONGEST = 160  # tokens of a text


class _Model(nn.Module):
    """The bundled model with updates of all its layers."""

    def __init__(self) -> None:
        super().__init__()
        vocabulary, weights = read_package()
        self._tokenizer = tokenizer(vocabulary)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)
        self.bert = bert(weights)
        self.bert.requires_grad_(False)
        learnt = dict(np.load(ADAPTER)) if ADAPTER.exists() else {}
        self.updates = updated_layers(self.bert, weights.matrices, learnt)
        self.sharpness = nn.Parameter(torch.tensor(math.log(30.0)))
        self.nothing = nn.Parameter(torch.tensor(0.0))  # the score of no answer, beside _LEAST_COSINE

    def forward(self, texts: Sequence[str], prompt: str) -> Tensor:
        """Unit vectors, shape (texts, dimensions)."""
        tokens = [each.ids for each in self._tokenizer.encode_batch([PROMPTS[prompt] + t for t in texts])]
        vectors: dict[int, Tensor] = {}
        for batch in batches(tokens):
            ids = nn.utils.rnn.pad_sequence([torch.tensor(tokens[n]) for n in batch], batch_first=True)
            lengths = torch.tensor([len(tokens[n]) for n in batch])
            mask = (torch.arange(ids.shape[1])[None] < lengths[:, None]).float()
            states = self.bert(ids, attention_mask=mask).last_hidden_state
            means = nn.functional.normalize((states * mask[..., None]).sum(1), dim=-1)
            vectors |= zip(batch, means, strict=True)
        return torch.stack([vectors[n] for n in range(len(texts))])

    def scores(self, questions: Tensor, sentences: Tensor) -> Tensor:
        """Logits, shape (questions, sentences + 1); the last is that of no answer."""
        sharpness = self.sharpness.exp()
        nothing = (self.nothing + _LEAST_COSINE * sharpness).expand(len(questions), 1)
        return torch.cat([questions @ sentences.T * sharpness, nothing], dim=1)

    def without_updates(self, texts: Sequence[str]) -> Tensor:
        """What the model makes of sentences before any training."""
        for each in self.updates.values():
            each.scale = 0.0
        with torch.no_grad():
            vectors: Tensor = self(texts, "document")
        for each in self.updates.values():
            each.scale = SCALE
        return vectors


def train(examples: Sequence[Example], seed: int = 1) -> _Model:
    """The model of today after it has learnt from the examples too."""
    random.seed(seed)
    torch.manual_seed(seed)
    groups = [list(group) for _, group in groupby(examples, key=lambda each: each.archive)]
    plan = list(_steps(groups))
    model = _Model()
    optimiser = make_optimiser(model.updates, _RATE, [model.sharpness, model.nothing], _SCALAR_RATE)
    steps = len(plan)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (_WARM_UP * steps)) * max(0.02, 1 - step / steps)
    )
    for step, together in enumerate(plan):
        loss = _loss(model, together)
        descend(optimiser, loss)
        schedule.step()
        print(f"step {step + 1} of {steps}: loss {loss.item():.3f}", flush=True)
    return model


def _steps(groups: Sequence[list[Example]]) -> Iterator[list[list[Example]]]:
    """The archives in any order, each step's together."""
    together: list[list[Example]] = []
    for group in random.sample(groups, len(groups)):
        together.append(group)
        if sum(len(document.sentences) for each in together for document in each[0].archive) >= _TOGETHER:
            yield together
            together = []


def _loss(model: _Model, groups: Sequence[Sequence[Example]]) -> Tensor:
    documents = [document for group in groups for document in group[0].archive]
    texts = [text for document in documents for text in _texts(document)]
    sentences = model(texts, "document")
    starts = accumulate((len(document.sentences) for document in documents), initial=0)
    first = dict(zip((document.name for document in documents), starts, strict=False))
    examples = [each for group in groups for each in group]
    asked = [fold(each.question) for each in examples]
    answers = [[first[each.archive[n].name] + s for n, s in each.answers] for each in examples]
    scores = model.scores(model(asked, "query"), sentences)
    none = torch.log_softmax(scores, dim=1)[:, -1]
    found = [_against_others(row[:-1], right) for row, right in zip(scores, answers, strict=True) if right]
    # Few questions have no answer: the two kinds weigh the same.
    missed = [-n for n, right in zip(none, answers, strict=True) if not right]
    refused = [-torch.log1p(1e-6 - n.exp()) for n, right in zip(none, answers, strict=True) if right]
    known = sum(torch.stack(losses).mean() for losses in (missed, refused) if losses)
    some = random.sample(range(len(texts)), min(len(texts), _STAYING))
    stayed: Tensor = (sentences[some] * model.without_updates([texts[n] for n in some])).sum(1)
    loss: Tensor = torch.stack(found).mean() + _UNANSWERED_WEIGHT * known
    moved: Tensor = (1 - stayed).mean()
    return loss + _STAY_WEIGHT * moved


def _texts(document: Document) -> list[str]:
    numbers = range(len(document.sentences))
    alone = random.random() < _WITHOUT_CONTEXT
    return [document.index_quote(n) if alone else document.in_context(n) for n in numbers]


def _against_others(scores: Tensor, right: Sequence[int]) -> Tensor:
    """The mean cross-entropy of each right sentence against all that are not right."""
    others = torch.ones(len(scores), dtype=torch.bool)
    others[list(right)] = False
    rest = torch.logsumexp(scores[others], 0)
    losses: Tensor = torch.stack([torch.logaddexp(scores[n], rest) - scores[n] for n in right])
    mean: Tensor = losses.mean()
    return mean


if __name__ == "__main__":
    learnt = train([each for pattern in sys.argv[1:] or ["*.txt"] for each in read_examples(LEARN, pattern)])
    np.savez(ADAPTER, allow_pickle=False, **arrays(learnt.updates))
