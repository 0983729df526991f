"""How Vietnamese text becomes searchable terms.

In: nothing. Out: the `analysis` section of the index settings, with three analyzers:
`vi_folded` (no diacritics: what people type), `vi_exact` (diacritics kept, spelling variants
made one: ranked higher) and `vi_spelling` (folded words and pairs of words, which mend a query).
The same analyzers are used on documents and on queries.

Only components of the stock distribution are used that `deploy/local` registers too.
"""

import itertools
import unicodedata
from typing import Any

FOLDED_ANALYZER = "vi_folded"
EXACT_ANALYZER = "vi_exact"
SPELLING_ANALYZER = "vi_spelling"

_TONE_MARKS = "\u0300\u0301\u0303\u0309\u0323"
"""Grave, acute, tilde, hook above, dot below: the five written tones."""

_VOWEL_MARKS = "\u0302\u0306\u031b"
"""Circumflex, breve, horn: they make a letter, not a tone."""

_MOVING_TONES = ("oa", "oe", "uy")
"""Vowel pairs whose tone mark stands on either letter: hoà or hòa, khoẻ or khỏe, thuỷ or thủy."""

_CENTRAL_CITIES = ("HCM", "HN", "HP", "ĐN", "DN", "CT")
"""Abbreviations of the cities run by the central government, as they follow "TP"."""

_FINAL_Y = r"(?<=[bcdđghklmnprstvx]|qu)y(?=[\u0300\u0301\u0303\u0309\u0323]?$)"
"""y that is the whole vowel of its syllable: kỹ = kĩ, tỷ = tỉ, Quy = Qui; but not tay, thuỷ."""


def _compose(letters: str) -> str:
    return unicodedata.normalize("NFC", letters)


def build_tone_mappings() -> list[str]:
    """Return mapping rules that write each tone in one place.

    The tone of oa, oe and uy moves to the second letter. Toned i and y are taken apart into
    letter and mark, so that one pattern can see the bare y behind any tone.

    Example:
        >>> "òa=>oà" in build_tone_mappings()
        True
    """
    rules: dict[str, str] = {}
    for letter, mark in itertools.product("iIyY", _TONE_MARKS):
        rules[_compose(letter + mark)] = letter + mark
    for pair, mark in itertools.product(_MOVING_TONES, _TONE_MARKS):
        for first, second in itertools.product(*((c, c.upper()) for c in pair)):
            placed = second + mark if second in "yY" else _compose(second + mark)
            rules[_compose(first + mark) + second] = first + placed
    return [f"{written}=>{placed}" for written, placed in rules.items()]


def build_analysis() -> dict[str, Any]:
    """Return the `analysis` section of the index settings.

    Example:
        >>> sorted(build_analysis()["analyzer"])
        ['vi_exact', 'vi_folded', 'vi_spelling']
    """
    shared_char_filters = [
        "join_thousands",
        "point_decimals",
        "split_dotted_letters",
        "split_abbreviations",
    ]
    not_in_word = r"(?![\p{L}\p{N}])"
    # Each pattern begins with the rare character it looks for: tried at every character of a text.
    return {
        "char_filter": {
            # 629.000 = 629,000 = 629000: a separator before exactly three digits.
            "join_thousands": {
                "type": "pattern_replace",
                "pattern": r"[.,\u00a0\u2009\u202f](?<=\d.)(?=\d{3}(?!\d))",
                "replacement": "",
            },
            # 3,5 = 3.5
            "point_decimals": {
                "type": "pattern_replace",
                "pattern": r",(?<=\d,)(?=\d)",
                "replacement": ".",
            },
            # TP.HCM = TP HCM, P.Bến Nghé = P Bến Nghé: the tokenizer would keep them whole.
            "split_dotted_letters": {
                "type": "pattern_replace",
                "pattern": r"\.(?<=\p{L}\.)(?=\p{L})",
                "replacement": " ",
            },
            # TPHCM = TP HCM; CNVCLĐ = CNVC-LĐ = CNVC LĐ, civil servants and workers.
            "split_abbreviations": {
                "type": "pattern_replace",
                "pattern": (
                    rf"(?iu)(?=[tc])(?<![\p{{L}}\p{{N}}])("
                    rf"TP(?=(?:{'|'.join(_CENTRAL_CITIES)}){not_in_word})"
                    rf"|(?:CB)?(?:CN|CC)VC(?=N?L[ĐD]{not_in_word}))"
                ),
                "replacement": "$1 ",
            },
            "place_tones": {"type": "mapping", "mappings": build_tone_mappings()},
            # Text is NFC by contract; a query that is not should still find something.
            "drop_marks": {
                "type": "mapping",
                "mappings": [f"{mark}=>" for mark in _TONE_MARKS + _VOWEL_MARKS],
            },
        },
        "filter": {
            "final_y_is_i": {"type": "pattern_replace", "pattern": _FINAL_Y, "replacement": "i"},
            "pair_words": {"type": "shingle", "min_shingle_size": 2, "max_shingle_size": 2},
        },
        "analyzer": {
            FOLDED_ANALYZER: {
                "type": "custom",
                "char_filter": [*shared_char_filters, "drop_marks"],
                "tokenizer": "standard",
                "filter": ["lowercase", "asciifolding", "final_y_is_i"],
            },
            EXACT_ANALYZER: {
                "type": "custom",
                "char_filter": [*shared_char_filters, "place_tones"],
                "tokenizer": "standard",
                "filter": ["lowercase", "final_y_is_i"],
            },
            SPELLING_ANALYZER: {
                "type": "custom",
                "char_filter": [*shared_char_filters, "drop_marks"],
                "tokenizer": "standard",
                "filter": ["lowercase", "asciifolding", "final_y_is_i", "pair_words"],
            },
        },
    }
