"""Trains the adapter of the bundled model: `python -m evals.training.adapter` writes ingest/adapter.npz, in about half an
hour on 2 cores.

A question must be nearer to the sentences that answer it than to every other sentence of a few documents taken together
(InfoNCE, van den Oord et al. 2018), and, where nothing answers it, than to any. Only low-rank updates of the layers are
learnt (LoRA, Hu et al. 2021), and what becomes of a sentence stays near to what the model makes of it without them.
"""

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from evals.bench.reference import bert, layer_name, tokenizer
from evals.training.examples import LEARN, Example, read_examples
from ingest.bundled_model import ADAPTER, PROMPTS, read_package
from ingest.document import Document
from ingest.fold import fold
from ingest.onnx_model import batches

_RANK, _SCALE = 16, 2.0  # a layer's update is _SCALE * up @ down
_EPOCHS, _DOCUMENTS_TOGETHER, _QUESTIONS_EACH = 3, 4, 30
_RATE, _SCALAR_RATE, _WARM_UP = 3e-4, 1e-2, 0.05
_WITHOUT_CONTEXT = 0.25  # of the documents, lest the model rely on what stands above a sentence
_UNANSWERED_WEIGHT, _STAY_WEIGHT, _STAYING = 0.3, 1.0, 24
_LEAST_COSINE = 0.85  # about what an unanswered question has at best before training
_LONGEST = 160  # tokens of a text


class _Updated(nn.Module):
    """A layer with a low-rank update, nothing at first."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(torch.randn(_RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, _RANK))
        self.scale = _SCALE

    def forward(self, states: Tensor) -> Tensor:
        """The layer's output and the update's."""
        updated: Tensor = self.layer(states) + (states @ self.down.T) @ self.up.T * self.scale
        return updated


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
        self.updates = {name: self._update(name) for name in weights.matrices}
        self.sharpness = nn.Parameter(torch.tensor(math.log(30.0)))
        self.nothing = nn.Parameter(torch.tensor(0.0))  # the score of no answer, beside _LEAST_COSINE

    def _update(self, name: str) -> _Updated:
        path = layer_name(name).removesuffix(".weight")
        parent, _, attribute = path.rpartition(".")
        layer = self.bert.get_submodule(path)
        assert isinstance(layer, nn.Linear)
        updated = _Updated(layer)
        setattr(self.bert.get_submodule(parent), attribute, updated)
        return updated

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
            each.scale = _SCALE
        return vectors


def train(examples: Sequence[Example], seed: int = 1) -> _Model:
    """A model that has learnt from the examples."""
    random.seed(seed)
    torch.manual_seed(seed)
    by_document: defaultdict[str, list[Example]] = defaultdict(list)
    for each in examples:
        by_document[each.document.name].append(each)
    groups = list(by_document.values())
    model = _Model()
    scalars = [model.sharpness, model.nothing]
    updates = [p for each in model.updates.values() for p in (each.down, each.up)]
    optimiser = torch.optim.AdamW(
        [
            {"params": updates, "lr": _RATE, "weight_decay": 0.01},
            {"params": scalars, "lr": _SCALAR_RATE, "weight_decay": 0.0},
        ]
    )
    steps = _EPOCHS * (len(groups) // _DOCUMENTS_TOGETHER)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (_WARM_UP * steps)) * max(0.02, 1 - step / steps)
    )
    for step in range(steps):
        at = step * _DOCUMENTS_TOGETHER % (len(groups) // _DOCUMENTS_TOGETHER * _DOCUMENTS_TOGETHER)
        if at == 0:
            random.shuffle(groups)
        loss = _loss(model, groups[at : at + _DOCUMENTS_TOGETHER])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*updates, *scalars], 1.0)
        optimiser.step()
        schedule.step()
        print(f"step {step + 1} of {steps}: loss {loss.item():.3f}", flush=True)
    return model


def _loss(model: _Model, groups: Sequence[Sequence[Example]]) -> Tensor:
    texts = [text for group in groups for text in _texts(group[0].document)]
    sentences = model(texts, "document")
    asked, answers = [], []
    first = 0
    for group in groups:
        for each in random.sample(group, min(len(group), _QUESTIONS_EACH)):
            asked.append(fold(each.question))
            answers.append([first + number for number in each.answers])
        first += len(group[0].document.sentences)
    scores = model.scores(model(asked, "query"), sentences)
    none = torch.log_softmax(scores, dim=1)[:, -1]
    found = [_against_others(row[:-1], right) for row, right in zip(scores, answers, strict=True) if right]
    known = [
        -n if not right else -torch.log1p(1e-6 - n.exp()) for n, right in zip(none, answers, strict=True)
    ]
    some = random.sample(range(len(texts)), min(len(texts), _STAYING))
    stayed: Tensor = (sentences[some] * model.without_updates([texts[n] for n in some])).sum(1)
    loss: Tensor = torch.stack(found).mean() + _UNANSWERED_WEIGHT * torch.stack(known).mean()
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


def save(model: _Model, path: Path) -> None:
    """Write the updates, as halves: `l0.q.w.down` has shape (rank, in), `l0.q.w.up` (out, rank)."""
    arrays = {}
    for name, each in model.updates.items():
        arrays[f"{name}.down"] = each.down.detach().numpy().astype(np.float16)
        arrays[f"{name}.up"] = (each.up.detach().numpy() * _SCALE).astype(np.float16)
    np.savez(path, allow_pickle=False, **arrays)


if __name__ == "__main__":
    save(train(list(read_examples(LEARN))), ADAPTER)
