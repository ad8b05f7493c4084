"""Scores one request with what a user would pick instead, in their own environment: for `benchmarks/engine.py`.

Reads {"tool", "folder", "gguf", "dtype", "device", "prompt", "titles", "threads", "repeats"} as JSON from standard
input and prints {"seconds", "cpu", "totals", "version"}: the request's least time, the model loaded and warm, and each
title's log-probability.
"""

import contextlib
import json
import sys
import time
from collections.abc import Callable


def lm_eval(asked: dict) -> dict:
    """`loglikelihood` of lm-eval's HFLM over the same folder, number type and device."""
    import torch
    from lm_eval import __version__
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    torch.set_num_threads(asked["threads"])
    model = HFLM(pretrained=asked["folder"], dtype=asked["dtype"], device=asked["device"], batch_size=1)

    def score(titles: list[str]) -> list[float]:
        pairs = [(asked["prompt"], title) for title in titles]
        requests = [Instance(request_type="loglikelihood", doc={}, arguments=pair, idx=0) for pair in pairs]
        return [total for total, _ in model.loglikelihood(requests, disable_tqdm=True)]

    return {**best(score, asked), "version": f"lm-eval {__version__}"}


def padded_batch(asked: dict) -> dict:
    """Plain transformers: all titles as one padded batch, each with the whole prompt, only their own logits made."""
    import torch
    import transformers

    torch.set_num_threads(asked["threads"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(asked["folder"])
    dtype = getattr(torch, asked["dtype"])
    model = transformers.AutoModelForCausalLM.from_pretrained(asked["folder"], dtype=dtype).to(asked["device"]).eval()

    @torch.inference_mode()
    def score(titles: list[str]) -> list[float]:
        rows = [tokenizer.encode(asked["prompt"] + title) for title in titles]
        start, width = len(tokenizer.encode(asked["prompt"])), max(map(len, rows))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=model.device)
        real = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device)
        out = model(input_ids=ids, attention_mask=real, logits_to_keep=width - start + 1, use_cache=False)
        told = out.logits[:, :-1].float().log_softmax(-1).gather(-1, ids[:, start:, None])[..., 0]
        return (told * real[:, start:]).sum(-1).tolist()

    return {**best(score, asked), "version": f"transformers {transformers.__version__}, one padded batch"}


def llama_cpp(asked: dict) -> dict:
    """llama.cpp on the GGUF itself: the prompt is read once, and kept by hand while each title is read after it."""
    import llama_cpp
    import numpy

    n_threads = asked["threads"]
    model = llama_cpp.Llama(
        asked["gguf"], n_ctx=2048, logits_all=True, n_threads=n_threads, n_threads_batch=n_threads, verbose=False
    )

    def score(titles: list[str]) -> list[float]:
        prompt = model.tokenize(asked["prompt"].encode(), add_bos=False, special=True)
        model.reset()
        model.eval(prompt)
        last = numpy.array(model.scores[len(prompt) - 1])
        totals = []
        for title in titles:
            tokens = model.tokenize((asked["prompt"] + title).encode(), add_bos=False, special=True)[len(prompt) :]
            # `eval` goes on after `n_tokens`, and forgets what it had read beyond.
            model.n_tokens = len(prompt)
            model.eval(tokens)
            rows = [last, *model.scores[len(prompt) : len(prompt) + len(tokens) - 1]]
            totals.append(sum(float(row[t] - numpy.logaddexp.reduce(row)) for row, t in zip(rows, tokens, strict=True)))
        return totals

    return {**best(score, asked), "version": f"llama-cpp-python {llama_cpp.__version__}"}


def best(score: Callable[[list[str]], list[float]], asked: dict) -> dict:
    """The least seconds and CPU seconds of the repeats."""
    totals, seconds, cpu = score(asked["titles"][:1]), [], []
    for _ in range(asked["repeats"]):
        started, spent = time.perf_counter(), time.process_time()
        totals = score(asked["titles"])
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - spent)
    return {"seconds": min(seconds), "cpu": min(cpu), "totals": totals}


TOOLS = {"transformers": padded_batch, "lm-eval": lm_eval, "llama.cpp": llama_cpp}

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        found = TOOLS[asked["tool"]](asked)
    print(json.dumps(found))
