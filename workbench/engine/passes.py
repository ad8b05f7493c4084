"""One pass of a frozen model over packed tokens: the only place where the model is called to read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

import torch
from transformers import PreTrainedModel

from workbench.engine import attention
from workbench.engine.head import Head, Logit
from workbench.engine.key_values import PassCache, Piece
from workbench.engine.prefix_cache import Layers

PASS_TOKENS = 1024
"""Most tokens of one pass: bounds its memory, and how long others wait for their turn."""
LOGIT_BYTES = 512 << 20
"""Most memory of one pass's logits, in float32."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes into one pass: tokens, and rows through the LM head."""

    tokens: int
    rows: int


class FrozenModel:
    """The model, and the lock that is held for one pass at a time, so that a long run lets others in between."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model.eval().requires_grad_(False)
        self.model.set_attn_implementation(attention.NAME)
        self.lock = Lock()
        self._head = Head(self.model)

    @property
    def device(self) -> torch.device:
        device: torch.device = self.model.device
        return device

    @property
    def limits(self) -> Limits:
        vocabulary = int(self.model.config.get_text_config().vocab_size)
        return Limits(PASS_TOKENS, max(1, LOGIT_BYTES // (4 * vocabulary)))

    @torch.inference_mode()
    def read(
        self,
        tokens: Sequence[int],
        positions: torch.Tensor,
        pieces: Sequence[Piece],
        sees: attention.Attention,
        rows: torch.Tensor,
        use: Callable[[torch.Tensor, Logit], None],
    ) -> Layers:
        """The key/value pairs of `tokens`, read after `pieces`. `use` is given the logits of `rows`, if there are any,
        in the model's own type, [len(rows), vocabulary], and how to ask for single ones in float32."""
        device = self.device
        cache = PassCache(pieces)
        with self.lock, attention.during(sees), self._head.listening() as heard:
            # Without rows the LM head is left out: what is read now is asked about later.
            model = self.model if len(rows) else self.model.base_model
            head = {"logits_to_keep": rows.to(device)} if len(rows) else {}
            out = model(
                input_ids=torch.tensor([list(tokens)], device=device),
                position_ids=positions[None].to(device),
                past_key_values=cache,
                use_cache=True,
                **head,
            )
            if len(rows):
                use(out.logits[0], self._head.logit(out.logits[0], heard))
        return cache.fresh()
