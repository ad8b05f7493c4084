"""Widget callbacks that come through."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

from streamlit.runtime.scriptrunner import get_script_run_ctx

P = ParamSpec("P")
_METHOD = "on_scriptrunner_yield"


def whole(callback: Callable[P, None]) -> Callable[P, None]:
    """The same callback, run to its end: for every callback that changes something.

    When another message of the browser waits, Streamlit breaks a callback off at its next look into the session, and
    does not call it again: an edit followed at once by a press of Run would be half done. The message is taken up
    right after the callback.
    """

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with _undisturbed():
            callback(*args, **kwargs)

    return run


@contextmanager
def _undisturbed() -> Iterator[None]:
    context = get_script_run_ctx()
    requests = context.script_requests if context else None
    if requests is None or _METHOD in vars(requests):  # no session, or inside of another whole callback
        yield
        return
    # An attribute of this one object hides the method of its class: nobody's request is at hand for as long.
    vars(requests)[_METHOD] = lambda: None
    try:
        yield
    finally:
        del vars(requests)[_METHOD]
