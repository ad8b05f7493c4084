"""Several askers of one engine, each in a thread of its own: what they ask at the same time is answered together.

An asker knows nothing of the others. The engine is asked whenever all that are still at work wait for an answer, so
that what is answered together hangs on what they ask and not on how quick they are.
"""

from collections.abc import Callable, Hashable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.engine.answers import Generated, Scores, WrittenList
from workbench.engine.protocol import Between, Cancel, Engine, Hear, Request, Sampling, Tokenizer, never, unheard
from workbench.errors import Cancelled
from workbench.records import ModelIdentity

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

T = TypeVar("T")
Work = Callable[[Engine], T]
_SCORES = "scores"


def together(engine: Engine, works: Sequence[Work[T]], *, cancel: Cancel = never) -> list[T | Exception]:
    """What each piece of work gives, or the error that it raised, in their order; each is handed an engine to ask.

    Log-likelihoods that are wanted at the same time are one call, and so are texts with the same sampling. All that the
    pieces ask is asked of `engine` in this thread. Raises Cancelled once `cancel()` is true.
    """
    table = _Table(len(works))
    found: list[T | Exception] = [Cancelled()] * len(works)

    def run(place: int, work: Work[T]) -> None:
        try:
            found[place] = work(_Seat(engine, table, place))
        except Exception as error:
            found[place] = error
        finally:
            table.leave()

    threads = [
        Thread(target=copy_context().run, args=(run, place, work), name=f"asker-{place}", daemon=True)
        for place, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    try:
        while calls := table.all_waiting():
            if cancel():
                raise Cancelled
            for kind in dict.fromkeys(call.kind for call in calls):
                _answer(engine, [call for call in calls if call.kind == kind], cancel)
    finally:
        table.close()
        for thread in threads:
            thread.join()
    return found


@dataclass(eq=False)
class _Call:
    """What one asker waits for. `wanted` are requests, prompts, or for what can't be asked together one function;
    calls of one `kind` are answered together."""

    place: int
    kind: Hashable
    wanted: Sequence[Any]
    answers: Sequence[Any] = ()
    error: Exception | None = None
    done: Event = field(default_factory=Event)


def _answer(engine: Engine, calls: Sequence[_Call], cancel: Cancel) -> None:
    try:
        answers = iter(_asked(engine, calls[0].kind, [wanted for call in calls for wanted in call.wanted], cancel))
        for call in calls:
            call.answers = [next(answers) for _ in call.wanted]
    except Cancelled:
        raise
    except Exception as error:
        if len(calls) > 1:  # whose fault it is, is not known
            for call in calls:
                _answer(engine, [call], cancel)
            return
        calls[0].error = error
    for call in calls:
        call.done.set()


def _asked(engine: Engine, kind: Hashable, wanted: Sequence[Any], cancel: Cancel) -> Sequence[Any]:
    if kind == _SCORES:
        return engine.loglikelihoods(wanted, cancel=cancel)
    if isinstance(kind, Sampling):
        if len(wanted) == 1:
            return [engine.generate(wanted[0], kind, cancel=cancel)]
        return engine.generate_many(wanted, kind, cancel=cancel)
    return [ask(cancel) for ask in wanted]


class _Table:
    """Where askers wait: `_busy` of them are at work, and in time either ask or leave."""

    def __init__(self, askers: int) -> None:
        self._changed = Condition()
        self._busy = askers
        self._waiting: list[_Call] = []
        self._asked: list[_Call] = []
        self._closed = False

    def ask(self, call: _Call) -> Sequence[Any]:
        with self._changed:
            if self._closed:
                raise Cancelled
            self._waiting.append(call)
            self._left()
        call.done.wait()
        if call.error:
            raise call.error
        return call.answers

    def leave(self) -> None:
        with self._changed:
            self._left()

    def _left(self) -> None:
        self._busy -= 1
        self._changed.notify_all()

    def all_waiting(self) -> list[_Call]:
        """What all who are not done want, once they all wait; nothing when all are done."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy == 0)
            calls, self._waiting = sorted(self._waiting, key=lambda call: call.place), []
            self._asked, self._busy = calls, len(calls)
            return calls

    def close(self) -> None:
        """Whoever still waits or comes is turned away."""
        with self._changed:
            self._closed = True
            for call in (*self._asked, *self._waiting):
                if not call.done.is_set():
                    call.error = Cancelled()
                    call.done.set()


class _Seat:
    """Implements `Engine` for one asker. It is stopped as all are, so `cancel` is not asked; nobody hears its text."""

    def __init__(self, engine: Engine, table: _Table, place: int) -> None:
        self._engine, self._table, self._place = engine, table, place

    @property
    def tokenizer(self) -> Tokenizer:
        return self._engine.tokenizer

    @property
    def identity(self) -> ModelIdentity:
        return self._engine.identity

    def _ask(self, kind: Hashable, wanted: Sequence[Any]) -> Sequence[Any]:
        return self._table.ask(_Call(self._place, kind, wanted))

    def _alone(self, ask: Callable[[Cancel], T]) -> T:
        call = object()  # like no other
        (answer,) = self._ask(call, [ask])
        return answer  # type: ignore[no-any-return]

    def loglikelihood(self, prompt: str, continuations: Sequence[str], *, cancel: Cancel = never) -> Scores:
        return self.loglikelihoods([(prompt, continuations)])[0]

    def loglikelihoods(self, requests: Sequence[Request], *, cancel: Cancel = never) -> tuple[Scores, ...]:
        return tuple(self._ask(_SCORES, requests))

    def read(self, prompt: str, *, cancel: Cancel = never) -> None:
        self._alone(lambda stop: self._engine.read(prompt, cancel=stop))

    def generate(
        self, prompt: str, sampling: Sampling, *, cancel: Cancel = never, on_text: Hear = unheard
    ) -> Generated:
        return self.generate_many([prompt], sampling)[0]

    def generate_many(
        self, prompts: Sequence[str], sampling: Sampling, *, cancel: Cancel = never
    ) -> tuple[Generated, ...]:
        return tuple(self._ask(sampling, prompts))

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
        return self._alone(
            lambda stop: self._engine.write_list(prompt, lines, sampling, n=n, between=between, cancel=stop)
        )

    def states(self, texts: Sequence[str], *, cancel: Cancel = never) -> "NDArray[float32]":
        return self._alone(lambda stop: self._engine.states(texts, cancel=stop))
