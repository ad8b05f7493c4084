"""Names out of JSON that a model wrote, also in prose, with single quotes, or cut off."""

import json
import re
from collections.abc import Mapping
from typing import Any

_TITLE_KEYS = ("title", "name", "item", "album", "film", "movie", "product", "article", "group", "标题", "名称", "商品")
# At the beginning of a line, or after words and a colon: the bracket in "1. Alien [\"dark\"]" opens no list.
_OPENING = re.compile(
    r"^(?:[^\W\d][^\n\[{]{0,200}[:：=])?[ \t]*(?:(?:\d{1,3}[.)]|[-*])[ \t]+)?(?=[\[{]\s*[\"'\[{])", re.MULTILINE
)
_STRING = re.compile(
    r'"((?:[^"\\]|\\.)*)(?:"|\Z)' r"|(?<=[\[{,:\s])'((?:[^'\\]|\\.|'(?=\w))*)(?:'(?=\s*(?:[,\]}:]|\Z))|\Z)", re.DOTALL
)
_DEEPEST = 8

Entry = tuple[str, ...]
"""The ways to read one mention, the likeliest first."""


def json_entries(text: str) -> list[Entry]:
    """The mentions in the JSON arrays and objects of the text; [] where there is none."""
    found: list[Entry] = []
    opening = _OPENING.search(text)
    while opening:
        try:
            value, end = json.JSONDecoder().raw_decode(text, opening.end())
        except (ValueError, RecursionError):
            return found + _broken(text[opening.end() :])
        found += _entries(value)
        opening = _OPENING.search(text, end)
    return found


def _entries(value: Any, depth: int = 0) -> list[Entry]:
    if isinstance(value, str):
        return [(value,)] if value.strip() else []
    if depth > _DEEPEST:
        return []
    if isinstance(value, list):
        return [entry for member in value for entry in _entries(member, depth + 1)]
    return _entries_of_object(value, depth) if isinstance(value, dict) else []


def _entries_of_object(value: Mapping[str, Any], depth: int) -> list[Entry]:
    for wanted in _TITLE_KEYS:
        found = next((v for k, v in value.items() if wanted in k.casefold() and isinstance(v, str)), None)
        if found:
            return [(found,)]
    nested = [v for v in value.values() if isinstance(v, list | dict)]
    if nested:
        return [entry for member in nested for entry in _entries(member, depth + 1)]
    # {"1": "Alien"} names in its values, {"Alien": 0.9} and {"Alien": "a classic"} in its keys.
    return [(v, k) if isinstance(v, str) and v.strip() else (k,) for k, v in value.items() if k.strip()]


def _broken(text: str) -> list[Entry]:
    """JSON that was cut off or never was quite right: its strings, of keyed ones those under a key for titles."""
    everything: list[Entry] = []
    titled: list[Entry] = []
    key = ""
    for found in _STRING.finditer(text):
        string = _unescaped(found[1] if found[1] is not None else found[2])
        if text[found.end() :][:40].lstrip().startswith(":"):
            key = string.casefold()
        elif string.strip():
            everything.append((string,))
            titled += [(string,)] if any(wanted in key for wanted in _TITLE_KEYS) else []
    return titled or everything


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text.replace("\\'", "'").replace('\\"', '"')
