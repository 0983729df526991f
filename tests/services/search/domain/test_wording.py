import re
import string
import typing
from pathlib import Path

import pytest

import services.search
from services.contracts.articles import Cause
from services.lexicon.indicators import indicators
from services.search.domain import query, request
from services.search.domain.labels import label_value
from services.search.domain.wording import WORDS, say

PACKAGE = Path(services.search.__file__).parent

CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)


def list_facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_say_the_same_facts(key: str) -> None:
    vietnamese, english = WORDS[key]
    assert vietnamese
    assert english
    assert list_facts(vietnamese) == list_facts(english)


def test_templates_and_code_say_only_what_there_is() -> None:
    sources = [*PACKAGE.glob("templates/*.html"), *PACKAGE.glob("*.py")]
    said = {
        key
        for source in sources
        for key in re.findall(r"""say\(\s*["']([a-z_]+)["']\s*[,)]""", source.read_text("utf-8"))
    }
    assert said
    assert said <= set(WORDS)


def test_every_problem_and_note_has_its_sentence() -> None:
    problems = (
        set(typing.get_args(query.Problem))
        | set(typing.get_args(request.RequestProblem)) - {"too_deep"}
        | {"page_too_deep", "too_deep"}
    )
    assert {f"problem_{problem}" for problem in problems} <= set(WORDS)
    assert {f"note_{note}" for note in typing.get_args(query.Note)} <= set(WORDS)


def test_templates_hold_no_words_of_their_own() -> None:
    for template in PACKAGE.glob("templates/*.html"):
        text = re.sub(
            r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", template.read_text("utf-8"), flags=re.DOTALL
        )
        assert not re.findall(r"[^\W\d_]{3,}", text), template.name


def test_say_fills_facts_without_reading_them() -> None:
    assert say("empty_unquote", "en", text="{0} {x}") == "without quotation marks: {0} {x}"


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_label(cause: Cause) -> None:
    assert label_value("cause", cause.value) != cause.value


@pytest.mark.parametrize("code", list(indicators()))
def test_every_indicator_has_a_label(code: str) -> None:
    assert label_value("indicator", code) != label_value("indicator", code, "en")


def test_an_unknown_code_is_its_own_label() -> None:
    assert label_value("indicator", "of_tomorrow") == "of_tomorrow"
    assert label_value("language", "km", "en") == "km"
