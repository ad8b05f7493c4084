"""Which language a text is in, and a sentence to try a model's knowledge of it with."""

import re
from functools import lru_cache
from typing import Any

UNKNOWN = ""
LEAST_LETTERS = 12
"""A text in an alphabet of many languages says too little below this: "iPhone 15 Pro Max" is in none."""
LEAST_CHANCE = 0.9
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),  # kana, before the characters that Chinese shares
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_LETTER = re.compile(r"[^\W\d_]")
_LEAST_SHARE = {"ja": 0.05, "zh": 0.3}
"""Of a text's letters that must be of the script: Japanese mixes, and one foreign word makes no other language."""

NAMES = {
    "ar": "Arabic",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "th": "Thai",
    "tr": "Turkish",
    "zh": "Chinese",
}

SENTENCES = {
    "en": "Last night I read a good book and drank two cups of tea. Tomorrow I would like to see a film with my "
    "sister.",
    "zh": "昨天晚上我读了一本好书，喝了两杯茶。明天我想和姐姐一起去看电影。",
    "ja": "昨日の夜、私は良い本を読み、お茶を二杯飲みました。明日は姉と一緒に映画を見たいです。",
    "ko": "어젯밤에 나는 좋은 책을 읽고 차를 두 잔 마셨다. 내일은 누나와 함께 영화를 보고 싶다.",
    "de": "Gestern Abend habe ich ein gutes Buch gelesen und zwei Tassen Tee getrunken. Morgen möchte ich mit meiner "
    "Schwester einen Film sehen.",
    "fr": "Hier soir, j'ai lu un bon livre et bu deux tasses de thé. Demain, j'aimerais voir un film avec ma sœur.",
    "es": "Anoche leí un buen libro y tomé dos tazas de té. Mañana me gustaría ver una película con mi hermana.",
    "it": "Ieri sera ho letto un buon libro e ho bevuto due tazze di tè. Domani vorrei vedere un film con mia sorella.",
    "pt": "Ontem à noite li um bom livro e bebi duas xícaras de chá. Amanhã gostaria de ver um filme com a minha irmã.",
    "nl": "Gisteravond heb ik een goed boek gelezen en twee kopjes thee gedronken. Morgen wil ik graag met mijn zus "
    "een film zien.",
    "ru": "Вчера вечером я прочитал хорошую книгу и выпил две чашки чая. Завтра я хотел бы посмотреть фильм с сестрой.",
}
"""One thing said in each language, so that what it costs a model can be compared."""


def name_of(language: str) -> str:
    return NAMES.get(language, language)


@lru_cache(maxsize=10_000)
def detect(text: str) -> str:
    """The language of a text (BCP 47, without region), or UNKNOWN where it says too little to tell.

    Scripts of one language are told by their letters; for the rest py3langid is asked, and believed where it is sure.
    """
    letters = _LETTER.findall(text)
    for language, script in _SCRIPTS:
        share = sum(bool(script.match(letter)) for letter in letters) / max(1, len(letters))
        if share and share >= _LEAST_SHARE.get(language, 0.5):
            return language
    if len(letters) < LEAST_LETTERS or len(text.split()) < 3:
        return UNKNOWN
    language, chance = _identifier().classify(text)
    return str(language) if chance >= LEAST_CHANCE else UNKNOWN


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
