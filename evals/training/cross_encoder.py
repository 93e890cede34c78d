"""Trains the cross-encoder: `python -m evals.training.cross_encoder [MINUTES]` writes bot/cross_encoder.npz; then run `python -m evals.training.ranges`.

It begins as the adapted embedding model, and learns from the archives of data/learn: of the sentence that answers a question and those
that the embedding model finds nearest beside it, which answers, and whether any does (softmax over them and no answer). Only low-rank
updates of the upper layers are learnt, and the head. Prints the AUC of held-out archives: how often a question that is answered has a
higher best logit than one that is not.
"""

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor, nn

from bot.cross_encoder import LEARNT, LONGEST, LONGEST_QUESTION
from evals.bench.reference import bert, tokenizer
from evals.training.examples import HELD_OUT, LEARN, Example, read_examples
from evals.training.lora import arrays, descend, make_optimiser, updated_layers
from ingest.bundled_model import ADAPTER, PROMPTS, read_package
from ingest.embed import Embedder
from ingest.fold import fold
from ingest.settings import Settings

_ARCHIVES = "archive-*.txt"
_LOWEST = 3  # the first layer that learns
_OF_AN_ARCHIVE = 90  # questions at most, two of five without an answer
_NEAREST = 8  # sentences that do not answer, of which two or three are read
_HEADING = 0.05  # how much less like a question a heading counts
_HIDDEN = 128
_UNIT = 4.0  # the length of a mean that the head sees
_TOGETHER, _WINDOW = 16, 8  # questions of a step; steps' questions that are sorted by length
_RATE, _HEAD_RATE, _WARM_UP = 4e-4, 1e-3, 40
_WITHOUT = 0.5  # what "no answer" weighs of a question whose answer is left out
_EXAMINED = 800


@dataclass(frozen=True)
class _Task:
    """A question, the sentences that answer it, and the nearest of those that do not, nearest first; folded."""

    question: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


class _Model(nn.Module):
    """The adapted model with updates of its upper layers, and a head."""

    def __init__(self) -> None:
        super().__init__()
        vocabulary, weights = read_package()
        self._tokenizer = tokenizer(vocabulary)
        self._tokenizer.no_padding()
        self.bert = bert(weights.adapted(ADAPTER))
        self.bert.requires_grad_(False)
        names = [name for name in weights.matrices if int(name.split(".")[0][1:]) >= _LOWEST]
        self.updates = updated_layers(self.bert, names, {})
        self.hidden = nn.Linear(4 * weights.sizes["hidden"], _HIDDEN)
        self.out = nn.Linear(_HIDDEN, 1)
        nn.init.zeros_(self.out.weight)
        self.common = nn.Parameter(torch.tensor(10.0))
        self.bias = nn.Parameter(torch.tensor(-8.0))

    def forward(self, pairs: Sequence[tuple[str, str]]) -> Tensor:
        """Logits of (question, text) pairs, shape (pairs,)."""
        tokens = [self._tokens(*pair) for pair in pairs]
        ids = _padded([asked + read for asked, read in tokens])
        asked = _padded([[1] * len(asked) + [0] * len(read) for asked, read in tokens])
        read = _padded([[0] * len(asked) + [1] * len(read) for asked, read in tokens])
        states = self.bert(ids, attention_mask=(asked + read).float()).last_hidden_state
        u, v = (
            _UNIT * nn.functional.normalize((states * part[..., None]).sum(1), dim=-1)
            for part in (asked, read)
        )
        return self._logits(u, v)

    def _logits(self, u: Tensor, v: Tensor) -> Tensor:
        features = torch.cat([u, v, u * v, (u - v).abs()], -1)
        inner = self.out(nn.functional.gelu(self.hidden(features)))[:, 0]
        logits: Tensor = inner + self.common * (u * v).sum(-1) / _UNIT**2 + self.bias
        return logits

    def _tokens(self, question: str, text: str) -> tuple[list[int], list[int]]:
        asked = self._tokenizer.encode(PROMPTS["query"] + question).ids[:LONGEST_QUESTION]
        return asked, self._tokenizer.encode(PROMPTS["document"] + text).ids[1:][: LONGEST - len(asked)]


def _padded(rows: Sequence[Sequence[int]]) -> Tensor:
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)


def _tasks(examples: Iterator[Example], embedder: Embedder, most: int | None = None) -> Iterator[_Task]:
    """The questions of each archive, `most` of them if given, with the sentences to be read for them."""
    for archive, group in groupby(examples, key=lambda each: each.archive):
        asked = list(group)
        if most:
            asked = _some(asked, most)
        places = [(d, s) for d, document in enumerate(archive) for s in range(len(document.sentences))]
        texts = [archive[d].in_context(s) for d, s in places]
        heading = np.array([archive[d].sentences[s].kind == "heading" for d, s in places])
        questions = [fold(each.question) for each in asked]
        likeness = embedder.queries(questions) @ embedder.documents(texts).T - _HEADING * heading
        for each, question, row in zip(asked, questions, likeness, strict=True):
            nearest = [(places[n], texts[n]) for n in np.argsort(-row)]
            right = [text for place, text in nearest if place in each.answers]
            wrong = [text for place, text in nearest if place not in each.answers]
            yield _Task(question, tuple(right), tuple(wrong[:_NEAREST]))


