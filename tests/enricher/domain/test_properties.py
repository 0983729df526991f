"""What holds for any text: values survive formatting, offsets slice, reading is deterministic."""

import itertools
import json
import time
import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enricher.domain.enrich import read_text
from services.contracts.articles import BODY_LIMIT_CHARACTERS
from services.contracts.entities import Entity
from services.contracts.figures import Figure

PUBLISHED = date(2025, 11, 20)
HERE = Path(__file__).parent
SENTENCES = [
    json.loads(line)["text"]
    for name in ("figure_phrases.jsonl", "entity_sentences.jsonl")
    for line in (HERE / name).read_text("utf-8").splitlines()
]
FRAGMENTS = [*"0123456789.,/-–:;()%$\"' \n\t aAđĐnm",
            " nghìn ", " tỷ ", " đồng ", " từ ", " đến ", " năm ", " tháng ", " Công đoàn ",
            " LĐLĐ ", " tỉnh ", " ông ", " Nguyễn ", " công nhân ", " gấp ", " lần ", " %", "만",
            " 명", " of ", " workers ", " trong ", " một ", "mươi ", " rưỡi ", " so với ", " mỗi ",
            "\u00ad", "\u200b", "\u200d", "\u202e", "\u0301", "노동절", "العمال", " 工会 ",
            " Đại hội ", " lần thứ I", " phong trào “", "” ", " Nghị định ", "/2025/NĐ-CP", " – ",
            " Ban ", " (CEP)", ' Quỹ "', " hơn ", " phần ", " nửa ", " Luật ", "Chủ tịch ",
]  # fmt: skip
UNITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def group(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def spell(number: int) -> str:
    """Write a number below a million in Vietnamese words, as a schoolbook does."""
    if number >= 1000:
        rest = number % 1000
        tail = f" {spell_below_thousand(rest, is_inner=True)}" if rest else ""
        return f"{spell_below_thousand(number // 1000, is_inner=False)} nghìn{tail}"
    return spell_below_thousand(number, is_inner=False)


def spell_below_thousand(number: int, *, is_inner: bool) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{UNITS[hundreds]} trăm"] if hundreds or is_inner else []
    tens, ones = divmod(rest, 10)
    if tens > 1:
        parts.append(f"{UNITS[tens]} mươi")
        parts += [{1: "mốt", 5: "lăm"}.get(ones, UNITS[ones])] if ones else []
    elif tens == 1:
        parts.append("mười")
        parts += [{5: "lăm"}.get(ones, UNITS[ones])] if ones else []
    elif ones:
        parts.append(f"linh {UNITS[ones]}" if parts else UNITS[ones])
    return " ".join(parts)


@given(st.integers(2, 10**9), st.sampled_from([".", "", "\u00a0"]))
def test_count_in_any_vietnamese_grouping_reads_back(number: int, mark: str) -> None:
    if not mark and 1900 <= number <= 2100:
        number += 1000  # bare, these are years
    text = f"Công đoàn hỗ trợ {group(number, mark)} công nhân gặp khó khăn."

    (figure,) = read_text("", "", text, published=PUBLISHED).figures

    assert (figure.value, figure.counted) == (Decimal(number), "công nhân")


@example(number=1_800_000, mark="")  # begins like a hotline's number
@given(st.integers(2, 10**9), st.sampled_from([",", ""]))
def test_count_in_any_english_grouping_reads_back(number: int, mark: str) -> None:
    if not mark and 1900 <= number <= 2100:
        number += 1000
    text = f"The union said that {group(number, mark)} workers joined the strike."

    (figure,) = read_text("", "", text, published=PUBLISHED).figures

    assert (figure.value, figure.counted) == (Decimal(number), "workers")


@given(
    st.integers(1, 999),
    st.integers(0, 9),
    st.sampled_from([("nghìn", 3), ("triệu", 6), ("tỷ", 9), ("tỉ", 9), ("nghìn tỷ", 12)]),
    st.sampled_from([",", "."]),
)
def test_money_with_scale_word_reads_back(
    whole: int, tenth: int, scale: tuple[str, int], mark: str
) -> None:
    word, power = scale
    text = f"Công đoàn đã trao {whole}{mark}{tenth} {word} đồng cho người lao động."

    (figure,) = read_text("", "", text, published=PUBLISHED).figures

    assert figure.value == Decimal(f"{whole}.{tenth}") * Decimal(10) ** power
    assert figure.unit == "VND"


@given(st.integers(2, 999_999))
def test_number_in_vietnamese_words_reads_back(number: int) -> None:
    text = f"Công đoàn đã hỗ trợ {spell(number)} công nhân của công ty."

    (figure,) = read_text("", "", text, published=PUBLISHED).figures

    assert figure.value == number


@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_korean_ten_thousands_read_back(man: int, rest: int) -> None:
    text = f"노동조합은 조합원 {man}만 {rest}명이 참여했다고 밝혔다."

    (figure,) = read_text("", "", text, published=PUBLISHED).figures

    assert figure.value == man * 10_000 + rest


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8), st.sampled_from([" ", "\n"]))
def test_offsets_slice_to_the_surface(sentences: list[str], joint: str) -> None:
    body = joint.join(sentences)

    reading = read_text(sentences[0], sentences[-1], body, published=PUBLISHED)

    texts = {"title": sentences[0], "lead": sentences[-1], "body": body}
    items: list[Figure | Entity] = [*reading.figures, *reading.entities]
    for item in items:
        assert texts[item.field][item.start : item.end] == item.surface
        assert item.surface == item.surface.strip()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4),
    st.sampled_from(["\u00ad", "\u200d", "\u2060", "\ufeff", "\u202c"]),
    st.integers(1, 7),
)
def test_invisible_characters_change_nothing_but_places(
    sentences: list[str], invisible: str, every: int
) -> None:
    plain = " ".join(sentences)
    body = "".join(
        f"{letter}{invisible}" if at % every == 0 else letter for at, letter in enumerate(plain)
    )

    clean = read_text("", plain, plain, published=PUBLISHED)
    dirty = read_text("", plain, body, published=PUBLISHED)

    assert dirty.topics == clean.topics
    assert dirty.signature == clean.signature
    names = [(entity.name, entity.field) for entity in dirty.entities]
    assert names == [(entity.name, entity.field) for entity in clean.entities]
    for old, new in zip(clean.figures, dirty.figures, strict=True):
        assert (old.value, old.unit, old.counted) == (new.value, new.unit, new.counted)
        text = body if new.field == "body" else plain
        assert text[new.start : new.end] == new.surface
    ids = {figure.id for figure in dirty.figures}
    links = {link for f in dirty.figures for link in (f.part_of, f.same_as) if link}
    assert links <= ids


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5))
def test_decomposed_text_reads_the_same(sentences: list[str]) -> None:
    body = " ".join(sentences)

    composed = read_text("", "", body, published=PUBLISHED)
    decomposed = read_text("", "", unicodedata.normalize("NFD", body), published=PUBLISHED)

    assert composed == decomposed
    assert composed == read_text("", "", body, published=PUBLISHED)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join))
