"""A parsed template: front matter read, syntax known to be right, ready to be checked and rendered."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from jinja2 import TemplateSyntaxError, nodes

from workbench.errors import Problem, TemplateError
from workbench.prompts.environment import PromptEnvironment
from workbench.prompts.front_matter import FrontMatter, split
from workbench.prompts.marks import without_marks
from workbench.variant import TemplateSource

MAIN, ANSWER = "$template", "$answer"
"""What the loader calls the template's own body and its answer; `$` keeps them apart from files."""
MAX_SOURCE = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """`tree` is the body's syntax tree; its lines, like those of every error, are the lines of `source.source`.

    `trees` holds the trees of the included files that can be parsed, by file name.
    """

    source: TemplateSource
    front: FrontMatter
    tree: nodes.Template
    trees: dict[str, nodes.Template]
    environment: PromptEnvironment
    key_lines: dict[str, int]

    @property
    def name(self) -> str:
        return self.front.name or self.source.name


def parse(source: TemplateSource) -> Template:
    """Read and parse a template; the last 128 are kept. Raises TemplateError with every problem and its line."""
    return _parse(source.name, source.source, tuple(sorted(source.includes.items())))


def template_frame(template: Template) -> str:
    """SHA-256 (hex) of the texts that make the prompt, whatever the template is called."""
    content = [template.source.source, sorted(template.source.includes.items())]
    return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()


@lru_cache(maxsize=128)
def _parse(name: str, text: str, includes: tuple[tuple[str, str], ...]) -> Template:
    if len(text) > MAX_SOURCE:
        raise TemplateError(Problem(f"{len(text):,} characters", name, f"a template has at most {MAX_SOURCE:,}"))
    parts = split(text)
    texts = {file: without_marks(included) for file, included in includes}
    # A comment of as many lines as the front matter has keeps Jinja's line numbers those of the file.
    above = parts.first_line - 1
    texts[MAIN] = ("{#" + "\n" * (above - 1) + "#}\n" if above else "") + without_marks(parts.body)
    texts[ANSWER] = without_marks(parts.front.answer)
    environment = PromptEnvironment(texts)
    trees: dict[str, nodes.Template] = {}
    problems = [replace(problem, where=name) for problem in parts.problems]
    for file, content in texts.items():
        found = parse_text(environment, content, file)
        if isinstance(found, Problem):
            problems.append(_placed(found, file, name, parts.key_lines.get("answer")))
        else:
            trees[file] = found
    if problems:
        raise TemplateError(*in_order(problems, name))
    source = TemplateSource(name=name, source=text, includes=dict(includes))
    return Template(source, parts.front, trees[MAIN], trees, environment, parts.key_lines)


def in_order(problems: Iterable[Problem], name: str) -> list[Problem]:
    """Problems of the template itself first, then those of the files that it includes, each by line."""
    return sorted(set(problems), key=lambda p: (p.where != name, p.where, p.line or 0, p.column or 0, p.what))


def _placed(problem: Problem, file: str, name: str, answer_line: int | None) -> Problem:
    if file == ANSWER:
        return replace(problem, what=f"answer: {problem.what}", where=name, line=answer_line)
    return replace(problem, where=name if file == MAIN else file)


def parse_text(environment: PromptEnvironment, text: str, name: str) -> nodes.Template | Problem:
    """The syntax tree, or what is wrong with the syntax."""
    try:
        return environment.parse(text, name)
    except TemplateSyntaxError as error:
        return Problem(error.message or "syntax error", name, _syntax_fix(error.message or ""), line=error.lineno)
    except (RecursionError, MemoryError):
        return Problem("brackets nest too deeply", name, "split the expression with {% set %}")
    except ValueError as error:
        # Python refuses to read a number of more than 4,300 digits, and some escapes in strings.
        return Problem(str(error).split("\n")[0], name, "mend the number or the text in quotes")


def _syntax_fix(message: str) -> str:
    if "Unexpected end of template" in message or "unexpected end of template" in message:
        return "close the block"
    if "Encountered unknown tag" in message:
        return "known beside Jinja's own: {% system %}, {% user %}, {% assistant %}, {% step name %}, {% query %}"
    return ""
