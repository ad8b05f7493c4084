"""Words of a text in any language, for indexes of words."""

import re
import unicodedata

# Han, Hiragana and Katakana are written without spaces; everything else splits at what is no letter or digit.
_RUNS = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)|([^\W_]+)")
_ASCII = re.compile("[a-z0-9]+")
_KANA = re.compile("[\u3040-\u30ff]")
_JAPANESE = re.compile("[\u30a0-\u30ff]+|[\u3040-\u309f]+|[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_HIRAGANA = re.compile("[\u3040-\u309f]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_ENGLISH = (
    "a an and are as at be but by for from had has have he her his i if in into is it its me my no not of on or our "
    "she so some that the their them then there they this to was we were what when which who will with you your"
)
STOP_WORDS = frozenset(_ENGLISH.split())


def words(text: str, language: str = "") -> list[str]:
    """Lower-case words, compatibility forms folded, English stop words out, what has no spaces segmented.

    Chinese gives its words and, so that a query's segmentation need not be the document's, its single characters;
    Japanese (in a text of that `language`, or where kana stand) the words that are written in katakana, and pairs of
    characters of the rest; a Korean word also its pairs, so that a particle at its end hides nothing.
    """
    if text.isascii():  # nothing to fold or to segment: three times as fast
        return [word for word in _ASCII.findall(text.lower()) if word not in STOP_WORDS]
    found: list[str] = []
    for run, word in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if not word:
            found.extend(_japanese(run) if language == "ja" or _KANA.search(run) else _chinese(run))
        elif word not in STOP_WORDS:
            found.append(word)
            if _HANGUL.search(word) and len(word) > 2:
                found.extend(_pairs(word))
    return found


def _chinese(run: str) -> list[str]:
    import rjieba

    return [*(word for word in rjieba.cut(run) if len(word) > 1), *run]


def _japanese(run: str) -> list[str]:
    found: list[str] = []
    for part in _JAPANESE.findall(run):
        if "\u30a0" <= part[0] <= "\u30ff":
            found.append(part)
        elif _HIRAGANA.match(part):
            found.extend(_pairs(part))  # single kana are particles
        else:
            found.extend([*part, *_pairs(part)])
    return found


def _pairs(part: str) -> list[str]:
    return [part[at : at + 2] for at in range(len(part) - 1)]
