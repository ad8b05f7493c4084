"""A frozen causal language model on an OpenAI-compatible server, behind the same seam as one in this process."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from workbench.engine.answers import Generated, Scores, WrittenList
from workbench.engine.protocol import Between, Cancel, Hear, Request, Sampling, never, unheard
from workbench.engine.remote_client import Client, Json, Refused, Unreachable, held
from workbench.engine.remote_echo import Echo, echo_request, first_choice, read_echo
from workbench.engine.remote_scores import Texts, scores_of
from workbench.engine.remote_selftest import Trusted, examine
from workbench.engine.remote_tokenizer import EstimatedTokenizer, ServerTokenizer, turns
from workbench.engine.sampling import looping, stopped
from workbench.engine.tokenizing import HubTokenizer
from workbench.errors import Cancelled, ModelError, Problem, PromptTooLong, WorkbenchError
from workbench.records import Message, ModelIdentity, Usage

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

RemoteTokenizer = HubTokenizer | ServerTokenizer | EstimatedTokenizer


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that a server was tried for. `problem` is "" when it can."""

    name: str
    said: str = ""
    problem: str = ""


class RemoteLM:
    """Implements `Engine`. One request for each continuation or text, several at a time over all prompts of a call and
    over all threads that call; the server's own tokenisation.

    Nothing that the server says of probabilities is believed before `examine` has passed; what it can't do is tried
    anew when it is next asked for, since servers are restarted with other settings.
    """

    def __init__(self, client: Client, tokenizer: RemoteTokenizer, identity: ModelIdentity) -> None:
        self.tokenizer = tokenizer
        self.identity = identity
        self._client = client
        self._where = client.address.host
        self._trusted: Trusted | None = None
        self._losses = 0
        self._testing = Lock()
        self._chat_only = False

    # Scoring

    def loglikelihood(self, prompt: str, continuations: Sequence[str], *, cancel: Cancel = never) -> Scores:
        return self.loglikelihoods([(prompt, continuations)], cancel=cancel)[0]

    def loglikelihoods(self, requests: Sequence[Request], *, cancel: Cancel = never) -> tuple[Scores, ...]:
        """What can be refused without the server is refused before it is asked for any score. Of the rest, the first
        failure in order stops all that come after it."""
        started = time.perf_counter()
        asked = [self._texts(prompt, continuations, cancel) for prompt, continuations in requests]
        whole = [text for texts in asked for text in texts.whole]
        if whole:
            self.trust(cancel=cancel)
        with closing(self._client.each(self._echo, whole, cancel=cancel)) as echoes:
            found = [scores_of(t, list(islice(echoes, len(t.whole))), where=self._where) for t in asked]
        each = (time.perf_counter() - started) / max(1, len(whole))
        return tuple(replace(f, usage=replace(f.usage, seconds=each * f.usage.passes)) for f in found)

    def trust(self, *, cancel: Cancel = never) -> Trusted:
        """Test the server's log-probabilities, once for as long as it stays connected, whoever asks first.

        Raises ModelError where they can't be had or can't be believed.
        """
        with held(self._testing, cancel):
            if self._trusted is None or self._losses != self._client.losses:
                self._trusted, self._losses = None, self._client.losses
                try:
                    self._trusted = examine(self._client, self.tokenizer, cancel=cancel)
                except Refused as error:
                    raise self._explained(error, "score texts") from error
            return self._trusted

    def _plain(self, prompt: str) -> str:
        if turns(prompt):
            what = "a chat can't be scored: the server does not show how its chat template writes it"
            fix = f"name the model's tokenizer: {self._client.address.base}?tokenizer=FOLDER_OR_ID#…"
            raise ModelError(Problem(what, self._where, fix))
        return prompt if isinstance(self.tokenizer, EstimatedTokenizer) else self.tokenizer.without_start(prompt)

    def _texts(self, prompt: str, continuations: Sequence[str], cancel: Cancel) -> Texts:
        if cancel():
            raise Cancelled
        if not continuations:
            return Texts()
        if not prompt:
            raise ModelError(Problem("the prompt is empty", "prompt", "write at least a word before the answer"))
        text = self._plain(prompt)
        if isinstance(self.tokenizer, EstimatedTokenizer):
            return Texts(text, tuple(continuations))
        alone, *joint = self.tokenizer.encode_batch([text, *(text + c for c in continuations)])
        self._check_length(max(map(len, joint)) + 1)
        return Texts(text, tuple(continuations), alone, joint)

    def _echo(self, text: str, cancel: Cancel) -> Echo:
        # Another request may have lost the connection meanwhile, and another server may answer now.
        self.trust(cancel=cancel)
        answer = self._client.post("completions", echo_request(self._client.address.model, text), cancel=cancel)
        return read_echo(answer, text, where=self._where)

    # Writing

    def generate(
        self,
        prompt: str,
        sampling: Sampling,
        *,
        cancel: Cancel = never,
        on_text: Hear = unheard,
    ) -> Generated:
        """Greedy or sampled text; `on_text` hears the text so far as it comes. Token ids stay with the server."""
        started = time.perf_counter()
        if not prompt:
            raise ModelError(Problem("the prompt is empty", "prompt", "write at least a word"))
        tokens = len(self.tokenizer.encode(prompt))
        if not self.tokenizer.estimated:
            self._check_length(tokens + sampling.max_tokens)
        text, finished, written = self._written(prompt, sampling, cancel, on_text)
        usage = Usage(1, tokens, generated_tokens=written, seconds=time.perf_counter() - started)
        return Generated(text, (), finished, usage)

    def read(self, prompt: str, *, cancel: Cancel = never) -> None:
        return None

    def generate_many(
        self, prompts: Sequence[str], sampling: Sampling, *, cancel: Cancel = never
    ) -> tuple[Generated, ...]:
        def write(prompt: str, stop: Cancel) -> Generated:
            return self.generate(prompt, sampling, cancel=stop)

        started = time.perf_counter()
        written = tuple(self._client.each(write, prompts, cancel=cancel))
        seconds = (time.perf_counter() - started) / max(1, len(written))
        return tuple(replace(w, usage=replace(w.usage, seconds=seconds)) for w in written)

    def _written(self, prompt: str, sampling: Sampling, cancel: Cancel, on_text: Hear) -> tuple[str, bool, int]:
        """The text, whether it came to its end, and how many tokens it took."""
        chat = self._chat_only or bool(turns(prompt))
        try:
            return self._write(self._asked(prompt, sampling, chat=chat), sampling, cancel, on_text)
        except Refused as error:
            if chat or error.status not in (404, 405):
                raise self._explained(error, "write text") from error
            refusal = error
        # Some servers have chats only; a plain prompt is then the user's one message. Several texts at a time may each
        # find that out.
        try:
            found = self._write(self._asked(prompt, sampling, chat=True), sampling, cancel, on_text)
        except Refused as error:
            raise self._explained(refusal, "write text") from error
        self._chat_only = True
        return found

    def _write(
        self, request: tuple[str, Json], sampling: Sampling, cancel: Cancel, on_text: Hear
    ) -> tuple[str, bool, int]:
        path, body = request
        whole, tokens, finished = "", 0, False
        with self._client.stream(path, body, cancel=cancel) as events:
            for event in events:
                if cancel():
                    raise Cancelled
                if not event.get("choices"):
                    continue
                choice = first_choice(event, where=self._where)
                new = choice.get("text") or (choice.get("delta") or {}).get("content") or ""
                # A server that does not count sends, as a rule, a token with each event.
                whole, tokens = whole + new, _counted(event) or tokens + bool(new)
                text, cut = stopped(whole, sampling.stop)
                finished = cut or choice.get("finish_reason") == "stop" or (sampling.stop_loops and looping(text))
                on_text(text)
                if finished:
                    break
        return stopped(whole, sampling.stop)[0], finished, tokens

    def _asked(self, prompt: str, sampling: Sampling, *, chat: bool) -> tuple[str, Json]:
        body: Json = {
            "model": self._client.address.model,
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
        }
        if sampling.stop:
            body["stop"] = list(sampling.stop)[:4]  # the most that the format allows; the rest is cut here
        if not chat:
            return "completions", {**body, "prompt": self._plain(prompt)}
        messages = [{"role": m.role, "content": m.text} for m in turns(prompt) or (Message("user", prompt),)]
        if messages[-1]["role"] == "assistant":
            body |= {"add_generation_prompt": False, "continue_final_message": True}
        return "chat/completions", {**body, "messages": messages}

    # Looking inside

    def write_list(
        self,
        prompt: str,
        lines: Sequence[str],
        sampling: Sampling,
        *,
        n: int,
        between: Between,
        cancel: Cancel = never,
        on_text: Hear = unheard,
    ) -> WrittenList:
        what = "a model on a server can't be held to a list: its choice of tokens is the server's"
        raise ModelError(Problem(what, self._where, "choose a model of this computer, or the method generation"))

    def states(self, texts: Sequence[str], *, cancel: Cancel = never) -> "NDArray[float32]":
        what = "a model on a server can't be looked into: its hidden states stay there"
        raise ModelError(Problem(what, self._where, "choose a model of this computer, or a source without states"))

    # What it can do

    def abilities(self) -> tuple[Ability, ...]:
        """Try what the engine is used for. Raises only where the server can't be asked at all."""
        return (
            _tried("write text", lambda: repr(self.generate("The capital of France is", Sampling(max_tokens=4)).text)),
            _tried("score texts", lambda: _praise(self.trust())),
        )

    def _explained(self, error: Refused, wanted: str) -> ModelError:
        """What a refusal means, where the server's list of models makes it plain."""
        if error.status not in (400, 404, 405):
            return error
        model, said = self._client.address.model, error.problems[0].what
        names = [str(entry.get("id")) for entry in self._client.models() or ()]
        if names and model not in names:
            return ModelError(
                Problem(f"the server has no model {model!r}", self._where, f"it has: {', '.join(names[:20])}")
            )
        return ModelError(Problem(f"the server does not {wanted}: {said}", self._where, "check model and address"))

    def _check_length(self, tokens: int) -> None:
        window = self.identity.context_window
        if tokens > window:
            what = f"prompt and answer take {tokens} tokens, {tokens - window} more than the server's {window}"
            raise PromptTooLong(Problem(what, "prompt", "show fewer exemplars, history items or candidates"))


def _counted(event: Json) -> int | None:
    """How many tokens the server says it has written."""
    usage = event.get("usage")
    found = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return found if isinstance(found, int) else None


def _tried(name: str, attempt: Callable[[], str]) -> Ability:
    try:
        return Ability(name, attempt())
    except Unreachable:
        raise
    except WorkbenchError as error:
        return Ability(name, problem=str(error))


def _praise(trusted: Trusted) -> str:
    return f"{trusted.comparisons} tokens score as they are written, within {trusted.gap:.4f} nats"
