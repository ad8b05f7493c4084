"""Which device and which number type a model is computed in, and why."""

from dataclasses import dataclass

import torch

from workbench.errors import ModelError, Problem
from workbench.variant import ModelSpec


@dataclass(frozen=True, slots=True)
class NumberType:
    """`name` as torch has it, `device`, and a sentence that says why."""

    name: str
    device: str
    why: str

    @property
    def dtype(self) -> torch.dtype:
        chosen: torch.dtype = getattr(torch, self.name)
        return chosen


def number_type(spec: ModelSpec) -> NumberType:
    """bfloat16 where it is native, else float32: emulated bfloat16 was measured at a hundredth of float32's rate.
    The best device at hand (CUDA, then MPS, then CPU), or the chosen one; ModelError where that isn't here."""
    device = _device(spec)
    if spec.dtype != "auto":
        return NumberType(spec.dtype, device, "it was chosen")
    if has_bfloat16(device):
        return NumberType("bfloat16", device, f"the {NAMES[device]} multiplies bfloat16 itself, faster than float32")
    return NumberType("float32", device, f"the {NAMES[device]} only emulates bfloat16, which is slower")


NAMES = {"cpu": "processor", "cuda": "GPU", "mps": "GPU"}


def _device(spec: ModelSpec) -> str:
    at_hand = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if spec.device == "auto":
        return next(name for name, here in at_hand.items() if here)
    if not at_hand[spec.device]:
        here = ", ".join(name for name, yes in at_hand.items() if yes)
        raise ModelError(Problem(f"device {spec.device!r} is not on this computer", "model", f"at hand: {here}"))
    return spec.device


def has_bfloat16(device: str) -> bool:
    """Whether the device multiplies bfloat16 itself, and does not emulate it."""
    if device == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())
    return device == "cuda" and bool(torch.cuda.is_bf16_supported(including_emulation=False))
