"""Out of a model's messy answer, the pieces of text that name items."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from workbench.grounding.json_lists import Entry, json_entries
from workbench.grounding.prose import is_remark, prose
from workbench.grounding.readings import ParsedLine, read

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
# A chat template may have opened the thought in the prompt.
_END_OF_THOUGHT = re.compile(r"\A.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
_BREAK = re.compile(r"</?(?:li|ol|ul|br|p|tr)\b[^<>]{0,80}>", re.IGNORECASE)
_CIRCLED = "①-⑳⑴-⒇❶-❿"
_FRAME = r"^\s*(?:>\s*)?(?:#{1,6}\s+)?(?:[*_]{1,3}\s?)?"
_NUMBERED = re.compile(
    _FRAME + rf"(?:[(\[（]?(?P<digits>\d{{1,3}})(?:[.．](?!\d)|[):\]、：）]|\ufe0f?\u20e3)|#(?P<hash>\d{{1,3}})\b[.):]?"
    rf"|[{_CIRCLED}]|第?[(（]?[一二三四五六七八九十]{{1,3}}[、.．):：）])(?!\s*>)[*_]{{0,3}}\s*"
)
_DASHED = re.compile(r"^\s*(?P<digits>\d{1,3})\s+[-–—]\s+")
_BARE = re.compile(r"^\s*(?P<digits>\d{1,3})\s+(?=\S)")
_BULLETED = re.compile(r"^\s*(?:>\s*)?(?:[-*+•·‣▪●○–—]\s+|[-•·‣▪●○](?=[^\s\d-]))(?:\[[ xX]?\]\s+)?")
_LETTERED = re.compile(_FRAME + r"\(?[A-Za-z][.):]\s+")
_INLINE = re.compile(rf"(?:^|(?<=[\s,;，；、]))(?:\(?(\d{{1,2}})[.)](?=\s)|([{_CIRCLED}]))")
_TITLE_HEADING = re.compile(
    r"title|name|item|film|movie|album|product|article|group|标题|名称|商品|书名|电影", re.IGNORECASE
)

Kind = Literal["numbered", "dashed", "bare", "bulleted", "lettered"]
_MARKERS: dict[Kind, re.Pattern[str]] = {
    "numbered": _NUMBERED,
    "dashed": _DASHED,
    "bare": _BARE,
    "bulleted": _BULLETED,
    "lettered": _LETTERED,
}


@dataclass(frozen=True, slots=True)
class _Style:
    """What makes a line of this text an entry: its marker, not indented deeper than `indent`."""

    marker: re.Pattern[str]
    indent: int
    continued: bool
    """The prompt ended with the first marker, so that the first line has none."""

    def marks(self, line: str) -> bool:
        return bool(self.marker.match(line)) and _indent(line) <= self.indent


def parse_list(text: str) -> list[ParsedLine]:
    """The mentions in the order of the text. Never raises; a text without any gives []."""
    found = _mentions(text)
    if found and text.rstrip(" \t").endswith(found[-1].text):
        found[-1] = replace(found[-1], ends_text=True)
    return found


def _mentions(text: str) -> list[ParsedLine]:
    body = _END_OF_THOUGHT.sub("", _THOUGHT.sub("", text))
    body = _BREAK.sub("\n", _FENCE.sub("", body)).strip("\n")
    if not body.strip(" \t\r\n[]{}"):
        return []
    if entries := json_entries(body):
        return [_of_entry(entry) for entry in entries]
    lines = [line for line in body.splitlines() if line.strip()]
    table = [line for line in lines if line.lstrip().startswith("|")]
    if len(table) > 1:
        return [*_table(table), *(read(line, aside=True) for line in lines if line not in table)]
    lines = [piece for line in lines if not _is_rule(line) for piece in _unrolled(line, alone=len(lines) == 1)]
    if style := _style(lines):
        return _listed(lines, style)
    if len(lines) == 1:
        return prose(lines[0].strip())
    return [mention for line in lines for mention in _unmarked(line)]


def _of_entry(entry: Entry) -> ParsedLine:
    first = read(entry[0])
    return ParsedLine(first.text, first.names, (*first.guesses, *entry[1:]))


def _listed(lines: Sequence[str], style: _Style) -> list[ParsedLine]:
    """Marked lines are entries; what stands between them is an aside, but for the title below a lonely marker."""
    found: list[ParsedLine] = []
    wanted = style.continued
    for line in lines:
        if not style.marks(line):
            # A number alone is the next marker, without its dot.
            if wanted or not line.strip().isdecimal():
                found.append(_entry(line) if wanted else read(_without_marker(line), raw=line, aside=True))
                wanted = False
            continue
        wanted = not style.marker.sub("", line, count=1).strip(" *_")
        if not wanted:
            found.append(_entry(line, style.marker))
    if wanted and not found and not _is_empty_list(lines, style):
        return [read(line) for line in lines]
    return [mention for mention in found if mention.names]


def _is_empty_list(lines: Sequence[str], style: _Style) -> bool:
    """1. 2. 3. with nothing after them count, while 3. 1. 2. may stand for candidates."""
    ns = [_number(style.marker, line) for line in lines]
    return len(ns) > 1 and ns == list(range(1, len(ns) + 1))


def _entry(line: str, marker: re.Pattern[str] | None = None) -> ParsedLine:
    rest = marker.sub("", line, count=1) if marker else line
    mention = read(rest, raw=line)
    inner = _without_marker(rest)
    return replace(mention, guesses=(*mention.guesses, *read(inner).names)) if inner != rest else mention


def _without_marker(line: str) -> str:
    for marker in (_NUMBERED, _DASHED, _BULLETED, _LETTERED):
        if marker.match(line):
            return marker.sub("", line, count=1)
    return line


def _unmarked(line: str) -> list[ParsedLine]:
    if not is_remark(line):
        return [_entry(line)]
    return [replace(part, aside=True) for part in prose(line.strip())]


def _style(lines: Sequence[str]) -> _Style | None:
    """The first kind of marker that makes a list of these lines."""
    for kind, marker in _MARKERS.items():
        marked = [line for line in lines if marker.match(line)]
        if not marked:
            continue
        ns = [n for line in marked if (n := _number(marker, line)) is not None]
        continued = ns[:1] == [2] and not marker.match(lines[0])
        if kind in ("numbered", "dashed") and not _counts(ns, alone=len(lines) == 1, continued=continued):
            continue
        if kind == "bare" and (len(ns) < 2 or ns != list(range(1, len(ns) + 1))):
            continue
        if kind == "lettered" and len(marked) < 2:
            continue
        return _Style(marker, min(map(_indent, marked)) + 1, continued)
    return None


def _counts(ns: Sequence[int], *, alone: bool, continued: bool) -> bool:
    """Whether these are the numbers of a list, and not the numbers that titles begin with."""
    pairs = pairwise(ns)
    return not ns or ns[0] <= 1 or alone or continued or any(abs(a - b) == 1 for a, b in pairs)


def _number(marker: re.Pattern[str], line: str) -> int | None:
    match = marker.match(line)
    groups = match.groupdict() if match else {}
    digits = groups.get("digits") or groups.get("hash")
    return int(digits) if digits else None


def _unrolled(line: str, *, alone: bool) -> list[str]:
    """The entries of a list that stands on one line: "1. Alien, 2. Up, 3. Heat" or "① Alien ② Up".

    Two numbers without a comma before the second are no list: 1. Toy Story 2. A classic.
    """
    chain: list[re.Match[str]] = []
    for found in _INLINE.finditer(line):
        if found[2] or (alone and (not chain or (chain[-1][1] and int(found[1]) == int(chain[-1][1]) + 1))):
            chain.append(found)
    if len(chain) < 2 or line[: chain[0].start()].strip():
        return [line]
    if chain[0][1] and len(chain) == 2 and line[: chain[1].start()].rstrip()[-1] not in ",;，；、":
        return [line]
    edges = [*(found.start() for found in chain), len(line)]
    return [line[a:b].rstrip(" \t,;，；、") for a, b in pairwise(edges)]


def _table(lines: Sequence[str]) -> list[ParsedLine]:
    """Rows of a Markdown table; the column whose heading speaks of titles names the items, else any with words."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    rules = [at for at, line in enumerate(lines) if _is_rule(line)]
    heading = rows[rules[0] - 1] if rules and rules[0] > 0 else []
    body = [(lines[at], rows[at]) for at in range(rules[0] + 1 if rules else 0, len(rows)) if at not in rules]
    column = next((at for at, cell in enumerate(heading) if _TITLE_HEADING.search(cell)), None)
    return [mention for line, cells in body if (mention := _row(line, cells, column)).names]


def _row(line: str, cells: Sequence[str], column: int | None) -> ParsedLine:
    if column is not None and column < len(cells):
        named = [cells[column]]
    else:
        named = [cell for cell in cells if re.search(r"[^\W\d]", cell)] or list(cells[-1:])
    readings = [read(cell) for cell in named]
    names = tuple(dict.fromkeys(name for reading in readings for name in reading.names))
    return ParsedLine(line.strip(), names)


def _is_rule(line: str) -> bool:
    return len(line.strip()) >= 3 and not line.strip().strip("|:=+_*- \t")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
