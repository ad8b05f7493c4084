"""What goes wrong in a render, told with the template's line instead of Python's."""

import re
import traceback

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from workbench.errors import Problem, TemplateError
from workbench.prompts.environment import FILE_PREFIX
from workbench.prompts.limits import LimitReached
from workbench.prompts.nearest import nearest
from workbench.prompts.template import ANSWER, MAIN, Template
from workbench.prompts.variables import VARIABLES

MAX_MESSAGE = 300
"""Python quotes the value in some messages, and a value can be long."""


def told(error: Exception, template: Template) -> TemplateError:
    """The error of a render as one of ours: what, where, line, and what to do."""
    file, line = _place(error)
    where = template.source.name if file in (MAIN, ANSWER, None) else str(file)
    what, fix = _what(error, template)
    if file == ANSWER:
        what, line = f"answer: {what}", template.key_lines.get("answer")
    return TemplateError(Problem(what, where, fix, line=line))


def _place(error: Exception) -> tuple[str | None, int | None]:
    """File and line of the innermost part of the template that ran; Jinja has rewritten the traceback to say so."""
    if isinstance(error, TemplateSyntaxError):
        return error.name, error.lineno
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    for file, line in reversed(frames):
        if file.startswith(FILE_PREFIX):
            return file.removeprefix(FILE_PREFIX), line
    return None, None


def _what(error: Exception, template: Template) -> tuple[str, str]:
    if isinstance(error, LimitReached):
        return str(error), "look for a loop or a macro that repeats too much"
    if isinstance(error, RecursionError):
        return "stopped: includes, macros or values nest too deeply", "look for a file that includes itself"
    if isinstance(error, MemoryError):
        return "stopped: out of memory", "make smaller values"
    if isinstance(error, TemplateNotFound):
        return f"there is no file {error.name!r} to include", nearest(str(error.name), template.source.includes)
    if isinstance(error, SecurityError):
        return str(error), "templates read only what docs/templates.md names"
    if isinstance(error, UndefinedError):
        return _undefined(str(error), template)
    if isinstance(error, SyntaxError):
        return f"can't be compiled: {error.msg}", "loops and brackets nest at most 20 deep; names in a call differ"
    if isinstance(error, ZeroDivisionError):
        return "division by zero", "guard it with {% if %}"
    return str(error)[:MAX_MESSAGE] or type(error).__name__, ""


def _undefined(message: str, template: Template) -> tuple[str, str]:
    found = re.fullmatch(r"'(\w+)' is undefined", message)
    if not found:
        return message, ""
    if found[1] == "candidate":
        return "`candidate` is not set", "it is set only by methods that ask about each candidate, such as pointwise"
    known = [variable.name for variable in VARIABLES] + [step.name for step in template.front.steps]
    return f"`{found[1]}` is not defined", nearest(found[1], known)