def _some(examples: list[Example], most: int) -> list[Example]:
    unanswered = [each for each in examples if not each.answers]
    some = random.sample(unanswered, min(len(unanswered), most * 2 // 5))
    answered = [each for each in examples if each.answers]
    return some + random.sample(answered, min(len(answered), most - len(some)))


def train(tasks: list[_Task], minutes: float) -> _Model:
    """A model that has read the tasks for so many minutes."""
    model = _Model()
    head = [*model.hidden.parameters(), *model.out.parameters(), model.common, model.bias]
    optimiser = make_optimiser(model.updates, _RATE, head, _HEAD_RATE)
    rates = [group["lr"] for group in optimiser.param_groups]
    started = time.monotonic()
    for step, together in enumerate(_steps(tasks)):
        gone = (time.monotonic() - started) / 60 / minutes
        if gone >= 1:
            break
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (step + 1) / _WARM_UP) * max(0.03, 1 - gone)
        loss = _loss(model, together)
        descend(optimiser, loss)
        print(f"step {step + 1}, {gone:.0%}: loss {loss.item():.3f}", flush=True)
    return model


def _steps(tasks: list[_Task]) -> Iterator[list[_Task]]:
    """The tasks in any order, again and again, each step's of about one length."""
    while True:
        random.shuffle(tasks)
        for start in range(0, len(tasks), _TOGETHER * _WINDOW):
            window = tasks[start : start + _TOGETHER * _WINDOW]
            window.sort(key=lambda each: len(each.wrong[0]) + len("".join(each.right[:1])))
            steps = [window[n : n + _TOGETHER] for n in range(0, len(window), _TOGETHER)]
            yield from random.sample(steps, len(steps))


def _loss(model: _Model, tasks: Sequence[_Task]) -> Tensor:
    read = [
        [
            *random.sample(each.right[:2], min(1, len(each.right))),
            each.wrong[0],
            random.choice(each.wrong[1:4]),
        ]
        for each in tasks
    ]
    logits = model([(each.question, text) for each, texts in zip(tasks, read, strict=True) for text in texts])
    losses = []
    for each, scores in zip(tasks, logits.split([len(texts) for texts in read]), strict=True):
        none = torch.zeros(1)
        if each.right:
            losses.append(-torch.log_softmax(torch.cat([scores, none]), 0)[0])
            losses.append(-_WITHOUT * torch.log_softmax(torch.cat([scores[1:], none]), 0)[-1])
        else:
            losses.append(-torch.log_softmax(torch.cat([scores, none]), 0)[-1])
    loss: Tensor = torch.stack(losses).sum() / len(tasks)
    return loss


def examine(model: _Model, tasks: Sequence[_Task]) -> float:
    """The AUC of the best logit of an answer, if there is one, and the three nearest others."""
    with torch.no_grad():
        best = [
            (
                bool(each.right),
                model([(each.question, t) for t in (*each.right[:1], *each.wrong[:3])]).max().item(),
            )
            for each in tasks
        ]
    answered = np.array([logit for right, logit in best if right])
    unanswered = np.array([logit for right, logit in best if not right])
    return float((answered[:, None] > unanswered).mean())


def save(model: _Model) -> None:
    """Write the updates, and the head with the lengths of the means in its weights, which the graph leaves at 1."""
    size = model.hidden.in_features // 4
    lengths = torch.tensor([_UNIT, _UNIT, _UNIT**2, _UNIT]).repeat_interleave(size)
    head = {
        "hidden.w": (model.hidden.weight * lengths).T,
        "hidden.b": model.hidden.bias,
        "out.w": model.out.weight.T,
        "out.b": model.out.bias + model.bias,
        "common.w": model.common.expand(size, 1),
    }
    kept = {name: each.detach().numpy().astype(np.float16) for name, each in head.items()}
    np.savez(LEARNT, allow_pickle=False, **arrays(model.updates), **kept)


def main(minutes: float) -> None:
    """Train, save, examine."""
    random.seed(1)
    torch.manual_seed(7)
    embedder = Embedder(Settings())
    held_out = list(_tasks(read_examples(HELD_OUT, _ARCHIVES), embedder))
    model = train(list(_tasks(read_examples(LEARN, _ARCHIVES), embedder, _OF_AN_ARCHIVE)), minutes)
    save(model)
    print(f"AUC of held-out archives: {examine(model, random.sample(held_out, _EXAMINED)):.3f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
