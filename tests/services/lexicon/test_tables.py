"""The lexicon's tables are well-formed, and look-ups keep their promises."""

from datetime import date

import pytest

from services.lexicon.fold import fold, strip_diacritics
from services.lexicon.indicators import find_indicators, indicators
from services.lexicon.organisations import organisation_names
from services.lexicon.places import find_local, find_province
from services.lexicon.tables import read_table
from services.lexicon.topics import topic_cues

TABLES = [
    "abbreviations.tsv", "bodies.tsv", "comparators.tsv", "countries.tsv", "document_codes.tsv",
    "event_kinds.tsv", "events.tsv", "indicator_rules.tsv", "indicators.tsv", "laws.tsv",
    "noun_words.tsv", "organisation_changes.tsv", "organisations.tsv", "places.tsv", "roles.tsv",
    "surnames.tsv", "topic_cues.tsv", "topics.tsv", "units.tsv",
]  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_table_has_distinct_rows_with_a_key(name: str) -> None:
    rows = read_table(name)

    assert len(rows) == len(set(rows)) > 0
    assert all(row[0] for row in rows)


def test_indicator_rules_name_known_indicators() -> None:
    assert {row[0] for row in read_table("indicator_rules.tsv")} <= set(indicators())


def test_organisation_changes_are_between_organisations() -> None:
    known = set(organisation_names())

    for subject, relation, other, since, basis in read_table("organisation_changes.tsv"):
        assert {subject, other} <= known | {"-"}
        assert relation in {"successor", "parent"}
        assert not since or date.fromisoformat(since).isoformat() == since
        assert basis or not since


def test_document_codes_name_known_issuers() -> None:
    issuers = [row[2] for row in read_table("document_codes.tsv") if row[1] == "issuer"]

    assert {issuer for issuer in issuers if ":" in issuer} <= set(organisation_names())


def test_topic_cues_of_indicators_name_known_indicators() -> None:
    cues = [cue for cue in topic_cues() if cue.source == "indicator"]

    assert {phrase for cue in cues for phrase in cue.phrases} <= set(indicators())


def test_organisation_parents_are_organisations() -> None:
    ids = {row[0] for row in read_table("organisations.tsv")}

    assert {row[3] for row in read_table("organisations.tsv") if row[3]} <= ids
    assert len(ids) == len(read_table("organisations.tsv"))


def test_read_table_refuses_an_unknown_name() -> None:
    with pytest.raises(FileNotFoundError):
        read_table("nothing.tsv")


@pytest.mark.parametrize(
    ("left", "right"),
    [("Hoà", "hòa"), ("TỶ", "tỉ"), ("kỹ", "kĩ"), ("2021–2025", "2021-2025"), ("uỷ ban", "ủy ban")],
)
def test_fold_unifies_spellings_and_keeps_the_length(left: str, right: str) -> None:
    assert fold(left) == fold(right)
    assert len(fold(left)) == len(left)


def test_fold_leaves_english_words_alone() -> None:
    assert fold("July by company") == "july by company"


def test_strip_diacritics_gives_what_people_type() -> None:
    assert strip_diacritics("Đắk Lắk") == "dak lak"


def test_find_province_depends_on_the_day() -> None:
    before, after = (
        find_province("Quảng Trị", day) for day in (date(2025, 1, 1), date(2026, 1, 1))
    )

    assert before is not None
    assert after is not None
    assert (before.system, after.system) == ("2024", "2025")


def test_find_province_without_a_day_guesses_no_grown_unit() -> None:
    assert find_province("Lâm Đồng", None) is None
    assert find_province("Cao Bằng", None) is not None


def test_find_local_of_an_ambiguous_name_is_unknown() -> None:
    assert find_local("Tân Phú", "xã", date(2026, 1, 1), None) is None


def test_find_indicator_prefers_the_nearer_cue() -> None:
    found = find_indicators(
        kind="count", counted="đoàn viên", left="thực tăng 12 đoàn viên", right="",
        wide="phát triển mới 30 đoàn viên, thực tăng 12 đoàn viên",
    )  # fmt: skip

    assert next(found)[0] == "members_net"


def test_find_indicator_lets_a_far_word_forbid_nothing() -> None:
    found = find_indicators(
        kind="count",
        counted="công đoàn cơ sở",
        left="báo cáo tại hội nghị, toàn thành phố quản lí 3.412 công đoàn cơ sở",
        right="",
        wide="",
    )

    assert next(found)[0] == "grassroots_unions"
