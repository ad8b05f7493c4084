"""What `benchmarks/engine.py` prints, as Markdown, and keeps for benchmarks/results/."""

import os
import platform
import resource
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import torch

RESULTS = Path(__file__).parent / "results" / "engine.md"


class Report:
    """Lines that are printed as they come, and written whole at the end."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def say(self, *lines: str) -> None:
        for line in lines:
            print(line, flush=True)
            self._lines.append(line)

    def heading(self, text: str) -> None:
        self.say("", f"## {text}", "")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows may be measured while they are asked for: each is printed as soon as it is known."""
        self.say("| " + " | ".join(columns) + " |", "|---" + "|---:" * (len(columns) - 1) + "|")
        for row in rows:
            self.say("| " + " | ".join(_cell(value) for value in row) + " |")

    def write(self) -> None:
        RESULTS.write_text("\n".join([*self._lines, ""]), encoding="utf-8")


def machine() -> str:
    """The machine in words: what of it these numbers depend on."""
    units = {"AVX-512": "avx512f", "AVX-512 bfloat16": "avx512_bf16", "AMX bfloat16": "amx_bf16"}
    flags, name = set(), platform.processor() or platform.machine()
    if (listed := Path("/proc/cpuinfo")).is_file():
        lines = dict(line.split(":", 1) for line in listed.read_text().splitlines() if ":" in line)
        told = {key.strip(): value.strip() for key, value in lines.items()}
        flags, name = set(told.get("flags", "").split()), told.get("model name", name)
    has = ", ".join(unit for unit, flag in units.items() if flag in flags) or "no AVX-512"
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{date.today()}, {platform.machine()}, {name}, {os.cpu_count()} cores, {has}{gpu}, {memory:.0f} GB; PyTorch "
        f"{torch.__version__}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f} at the start"
    )


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
