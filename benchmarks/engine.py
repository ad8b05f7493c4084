"""The engine beside lm-eval and llama.cpp, beside the machine's own limit, and how its cost grows.

Run by `make bench-engine`; `--quick` is its short form, for trying it. lm-eval and llama.cpp are run from
`.venv-others` (`make others`), one after the other on the same machine; what is not there is said and left out.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import tempfile
from pathlib import Path

import torch
from engine_work import QUICK, Arithmetic, Size, Texts, matrix_rate, timed

from workbench.engine.causal_lm import FrozenLM
from workbench.engine.loading import has_bfloat16, load_engine, locate
from workbench.engine.prefix_cache import NoCache, PrefixCache
from workbench.paths import default_paths
from workbench.store.store import Store
from workbench.variant import ModelSpec
from workbench.workshop import Workshop

OTHERS = Path(".venv-others/bin/python")
TARGETS = {"lm-eval": 25.0, "llama.cpp": 8.0}
LIMIT_SHARE, CASES_PER_SECOND = 0.60, 10.0
CACHE = 4 << 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller measurements")
    parser.add_argument("--dtype", default="auto", help="auto, float32 or bfloat16")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else Size()
    spec, paths = ModelSpec(dtype=arguments.dtype), default_paths()
    engine = load_engine(spec, paths)
    with tempfile.TemporaryDirectory() as scratch:
        texts = Texts.of(engine, Workshop(paths, Store(f"sqlite:///{Path(scratch) / 'bench.sqlite'}")))
    described(engine)
    number_types(texts, spec)
    rate = against_the_limit(engine, texts, size)
    beside_others(engine, texts, spec, size)
    many_cases(engine, texts, rate, size)
    variants(engine, texts, size)
    growth(engine, texts, size)
    print(f"peak memory of the whole run: {peak_mb():.0f} MB")


def described(engine: FrozenLM) -> None:
    identity = engine.identity
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, PyTorch {torch.__version__}, {torch.get_num_threads()} threads"
    )
    print(f"bfloat16 on {identity.device}: {'native' if has_bfloat16(identity.device) else 'emulated, so not chosen'}")
    print(f"{identity.id}, {identity.dtype} on {identity.device}; with the model loaded: {peak_mb():.0f} MB")


def number_types(texts: Texts, spec: ModelSpec) -> None:
    """What bfloat16 costs in accuracy: the same titles after a short prompt in both types, whatever the machine has."""
    prompt, titles = texts.frame(64), texts.titles[:5]
    tokens = {}
    for name in ("float32", "bfloat16"):
        scores = load_engine(spec.model_copy(update={"dtype": name}), default_paths()).loglikelihood(prompt, titles)
        tokens[name] = [value for scored in scores.scored for value in scored.logprobs]
    off = [abs(a - b) for a, b in zip(*tokens.values(), strict=True)]
    print(
        f"a token's log-probability in bfloat16 differs from float32's by {sum(off) / len(off):.4f} in the mean "
        f"and {max(off):.4f} at most ({len(off)} tokens)"
    )


def against_the_limit(engine: FrozenLM, texts: Texts, size: Size) -> float:
    """One long prompt, read anew, against plain matrix products of the same shapes. Gives the rate, FLOP/s."""
    rate, work = matrix_rate(engine, size.long_prompt), Arithmetic.of(engine)
    prompt = texts.frame(size.long_prompt)
    engine._cache = NoCache()
    tokens = engine.loglikelihood(prompt, [" Up"]).usage.prompt_tokens
    seconds = timed(lambda: engine.loglikelihood(prompt, [" Up"]), size.repeats)
    rate = max(rate, matrix_rate(engine, size.long_prompt))
    done = work.of_pass(tokens, 1, tokens * (tokens + 1) // 2)
    share = done / seconds / rate
    print(f"\nmatrix products of the model's shapes: {rate / 1e9:.0f} GFLOP/s")
    print(
        f"a prompt of {tokens} tokens, read anew: {seconds:.2f} s for {done / 1e9:.0f} GFLOP, "
        f"{done / seconds / 1e9:.0f} GFLOP/s"
    )
    print(f"share of the machine's rate: {share:.0%} ({verdict(share >= LIMIT_SHARE)}, aim {LIMIT_SHARE:.0%})")
    return rate


def beside_others(engine: FrozenLM, texts: Texts, spec: ModelSpec, size: Size) -> None:
    """One request, prompt read anew, as each of them answers it."""
    prompt, titles = texts.frame(size.prompt), texts.titles[: size.titles]
    engine._cache = NoCache()
    scores = engine.loglikelihood(prompt, titles)
    ours = timed(lambda: engine.loglikelihood(prompt, titles), size.repeats)
    usage = scores.usage
    print(
        f"\none request, not read before: {usage.prompt_tokens} prompt tokens, "
        f"{size.titles} titles of {usage.scored_tokens} tokens"
    )
    print(f"  {'':<26}{'seconds':>9}{'ratio':>8}  largest difference of a title's log-probability")
    print(f"  {'ours, one packed pass':<26}{ours:>9.2f}{1:>8.1f}")
    folder, paths = locate(spec, default_paths()), default_paths()
    gguf = next((paths.models / spec.id).glob("*.gguf"))
    asked = {"folder": str(folder), "gguf": str(gguf), "prompt": prompt, "titles": titles}
    asked |= {"dtype": engine.identity.dtype, "threads": torch.get_num_threads()}
    for tool, target in TARGETS.items():
        found = ask_other({**asked, "tool": tool})
        if "seconds" not in found:
            print(f"  {tool:<26}left out: {found['why']}")
            continue
        ratio = found["seconds"] / ours
        off = max(abs(a - s.total) for a, s in zip(found["totals"], scores.scored, strict=True))
        aim = f"{verdict(ratio >= target)}, aim {target:.0f}"
        print(f"  {found['version']:<26}{found['seconds']:>9.2f}{ratio:>8.1f}  {off:.4f} ({aim})")


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


def many_cases(engine: FrozenLM, texts: Texts, rate: float, size: Size) -> None:
    """Cases of one template, its beginning read before: each has its own user and its own candidates."""
    frame, work, n = texts.frame(size.prompt), Arithmetic.of(engine), size.cases
    own = [texts.case(number, size.titles) for number in range(n)]
    requests = [(frame + end, titles) for end, titles in own]

    def warm() -> None:
        engine._cache = PrefixCache(CACHE)
        engine.loglikelihood(frame + "\n", [" x"])

    warm()
    once = timed(lambda: [engine.loglikelihood(*request) for request in requests], 1)
    warm()
    found: list = []
    together = timed(lambda: found.extend(engine.loglikelihoods(requests)), 1)
    read = sum(s.usage.prompt_tokens - s.usage.cached_tokens for s in found)
    scored = sum(s.usage.scored_tokens for s in found)
    seen = (read + scored) * (size.prompt + read // n)
    limit = n * rate / work.of_pass(read + scored - n * size.titles, scored, seen)
    print(f"\n{n} cases of {size.titles} candidates after a shared beginning of {size.prompt} tokens that is at hand:")
    print(f"  {read / n:.0f} prompt tokens of its own and {scored / n:.0f} title tokens each")
    print(f"  one by one {n / once:.2f} cases/s, as a batch {n / together:.2f} cases/s")
    print(f"  products alone at the machine's rate: {limit:.2f} cases/s at most; {n / together / limit:.0%} of it")
    print(f"  aim of {CASES_PER_SECOND:.0f} cases/s: {verdict(n / together >= CASES_PER_SECOND)}")


def variants(engine: FrozenLM, texts: Texts, size: Size) -> None:
    """Variants that share a beginning and differ in their last words, the beginning read with the first of them."""
    frame = texts.frame(size.prompt)
    print(f"\nvariants that share {size.prompt} tokens, not read before, and differ in their end; {size.titles} titles")
    print(f"  {'variants':>8}{'seconds':>9}{'tokens read':>13}{'ms a token':>12}")
    for n in size.variants:
        requests = [(f"{frame}\n\nVariant {k}: the best film of all is", texts.titles[: size.titles]) for k in range(n)]
        engine._cache = PrefixCache(CACHE)
        found: list = []
        seconds = timed(lambda: found.extend(engine.loglikelihoods(requests)), 1)  # noqa: B023 called before it changes
        read = sum(s.usage.prompt_tokens - s.usage.cached_tokens + s.usage.scored_tokens for s in found)
        print(f"  {n:>8}{seconds:>9.2f}{read:>13}{1e3 * seconds / read:>12.2f}")


def growth(engine: FrozenLM, texts: Texts, size: Size) -> None:
    frame = texts.frame(size.prompt)
    engine._cache = PrefixCache(CACHE)
    engine.loglikelihood(frame, [" x"])
    print(f"\ncandidates after a prompt of {size.prompt} tokens that is at hand")
    print(f"  {'candidates':>10}{'tokens':>8}{'seconds':>9}{'ms a token':>12}{'peak MB':>9}")
    for n in size.candidates:
        row(engine, frame, texts.titles[:n], n, lambda usage: usage.scored_tokens)
    print("\nprompt tokens, read anew, with one title after them")
    print(f"  {'prompt':>10}{'tokens':>8}{'seconds':>9}{'ms a token':>12}{'peak MB':>9}")
    engine._cache = NoCache()
    for n in size.prompts:
        row(engine, texts.frame(n), texts.titles[:1], n, lambda usage: usage.prompt_tokens)


def row(engine: FrozenLM, prompt: str, titles: list[str], n: int, count) -> None:
    found: list = []
    seconds = timed(lambda: found.append(engine.loglikelihood(prompt, titles)), 1)
    tokens = count(found[0].usage)
    print(f"  {n:>10}{tokens:>8}{seconds:>9.2f}{1e3 * seconds / tokens:>12.2f}{peak_mb():>9.0f}")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


if __name__ == "__main__":
    main()
