"""Low-rank updates of the bundled model's layers (LoRA, Hu et al. 2021): how they are learnt, and kept in a file."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from evals.bench.reference import layer_name

RANK, SCALE = 32, 2.0  # a layer's update is SCALE * up @ down


class Updated(nn.Module):
    """A layer with a low-rank update, which at first does what the columns of `down` and `up` do."""

    def __init__(self, layer: nn.Linear, down: Tensor, up: Tensor) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(torch.randn(RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, RANK))
        self.down.data[: len(down)] = down
        self.up.data[:, : len(down)] = up / SCALE
        self.scale = SCALE

    def forward(self, states: Tensor) -> Tensor:
        """The layer's output and the update's."""
        updated: Tensor = self.layer(states) + (states @ self.down.T) @ self.up.T * self.scale
        return updated


def updated_layers(
    model: nn.Module, names: Iterable[str], learnt: Mapping[str, npt.NDArray[np.float16]]
) -> dict[str, Updated]:
    """Puts an update in the place of each layer, begun with what was learnt of it, if anything; by name."""
    updates = {}
    for name in names:
        path = layer_name(name).removesuffix(".weight")
        parent, _, attribute = path.rpartition(".")
        layer = model.get_submodule(path)
        assert isinstance(layer, nn.Linear)
        down = learnt.get(f"{name}.down", np.zeros((0, layer.in_features)))
        up = learnt.get(f"{name}.up", np.zeros((layer.out_features, 0)))
        updates[name] = Updated(layer, torch.tensor(down), torch.tensor(up))
        setattr(model.get_submodule(parent), attribute, updates[name])
    return updates


def make_optimiser(
    updates: Mapping[str, Updated], rate: float, others: Sequence[nn.Parameter], others_rate: float
) -> torch.optim.Optimizer:
    """AdamW for the updates, and for what else is learnt, whose weights do not decay."""
    learnt = [p for each in updates.values() for p in (each.down, each.up)]
    return torch.optim.AdamW(
        [
            {"params": learnt, "lr": rate, "weight_decay": 0.01},
            {"params": others, "lr": others_rate, "weight_decay": 0.0},
        ]
    )


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down, along a gradient no longer than 1."""
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], 1.0)
    optimiser.step()


def arrays(updates: Mapping[str, Updated]) -> dict[str, npt.NDArray[Any]]:
    """The updates as halves: `l0.q.w.down` has shape (rank, in), `l0.q.w.up` (out, rank)."""
    kept = {}
    for name, each in updates.items():
        kept[f"{name}.down"] = each.down.detach().numpy().astype(np.float16)
        kept[f"{name}.up"] = (each.up.detach().numpy() * SCALE).astype(np.float16)
    return kept
