"""Names out of a sentence: what is quoted, else the parts between commas after the words that lead in."""

import re
from dataclasses import replace

from workbench.grounding.readings import QUOTED, STRIP, ParsedLine, read

_LEAD = re.compile(
    r"\b(?:recommend(?:ations?|ed)?|suggest(?:ions?|ed)?|ranking|list|love|like|enjoy|are|is)\b(?:\s*[:：]|\s)\s*"
    r"|(?:推荐|建议|喜欢|列表|如下)\s*[:：]?\s*",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*[,，;；、]\s*(?:(?:and|or|then|finally)\s+)?|\s+(?:and|or|then|followed by|&|>+|→|->)\s+|(?<=\S)[和及与](?=\S)"
)
_REMARK = re.compile(
    r"(?:I|I['’]m|I['’]ll|As|Sorry|It|This|These|Based|Sure|Of course|Please|抱歉|很|我)\b", re.IGNORECASE
)
_ENDS = re.compile(r"(?:[.!?。！？]|[:：])[\"”’)*_]*\s*$")
_MOST_JOINED = 6


def is_remark(line: str) -> bool:
    """Whether a line of its own reads as a sentence rather than as a name."""
    ended = bool(_ENDS.search(line))
    return line.rstrip("*_ ").endswith((":", "：")) or (ended and (len(line.split()) >= 4 or len(line) > 40))


def prose(line: str) -> list[ParsedLine]:
    """The mentions of a sentence. Parts that may be remarks are asides."""
    if QUOTED.search(line):
        return _quoted(line)
    lead = _LEAD.search(line)
    rest = line[lead.end() :] if lead and line[lead.end() :].strip(STRIP) else line
    led = rest is not line
    spans = _parts(rest)
    remark = not led and _REMARK.match(line.lstrip()) is not None
    parts = [_part(rest, spans, at, aside=remark) for at in range(len(spans))]
    if not led:
        return parts
    # A word that leads in may be one of a title's: The Ladies Man Is Back.
    whole = ParsedLine(line.strip(), (), aside=True, joined=(*[""] * (len(parts) - 1), line.strip()))
    return [whole, *parts]


def _quoted(line: str) -> list[ParsedLine]:
    """What stands in quotes; the parts between are asides."""
    found: list[ParsedLine] = []
    end = 0
    for quoted in QUOTED.finditer(line):
        name = next(group for group in quoted.groups() if group)
        found += [*_asides(line[end : quoted.start()]), replace(read(name), text=name)]
        end = quoted.end()
    return [*found, *_asides(line[end:])]


def _asides(text: str) -> list[ParsedLine]:
    return [read(text[start:end], aside=True) for start, end in _parts(text)]


def _parts(text: str) -> list[tuple[int, int]]:
    """Where each part between separators begins and ends."""
    cuts = [m.span() for m in _BETWEEN.finditer(text)]
    edges = [0, *(edge for cut in cuts for edge in cut), len(text)]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in pairs if text[start:end].strip(STRIP)]


def _part(text: str, spans: list[tuple[int, int]], at: int, *, aside: bool) -> ParsedLine:
    start, end = spans[at]
    piece = text[start:end]
    # "scary" in "Alien, scary and slow" is a remark, unless the whole answer is in small letters.
    small = at > 0 and piece.strip(STRIP)[:1].islower() and not text[slice(*spans[0])].strip(STRIP)[:1].islower()
    joined = tuple(text[start:last].strip() for _, last in spans[at + 1 : at + _MOST_JOINED])
    return replace(read(piece), aside=aside or small, joined=joined)