def test_any_text_is_read_without_error(text: str) -> None:
    body = unicodedata.normalize("NFC", text)

    reading = read_text(body, "", body, published=PUBLISHED)

    items: list[Figure | Entity] = [*reading.figures, *reading.entities]
    for item in items:
        assert body[item.start : item.end] == item.surface
        assert item.start < item.end
    spans = [(f.start, f.end) for f in reading.figures if f.field == "body"]
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))


@pytest.mark.parametrize(
    "unit",
    [
        "1/",
        "1.",
        "a-",
        "(",
        "x",
        "1 ",
        "từ 5 ",
        "năm ",
        "Nguyễn ",
        "Công đoàn ",
        '"A ',
        "Luật ",
        " ",
        "\n",
        "\u200b",
        "\u00ad",
        "a\u0301",
        "العمال 3 ",
        "3\u202e",
        "노동절 ",
        "1/2025/NĐ-",
        "Đại hội ",
        "phong trào “",
        "Giải thưởng A ",
        "2025 - ",
    ],
)
def test_pathological_text_is_bounded(unit: str) -> None:
    body = (unit * BODY_LIMIT_CHARACTERS)[: BODY_LIMIT_CHARACTERS // 10]

    started = time.process_time()
    read_text("", "", body, published=PUBLISHED)

    assert time.process_time() - started < 15


def test_largest_text_with_ten_thousand_numbers_is_bounded() -> None:
    sentence = "Công đoàn trao {:,} suất quà cho công nhân tại nhà máy. "
    body = "".join(sentence.format(number).replace(",", ".") for number in range(1000, 10_000))
    body = body[:BODY_LIMIT_CHARACTERS]

    started = time.process_time()
    reading = read_text("", "", body, published=PUBLISHED)

    assert len(reading.figures) > 8_000
    assert all(body[f.start : f.end] == f.surface for f in reading.figures)
    assert time.process_time() - started < 60
