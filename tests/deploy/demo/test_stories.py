"""The invented news reads like news: enough of it, of the right length, full of figures."""

import re
import unicodedata
from itertools import combinations
from typing import Any

from deploy.demo.outlets import OUTLETS
from deploy.demo.stories import FOLDER, load_stories, load_timeline
from deploy.demo.world import World

KINDS_OF_FIGURE = {
    "more than": r"\b(?:hơn|trên) \d",
    "nearly": r"\bgần \d",
    "about": r"\b(?:khoảng|chừng|xấp xỉ) \d",
    "at least": r"\b(?:ít nhất|tối thiểu) \d",
    "at most": r"\b(?:tối đa|không quá) \d",
    "billions": r"\d t[ỉỷ] đồng",
    "millions": r"\d triệu đồng",
    "thousands": r"\d (?:nghìn|ngàn) đồng",
    "grouped thousands": r"\d\.\d{3}\b",
    "percent": r"\d%",
    "ratio": r"\d/\d[\d.]* (?:công đoàn|đại biểu|kiến nghị|nữ|đơn vị|câu|vụ|người|công nhân|phiếu)",
    "per unit": r"đồng/(?:người|suất|tháng|căn|m2|cháu|kg)",
    "range": r"\btừ [\d.,]+[^.]{0,12} đến [\d.,]+",
    "change": r"\b(?:tăng|giảm) (?:hơn |gần |thêm )?[\d.,]+",
    "points": r"điểm phần trăm",
    "multiple": r"gấp (?:đôi|rưỡi|\d)",
    "vague": r"\b(?:hàng chục|hàng nghìn|vài trăm|vài chục|vài triệu)\b",
    "decree": r"\d+/\d{4}/(?:NĐ-CP|QH\d+)",
    "phone": r"\b0\d{2,3}\.\d{3}\.\d{4}\b",
    "congress": r"lần thứ [IVX]+",
    "area": r"\d m2",
    "age": r"\b\d+ tuổi",
    "fraction in words": r"(?:ba phần tư|hai phần ba|một phần ba)",
}


def texts(world: World) -> dict[str, str]:
    return {entry["key"]: " ".join(entry["body"]) for entry in world.ledger()}


def everything(world: World) -> World:
    world.advance(86_400)
    return world


def test_most_stories_are_there_at_the_start(world: World) -> None:
    assert len(world.ledger()) == 35
    assert len(everything(world).ledger()) == 41
    languages = [OUTLETS[entry["outlet"]].language for entry in world.ledger()]
    assert (languages.count("en"), languages.count("ko")) == (3, 1)


def test_publication_times_are_spread_over_weeks(world: World) -> None:
    days = {entry["published_at"][:10] for entry in world.ledger()}
    assert len(days) >= 15


def test_stories_have_the_length_of_news(world: World) -> None:
    for key, text in texts(everything(world)).items():
        if key == "ld-video":
            continue
        low, high = (80, 200) if key.startswith("ko-") else (150, 600)
        assert low <= len(text.split()) <= high, key


def test_no_two_bodies_are_alike_but_the_syndicated_copy(world: World) -> None:
    shingles = {
        key: {tuple(words[i : i + 6]) for i in range(len(words) - 5)}
        for key, words in ((key, text.split()) for key, text in texts(everything(world)).items())
        if words
    }
    alike = {
        (one, other)
        for one, other in combinations(sorted(shingles), 2)
        if len(shingles[one] & shingles[other]) > 6
    }
    assert alike == {("ld-bua-com", "tttd-bua-com")}


def test_stories_are_rich_in_figures(world: World) -> None:
    for key, text in texts(everything(world)).items():
        if key != "ld-video":
            assert len(re.findall(r"\d[\d.,]*", text)) >= 12, key


def test_stories_hold_figures_of_every_kind(world: World) -> None:
    told = "\n".join(
        " ".join((entry["title"], entry["lead"], *entry["body"]))
        for entry in everything(world).ledger()
        if OUTLETS[entry["outlet"]].language == "vi"
    )
    counts = {kind: len(re.findall(rule, told)) for kind, rule in KINDS_OF_FIGURE.items()}
    assert [kind for kind, count in counts.items() if not count] == []


def test_people_and_numbers_of_articles_are_their_own(world: World) -> None:
    entries = everything(world).ledger()
    assert len({entry["title"] for entry in entries}) == len(entries)
    assert len({(entry["outlet"], entry["number"]) for entry in entries}) == len(entries)


def test_article_numbers_grow_with_time(world: World) -> None:
    for outlet in ("laodong", "laodongthudo", "tuoitrethudo", "laodong-en"):
        numbers = [int(article.number) for article in reversed(world.visible(outlet))]
        assert numbers == sorted(numbers), outlet


def test_files_are_composed_text_with_no_placeholder_left(world: World) -> None:
    for path in (FOLDER / "articles").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert text == unicodedata.normalize("NFC", text), path.name
    told: list[Any] = [str(entry) for entry in everything(world).ledger()]
    assert not any(re.search(r"\{[a-z_]+[+-]?\d*\}", text) for text in told)


def test_timeline_names_only_stories_that_exist() -> None:
    stories = load_stories()
    happenings = load_timeline()
    assert {happening.article for happening in happenings} <= set(stories)
    published = {happening.article for happening in happenings if happening.do == "publish"}
    assert published == {key for key, story in stories.items() if story.waits}
