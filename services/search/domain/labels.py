"""Readable names for the coded values of facets and figures.

In: a facet's name and a value as the index holds it. Out: its label; a name that is no code, such
as an outlet's or a person's, is its own label.
"""

from services.lexicon.indicators import indicators
from services.lexicon.topics import topics
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
    pair = _LABELS.get(kind, {}).get(value)
    if pair is None:
        return value
    return pair[0] if language == "vi" else pair[1]
