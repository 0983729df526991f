"""Composes figures from numerals, units, comparators and nouns.

In: a paragraph, its blocked characters. Out: drafts: figures with their own words only; links
to the rest of the article (owner, period, indicator, ...) come later, in linking.py.

Each composition has a rule id; the longest reading at a token wins, and reading goes on behind it,
so the cost is linear in the length of the text.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from enricher.domain import blockers, nouns
from enricher.domain.numerals import ENGLISH_SMALL, NUMERAL_OPENERS, Numeral, read_numeral
from enricher.domain.text import Paragraph, phrase_words
from enricher.domain.vocabulary import (
    NOT_DONG,
    Unit,
    comparators,
    folded_set,
    leading_currencies,
    noun_words,
    phrase_table,
    units,
)
from services.contracts.figures import Comparator, FigureKind

Direction = Literal["up", "down", "none"]

_OUT_OF: Final = phrase_table(
    (
        "trong tổng số",
        "trong số",
        "trên tổng số",
        "trong",
        "trên",
        "out of",
        "of the",
        "of its",
        "of",
    )
)
_RANGE_JOINTS: Final = frozenset({"-", "đến", "tới", "to", "~"})
_UP: Final = phrase_table(
    (
        "tăng", "tăng thêm", "tăng trưởng", "tăng lên", "nâng lên", "nâng thêm", "cao hơn",
        "nhiều hơn", "vượt", "tăng tới", "tăng đến", "tăng bình quân", "tăng trung bình",
        "tăng ròng",
        "thực tăng", "tăng vọt", "điều chỉnh tăng", "tăng mạnh", "tăng nhẹ",
        "rose by", "rose", "up", "up by", "increase of", "increased by", "increased", "rise of",
        "grew by",
        "grew", "raise of", "pay rise of", "wage increase of", "hike of", "gained", "climbed",
        "an increase of", "a rise of", "jumped", "jumped by", "raised by", "higher by",
    )
)  # fmt: skip
_DOWN: Final = phrase_table(
    (
        "giảm", "giảm bớt", "giảm xuống", "hạ", "thấp hơn", "ít hơn", "sụt", "sụt giảm", "giảm sâu",
        "giảm tới", "giảm đến", "giảm mạnh", "giảm nhẹ", "cắt giảm", "giảm còn", "fell by",
        "fell", "down",
        "down by", "decrease of", "decreased by", "decreased", "dropped", "dropped by", "cut of",
        "drop of", "declined by", "declined", "cut by", "reduced by", "a decrease of", "lower by",
    )
)  # fmt: skip
_TO: Final = phrase_table(("lên", "xuống", "còn", "lên đến", "lên tới", "xuống còn", "lên mức",
                           "xuống mức", "thành", "lên thành", "to", "chỉ còn", "sang"))  # fmt: skip
_MULTIPLIERS: Final = phrase_table(("gấp", "cao gấp", "tăng gấp", "nhiều gấp", "lớn gấp", "tăng",
                                    "tăng lên gấp", "giảm", "bằng"))  # fmt: skip
_MULTIPLE_WORDS: Final = {"đôi": Decimal(2), "rưỡi": Decimal("1.5")}
_BASELINES: Final = phrase_table(("so với", "so cùng kì", "cùng kì", "compared to", "compared with",
                                  "from a year", "year on year", "year - on - year"))  # fmt: skip
_PER_WORDS: Final = folded_set("mỗi một each per a an every")
_SLASHED: Final = phrase_table(
    (
        "nữ lao động", "nữ công nhân", "nữ đoàn viên",
        "lao động", "người lao động", "đoàn viên", "công nhân", "gia đình", "cán bộ", "học sinh",
        "sinh viên", "trường hợp", "phần quà", "suất quà", "gói quà", "căn nhà", "hộ gia đình",
        "doanh nghiệp", "công nhân lao động", "hội viên", "hợp đồng", "bữa ăn", "suất ăn", "đơn vị",
        "công đoàn cơ sở", "ngôi nhà", "học bổng", "sản phẩm", "ca làm việc", "phần thưởng",
        "mái ấm", "giờ làm việc", "tập thể", "cá nhân", "ngày công",
    )
)  # fmt: skip
_PER_NOUNS: Final = folded_set(
    "người tháng năm ngày giờ tuần quý suất phần căn hộ ca buổi lượt vé nhà em cháu chuyến gói "
    "m2 kg "
    "đơn vị tấn lít lần bữa CNLĐ NLĐ ĐV CNVCLĐ đv túi thùng cái chiếc ngôi lớp con bộ ha sản "
    "phẩm xe "
    "month year day hour week worker person employee member family household shift"
)
_FIRM_WORD_NUMBERS: Final = 10
_CASUALTIES: Final = phrase_table(("người chết", "người tử vong", "người thiệt mạng",
"người bị thương",
    "người mất tích", "công nhân tử vong", "công nhân chết", "công nhân bị thương",
    "công nhân thiệt mạng", "lao động tử vong", "nạn nhân", "người bị nạn", "người đã tử vong",
    "người bị thương nặng", "công nhân bị thương nặng", "nam công nhân tử vong"))  # fmt: skip
_OF_NOUNS: Final = phrase_table(
    (
        "kế hoạch", "chỉ tiêu", "tiền lương", "lương", "mức", "tổng", "giá", "giá trị", "quỹ",
        "doanh thu", "doanh số",
        "khối lượng", "kinh phí", "vốn", "nhu cầu", "nghị quyết", "mục tiêu",
        "lệ phí",
        "yêu cầu", "dự toán", "chi phí", "sản lượng", "thu nhập", "số thu", "GDP", "công suất",
        "số tiền", "tiền", "học phí", "diện tích", "thời gian", "công việc", "nguồn", "ngân sách",
        "target", "plan", "wage", "wages", "salary", "pay", "revenue", "payroll", "the target",
    )
)  # fmt: skip
_SCORE_CUES: Final = phrase_table(("đạt", "được", "chấm", "số điểm", "đạt số điểm", "tổng điểm",
"điểm số",
                                   "đạt điểm", "với", "đánh giá"))  # fmt: skip
_MONEY_CUES: Final = phrase_table(
    (
        "trị giá", "số tiền", "kinh phí", "lương", "thu nhập", "thưởng", "mức", "hỗ trợ", "chi",
        "tổng chi", "giá", "vốn", "doanh thu", "quỹ", "nợ", "tiền", "học phí", "đóng", "nộp",
        "trợ cấp", "phụ cấp", "vay", "quà",
        "hụt", "bớt", "giải ngân", "lợi nhuận", "ủng hộ", "quyên góp", "đầu tư",
    )
)  # fmt: skip
_INSTEAD: Final = phrase_table(
    ("thay vì", "so với", "so với con số", "instead of", "compared with", "compared to",
     "up from", "down from", "against a target of", "a target of")
)  # fmt: skip
_DOES: Final = phrase_table(("were", "are", "have", "had been", "died", "of them", "of whom"))
_REST: Final = phrase_table(("còn lại", "others", "more"))
_BARE_AFTER: Final = phrase_table(
    ("at the end", "a year", "in", "last", "the year", "now", "by", "trong", "của năm", "vào",
     "hồi", "ở", "so với", "năm", "cùng kì")
)  # fmt: skip
_SMALLEST_YEAR: Final = 1900
_OPENERS: Final = NUMERAL_OPENERS | frozenset(
    {"gấp", "tăng", "nửa", "half", "twice", "double", "doubled", "doubling", "tripled", "triple"}
)
_HALF_OF_TIME: Final = folded_set("đầu cuối tháng năm ngày giờ tuần quý buổi đêm")
_FRACTION_CUES: Final = folded_set("bằng chiếm giảm tăng khoảng gần hơn được chỉ mới còn có tới")
_SPAN_OPENERS: Final = folded_set("gần hơn đã suốt khoảng")
_DURATION_BLOCK_AFTER: Final = folded_set("đầu cuối nay qua tới trước sau gần vừa nữa ngày")
_RATIO_DATE_LIMITS: Final = (31, 12)
_FRACTION_PLACES: Final = Decimal("0.0000001")
_QUARTER_OF_SMALLEST_YEAR: Final = 1900


@dataclass(slots=True)
class Draft:
    """A figure in the making; token positions and offsets count in its paragraph.

    [first, stop) are the tokens of the surface, [core, core_stop) those of the numeral with its
    unit; [noun, noun_stop) those of the counted noun phrase.
    """

    paragraph: Paragraph
    first: int
    stop: int
    core: int
    core_stop: int
    kind: FigureKind
    rule: str
    value: Decimal | None
    value_max: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    from_value: Decimal | None = None
    magnitude: Decimal | None = None
    unit: str | None = None
    comparator: Comparator = Comparator.EQ
    noun: int = 0
    noun_stop: int = 0
    counted: str | None = None
    per: tuple[str, ...] = ()
    of: str | None = None
    direction: Direction | None = None
    baseline: str | None = None
    has_currency: bool = True
    confidence: float = 0.9
    is_words: bool = False
    is_difference: bool = False
    same_as: int | None = None
    part_of: int | None = None
    scale: Decimal = Decimal(1)
    number_stop: int = 0

    @property
    def start(self) -> int:
        """The offset of the surface in the paragraph."""
        return self.paragraph.starts[self.first]

    @property
    def end(self) -> int:
        """The offset behind the surface in the paragraph."""
        return self.paragraph.ends[self.stop - 1]


class FigureReader:
    """Reads the figures of one paragraph from left to right."""

    def __init__(self, paragraph: Paragraph, blocked: bytearray) -> None:
        self.paragraph = paragraph
        self.words = paragraph.words
        self.blocked = blocked

    def read(self) -> list[Draft]:
        """Return the figures of the paragraph in order, without overlaps."""
        drafts: list[Draft] = []
        at, words, currencies = 0, self.words, leading_currencies().openers
        while at < len(words):
            word = words[at]
            if not (
                word in _OPENERS
                or word[0].isdecimal()
                or word in currencies
                or word.endswith("fold")
            ):
                at += 1
                continue
            draft = self._read_at(at)
            if draft is None:
                at += 1
                continue
            if drafts and draft.first < drafts[-1].stop:
                draft.first = min(max(draft.first, drafts[-1].stop), draft.core)
            drafts.append(draft)
            at = max(draft.stop, at + 1)
        return drafts

    # -- one figure ----------------------------------------------------------------------------

    def _read_at(self, at: int) -> Draft | None:  # noqa: C901, PLR0911 - a case of the grammar each
        paragraph = self.paragraph
        word = self.words[at]
        if self.blocked[paragraph.starts[at]] == 1:
            return None
        if word in {"gấp", "tăng"} and (multiple := self._read_multiple_word(at)):
            return multiple
        if word in {"nửa", "half"} and (half := self._read_half_unit(at) or self._read_half(at)):
            return half
        if word in {"a", "một", "one"} and (more := self._read_one_and_half(at)):
            return more
        if word.endswith("fold") and (multiple := self._read_fold(at)):
            return multiple
        if word in {"twice", "double", "doubled", "doubling", "tripled", "triple"}:
            return self._read_english_multiple(at)
        currency = leading_currencies().match(self.words, at)
        number_at = at
        if currency and any(not paragraph.touches(token) for token in range(at + 1, currency[0])):
            currency = None  # "a $7,000 bonus" is no A$
        if currency and not word[0].isdecimal():
            number_at = currency[0]
            if number_at >= len(self.words) or not paragraph.is_number(number_at):
                return None
        numeral = read_numeral(paragraph, number_at)
        if numeral is None or self.blocked[paragraph.starts[numeral.first]]:
            return None
        if currency and number_at > at:
            return self._finish_leading_currency(at, numeral, currency[1])
        return (
            self._read_part_of_total(numeral)
            or self._read_word_fraction(numeral)
            or self._read_ratio(numeral)
            or self._read_range(numeral)
            or self._read_simple(numeral)
        )

    def _finish_leading_currency(self, at: int, numeral: Numeral, currency: str) -> Draft:
        second = self._second_of_range(numeral.stop)
        draft = self._draft(numeral, FigureKind.MONEY, "money.leading_currency", numeral.stop)
        draft.first = draft.core = at
        draft.unit = currency
        if second is not None and numeral.value is not None and second.value is not None:
            self._set_range(draft, numeral, second)
        elif (known := units().match(self.words, draft.stop)) and known[1].code == currency:
            draft.stop = draft.core_stop = known[0]
        return self._close(draft)

    def _draft(self, numeral: Numeral, kind: FigureKind, rule: str, stop: int) -> Draft:
        comparator = Comparator.VAGUE if numeral.is_vague else Comparator.EQ
        return Draft(
            self.paragraph,
            numeral.first,
            stop,
            numeral.first,
            stop,
            kind,
            rule,
            numeral.value,
            magnitude=numeral.magnitude,
            comparator=comparator,
            is_words=numeral.is_words,
            scale=numeral.scale,
            number_stop=numeral.stop,
        )

    # -- fractions, ratios, multiples ----------------------------------------------------------

    def _read_word_fraction(self, numeral: Numeral) -> Draft | None:
        """Read "hai phần ba ủy viên", "một phần tư", "two thirds"."""
        words, at = self.words, numeral.stop
        if at + 1 >= len(words) or numeral.value is None:
            return None
        if words[at] == "phần":
            below = read_numeral(self.paragraph, at + 1)
            bottom = below.value if below else {"tư": Decimal(4)}.get(words[at + 1])
            stop = below.stop if below else at + 2
        else:
            thirds = {"third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5}
            skip = at + 1 if words[at] == "-" else at
            named = thirds.get(words[skip]) if skip < len(words) else None
            if named is None or not numeral.is_words:
                return None
            bottom, stop = Decimal(named), skip + 1
        if not bottom or numeral.value >= bottom:
            return None
        draft = self._draft(numeral, FigureKind.FRACTION, "fraction.words", stop)
        draft.core_stop = stop
        draft.numerator, draft.denominator = numeral.value, bottom
        draft.value = (numeral.value / bottom).quantize(_FRACTION_PLACES, ROUND_HALF_EVEN)
        return self._close(draft, wants_noun=True)

    def _read_part_of_total(self, numeral: Numeral) -> Draft | None:
        """Read the part in "1.200 trong tổng số 3.450 công nhân"; the noun stands last."""
        total = _OUT_OF.match(self.words, numeral.stop)
        if numeral.is_words and numeral.value == 1 and self.paragraph.language == "vi":
            return None  # "một trong 9 cá nhân" is one of them
        if total is not None and self.paragraph.language == "en":
            for _ in range(3):
                if (
                    total[0] < len(self.words)
                    and not self.paragraph.is_number(total[0])
                    and (
                        self.words[total[0]] in {"the", "'", "s", "its"}
                        or self.words[total[0] + 1 : total[0] + 2] == ["'"]
                    )
                ):
                    total = (total[0] + 1, total[1])
        if total is None or total[0] >= len(self.words) or not self.paragraph.is_number(total[0]):
            return None
        whole = read_numeral(self.paragraph, total[0])
        if (
            whole is None
            or whole.value is None
            or numeral.value is None
            or numeral.value > whole.value
        ):
            return None
        stop = nouns.read_counted(self.paragraph, whole.stop, blocked=self.blocked)
        if stop == whole.stop:
            return None
        draft = self._draft(numeral, FigureKind.COUNT, "count.part_of_total", numeral.stop)
        draft.noun, draft.noun_stop = nouns.trim_counted(self.words, whole.stop, stop)
        return self._close(draft)

    def _read_half(self, at: int) -> Draft | None:
        """Read "một nửa số công nhân", "half of the workers", "hơn nửa"."""
        first = at - 1 if at and self.words[at - 1] == "một" else at
        after = self.words[at + 1] if at + 1 < len(self.words) else ""
        is_one_half = first < at and after not in _HALF_OF_TIME
        if self.words[at] == "nửa" and (
            (not is_one_half and after not in {"số", "trong", "tổng", "lực", "công", "lao", "đoàn"})
            or (at and self.words[at - 1] in {"giờ", "buổi", "tháng"})
        ):
            return None
        if self.words[at] == "half" and after not in {"of", "the", "a"}:
            return None
        half = Numeral(first, at + 1, Decimal("0.5"), is_words=True)
        draft = self._draft(half, FigureKind.FRACTION, "fraction.half", at + 1)
        draft.numerator, draft.denominator = Decimal(1), Decimal(2)
        return self._close(draft, wants_noun=True)

    def _read_half_unit(self, at: int) -> Draft | None:
        """Read "nửa ngày", "nửa năm"; "nửa đầu năm" and "nửa tháng 5" are times."""
        unit = units().match(self.words, at + 1)
        if unit is None or unit[1].kind is not FigureKind.DURATION or self.words[at] != "nửa":
            return None
        after = self.words[unit[0]] if unit[0] < len(self.words) else ""
        if after[:1].isdecimal() or after in _DURATION_BLOCK_AFTER - {"sau", "trước"}:
            return None
        half = Numeral(at, at + 1, Decimal("0.5"), is_words=True)
        draft = self._draft(half, FigureKind.DURATION, "duration.half", unit[0])
        draft.unit = unit[1].code
        return self._close(draft)

    def _read_one_and_half(self, at: int) -> Draft | None:
        """Read "một ngày rưỡi", "a year and a half"."""
        words = self.words
        unit = units().match(words, at + 1)
        if unit is None or unit[1].kind is not FigureKind.DURATION:
            return None
        is_english = words[unit[0] : unit[0] + 3] == ["and", "a", "half"]
        if not is_english and words[unit[0] : unit[0] + 1] != ["rưỡi"]:
            return None
        stop = unit[0] + (3 if is_english else 1)
        draft = self._draft(
            Numeral(at, at + 1, Decimal("1.5"), is_words=True),
            FigureKind.DURATION,
            "duration.one_and_half",
            stop,
        )
        draft.unit = unit[1].code
        return self._close(draft)

    def _read_fold(self, at: int) -> Draft | None:
        """Read "threefold", "tenfold"."""
        value = ENGLISH_SMALL.get(self.words[at].removesuffix("fold"))
        if value is None:
            return None
        draft = Draft(
            self.paragraph, at, at + 1, at, at + 1, FigureKind.MULTIPLE, "multiple.fold",
            Decimal(value), unit="times", is_words=True,
        )  # fmt: skip
        self._read_baseline(draft)
        return draft

    def _read_ratio(self, numeral: Numeral) -> Draft | None:  # noqa: C901, PLR0911 - a case of the grammar each
        """Read "412/430 đơn vị", "1:4"; a day and month by its place is no ratio."""
        words, at = self.words, numeral.stop
        if at + 1 >= len(words) or words[at] not in {"/", ":"} or numeral.value is None:
            return None
        if not self.paragraph.is_number(at + 1) or self.blocked[self.paragraph.starts[at + 1]]:
            return None
        below = read_numeral(self.paragraph, at + 1)
        if below is None or not below.value or numeral.scale > 1:
            return None
        top, bottom = numeral.value, below.value
        if words[at] == ":" and not (self._preceded_by_ratio_word(numeral.first)):
            return None
        if (
            (
                below.stop < len(words)
                and words[below.stop] in {"/", ":"}
                and self.paragraph.touches(below.stop)
            )
            and below.stop + 1 < len(words)
            and self.paragraph.is_number(below.stop + 1)
        ):
            return None
        stop = below.stop
        noun_stop = nouns.read_counted(self.paragraph, self._skip_of(stop), blocked=self.blocked)
        has_noun = noun_stop > self._skip_of(stop)
        is_date_like = words[at] == "/" and (
            top <= _RATIO_DATE_LIMITS[0]
            and bottom <= _RATIO_DATE_LIMITS[1]
            and top == top.to_integral_value()
        )
        unit = units().match(words, stop)
        if is_date_like and not self._is_surely_ratio(numeral, stop, has_noun=has_noun):
            return (
                self._close_score(numeral, below)
                if unit is None and words[stop : stop + 1] == ["điểm"]
                else None
            )
        if words[stop : stop + 1] == ["điểm"]:
            return self._close_score(numeral, below)
        fraction_like = bottom <= 10 and top < bottom and words[at] == "/"  # noqa: PLR2004
        is_part = self._of_a_whole(stop) or (
            top == 1 and (unit is not None or words[numeral.first - 1] in _FRACTION_CUES)
        )
        kind = FigureKind.FRACTION if fraction_like and is_part else FigureKind.RATIO
        draft = self._draft(
            numeral, kind, f"ratio.{'slash' if words[at] == '/' else 'colon'}", stop
        )
        draft.numerator, draft.denominator = top, bottom
        if kind is FigureKind.FRACTION:
            draft.value = (top / bottom).quantize(_FRACTION_PLACES, ROUND_HALF_EVEN)
        if kind is FigureKind.FRACTION and top == 1:
            return self._close(draft)
        if unit and unit[1].kind is not FigureKind.PERCENT and not has_noun:
            draft.stop = draft.core_stop = unit[0]
            draft.unit = unit[1].code
        return self._close(draft, wants_noun=True)

    def _close_score(self, numeral: Numeral, below: Numeral) -> Draft:
        stop = below.stop
        if self.words[stop : stop + 1] == ["điểm"]:
            stop += 1
        draft = self._draft(numeral, FigureKind.SCORE, "score.ratio", stop)
        draft.numerator, draft.denominator, draft.unit = numeral.value, below.value, "điểm"
        return self._close(draft)

    def _of_a_whole(self, stop: int) -> bool:
        return stop < len(self.words) and self.words[stop] in {"số", "tổng", "of", "lực", "diện"}

    def _preceded_by_ratio_word(self, at: int) -> bool:
        return bool({"chọi", "tỉ", "lệ", "ratio", "số"} & set(self.words[max(0, at - 4) : at]))

    def _is_surely_ratio(self, numeral: Numeral, stop: int, *, has_noun: bool) -> bool:
        words, at = self.words, numeral.first
        before = words[at - 1] if at else ""
        if before in {
            "hạn",
            "ngày",
            "lễ",
            "dịp",
            "đường",
            "phố",
            "là",
            "tháng",
            "(",
            "tết",
            "đến",
            "từ",
        }:
            return (
                before in {"là", "đến"} and has_noun and nouns.is_known_head(self.paragraph, stop)
            )
        if stop < len(words) and words[stop] == "(":
            return any("%" in word for word in words[stop : stop + 8])
        noun_at = self._skip_of(stop)
        return (
            has_noun
            and (
                nouns.is_known_head(self.paragraph, noun_at)
                or numeral.value == 1
                or self.paragraph.language == "en"
            )
        ) or (numeral.value == 1 and before in _FRACTION_CUES)

    def _skip_of(self, at: int) -> int:
        """Step over "số", "trong số", "tổng số", "of the" between a share and its noun."""
        words = self.words
        while at < len(words) and words[at] in {
            "số",
            "tổng",
            "of",
            "the",
            "all",
            "trong",
            "its",
            "their",
            "của",
            "trên",
        }:
            at += 1
        return at

    def _read_multiple_word(self, at: int) -> Draft | None:
        """Read "gấp đôi", "gấp rưỡi"; "gấp 3 lần" comes with its number."""
        words = self.words
        head = _MULTIPLIERS.match(words, at)
        if not head or head[0] >= len(words) or words[head[0] - 1] != "gấp":
            return None
        word = words[head[0]]
        if word in _MULTIPLE_WORDS:
            value, stop = _MULTIPLE_WORDS[word], head[0] + 1
        else:
            numeral = read_numeral(self.paragraph, head[0])
            if numeral is None or not numeral.is_words or numeral.value is None:
                return None
            value, stop = numeral.value, numeral.stop
        if stop < len(words) and words[stop] == "lần":
            stop += 1
        draft = Draft(
            self.paragraph, at, stop, at, stop, FigureKind.MULTIPLE, "multiple.word", value
        )
        draft.unit, draft.is_words = "times", True
        if words[at] == "tăng":
            draft.direction = "up"
        self._read_baseline(draft)
        return draft

    def _read_english_multiple(self, at: int) -> Draft | None:
        value = Decimal(3 if self.words[at].startswith("tripl") else 2)
        draft = Draft(
            self.paragraph, at, at + 1, at, at + 1, FigureKind.MULTIPLE, "multiple.word", value
        )
        draft.unit, draft.is_words = "times", True
        if self.words[at] in {"double", "triple"} and not {"the", "its", "as", "that"} & set(
            self.words[at + 1 : at + 2]
        ):
            return None
        self._read_baseline(draft)
        return draft

    # -- ranges --------------------------------------------------------------------------------

    def _second_of_range(self, at: int) -> Numeral | None:
        words = self.words
        if at + 1 >= len(words) or words[at] not in _RANGE_JOINTS:
            return None
        after = at + 1
        if leading := leading_currencies().match(words, after):
            after = leading[0]
        if after >= len(words) or self.blocked[self.paragraph.starts[after]]:
            return None
        return read_numeral(self.paragraph, after)

    def _read_range(self, numeral: Numeral) -> Draft | None:  # noqa: C901, PLR0911 - a case of the grammar each
        """Read "5-7 triệu đồng", "từ 100 đến 200 suất", "3% - 5%"."""
        joint, first_unit = numeral.stop, None
        if unit := self._unit_at(numeral.stop, numeral):
            first_unit, joint = unit[1], unit[0]
        second = self._second_of_range(joint)
        if second is None or second.value is None or numeral.value is None:
            return None
        second_unit = self._unit_at(second.stop, second)
        if first_unit and (second_unit is None or second_unit[1] != first_unit):
            return None
        low = numeral.value
        if numeral.scale == 1 and second.scale > 1 and low < second.value:
            low *= second.scale
        if low >= second.value:
            return None
        if self.words[joint] == "to" and self._opens_change(numeral.first):
            return None
        is_dashed = self.words[joint] == "-"
        if is_dashed and self.paragraph.touches(joint) != self.paragraph.touches(joint + 1):
            return None
        kind = second_unit[1].kind if second_unit else FigureKind.COUNT
        stop = second_unit[0] if second_unit else second.stop
        if self.words[stop : stop + 1] == ["lần"] and self._is_multiple_range(numeral, stop):
            draft = self._draft(numeral, FigureKind.MULTIPLE, "multiple.range", stop + 1)
            self._set_range(draft, numeral, second)
            draft.unit, draft.stop, draft.core_stop = "times", stop + 1, stop + 1
            return self._close(draft)
        has_noun = nouns.read_counted(self.paragraph, stop, blocked=self.blocked) > stop
        if second_unit is None and not has_noun and second.scale < 1_000:  # noqa: PLR2004
            return None
        draft = self._draft(numeral, kind, f"{kind}.range", stop)
        draft.unit = second_unit[1].code if second_unit else None
        if second_unit is None and not has_noun:
            draft.kind, draft.unit = FigureKind.MONEY, "VND"
        self._set_range(draft, numeral, second)
        draft.stop = draft.core_stop = stop
        if draft.first and self.words[draft.first - 1] == "từ":
            draft.first -= 1
        is_share = kind is FigureKind.PERCENT
        return self._close(draft, wants_noun=second_unit is None or is_share)

    def _is_multiple_range(self, numeral: Numeral, at: int) -> bool:
        """Return whether "N đến M lần" at `at` compares: "gấp 2-3 lần"."""
        before = self.words[max(0, numeral.first - 7) : numeral.first]
        is_decimal = numeral.value is not None and numeral.value % 1 != 0
        return (
            is_decimal
            or bool({"gấp", "cao"} & set(before))
            or _OF_NOUNS.match(self.words, at + 1) is not None
        )

    def _opens_change(self, at: int) -> bool:
        """Return whether "from" and a verb of change stand before: "increased from 8 to 12"."""
        words = self.words
        if at and words[at - 1] in {"$", "usd", "us"}:
            at -= 1
        return (
            at > 1
            and words[at - 1] == "from"
            and bool(
                _UP.match_before(words, at - 1)
                or _DOWN.match_before(words, at - 1)
                or words[at - 2] in {"raised", "cut", "risen", "went"}
            )
        )

    def _set_range(self, draft: Draft, low: Numeral, high: Numeral) -> None:
        if low.value is None or high.value is None:
            return
        start = low.value
        if low.scale == 1 and high.scale > 1 and start < high.value:
            start *= high.scale
        if start >= high.value:
            return
        draft.value, draft.value_max = start, high.value
        draft.comparator = Comparator.BETWEEN
        draft.scale = high.scale
        draft.stop = draft.core_stop = high.stop

    # -- one number with a unit or a noun ---------------------------------------------------------

    def _unit_at(self, at: int, numeral: Numeral) -> tuple[int, Unit] | None:  # noqa: C901, PLR0911, PLR0912 - a case of the grammar each
        words = self.words
        found = units().match(words, at)
        if (
            found is None
            and self.paragraph.language == "en"
            and words[at : at + 1] == ["-"]
            and self.paragraph.touches(at)
            and (after_hyphen := units().match(words, at + 1))
            and after_hyphen[1].kind is FigureKind.DURATION
        ):
            return after_hyphen  # "a 58-hour week"
        if found is None:
            if at < len(words) and words[at] in {"đ", "vnđ"}:
                after = words[at + 1] if at + 1 < len(words) else "."
                if self.paragraph.touches(at) or not after[0].isalpha():
                    return at + 1, Unit(FigureKind.MONEY, "VND")
            return None
        stop, unit = found
        after = words[stop] if stop < len(words) else ""
        if words[at] == "đồng" and stop == at + 1:
            if after in NOT_DONG and not (
                numeral.scale >= 1_000 and after not in {"chí", "bào", "hồ"}  # noqa: PLR2004 - a short reach, in words
            ):
                return None
            if self.paragraph.is_capital(at) and after and self.paragraph.is_capital(stop):
                return None
        if (
            unit.code in {"m", "g", "l", "t", "sào", "tạ", "KRW", "PHP", "ZAR", "GBP", "USD"}
            and len(words[at]) <= 4  # noqa: PLR2004 - a short reach, in words
        ):
            if words[at] == "m" and not self.paragraph.touches(at) and after[:1].isalpha():
                return None
            if (
                words[at] in {"won", "rand"}
                and self.paragraph.language == "en"
                and after[:1].isalpha()
            ):
                return None
        if words[at] in {"giờ", "phút", "giây"} and after in {"chót", "vàng"}:
            return None
        if words[at] == "tiếng" and after in {"nói", "anh", "trung", "nhật", "hàn", "việt", "dân"}:
            return None
        if words[at] in {"tiết", "cân"} and after in {"mục", "kiệm", "đối", "học", "lộ"}:
            return None
        return found

    def _read_simple(self, numeral: Numeral) -> Draft | None:  # noqa: PLR0911 - a case of the grammar each
        words, at = self.words, numeral.stop
        if self._is_one_as_article(numeral):
            return None
        if at < len(words) and words[at] == "lần" and self._is_multiple(numeral):
            return self._close_multiple(numeral)
        if (
            numeral.is_words is False
            and blockers.touches_letters(self.paragraph, numeral.first, at)
            and self._unit_at(at, numeral) is None
        ):
            return None
        unit = self._unit_at(at, numeral)
        if unit is not None:
            draft = self._read_measure(numeral, *unit)
            if draft is not None:
                return draft
            if unit[1].kind is FigureKind.DURATION:
                return None
        if at < len(words) and words[at] == "điểm" and (score := self._read_score(numeral)):
            return score
        return (
            self._read_from_part(numeral)
            or self._read_count(numeral)
            or self._read_bare_money(numeral)
            or self._read_reversed(numeral)
            or self._read_bare_count(numeral)
        )

    def _is_one_as_article(self, numeral: Numeral) -> bool:
        """Return whether the numeral is "một" used as "a", which counts nothing."""
        if not numeral.is_words or numeral.value != 1:
            return False
        if numeral.scale > 1:
            return False
        unit = self._unit_at(numeral.stop, numeral)
        if unit is not None and unit[1].kind is FigureKind.DURATION:
            return self.paragraph.language == "en"  # _is_duration decides
        if self.paragraph.language == "en":
            following = set(self.words[numeral.stop : numeral.stop + 3])
            return not ({"dead", "killed", "injured", "death"} & following)
        if _CASUALTIES.match(self.words, numeral.stop):
            return False
        return self._unit_at(numeral.stop, numeral) is None or self.words[numeral.stop] != "đồng"

    def _is_multiple(self, numeral: Numeral) -> bool:
        words = self.words
        before = words[max(0, numeral.first - 3) : numeral.first]
        after = words[numeral.stop + 1 : numeral.stop + 4]
        return (
            "gấp" in before
            or "tăng" in before[-2:]
            or "giảm" in before[-2:]
            or after[:2] == ["so", "với"]
            or _OF_NOUNS.match(words, numeral.stop + 1) is not None
        )

    def _close_multiple(self, numeral: Numeral) -> Draft:
        draft = self._draft(numeral, FigureKind.MULTIPLE, "multiple.times", numeral.stop + 1)
        draft.unit = "times"
        self._read_comparator_before(draft)
        head = _MULTIPLIERS.match_before(self.words, draft.first)
        if head:
            draft.first = head[0]
            if self.words[head[0]] in {"tăng", "giảm"}:
                draft.direction = "up" if self.words[head[0]] == "tăng" else "down"
        self._read_baseline(draft)
        return draft

    def _read_measure(self, numeral: Numeral, stop: int, unit: Unit) -> Draft | None:
        words = self.words
        after = words[stop] if stop < len(words) else ""
        if unit.kind is FigureKind.DURATION and not self._is_duration(numeral, stop):
            return None
        if unit.kind is FigureKind.AGE and after == "nghề":
            unit = Unit(FigureKind.DURATION, "năm")
            stop += 1
        draft = self._draft(numeral, unit.kind, f"{unit.kind}.unit", stop)
        draft.unit = unit.code
        if after == "rưỡi" and numeral.value is not None:
            draft.value = numeral.value + Decimal("0.5") * numeral.scale
            draft.stop = draft.core_stop = stop + 1
        if numeral.other is not None and numeral.scale == 1 and unit.kind is FigureKind.MONEY:
            draft.value = max(numeral.value or Decimal(0), numeral.other)
        is_share = unit.kind is FigureKind.PERCENT
        return self._close(draft, wants_noun=is_share)

    def _is_duration(self, numeral: Numeral, stop: int) -> bool:  # noqa: PLR0911 - a case of the grammar each
        """Return whether "N giờ/ngày/tháng/năm" is a length of time, not a date or an hour."""
        words = self.words
        unit, after = words[stop - 1], words[stop] if stop < len(words) else ""
        before = words[numeral.first - 1] if numeral.first else ""
        if self.paragraph.language != "vi":
            return True
        if numeral.value is None and numeral.magnitude is None:
            return False
        if (
            unit in {"năm", "tháng", "ngày"}
            and after in _DURATION_BLOCK_AFTER
            and after not in {"sau", "trước"}
        ):
            is_span = after == "nay" and before in _SPAN_OPENERS  # "đã gần 8 năm nay"
            return is_span or (after == "ngày" and unit != "ngày")
        if unit == "năm" and after.isdecimal():
            return False
        if unit == "tiếng" and before in {"lên", "cất"}:
            return False
        if before in {"tháng", "ngày", "năm", "thứ", "lần", "quý"}:
            return False
        if numeral.is_words and numeral.value is not None and numeral.value < 2:  # noqa: PLR2004
            return before in {"thêm", "sớm", "đủ", "tròn", "đúng", "quá", "chậm"}
        if unit == "ngày" and after in {"lễ", "tết", "hội"}:
            return True
        return True

    def _read_score(self, numeral: Numeral) -> Draft | None:
        after = self.words[numeral.stop + 1] if numeral.stop + 1 < len(self.words) else "."
        has_cue = _SCORE_CUES.match_before(self.words, numeral.first) is not None
        is_decimal = (
            numeral.value is not None and numeral.value != numeral.value.to_integral_value()
        )
        if after[0].isalpha() and after not in {"trở", "trong", "và", "ở", "cho", "trên"}:
            return None
        if not has_cue and not is_decimal:
            return None
        draft = self._draft(numeral, FigureKind.SCORE, "score.points", numeral.stop + 1)
        draft.unit = "điểm"
        return self._close(draft)

    def _read_from_part(self, numeral: Numeral) -> Draft | None:
        """Read the 45 of "từ 45 xuống 30 ngày công", which merge_changes joins to what follows."""
        words = self.words
        if not numeral.first or words[numeral.first - 1] not in {"từ", "from"}:
            return None
        reached = _TO.match(words, numeral.stop)
        if reached is None or reached[0] >= len(words):
            return None
        value_at = reached[0]
        if comparator := comparators("before").match(words, value_at):
            value_at = comparator[0]
        if value_at >= len(words) or not self.paragraph.is_number(value_at):
            return None
        return self._draft(numeral, FigureKind.COUNT, "change.from", numeral.stop)

    def _read_count(self, numeral: Numeral) -> Draft | None:  # noqa: C901, PLR0912 - a case of the grammar each
        """Read a number with a noun: "hơn 1.000 suất quà", "bốn kiến nghị"."""
        paragraph, words, at = self.paragraph, self.words, numeral.stop
        noun_at, unit = at, None
        if (
            at < len(words)
            and words[at] == "-"
            and paragraph.language == "en"
            and paragraph.touches(at)
        ):
            return None
        skipped = at
        if numeral.is_vague or numeral.scale > 1:
            pass
        if at < len(words) and words[at] in {"of", "số"} and numeral.is_vague:
            skipped = at + 1
        elif (
            words[at : at + 1] == ["là"]
            and not numeral.is_words
            and noun_words("head").match(words, at + 1)
        ):
            skipped = at + 1  # "1.120 lao động thì 876 là nữ"
        classifier = noun_words("classifier").match(words, skipped)
        head = noun_words("head").match(words, skipped)
        inner = noun_words("head").match(words, classifier[0]) if classifier else None
        is_event = noun_words("event").match(words, skipped) is not None
        is_longer = inner is not None and head is not None and inner[0] > head[0] and not is_event
        if classifier and head and head[0] > classifier[0] and not is_longer:
            classifier = None  # "tập thể" is a noun, though "tập" counts books
        noun_at = skipped
        if classifier and not self.blocked[paragraph.starts[skipped]]:
            behind = nouns.read_counted(paragraph, classifier[0], blocked=self.blocked)
            event_stop = nouns.read_counted(paragraph, skipped, blocked=self.blocked)
            if max(behind, event_stop) > classifier[0]:
                noun_at, unit = (
                    classifier[0],
                    paragraph.text[
                        paragraph.starts[skipped] : paragraph.ends[classifier[0] - 1]
                    ].lower(),
                )
                stop = max(behind, event_stop)
            else:
                noun_at, stop = skipped, classifier[0]
                unit = paragraph.text[paragraph.starts[skipped] : paragraph.ends[stop - 1]].lower()
        else:
            stop = nouns.read_counted(paragraph, noun_at, blocked=self.blocked)
        if stop <= noun_at and words[noun_at : noun_at + 1] == ['"']:
            quoted = nouns.read_quoted(paragraph, noun_at)
            if quoted is not None:  # 35 "Mái ấm Công đoàn"
                noun_at = skipped = noun_at + 1
                stop = quoted - 1
        if stop <= noun_at or self.blocked[paragraph.starts[noun_at]]:
            return None
        if not self._counts_something(numeral, skipped):
            return None
        draft = self._draft(
            numeral, FigureKind.COUNT, "count.words" if numeral.is_words else "count.digits", stop
        )
        draft.core_stop = numeral.stop
        draft.unit = unit
        draft.noun, draft.noun_stop = nouns.trim_counted(words, noun_at, stop)
        if draft.noun_stop <= draft.noun:
            return None
        draft.stop = draft.noun_stop
        if numeral.other is not None and numeral.scale == 1 and numeral.value is not None:
            draft.value = max(numeral.value, numeral.other)
        return self._close(draft)

    def _counts_something(self, numeral: Numeral, noun_at: int) -> bool:  # noqa: C901, PLR0911 - a case of the grammar each
        """Return whether the noun at `noun_at` can be counted by this numeral."""
        paragraph, words = self.paragraph, self.words
        is_head = nouns.is_known_head(paragraph, noun_at) or paragraph.language == "en"
        if blockers.is_label(paragraph, numeral.first, counts=is_head):
            return False
        is_named = paragraph.is_capital(noun_at) and paragraph.language != "en"
        if (
            is_named
            and not numeral.is_words
            and is_head
            and (
                blockers.is_label(paragraph, numeral.first, counts=False)
                and paragraph.is_capital(min(noun_at + 2, len(words) - 1))
            )
        ):
            return False  # "tầng 3 Bệnh viện Đa khoa"
        word = words[noun_at]
        is_acronym = paragraph.text[paragraph.starts[noun_at] : paragraph.ends[noun_at]].isupper()
        if numeral.is_vague:
            return True
        if numeral.is_words:
            if noun_words("not_counted").match(words, noun_at) and paragraph.language == "vi":
                return numeral.value is not None and numeral.value >= _FIRM_WORD_NUMBERS
            if paragraph.language == "en":
                return word not in {"of", "another", "thing"} and word[0].isalpha()
            if paragraph.is_capital(noun_at) and not is_head and not is_acronym:
                return False
            before = words[numeral.first - 1] if numeral.first else ""
            if before in {"cả", "thứ", "là"} and numeral.value is not None and numeral.value < 4:  # noqa: PLR2004
                return before == "là" and is_head
            if words[numeral.first] == "năm" and numeral.stop == numeral.first + 1:
                head = noun_words("head").match(words, noun_at)
                is_long = head is not None and head[0] > noun_at + 1  # "năm công nhân"
                return (
                    is_head
                    and before not in _YEAR_CONTEXT
                    and (is_long or word not in {"nay", "công", "học", "xã"})
                )
            return is_head or (numeral.value is not None and numeral.value >= _FIRM_WORD_NUMBERS)
        if (
            paragraph.is_capital(noun_at)
            and not is_head
            and not is_acronym
            and paragraph.language != "en"
        ):
            return numeral.value is not None and numeral.value >= 1_000  # noqa: PLR2004
        before_at = numeral.first - 1
        if before_at >= 0 and paragraph.is_capital(before_at) and numeral.value is not None:
            is_small = (
                numeral.value < 100 and paragraph.starts[before_at] not in paragraph.sentences  # noqa: PLR2004 - a short reach, in words
            )
            if is_small and not is_head:
                return False
        return word[0].isalpha()

    def _read_bare_money(self, numeral: Numeral) -> Draft | None:
        """Read "3,2 tỉ", "5 triệu/hộ", "500k": an amount whose currency goes without saying."""
        words, at = self.words, numeral.stop
        if self.paragraph.language not in {"vi", "other"} or numeral.scale < 1_000:  # noqa: PLR2004
            return None
        if numeral.is_vague and numeral.scale < 1_000_000:  # noqa: PLR2004
            return None
        has_cue = any(
            _MONEY_CUES.match(words, place)
            for place in range(max(0, numeral.first - 7), numeral.first)
        )
        is_attached = words[at - 1] in {"k", "tr"}
        has_slash = at < len(words) and words[at] == "/"
        if numeral.scale < 1_000_000 and not (has_cue or is_attached or has_slash):  # noqa: PLR2004
            return None
        draft = self._draft(numeral, FigureKind.MONEY, "money.bare", at)
        draft.unit, draft.has_currency = "VND", False
        draft.confidence = 0.85 if has_cue or has_slash else 0.6
        return self._close(draft)

    def _read_bare_count(self, numeral: Numeral) -> Draft | None:
        """Read a number whose noun was said before: "từ 600 lên hơn 1.300", "thay vì 14".

        A number grouped in thousands is an amount of something wherever it stands.
        """
        paragraph, words = self.paragraph, self.words
        if numeral.is_words or numeral.value is None or numeral.scale > 1:
            return None
        after = words[numeral.stop] if numeral.stop < len(words) else "."
        is_closed = not after[0].isalnum() and after not in {"/", "-", ":", "%"}
        digits = words[numeral.first]
        is_grouped = (
            numeral.value >= 1_000  # noqa: PLR2004 - a group of thousands
            and numeral.value == numeral.value.to_integral_value()
            and not digits.isdecimal()
        )
        first = numeral.first
        if comparator := comparators("before").match_before(words, first):
            first = comparator[0]
        is_reached = self._follows_from_part(first)
        instead = _INSTEAD.match_before(words, first) is not None
        is_rest = _REST.match(words, numeral.stop) is not None
        if paragraph.language == "en" and _DOES.match(words, numeral.stop):
            is_rest = is_grouped = True  # "41 died and 580 were injured"
        if blockers.is_label(paragraph, numeral.first, counts=False):
            return None
        if not (
            is_reached
            or (instead and (is_grouped or numeral.value < _SMALLEST_YEAR))
            or (is_rest and is_grouped)
            or (is_grouped and is_closed)
            or (is_grouped and _BARE_AFTER.match(words, numeral.stop))
        ):
            return None
        draft = self._draft(numeral, FigureKind.COUNT, "count.bare", numeral.stop)
        draft.confidence = 0.6
        return self._close(draft)

    def _follows_from_part(self, at: int) -> bool:
        """Return whether "lên", "còn" before `at` answer a "từ N" shortly before."""
        reached = _TO.match_before(self.words, at)
        if reached is None:
            return False
        before = self.words[max(0, reached[0] - 8) : reached[0]]
        return {"từ", "from"} & set(before) != set() and any(word[0].isdecimal() for word in before)

    def _read_reversed(self, numeral: Numeral) -> Draft | None:
        """Read "đoàn viên: 88.210", "tổng số lao động là 1.204"."""
        words, at = self.words, numeral.first
        if numeral.is_words or numeral.value is None or at < 2:  # noqa: PLR2004 - noun and mark
            return None
        if blockers.is_label(self.paragraph, at, counts=False):
            return None
        link = words[at - 1]
        noun_stop = at - 1
        if link in {"là", "đạt", "còn"} or link == ":":
            pass
        elif comparator := comparators("before").match_before(words, at):
            noun_stop = comparator[0]
            if noun_stop and words[noun_stop - 1] in {"là", ":", "đạt"}:
                noun_stop -= 1
            else:
                return None
        else:
            return None
        start = self._noun_before(noun_stop)
        if start == noun_stop:
            return None
        draft = self._draft(numeral, FigureKind.COUNT, "count.reversed", numeral.stop)
        draft.noun, draft.noun_stop = start, noun_stop
        draft.confidence = 0.8
        if numeral.other is not None and numeral.scale == 1:
            draft.value = max(numeral.value, numeral.other)
        return self._close(draft)

    def _noun_before(self, stop: int) -> int:
        """Return where a noun phrase that ends before `stop` begins; `stop` when none does."""
        first = max(0, stop - 8)
        for start in range(first, stop):
            if not nouns.is_known_head(self.paragraph, start):
                continue
            if nouns.read_counted(self.paragraph, start, blocked=self.blocked) >= stop:
                return start
        return stop

    # -- what stands around ------------------------------------------------------------------------

    def _close(self, draft: Draft, *, wants_noun: bool = False) -> Draft:
        """Add per-words, comparators, change, noun and baseline to a draft."""
        self._read_per_after(draft)
        if wants_noun and draft.noun_stop == 0:
            self._read_share_noun(draft)
        self._read_comparator_after(draft)
        self._read_comparator_before(draft)
        self._read_change_before(draft)
        self._read_baseline(draft)
        self._read_per_before(draft)
        return draft

    def _read_share_noun(self, draft: Draft) -> None:  # noqa: C901 - a case of the grammar each
        """Read what a share is of: "80% số công nhân", "102% kế hoạch năm", "7/9 xã"."""
        words = self.words
        at = self._skip_of(draft.stop)
        if draft.kind is FigureKind.PERCENT and words[at : at + 1] in (["là"], ["thuộc"]):
            at = at + 1 if nouns.is_known_head(self.paragraph, at + 1) else at
        if at >= len(words):
            return
        if at < len(words) and draft.kind not in {FigureKind.PERCENT, FigureKind.FRACTION}:
            classifier = noun_words("classifier").match(words, at)
            if classifier and draft.kind is FigureKind.RATIO:
                behind = nouns.read_counted(self.paragraph, classifier[0], blocked=self.blocked)
                if behind > classifier[0]:
                    draft.unit = words[at]
                    at = classifier[0]
        stop = nouns.read_counted(self.paragraph, at, blocked=self.blocked)
        if stop <= at:
            return
        start, stop = nouns.trim_counted(words, at, stop)
        if stop <= start:
            return
        is_capital_name = self.paragraph.is_capital(start) and not nouns.is_known_head(
            self.paragraph, start
        )
        if (
            is_capital_name
            and not self.paragraph.text[
                self.paragraph.starts[start] : self.paragraph.ends[start]
            ].isupper()
        ):
            return
        if draft.kind is FigureKind.PERCENT and _OF_NOUNS.match(words, start):
            draft.of = phrase_words(self.paragraph, start, stop)
            if words[start] in {"kế", "chỉ", "nghị", "mục", "dự", "target", "plan"}:
                return
            return
        draft.noun, draft.noun_stop = start, stop
        if draft.kind is not FigureKind.PERCENT:
            draft.stop = stop

    def _read_per_after(self, draft: Draft) -> None:
        """Read "/người/tháng", "mỗi suất", "per month", "each"."""
        words, at, found = self.words, draft.stop, []
        while at + 1 < len(words) and words[at] == "/" and words[at + 1][0].isalpha():
            known = _SLASHED.match(words, at + 1)
            stop = known[0] if known else at + 2
            if not known and words[at + 1] not in _PER_NOUNS and draft.kind is FigureKind.COUNT:
                break
            found.append(phrase_words(self.paragraph, at + 1, stop))
            at = stop
        if not found and at < len(words) and words[at] in {"each", "apiece"}:
            found.append(self._last_counted_singular(draft.first) or "each")
            at += 1
        elif not found and at + 1 < len(words) and words[at] in _PER_WORDS | {"cho", "trên"}:
            after = at + 1 if words[at] not in {"cho", "trên"} else at + 2
            is_each = words[after - 1] in ({"mỗi", "per", "a", "an", "every"})
            if (
                is_each
                and after < len(words)
                and draft.kind in {FigureKind.MONEY, FigureKind.DURATION}
            ):
                known = _SLASHED.match(words, after)
                stop = known[0] if known else after + 1
                if known or words[after] in _PER_NOUNS or words[after - 1] in {"mỗi", "per"}:
                    found.append(phrase_words(self.paragraph, after, stop))
                    at = stop
        if found:
            draft.per = tuple(found)
            draft.stop = at
            if draft.noun_stop <= draft.core_stop:
                draft.core_stop = at

    def _last_counted_singular(self, before: int) -> str | None:
        """Return the noun of "workers received VND 500,000 each" as "worker"."""
        for at in range(before - 1, max(-1, before - 8), -1):
            word = self.words[at]
            if word.endswith("s") and len(word) > 3 and not word.endswith("ss"):  # noqa: PLR2004
                return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]
        return None

    def _read_per_before(self, draft: Draft) -> None:
        """Read "mỗi suất (quà) trị giá 500.000 đồng"."""
        if draft.per or draft.kind is not FigureKind.MONEY:
            return
        words = self.words
        for at in range(draft.first - 1, max(-1, draft.first - 9), -1):
            word = words[at]
            if self.paragraph.is_number(at) or word in {".", ";", "tổng"}:
                return
            if word == "mỗi" and at + 1 < draft.first and words[at + 1] not in {"năm", "khi"}:
                known = _SLASHED.match(words, at + 1)
                draft.per = (phrase_words(self.paragraph, at + 1, known[0] if known else at + 2),)
                return

    def _read_comparator_after(self, draft: Draft) -> None:
        found = comparators("after").match(self.words, draft.stop)
        at = draft.stop
        if found is None and draft.core_stop < draft.stop:
            found = comparators("after").match(self.words, draft.core_stop)
            at = draft.core_stop
        if found is None or draft.comparator is Comparator.VAGUE:
            return
        draft.comparator = found[1]
        if found[0] > draft.stop and at == draft.stop:
            draft.stop = found[0]
        if draft.first and self.words[draft.first - 1] == "từ":
            draft.first -= 1

    def _read_comparator_before(self, draft: Draft) -> None:  # noqa: C901, PLR0911, PLR0912 - a case of the grammar each
        words = self.words
        for _ in range(2):
            found = comparators("before").match_before(words, draft.first)
            if found is None:
                if draft.first and words[draft.first - 1] == "là" and draft.first > 1:
                    inner = comparators("before").match_before(words, draft.first - 1)
                    if (
                        inner
                        and inner[1] in {Comparator.LTE, Comparator.GTE}
                        and not self._is_wage_noun(inner[0])
                    ):
                        draft.comparator = inner[1]
                return
            start, comparator = found
            if self.blocked[self.paragraph.starts[start]] or self._is_wage_noun(start):
                return
            if words[start] == "ước" and start and words[start - 1] in {"thỏa", "công", "hiệp"}:
                return
            if (
                words[start] in {"cao", "thấp", "nhiều", "ít", "higher", "lower"}
                and draft.kind is FigureKind.PERCENT
            ):
                return
            if words[start] == "vượt" and draft.kind is FigureKind.PERCENT:
                return
            if words[start] == "over" and draft.kind is FigureKind.DURATION:
                return  # "by 35% over four years"
            if words[start] == "trên" and start and words[start - 1] in {"dựa", "tính", "đóng"}:
                return
            if comparator is Comparator.EQ and words[start] in {"đến", "tới"}:
                return
            if (
                comparator is Comparator.APPROX
                and words[start] in {"some", "độ", "tầm", "cỡ"}
                and draft.kind is FigureKind.AGE
            ):
                return
            draft.first = start
            if draft.comparator == Comparator.EQ and comparator is not Comparator.EQ:
                draft.comparator = comparator

    def _is_wage_noun(self, at: int) -> bool:
        return at > 0 and self.words[at - 1] in {"lương", "mức", "wage",
        "wages"} and self.words[at] in {
            "tối", "minimum", "thấp",
        }  # fmt: skip

    def _read_change_before(self, draft: Draft) -> None:
        """Read "tăng 15%", "giảm hơn 0,3 điểm phần trăm", "tăng lên 7 triệu đồng"."""
        words, at = self.words, draft.first
        if at == 0:
            return
        reached = _TO.match_before(words, at)
        stop = reached[0] if reached else at
        for table, direction in ((_UP, "up"), (_DOWN, "down")):
            found = table.match_before(words, at) or (
                table.match_before(words, stop) if reached else None
            )
            if found is None:
                continue
            if words[found[0]] == "vượt" and draft.kind is not FigureKind.PERCENT:
                return
            if draft.kind is FigureKind.COUNT and words[found[0]] in {"up", "down", "hạ", "cut"}:
                return
            draft.direction = "up" if direction == "up" else "down"
            is_to = reached is not None or words[found[0]] == "increased to"
            draft.is_difference = not is_to
            if draft.kind is FigureKind.PERCENT and not is_to:
                draft.kind, draft.rule = FigureKind.CHANGE, "change.percent"
                draft.first = found[0]
            return

    def _read_baseline(self, draft: Draft) -> None:
        """Read "so với cùng kỳ năm 2024" behind the figure."""
        words = self.words
        at = draft.stop
        limit = min(len(words), at + 6)
        while at < limit:
            found = _BASELINES.match(words, at)
            if found:
                start = (
                    found[0]
                    if words[at] in {"so", "compared", "from"} and words[at + 1] != "cùng"
                    else at
                )
                if words[at] == "so" and words[at + 1] == "cùng":
                    start = at + 1
                stop = self._clause_stop(start)
                if stop > start and (
                    draft.direction or draft.kind in {FigureKind.MULTIPLE, FigureKind.CHANGE}
                ):
                    draft.baseline = phrase_words(self.paragraph, start, stop)
                return
            if words[at] in {".", ";", ","} or self.paragraph.is_number(at):
                return
            at += 1

    def _clause_stop(self, at: int) -> int:
        stop = at
        while stop < len(self.words) and stop - at < 10:  # noqa: PLR2004 - a short phrase
            word = self.words[stop]
            if word in {
                ",",
                ".",
                ";",
                ":",
                "(",
                ")",
                "và",
                "tăng",
                "giảm",
                "thì",
                "đạt",
                "trong",
                "với",
            }:
                break
            stop += 1
        return stop


_YEAR_CONTEXT: Final = folded_set(
    "mỗi hàng hằng từng cả đầu cuối giữa hết một hai ba các những nhiều theo tháng qua trong quý "
    "của"
)


def merge_changes(drafts: list[Draft]) -> list[Draft]:
    """Join "tăng từ 5 lên 7 triệu đồng" into one figure with the old and the new value."""
    merged: list[Draft] = []
    for draft in drafts:
        before = merged[-1] if merged else None
        if before is not None and _is_from_to(before, draft):
            old = before.value
            if old is not None and before.unit != draft.unit and before.scale == 1:
                old *= draft.scale
            draft.from_value = old
            words = draft.paragraph.words
            opening = (
                before.first - 1
                if before.first and words[before.first - 1] == "từ"
                else before.first
            )
            for table, direction in ((_UP, "up"), (_DOWN, "down")):
                if found := table.match_before(words, opening):
                    opening = found[0]
                    draft.direction = "up" if direction == "up" else "down"
            if draft.direction is None and old is not None and draft.value is not None:
                draft.direction = "up" if draft.value > old else "down"
            draft.first, draft.kind, draft.rule = opening, FigureKind.CHANGE, "change.from_to"
            draft.is_difference = False
            draft.baseline = None
            merged[-1] = draft
        else:
            merged.append(draft)
    return [draft for draft in merged if draft.rule != "change.from"]


def _is_from_to(before: Draft, draft: Draft) -> bool:
    words = draft.paragraph.words
    if before.value is None or draft.value is None or draft.first - before.stop > 8:  # noqa: PLR2004
        return False
    opening = words[max(0, before.first - 1) : before.first + 1]
    if not {"từ", "from"} & set(opening):
        return False
    reached = _TO.match_before(words, draft.first)
    if reached is None and words[draft.first] in {"lên", "xuống"}:
        reached = draft.first, words[draft.first]  # "lên hơn" is one comparator
    if reached is None or reached[0] < before.stop:
        return False
    gap = words[before.stop : reached[0]]
    return not {".", ";"} & set(gap) and (
        before.unit in {draft.unit, None} or before.kind is draft.kind
    )


def find_drafts(paragraph: Paragraph, blocked: bytearray) -> list[Draft]:
    """Return the figures of a paragraph, changes joined, without links to other text."""
    return merge_changes(FigureReader(paragraph, blocked).read())
