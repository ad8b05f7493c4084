"""The engine beside transformers, lm-eval and llama.cpp, beside the machine's own limit, and how its cost grows.

Run by `make bench-engine`, which writes what it prints to benchmarks/results/engine.md; `--quick` is its short form,
for trying it. The others are run from `.venv-others` (`make others`), one after the other on the same machine and
device; what is not there is said and left out. Seconds are the fastest of some repeats, and what is compared with each
other is measured in turns. CPU seconds stand beside them: on a machine with other work they say more.
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

import torch
from engine_report import Report, machine, peak_mb, verdict
from engine_work import QUICK, Arithmetic, Best, Size, Texts, matrix_rate

from workbench.engine.accuracy import measured
from workbench.engine.causal_lm import FrozenLM
from workbench.engine.loading import load_engine, locate
from workbench.engine.number_types import number_type
from workbench.engine.prefix_cache import NoCache, PrefixCache
from workbench.paths import default_paths
from workbench.store.store import Store
from workbench.variant import ModelSpec
from workbench.workshop import Workshop

OTHERS = Path(".venv-others/bin/python")
TARGETS = {"transformers": None, "lm-eval": 25.0, "llama.cpp": 8.0}
"""Tool -> how many times quicker we are to be, where there is an aim."""
LIMIT_SHARE, CASES_PER_SECOND = 0.60, 10.0
CACHE = 4 << 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller measurements; nothing is written")
    parser.add_argument("--dtype", default="auto", help="auto, float32 or bfloat16")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else Size()
    spec, paths, report = ModelSpec(dtype=arguments.dtype), default_paths(), Report()
    report.say("# The engine", "", f"As printed by `make bench-engine`: {machine()}.", "")
    engine = load_engine(spec, paths)
    with tempfile.TemporaryDirectory() as scratch:
        texts = Texts.of(engine, Workshop(paths, Store(f"sqlite:///{Path(scratch) / 'bench.sqlite'}")))
    described(report, engine, spec)
    rate = against_the_limit(report, engine, texts, size)
    beside_others(report, engine, texts, spec, rate, size)
    many_cases(report, engine, texts, rate, size)
    variants(report, engine, texts, size)
    growth(report, engine, texts, size)
    report.say("", f"Peak memory of the whole run: {peak_mb():.0f} MB.")
    if not arguments.quick:
        report.write()


def described(report: Report, engine: FrozenLM, spec: ModelSpec) -> None:
    """The model, its number type, and what bfloat16 costs in accuracy, whatever the machine has."""
    identity, chosen = engine.identity, number_type(spec)
    report.say(
        f"{identity.id}, {identity.parameters / 1e6:.0f} million weights, in {identity.dtype} on {identity.device}, "
        f"since {chosen.why}; with the model loaded {peak_mb():.0f} MB.",
        "",
    )
    exact, half = (
        load_engine(spec.model_copy(update={"dtype": name}), default_paths()) for name in ("float32", "bfloat16")
    )
    report.say(f"In bfloat16 {measured(half, exact, {})}.")


def against_the_limit(report: Report, engine: FrozenLM, texts: Texts, size: Size) -> float:
    """One long prompt, read anew, against plain matrix products of the same shapes. Gives the rate, FLOP/s."""
    work, prompt, best, rate = Arithmetic.of(engine), texts.frame(size.long_prompt), Best(), 0.0
    engine._cache = NoCache()
    tokens = engine.loglikelihood(prompt, [" Up"]).usage.prompt_tokens
    for _ in range(size.repeats):
        rate = max(rate, matrix_rate(engine, size.long_prompt))
        best.time(lambda: engine.loglikelihood(prompt, [" Up"]))
    rate = max(rate, matrix_rate(engine, size.long_prompt))
    done = work.of_pass(tokens, 1, tokens * (tokens + 1) // 2)
    share = done / best.seconds / rate
    report.heading("Share of the machine's limit")
    report.say(
        f"- Plain matrix products of the model's shapes, back to back: {rate / 1e9:.0f} GFLOP/s.",
        f"- A prompt of {tokens} tokens, read anew: {best.seconds:.2f} s ({best.cpu:.2f} CPU s) for {done / 1e9:.0f} "
        f"GFLOP, {done / best.seconds / 1e9:.0f} GFLOP/s, {tokens / best.seconds:.0f} tokens/s.",
        f"- Share of the machine's rate: {share:.0%}; aim {LIMIT_SHARE:.0%}: {verdict(share >= LIMIT_SHARE)}.",
    )
    return rate


def beside_others(report: Report, engine: FrozenLM, texts: Texts, spec: ModelSpec, rate: float, size: Size) -> None:
    """One request, prompt read anew, as each of them answers it; and how quick it could be at the machine's rate."""
    prompt, titles, ours = texts.frame(size.prompt), texts.titles[: size.titles], Best()
    engine._cache = NoCache()
    scores = engine.loglikelihood(prompt, titles)
    usage, paths = scores.usage, default_paths()
    asked = {"folder": str(locate(spec, paths)), "gguf": str(next((paths.models / spec.id).glob("*.gguf")))}
    asked |= {"prompt": prompt, "titles": titles, "repeats": size.repeats}
    asked |= {"dtype": engine.identity.dtype, "device": engine.identity.device, "threads": torch.get_num_threads()}
    found = {}
    for tool in TARGETS:
        for _ in range(size.repeats):
            ours.time(lambda: engine.loglikelihood(prompt, titles))
        found[tool] = ask_other({**asked, "tool": tool})
    for _ in range(size.repeats):
        ours.time(lambda: engine.loglikelihood(prompt, titles))

    def rows():
        yield "ours, one packed pass", ours.seconds, ours.cpu, 1.0, "", ""
        for tool, aim in TARGETS.items():
            if "seconds" not in found[tool]:
                yield tool, f"left out: {found[tool]['why']}", "", "", "", ""
                continue
            name, seconds, cpu = (found[tool][key] for key in ("version", "seconds", "cpu"))
            ratio = seconds / ours.seconds
            off = max(abs(a - s.total) for a, s in zip(found[tool]["totals"], scores.scored, strict=True))
            reached = f"{aim:.0f}: {verdict(ratio >= aim)}" if aim else ""
            yield name, seconds, cpu, ratio, reached, f"{off:.4f}"

    report.heading("Beside what a user would pick instead")
    report.say(
        f"One request, not read before: {usage.prompt_tokens} prompt tokens, {size.titles} titles of "
        f"{usage.scored_tokens} tokens. Off is the largest difference of a title's log-probability from ours.",
        "",
    )
    report.table(("", "seconds", "CPU s", "ratio", "aim", "off"), rows())
    tokens, rows_read = usage.prompt_tokens + usage.scored_tokens - size.titles, usage.scored_tokens
    least = Arithmetic.of(engine).of_pass(tokens, rows_read, tokens * (tokens + 1) // 2) / rate
    most = (f"{found[tool]['seconds'] / least:.1f} times {tool}" for tool in TARGETS if "seconds" in found[tool])
    report.say("", f"Products alone at the machine's rate: {least:.2f} s, that is {', '.join(most)} at most.")


def ask_other(asked: dict) -> dict:
    if not OTHERS.is_file():
        return {"why": "there is no .venv-others; `make others` makes it"}
    script = Path(__file__).with_name("engine_others.py")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    ran = subprocess.run(
        [OTHERS, script], input=json.dumps(asked), capture_output=True, text=True, env=environment, check=False
    )
    if ran.returncode:
        return {"why": (ran.stderr.strip().splitlines() or ["it stopped without a word"])[-1][:160]}
    return json.loads(ran.stdout.strip().splitlines()[-1])


def many_cases(report: Report, engine: FrozenLM, texts: Texts, rate: float, size: Size) -> None:
    """Cases of one template, its beginning read before: each has its own user and its own candidates."""
    frame, work, n = texts.frame(size.prompt), Arithmetic.of(engine), size.cases
    requests = [(frame + end, titles) for end, titles in (texts.case(k, size.titles) for k in range(n))]

    def warm() -> None:
        engine._cache = PrefixCache(CACHE)
        engine.loglikelihood(frame + "\n", [" x"])

    once, together, found = Best(), Best(), []
    for _ in range(size.repeats):
        warm()
        once.time(lambda: [engine.loglikelihood(*request) for request in requests])
        warm()
        found = together.time(lambda: engine.loglikelihoods(requests))
    read = sum(s.usage.prompt_tokens - s.usage.cached_tokens for s in found)
    scored = sum(s.usage.scored_tokens for s in found)
    seen = (read + scored) * (size.prompt + read // n)
    limit = n * rate / work.of_pass(read + scored - n * size.titles, scored, seen)
    speed = n / together.seconds
    report.heading("Many cases")
    report.say(
        f"{n} cases of {size.titles} candidates after a shared beginning of {size.prompt} tokens that is at hand; "
        f"{read / n:.0f} prompt tokens of its own and {scored / n:.0f} title tokens each.",
        "",
        f"- One by one {n / once.seconds:.2f} cases/s, as a batch {speed:.2f} cases/s "
        f"({together.cpu / n:.2f} CPU s each).",
        f"- Products alone at the machine's rate: {limit:.2f} cases/s at most; {speed / limit:.0%} of it.",
        f"- Aim of {CASES_PER_SECOND:.0f} cases/s: {verdict(speed >= CASES_PER_SECOND)}.",
    )


def variants(report: Report, engine: FrozenLM, texts: Texts, size: Size) -> None:
    """Variants that share a beginning and differ in their last words, the beginning read with the first of them."""
    frame = texts.frame(size.prompt)

    def rows():
        for n in size.variants:
            requests = [
                (f"{frame}\n\nVariant {k}: the best film of all is", texts.titles[: size.titles]) for k in range(n)
            ]
            engine._cache = PrefixCache(CACHE)
            best = Best()
            found = best.time(lambda: engine.loglikelihoods(requests))  # noqa: B023 called before it changes
            read = sum(s.usage.prompt_tokens - s.usage.cached_tokens + s.usage.scored_tokens for s in found)
            yield n, best.seconds, read, 1e3 * best.seconds / read

    report.heading("Variants that share a beginning")
    report.say(f"{size.prompt} shared tokens, not read before; {size.titles} titles after each variant's own end.", "")
    report.table(("variants", "seconds", "tokens read", "ms a token"), rows())


def growth(report: Report, engine: FrozenLM, texts: Texts, size: Size) -> None:
    frame = texts.frame(size.prompt)

    def row(prompt: str, titles: list[str], n: int, counted: str) -> tuple:
        best = Best()
        tokens = getattr(best.time(lambda: engine.loglikelihood(prompt, titles)).usage, counted)
        return n, tokens, best.seconds, 1e3 * best.seconds / tokens, f"{peak_mb():.0f}"

    engine._cache = PrefixCache(CACHE)
    engine.loglikelihood(frame, [" x"])
    report.heading(f"Candidates after a prompt of {size.prompt} tokens that is at hand")
    columns = ("tokens", "seconds", "ms a token", "peak MB")
    report.table(("candidates", *columns), (row(frame, texts.titles[:n], n, "scored_tokens") for n in size.candidates))
    engine._cache = NoCache()
    report.heading("Prompt tokens, read anew, with one title after them")
    report.table(
        ("prompt", *columns), (row(texts.frame(n), texts.titles[:1], n, "prompt_tokens") for n in size.prompts)
    )


if __name__ == "__main__":
    main()
