"""One piece of text, and the ways in which it may name an item."""

import re
from dataclasses import dataclass

LONGEST = 400
"""Characters of a piece that are read; no title is longer, and what follows is a reason."""
HEADS = 8
QUOTED = re.compile(r"[“\"«„]([^“”\"«»„]{1,300})[”\"»“]|《([^《》]{1,300})》|「([^「」]{1,300})」|『([^『』]{1,300})』")
_LINK = re.compile(r"!?\[([^\[\]]{1,300})\]\([^()]*\)")
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3}|`)(?=\S)(.{1,300}?)(?<=\S)\1")
_TAIL = re.compile(
    r"\s+(?:--?|[–—|=>]+)\s+|\s*[:：]\s+|：|\s*——|\s*[–—]\s*|\s+[(\[]|（|【|\s*[,，;；]\s+|[，；]|\t"
    r"|\s+(?:because|since|as it|which|is an?|starring|directed by|by)\s+"
)
_SEQUEL = re.compile(
    r"\W*(?:(?:part|pt|episode|ep|vol|volume|chapter|season|book)\b\W*(?:\d|[ivx]+\b|one|two|three|four|five|six)"
    r"|(?:ii|iii|iv|v|vi|vii|viii|ix)\b)",
    re.IGNORECASE,
)
_SUBTITLE = re.compile(r"(?:The|A|An|Return|Rise|Revenge|Curse)(?: (?:[A-Z][\w’'-]*|of|the|and|in|a|to)){0,5}\W*")
"""What stands after a colon and reads as the name of another part: Munich: The Return is not Munich."""
STRIP = " \t\r\n\"'“”‘’«»„《》「」『』`*_.,;:!?。，；：！？、|"
_LABEL = re.compile(
    r"\W*(?:(?:item|candidate|option|choice|pick|rank|no|number|title|name|film|movie|album|product|article|group)?"
    r"\W*\d{0,3}|第?\d{1,3}名?|标题|名称|商品|电影)\W*",
    re.IGNORECASE,
)
_DASH = re.compile(r"[-–—|]")
_BRACKETED_YEAR = re.compile(r"\s*[(\[（【]\s*(?:18|19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One mention. `text` is as it was written, with its number or bullet, which may be part of a title.

    `names` are its readings, the most literal first: the whole, what stands in quotes or in bold at its beginning,
    then the part up to a dash, a colon or a bracket, or after a label. `guesses` are bolder ones (after a dash, quoted
    further on), good only when they name an item as it is written. An `aside` may be a mere remark: it counts only if
    it names an item. `joined` is the text of this mention with the next one, the next two …, for titles with commas in
    them. `ends_text` says that the text ends with this mention, so that a token limit may have cut it.
    """

    text: str
    names: tuple[str, ...]
    guesses: tuple[str, ...] = ()
    aside: bool = False
    joined: tuple[str, ...] = ()
    ends_text: bool = False


def read(text: str, *, raw: str = "", aside: bool = False) -> ParsedLine:
    """The readings of `text`, which was written in the line `raw`."""
    whole = text.strip()[:LONGEST]
    plain = _LINK.sub(r"\1", _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", whole)))
    if aside:
        return ParsedLine(raw.strip() or whole, _distinct([whole, plain]), aside=True)
    leading, inner = _marked(whole, plain)
    heads, tails = _parts(plain)
    return ParsedLine(raw.strip() or whole, _distinct([whole, plain, *leading, *heads]), _distinct([*inner, *tails]))


def _marked(whole: str, plain: str) -> tuple[list[str], list[str]]:
    """What is emphasised or quoted: at the beginning, and further on."""
    found = [(m.start(), m[2]) for m in _EMPHASIS.finditer(whole)]
    found += [(m.start(), next(g for g in m.groups() if g)) for m in QUOTED.finditer(plain)]
    return [name for at, name in found if at == 0], [name for at, name in sorted(found) if at > 0]


def _parts(plain: str) -> tuple[list[str], list[str]]:
    """The text up to each separator, the longest first, then that after a label; and the text after a dash.

    A head whose rest begins as a sequel does is none: The Godfather: Part II is not The Godfather. Nor is one before a
    year in brackets, which tells films of one name apart.
    """
    cuts = list(_TAIL.finditer(plain))[:HEADS]
    if not cuts:
        return [], []
    heads = [plain[: m.start()] for m in reversed(cuts) if not _SEQUEL.match(plain[m.end() :])]
    heads = [head for head in heads if not _is_subtitled(plain, head)]
    heads = [head for head in heads if not _BRACKETED_YEAR.match(plain[len(head) :])]
    rest = plain[cuts[0].end() :]
    if _LABEL.fullmatch(plain[: cuts[0].start()]):
        return [*heads, rest], []
    return heads, [rest] if _DASH.search(cuts[0][0]) else []


def _is_subtitled(plain: str, head: str) -> bool:
    rest = plain[len(head) :].lstrip()
    return rest[:1] in (":", "：") and _SUBTITLE.fullmatch(rest[1:].strip()) is not None


def _distinct(readings: list[str]) -> tuple[str, ...]:
    """Each reading as it is and without punctuation around it."""
    both = [form for reading in readings for form in (reading.strip(), reading.strip(STRIP))]
    return tuple(dict.fromkeys(form for form in both if form))
