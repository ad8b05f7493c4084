"""Titles made comparable: what people write differently and mean alike."""

import re
import unicodedata
from functools import lru_cache

_YEAR = re.compile(r"[(\[]\s*((?:18|19|20)\d\d)\b[^)\]]{0,200}[)\]]")
_EDITION = re.compile(
    r"[(\[][^()\[\]]{0,60}\b(?:remaster(?:ed)?|edition|deluxe|version|restored|cut)\b[^()\[\]]{0,60}[)\]]",
    re.IGNORECASE,
)
_MOVED_ARTICLE = re.compile(r"^(.*),\s*(the|an?|le|la|les|l'|der|die|das|el|los|las|il)$", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)")
_LATIN_ACCENTS = re.compile("[\u0300-\u036f]")
_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "&": " and "})
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_COUNTED = {"pt": "part", "vol": "volume", "ep": "episode"} | {w: w for w in ("part", "volume", "episode", "chapter")}
_ORDINARY = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TEENS = ("eleven", "twelve", *(f"{begin}teen" for begin in ("thir", "four", "fif", "six", "seven", "eigh", "nine")))
# Not "one", which is rarely a number.
_NUMBERS = {word: str(n) for n, word in enumerate((*_ORDINARY, *_TEENS, "twenty"), start=1) if n > 1}
_COUNT = {"i": "1", **_ROMAN, **{word: str(n) for n, word in enumerate(_ORDINARY, start=1)}}


_UNITS = {"毫升": "ml", "公斤": "kg", "千克": "kg", "克": "g", "升": "l", "litres": "l", "litre": "l", "liters": "l"}
_UNIT = re.compile(rf"(\d)\s*({'|'.join(_UNITS)})(?![a-z])")


@lru_cache(maxsize=200_000)
def normalised(title: str) -> str:
    """Compatibility forms folded, lower case, no accents, years, editions, punctuation or leading article; an article
    moved to the end comes home; numbers in digits ("Part II" and "Part Two" become "part 2")."""
    text = unicodedata.normalize("NFKC", title).translate({ord("【"): "(", ord("】"): ")"})
    text = _EDITION.sub(" ", _YEAR.sub(" ", text)).strip()
    if moved := _MOVED_ARTICLE.match(text):
        text = f"{moved[2]} {moved[1]}"
    # Only the accents of alphabets go: Japanese and Indic marks make other letters.
    text = unicodedata.normalize("NFKC", _LATIN_ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())))
    text = _UNIT.sub(lambda said: said[1] + _UNITS[said[2]], text)
    text = re.sub(r"['’`´]", "", text.translate(_UNDECOMPOSED))
    words = re.findall(r"[^\W_]+", text)
    return _ARTICLE.sub("", " ".join(_in_digits(words)))


def _in_digits(words: list[str]) -> list[str]:
    found: list[str] = []
    for word in words:
        before = _COUNTED.get(found[-1], "") if found else ""
        if before and (word in _COUNT or word.isdecimal()):
            found[-1:] = [before, _COUNT.get(word, word)]
        else:
            # Never the first word: V for Vendetta is no fifth part.
            found.append(_NUMBERS.get(word) or (_ROMAN.get(word, word) if found else word))
    return found


def numbers(key: str) -> tuple[str, ...]:
    """The numbers in a normalised title: sequels must not be confused."""
    return tuple(re.findall(r"\d+", key))


def years(title: str) -> frozenset[int]:
    """The years that stand in brackets; that of a remaster is not the title's."""
    return frozenset(int(year) for year in _YEAR.findall(_EDITION.sub(" ", unicodedata.normalize("NFKC", title))))
