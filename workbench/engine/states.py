"""What a frozen model makes of a text inside: mean hidden states, to compare texts without writing any."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from workbench.engine import attention

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from transformers import PreTrainedModel

DEPTHS = (0.0, 0.27, 0.8)
"""Which layers, as shares of the model's depth: the words themselves, what they are near to, what they are about."""
PASS_TOKENS = 512
"""Most tokens of one pass, unless a single text is longer."""


def groups(lengths: Sequence[int]) -> list[list[int]]:
    """Indexes of neighbouring texts that are read in one pass."""
    found: list[list[int]] = []
    room = 0
    for index, length in enumerate(lengths):
        if not found or length > room:
            found.append([])
            room = PASS_TOKENS
        found[-1].append(index)
        room -= length
    return found


@torch.inference_mode()
def mean_states(model: "PreTrainedModel", texts: Sequence[Sequence[int]]) -> "NDArray[float32]":
    """float32 [texts, depths x width]: means over a text's tokens, one pass for all, each text for itself."""
    device = model.device
    owner = torch.tensor([i for i, ids in enumerate(texts) for _ in ids], device=device)
    where = torch.tensor([p for ids in texts for p in range(len(ids))], device=device)
    line = torch.arange(len(where))
    # A token is seen until its own text ends.
    ends = torch.tensor([len(ids) for ids in texts]).cumsum(0)[owner.cpu()]
    sees = attention.PackedPass(
        line, line, ends, query_positions=where.cpu(), key_positions=where.cpu(), device=torch.device(device)
    )
    with attention.during(sees):
        out = model.base_model(
            input_ids=torch.tensor([[t for ids in texts for t in ids]], device=device),
            position_ids=where[None],
            use_cache=False,
            output_hidden_states=True,
        )
    last = len(out.hidden_states) - 1
    states = torch.cat([out.hidden_states[round(depth * last)][0].float() for depth in DEPTHS], dim=-1)
    sums = torch.zeros(len(texts), states.shape[-1], device=device).index_add_(0, owner, states)
    counts = torch.bincount(owner, minlength=len(texts)).clamp(min=1)
    means: NDArray[float32] = (sums / counts[:, None]).cpu().numpy()
    return means
