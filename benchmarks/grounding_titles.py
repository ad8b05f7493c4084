"""Makes data/grounding.jsonl: titles of the shipped catalogs as models write them, each with the item that it names.

`python benchmarks/grounding_titles.py` writes the same file each time. Lines of the kind "by hand" and most invented
ones come from data/grounding_by_hand.jsonl, written by people; the rest is made here by a seeded draw. Each line
belongs to one of two halves by a digest of its true title: thresholds were set on `dev`, and the floors that the tests
hold are those of `held-out`.
"""

import hashlib
import json
import random
import re
import unicodedata
from collections import Counter
from pathlib import Path

from workbench.catalogs import load_catalog
from workbench.grounding import normalised

HERE = Path(__file__).parent
BY_HAND, MADE = HERE / "data" / "grounding_by_hand.jsonl", HERE / "data" / "grounding.jsonl"
CATALOGS = ("movies", "music", "news", "groups", "shop", "shop-zh")
EACH = 14
"""Lines of each kind and catalog, where its titles allow."""
EDITIONS = ("Remastered", "Deluxe Edition", "2011 Remaster", "Director's Cut", "Special Edition", "Restored")
REASONS = ("a fine match for this user", "because it is calm and well made", "similar to what they took before")
ACCENTS = {"a": "á", "e": "é", "i": "í", "o": "ö", "u": "ü", "n": "ñ", "c": "ç"}
FULL_WIDTH_MARKS = {",": "，", ":": "：", "(": "（", ")": "）", "?": "？", "!": "！", "&": "＆"}


def case(title, draw, item):
    changed = draw.choice((title.upper(), title.lower(), title.swapcase()))
    return changed if changed != title else None


def punctuation(title, draw, item):
    changed = draw.choice(
        (
            re.sub(r"(?<!\d)[^\w\s'’]|[^\w\s'’](?!\d)", "", title),
            title.replace("'", "’").replace(" - ", " – ").replace(":", " –"),
            title.replace(" and ", " & "),
        )
    )
    return changed if changed != title else None


def translated_marks(title, draw, item):
    changed = "".join(FULL_WIDTH_MARKS.get(letter, letter) for letter in title)
    return changed if changed != title else None


def full_width(title, draw, item):
    changed = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in title)
    return changed if changed != title else None


def diacritics(title, draw, item):
    bare = "".join(c for c in unicodedata.normalize("NFD", title) if not unicodedata.combining(c))
    if bare != title:
        return bare
    places = [at for at, letter in enumerate(title) if letter in ACCENTS]
    if not places:
        return None
    at = draw.choice(places)
    return title[:at] + ACCENTS[title[at]] + title[at + 1 :]


def article(title, draw, item):
    found = re.match(r"(The|A|An) (.+)$", title)
    return draw.choice((f"{found[2]}, {found[1]}", found[2])) if found else None


def year(title, draw, item):
    at = item.attributes.get("year")
    return f"{title} ({at + draw.choice((0, 0, 1, -1))})" if isinstance(at, int) else None


def edition(title, draw, item):
    return f"{title} {draw.choice(('({})', '[{}]')).format(draw.choice(EDITIONS))}"


def typo(title, draw, item):
    """A letter dropped, doubled, changed or swapped with the next, in one word of five letters or more."""
    words = [m for m in re.finditer(r"[A-Za-z]{5,}", title) if m[0].lower() not in ("edition", "volume")]
    if not words or len(title) < 10:
        return None
    word = draw.choice(words)
    at = draw.randrange(word.start() + 1, word.end() - 1)
    a, b = title[at], title[at + 1]
    new = draw.choice((b, a + a + b, draw.choice("aeioustrnl") + b, b + a))
    changed = title[:at] + new + title[at + 2 :]
    return changed if changed != title else None


def two_typos(title, draw, item):
    once = typo(title, draw, item) if len(title) >= 24 else None
    return typo(once, draw, item) if once else None


def truncated(title, draw, item):
    if len(title) < 18:
        return None
    at = draw.randrange(int(len(title) * 0.6), len(title) - 3)
    if draw.random() < 0.5:
        return title[:at].rstrip() + draw.choice(("…", "..."))
    while at < len(title) - 3 and not (title[at - 1].isalpha() and title[at].isalpha()):
        at += 1
    return title[:at] if at < len(title) - 3 else None


def decorated(title, draw, item):
    reason = draw.choice(REASONS)
    return draw.choice(
        (f"**{title}** - {reason}", f"“{title}”: {reason}", f"{title} — {reason}", f"*{title}* ({reason})")
    )


