"""Against `transformers serve`, a real server that ignores the request for log-probabilities."""

import importlib.util
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from remote_pair import MODEL_SERVED, engine_at
from test_engine import TOKENIZER

from workbench.engine.protocol import Sampling
from workbench.engine.remote_echo import NoLogprobs

MISSING = [name for name in ("fastapi", "openai", "uvicorn") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"transformers serve needs {', '.join(MISSING)}: `make dev`")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    MODEL_SERVED.save_pretrained(path)
    TOKENIZER.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def base(folder, tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder), "--device", "cpu"]
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "info"]
    server = subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Without a folder of models to list it fails of that question, and may hang up before its answer is read.
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(tmp_path_factory.mktemp("hub"))},
    )
    try:
        said = []
        for line in server.stdout:
            said.append(line)
            if "running on" in line:
                break
        else:
            pytest.fail("".join(said))
        # Read on, or the server stands still once the pipe is full.
        threading.Thread(target=server.stdout.read, daemon=True).start()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(20)


def test_transformers_serve_writes_and_is_refused_for_scores(base, folder, tmp_path):
    remote = engine_at(base, tmp_path, model=folder, tokenizer=folder)
    assert remote.generate("the viewer will love:", Sampling(max_tokens=40)).text
    with pytest.raises(NoLogprobs, match="no log-probabilities"):
        remote.loglikelihood("the viewer will love:", [" Up"])


def test_transformers_serve_writes_many_texts_at_a_time_as_one_by_one(base, folder, tmp_path):
    remote = engine_at(base, tmp_path, model=folder, tokenizer=folder)
    prompts, sampling = [f"the viewer of film {i} will love:" for i in range(6)], Sampling(max_tokens=12)
    texts = [written.text for written in remote.generate_many(prompts, sampling)]
    assert texts == [remote.generate(prompt, sampling).text for prompt in prompts]
    assert all(texts)
