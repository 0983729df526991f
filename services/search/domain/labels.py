"""Readable names for the coded values of facets and figures.

In: a facet's name and a value as the index holds it. Out: its label; a name that is no code, such
as an outlet's or a person's, is its own label.
"""

from services.lexicon.fold import strip_diacritics
from services.lexicon.indicators import indicators
from services.lexicon.topics import topics
from services.search.domain.figure_wording import VALUE_LABELS
from services.search.domain.formatting import Language

_LABELS: dict[str, dict[str, tuple[str, str]]] = {
    "language": {
        "vi": ("Tiếng Việt", "Vietnamese"),
        "en": ("Tiếng Anh", "English"),
        "ko": ("Tiếng Hàn", "Korean"),
        "zh": ("Tiếng Trung", "Chinese"),
        "ja": ("Tiếng Nhật", "Japanese"),
        "fr": ("Tiếng Pháp", "French"),
    },
    "status": {
        "published": ("Đang đăng", "Published"),
        "corrected": ("Đã sửa", "Corrected"),
        "withdrawn": ("Đã gỡ", "Withdrawn"),
    },
    "cause": {
        "new": ("Thu thập lần đầu", "First collected"),
        "source": ("Tòa soạn đã sửa", "Changed by the publisher"),
        "parser": ("Đọc lại trang tốt hơn", "Page read better"),
        "enricher": ("Phân tích lại tốt hơn", "Text understood better"),
        "withdrawn": ("Tòa soạn đã gỡ", "Withdrawn by the publisher"),
        "restored": ("Tòa soạn đăng lại", "Published again"),
    },
}


def label_value(kind: str, value: str, language: Language = "vi") -> str:
    """Return what a reader calls a value.

    Example:
        >>> label_value("status", "withdrawn"), label_value("outlet", "Lao Động")
        ('Đã gỡ', 'Lao Động')
        >>> label_value("indicator", "strikes", "en")
        'strikes'
    """
    if kind in {"indicator", "topic"}:
        known = indicators().get(value) if kind == "indicator" else topics().get(value)
        if known is None:
            return value
        return known.label_vi if language == "vi" else known.label_en
    pair = (_LABELS | VALUE_LABELS).get(kind, {}).get(value)
    if pair is None:
        return value
    return pair[0] if language == "vi" else pair[1]


def list_codes(kind: str) -> tuple[str, ...]:
    """Return the codes of a facet's values; none for facets whose values are names.

    Example:
        >>> list_codes("status")
        ('published', 'corrected', 'withdrawn')
    """
    if kind == "indicator":
        return tuple(indicators())
    if kind == "topic":
        return tuple(topics())
    return tuple(_LABELS.get(kind, ()))


def find_codes(kind: str, words: str) -> tuple[str, ...]:
    """Return the codes that a reader means: the code itself, else those whose label holds it.

    Example:
        >>> find_codes("status", "da go"), find_codes("language", "vi"), find_codes("status", "x")
        (('withdrawn',), ('vi',), ())
    """
    wanted = strip_diacritics(words)
    codes = list_codes(kind)
    if words in codes:
        return (words,)
    labels: tuple[Language, ...] = ("vi", "en")
    return tuple(
        code
        for code in codes
        if any(wanted in strip_diacritics(label_value(kind, code, lang)) for lang in labels)
    )