def reordered(title, draw, item):
    parts = re.split(r"(?:: | - |, )", title)
    return ", ".join([*parts[1:], parts[0]]) if len(parts) > 1 and len(normalised(title).split()) > 3 else None


NOISE = {
    "case": case,
    "punctuation": punctuation,
    "translated marks": translated_marks,
    "full width": full_width,
    "diacritics": diacritics,
    "article": article,
    "year": year,
    "edition": edition,
    "typo": typo,
    "two typos": two_typos,
    "truncated": truncated,
    "decorated": decorated,
    "reordered": reordered,
}


def sequel(title, draw, item):
    """A part that the catalog does not have: the next number, or a second part of what has none."""
    if number := re.search(r"\b([2-9])\b", title):
        return title[: number.start()] + str(int(number[1]) + 5) + title[number.end() :]
    if re.search("[\u4e00-\u9fff]", title):
        return title + draw.choice((" 2", " 升级版", " 第二代", " 二"))
    return f"{title}{draw.choice((' 2', ' II', ': Part Two', ' 3', ' III', ': The Return'))}"


def remake(title, draw, item):
    at = item.attributes.get("year")
    return f"{title} ({at + draw.choice((-31, -17, 12, 23))})" if isinstance(at, int) else None


def series_alone(title, draw, item):
    """The name of a series, where the catalog has one of its parts only."""
    parts = re.split(r"(?:: | - )", title)
    return parts[0] if len(parts) > 1 and len(normalised(title)) > 1.5 * len(normalised(parts[0])) else None


def recombined(title, draw, item, others=()):
    a, b = title.split(), draw.choice(others).split()
    return " ".join([*a[: (len(a) + 1) // 2], *b[len(b) // 2 :]]) if min(len(a), len(b)) > 1 else None


INVENTED = {"sequel": sequel, "remake": remake, "series alone": series_alone, "recombined": recombined}


def half(title):
    return "dev" if hashlib.sha256(title.encode()).digest()[0] % 2 else "held-out"


def made(name):
    catalog = load_catalog(HERE.parent / "catalogs" / name)
    draw = random.Random(f"grounding titles of {name}")
    known = Counter(normalised(item.title) for item in catalog.items)
    alone = [item for item in catalog.items if known[normalised(item.title)] == 1]
    titles = [item.title for item in catalog.items]

    def begun(text):
        return sum(key.startswith(normalised(text)) for key in known)

    for kind, change in {**NOISE, **INVENTED}.items():
        items, n = list(alone), 0
        draw.shuffle(items)
        for item in items:
            more = {"others": titles} if change is recombined else {}
            written = change(item.title, draw, item, **more)
            key = normalised(written) if written else ""
            taken = known[key] and key != normalised(item.title)
            unclear = (kind == "truncated" and begun(written or "") != 1) or (kind == "series alone" and known[key])
            if n == EACH or not key or taken or unclear or (kind == "recombined" and known[key]):
                continue
            n += 1
            truth = [item.id] if kind in NOISE else []
            yield {"catalog": name, "kind": kind, "written": written, "truth": truth, "half": half(item.title)}
    twins = [item for item in catalog.items if known[normalised(item.title)] > 1]
    for item in twins:
        both = [other for other in twins if normalised(other.title) == normalised(item.title)]
        bare = re.sub(r"\s*\(\d{4}\)$", "", item.title)
        if item is both[0]:
            truth = [other.id for other in both]
            yield {"catalog": name, "kind": "one title", "written": bare, "truth": truth, "half": half(bare)}
        told = f"{bare} ({item.attributes['year']})"
        yield {"catalog": name, "kind": "one title", "written": told, "truth": [item.id], "half": half(bare)}


def by_hand():
    catalogs = {name: load_catalog(HERE.parent / "catalogs" / name) for name in CATALOGS}
    for line in BY_HAND.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        truth = [item.id for item in catalogs[entry["catalog"]].items if item.title == entry["title"]]
        assert bool(truth) == bool(entry["title"]), entry
        kind = "by hand" if truth else "invented"
        yield {
            "catalog": entry["catalog"],
            "kind": kind,
            "written": entry["written"],
            "truth": truth,
            "half": half(entry["title"] or entry["written"]),
        }


def main():
    lines = [*(line for name in CATALOGS for line in made(name)), *by_hand()]
    MADE.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} lines, {sum(not line['truth'] for line in lines)} that name nothing, in {MADE.name}")


if __name__ == "__main__":
    main()
