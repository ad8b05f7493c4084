"""A small OpenAI-compatible server over a small model, with the faults that real servers have, to be switched on."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

import torch

MODEL = "small/model"


@dataclass
class Faults:
    """What is wrong with the server, and what it saw."""

    shifted: bool = False
    """Log-probabilities of a text's tokens stand one place too far left, each token's own row looked at."""
    no_logprobs: bool = False
    no_echo: bool = False
    no_tokenize: bool = True
    """Most servers have none."""
    chat_only: bool = False
    no_list: bool = False
    no_offsets: bool = False
    key: str = ""
    fail: list[int] = field(default_factory=list)
    """Statuses of the next answers."""
    hold: Event | None = None
    """Answers wait for it."""
    first: Callable[[dict], int | None] = lambda body: None
    """Is told of each request before it is answered; it may wait, and say what status to fail it with."""
    window: int | None = 2048
    asked: list[tuple[str, dict]] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    most_at_once: int = 0


class OpenAIServer:
    """`model` is asked by plain forward passes, one request at a time; `tokenizer` is a fast tokenizer."""

    def __init__(self, model, tokenizer) -> None:
        self.model, self.tokenizer = model.eval(), tokenizer
        self.faults = Faults()
        self.lock, self.counting = Lock(), Lock()
        self.at_once = 0

    # What the model says

    @torch.inference_mode()
    def rows(self, ids) -> torch.Tensor:
        with self.lock:
            return self.model(torch.tensor([ids])).logits[0].float().log_softmax(-1)

    def token(self, i: int) -> str:
        return self.tokenizer.decode([i])

    def top(self, row, n: int) -> dict[str, float]:
        values, ids = row.topk(n)
        return {self.token(int(i)): float(v) for v, i in zip(values, ids, strict=True)}

    def write(self, prompt: str, body: dict) -> Iterator[tuple[int, torch.Tensor]]:
        ids = self.tokenizer(prompt)["input_ids"]
        random = torch.Generator().manual_seed(int(body.get("seed") or 0))
        heat = body.get("temperature", 1.0)
        for _ in range(body.get("max_tokens", 16)):
            row = self.rows(ids)[-1]
            token = int(row.argmax() if heat == 0 else torch.multinomial((row / heat).exp(), 1, generator=random))
            if token == self.tokenizer.eos_token_id:
                return
            yield token, row
            ids = [*ids, token]

    # Endpoints

    def completion(self, body: dict) -> dict:
        prompt, n = body["prompt"], body.get("logprobs")
        written = list(self.write(prompt, body))
        text = self.tokenizer.decode([t for t, _ in written])
        read = self.tokenizer(prompt, return_offsets_mapping=True)
        ids, echo = read["input_ids"], body.get("echo") and not self.faults.no_echo
        choice = {"index": 0, "text": (prompt if echo else "") + text, "finish_reason": "length"}
        if n and not self.faults.no_logprobs:
            tokens, rows = [t for t, _ in written], [row for _, row in written]
            values, offsets = [float(r[t]) for t, r in written], [len(prompt)] * len(written)
            if echo:
                table = self.rows(ids)
                # The row before a token predicts it; a shifted server looks at the token's own.
                before = table if self.faults.shifted else [table[0], *table[:-1]]
                own = [float(row[i]) for row, i in zip(before, ids, strict=True)]
                values = [own[0] if self.faults.shifted else None, *own[1:], *values]
                tokens, rows = [*ids, *tokens], [*before, *rows]
                offsets = [start for start, _ in read["offset_mapping"]] + offsets
            choice["logprobs"] = {
                "tokens": [self.token(i) for i in tokens],
                "token_logprobs": values,
                "top_logprobs": [self.top(row, n) for row in rows],
                **({} if self.faults.no_offsets else {"text_offset": offsets}),
            }
        return {"choices": [choice], "usage": {"prompt_tokens": len(ids)}}

    def events(self, prompt: str, body: dict, *, chat: bool) -> Iterator[dict]:
        ids, said, end = [], "", "length"
        for token, _ in self.write(prompt, body):
            ids.append(token)
            text = self.tokenizer.decode(ids)
            if any(stop in text for stop in body.get("stop", ())):
                end = "stop"
                break
            piece, said = text[len(said) :], text
            yield {"choices": [{"delta": {"content": piece}} if chat else {"text": piece}]}
        yield {"choices": [{**({"delta": {}} if chat else {"text": ""}), "finish_reason": end}]}

    def transcript(self, messages: list[dict]) -> str:
        return "".join(f"{m['role']}: {m['content']}\n" for m in messages) + "assistant:"

    def answer(self, path: str, body: dict) -> dict | Iterator[dict] | None:
        if path == "/v1/models" and not self.faults.no_list:
            return {"data": [{"id": MODEL, "max_model_len": self.faults.window}, {"id": "other"}]}
        if path == "/v1/completions" and not self.faults.chat_only:
            return self.events(body["prompt"], body, chat=False) if body.get("stream") else self.completion(body)
        if path == "/v1/chat/completions":
            return self.events(self.transcript(body["messages"]), body, chat=True)
        if path == "/tokenize" and not self.faults.no_tokenize:
            text = self.transcript(body["messages"]) if "messages" in body else body["prompt"]
            ids = self.tokenizer(text)["input_ids"]
            return {"count": len(ids), "tokens": ids}
        if path == "/detokenize" and not self.faults.no_tokenize:
            return {"prompt": self.tokenizer.decode(body["tokens"])}
        return None


class Door(BaseHTTPRequestHandler):
    """HTTP around an OpenAIServer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's word that the headers came
    served: OpenAIServer

    def do_GET(self) -> None:
        self.respond({})

    def do_POST(self) -> None:
        self.respond(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def respond(self, body: dict) -> None:
        faults, served = self.served.faults, self.served
        self.is_counted = False
        self.count(1)
        faults.asked.append((self.path, body))
        faults.headers.append(dict(self.headers))
        try:
            if faults.hold:
                faults.hold.wait(30)
            if status := faults.first(body):
                self.send({"error": {"message": f"not {body['prompt']}"}}, status)
            elif faults.fail:
                self.send({"error": {"message": "not now"}}, faults.fail.pop(0))
            elif faults.key and self.headers.get("Authorization") != f"Bearer {faults.key}":
                self.send({"error": {"message": "wrong key"}}, 401)
            elif body.get("model", MODEL) != MODEL:
                self.send({"error": {"message": f"no model {body['model']}"}}, 404)
            else:
                self.send_answer(served.answer(self.path, body))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # hung up on, as a stopped run does
        finally:
            self.count(-1)

    def count(self, by: int) -> None:
        """This request in, or out: once, and before the client can know that it is answered."""
        faults, served = self.served.faults, self.served
        with served.counting:
            if self.is_counted != (by > 0):
                self.is_counted = by > 0
                served.at_once += by
                faults.most_at_once = max(faults.most_at_once, served.at_once)

    def send_answer(self, answer) -> None:
        if answer is None:
            self.send({"detail": "Not Found"}, 404)
        elif isinstance(answer, dict):
            self.send(answer, 200)
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for event in answer:
                if event["choices"][0].get("finish_reason"):
                    self.count(-1)
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

    def send(self, content: dict, status: int) -> None:
        text = json.dumps(content).encode()
        self.count(-1)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args) -> None:
        pass


@contextmanager
def serving(server: OpenAIServer) -> Iterator[str]:
    """The server at a free port of this machine; gives its base address."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("ServedDoor", (Door,), {"served": server}))
    http.daemon_threads = True
    thread = Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
