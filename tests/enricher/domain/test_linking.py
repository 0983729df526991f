"""What figures are linked to: owner, place, period, indicator, modality, other figures."""

import json
from datetime import date
from pathlib import Path

import pytest

from enricher.domain.enrich import Reading, read_text

ARTICLES = [
    json.loads(line)
    for line in Path(__file__).with_name("articles.jsonl").read_text("utf-8").splitlines()
]
PUBLISHED = date(2025, 11, 20)


def read(text: str) -> Reading:
    return read_text("", "", text, published=PUBLISHED)


@pytest.mark.parametrize("row", ARTICLES, ids=lambda row: row["title"][:50])
def test_read_text_reads_a_whole_article(row: dict[str, object]) -> None:
    expected = row["figures"]
    assert isinstance(expected, list)

    reading = read_text(
        str(row["title"]),
        str(row["lead"]),
        str(row["body"]),
        published=date.fromisoformat(str(row["published"])),
    )

    found = [figure.model_dump(mode="json") for figure in reading.figures]
    assert [
        {key: dump[key] for key in want} for dump, want in zip(found, expected, strict=True)
    ] == expected


def test_percentage_in_brackets_is_the_same_as_its_ratio() -> None:
    ratio, share = read("Có 318/402 đơn vị ký thỏa ước (79,1%).").figures

    assert share.same_as == ratio.id


def test_amount_in_two_currencies_is_one_fact() -> None:
    dollars, dong = read("Nhận 3.000 USD (khoảng 78 triệu đồng).").figures

    assert dong.same_as == dollars.id


def test_part_points_at_its_whole() -> None:
    whole, part = read("Tỉnh có 9.100 lao động, trong đó 5.200 lao động nữ.").figures

    assert part.part_of == whole.id


def test_repeated_figure_points_at_its_first_mention() -> None:
    first, again = read_text(
        "Trao 1.450 suất quà", "", "Công đoàn đã trao 1.450 suất quà.", published=None
    ).figures

    assert (first.same_as, again.same_as) == (None, first.id)


def test_period_is_the_nearest_in_the_sentence() -> None:
    first, second = read("Năm 2023 có 12 vụ ngừng việc, 9 tháng đầu năm 2025 có 7 vụ.").figures

    assert (first.period, second.period) == ("2023", "2025-01/2025-09")


def test_baseline_dates_no_figure() -> None:
    (figure,) = read("Doanh thu tăng 12% so với cùng kỳ năm 2021.").figures

    assert figure.period == PUBLISHED.isoformat()
    assert figure.change is not None
    assert (figure.change.direction, figure.change.baseline) == ("up", "cùng kỳ năm 2021")


def test_owner_is_the_subject_not_who_is_given_to() -> None:
    (figure,) = read("LĐLĐ tỉnh Nghệ An hỗ trợ cho Công ty TNHH Hoa Mai 30 triệu đồng.").figures

    assert figure.organisation == "Liên đoàn Lao động tỉnh Nghệ An"


def test_old_province_keeps_its_old_code_in_a_new_text() -> None:
    places = [e for e in read("LĐLĐ tỉnh Bình Dương cũ bàn giao.").entities if e.type == "place"]

    assert [(p.name, p.code, p.code_system) for p in places] == [
        ("Bình Dương", "74", "VN-GSO-2024")
    ]


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("Năm 2026 phấn đấu kết nạp 3.000 đoàn viên.", "target"),
        ("Dự kiến trao 500 suất quà.", "target"),
        ("Kinh phí ước tính 3 tỷ đồng.", "estimate"),
        ("Đã trao 500 suất quà.", "reported"),
        ("Đạt 102% kế hoạch năm.", "reported"),
    ],
)
def test_modality_tells_aims_from_facts(text: str, modality: str) -> None:
    assert [figure.modality for figure in read(text).figures] == [modality]


@pytest.mark.parametrize(
    ("text", "indicator"),
    [
        ("Phát triển mới 812 đoàn viên.", "members_new"),
        ("Thực tăng 640 đoàn viên.", "members_net"),
        ("Kết nạp Đảng cho 55 đoàn viên ưu tú.", "members_to_party"),
        ("Thành lập 21 công đoàn cơ sở.", "grassroots_unions_new"),
        ("LĐLĐ quản lý 2.104 công đoàn cơ sở.", "grassroots_unions"),
        ("Trao 300 suất quà.", "gifts"),
        ("Mỗi suất quà trị giá 500.000 đồng.", "gift_value"),
        ("Xây 12 căn nhà Mái ấm Công đoàn.", "homes"),
        ("Khám sức khỏe cho 900 công nhân.", "health_checks"),
        ("Xảy ra 5 vụ đình công.", "strikes"),
        ("Hơn 800 công nhân ngừng việc.", "strike_participants"),
        ("Công ty nợ lương 2,3 tỷ đồng.", "unpaid_wages"),
        ("Doanh nghiệp nợ BHXH 6 tỷ đồng.", "insurance_debt"),
        ("Có 45 vụ tai nạn lao động.", "accidents"),
        ("Vụ nổ làm 3 công nhân tử vong.", "fatalities"),
        ("Tai nạn khiến 4 người bị thương.", "injuries"),
        ("Cắt giảm 420 lao động.", "layoffs"),
        ("Tiền thưởng Tết 7 triệu đồng/người.", "bonus"),
        ("Lương cơ bản 5,4 triệu đồng/tháng.", "wage"),
        ("Trao 60 suất học bổng.", "scholarships"),
        ("Tập huấn cho 250 cán bộ công đoàn.", "training_participants"),
        ("Có 72 sáng kiến được công nhận.", "initiatives"),
        ("Ghi nhận 85 ý kiến, kiến nghị.", "opinions"),
        ("Ký 14 thỏa ước lao động tập thể.", "cba"),
        ("Nhà máy rộng 3 ha.", None),
        ("Cử 3 phóng viên đi.", None),
    ],
)
def test_indicator_follows_noun_and_verb(text: str, indicator: str | None) -> None:
    assert [figure.indicator for figure in read(text).figures] == [indicator]


def test_period_of_the_year_outlives_a_part_of_it() -> None:
    text = (
        "Năm 2025, công đoàn kết nạp 900 đoàn viên.\n\n"
        "Nửa đầu năm, chỉ 120 đoàn viên vào tổ chức.\n\n"
        "Công đoàn trao 300 suất quà cho thợ mỏ."
    )

    figures = read(text).figures

    assert figures[-1].period == "2025"


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        (  # what leads up to a subject is its own
            "Sau 4 phiên họp, LĐLĐ tỉnh Nghệ An chi 2 tỉ đồng.",
            ["Liên đoàn Lao động tỉnh Nghệ An"] * 2,
        ),
        (  # of two that act together the first leads
            "LĐLĐ tỉnh Nghệ An và Sở Nội vụ cử 6 cán bộ xuống cơ sở.",
            ["Liên đoàn Lao động tỉnh Nghệ An"],
        ),
        (  # a source speaks of its own numbers, whoever quotes them
            (
                "Dẫn số liệu của Hiệp hội Dệt may Việt Nam, bà Lê Thị Hoa, Phó Giám đốc Sở Nội vụ "
                "tỉnh Nghệ An, cho biết có 120 doanh nghiệp."
            ),
            ["Hiệp hội Dệt may Việt Nam"],
        ),
        (  # members belong to the body named behind them
            "Sáng 5/11, gần 900 công nhân Công ty TNHH Hoa Mai ngừng việc.",
            ["Công ty TNHH Hoa Mai"],
        ),
        (  # an agent gives
            "Gia đình anh được vay 50 triệu đồng từ Quỹ Xã hội Công đoàn Hà Nội.",
            ["Quỹ Xã hội Công đoàn Hà Nội"],
        ),
        (  # only an employer pays wages
            (
                "Bà Lê Thị Hoa, Chủ tịch Công đoàn Công ty TNHH Hoa Mai, cho biết lương bình "
                "quân là 9 triệu đồng."
            ),
            ["Công ty TNHH Hoa Mai"],
        ),
        (  # a body named in passing has what is told of it
            "LĐLĐ tỉnh Nghệ An thăm Công ty TNHH Hoa Mai, nơi có 37 kỹ sư.",
            ["Công ty TNHH Hoa Mai"],
        ),
    ],
)
def test_owner_follows_from_the_syntax_of_the_clause(text: str, owners: list[str]) -> None:
    assert [figure.organisation for figure in read(text).figures] == owners


def test_owner_of_an_answer_is_whom_the_interviewed_speaks_for() -> None:
    text = (
        "LĐLĐ tỉnh Nghệ An tổng kết năm.\n\n"
        "Bà Lê Thị Hoa, Chủ tịch Công đoàn phường Hà Huy Tập, trả lời phóng viên.\n\n"
        "- Phường có bao nhiêu cơ sở, thưa bà?\n\n"
        "- Chúng tôi có 58 công đoàn cơ sở."
    )

    (figure,) = read(text).figures

    assert figure.organisation == "Công đoàn phường Hà Huy Tập"


def test_event_is_of_the_day_that_opens_its_paragraph() -> None:
    (figure,) = read(
        "Sáng 5.11, LĐLĐ tỉnh Nghệ An sơ kết hoạt động năm 2025. Dự hội nghị có 132 đại biểu."
    ).figures

    assert figure.period == "2025-11-05"


def test_flow_up_to_a_month_runs_from_the_new_year() -> None:
    (figure,) = read("Hết tháng 9, tỉnh kết nạp 1.204 đoàn viên.").figures

    assert figure.period == "2025-01/2025-09"


def test_as_of_day_dates_no_later_flow() -> None:
    stock, flow = read(
        "Năm 2024 tỉnh dẫn đầu.\n\nTính đến ngày 30.10, tỉnh có 812 công đoàn cơ sở. "
        "Đã kết nạp 1.204 đoàn viên."
    ).figures

    assert (stock.period, flow.period) == ("2025-10-30", "2024")


@pytest.mark.parametrize(
    ("text", "indicators"),
    [
        # the nearest cue governs: a far "tại", "thành lập" or "tham gia" does not
        ("Báo cáo tại hội nghị, thành phố quản lý 3.412 công đoàn cơ sở.", ["grassroots_unions"]),
        ("Khi mới thành lập, đơn vị quản lý 58 công đoàn cơ sở.", ["grassroots_unions"]),
        ("Công đoàn phường đã thành lập 6 công đoàn cơ sở.", ["grassroots_unions_new"]),
        # a topic outranks general words
        (
            "Xảy ra 5 vụ ngừng việc với 3.940 công nhân tham gia.",
            ["strikes", "strike_participants"],
        ),
        # a base is no flow
        ("Công ty cắt giảm 820 trong tổng số 1.430 lao động.", ["layoffs", None]),
        # sums are no wages, single gifts no support
        ("Công đoàn đòi được 7,9 tỉ đồng tiền lương.", [None]),
        ("Trao 300 phần quà trị giá 150 triệu đồng.", ["gifts", "support_amount"]),
        ("Trao 300 phần quà, mỗi phần 500.000 đồng.", ["gifts", "gift_value"]),
        # a list tells the same of each
        (
            "Công ty A chậm đóng BHXH 42 tỉ đồng, tiếp đến là Công ty B 28 tỉ đồng.",
            ["insurance_debt", "insurance_debt"],
        ),
    ],
)
def test_indicator_follows_the_governing_cue(text: str, indicators: list[str | None]) -> None:
    assert [figure.indicator for figure in read(text).figures] == indicators


def test_figure_of_the_whole_country_lies_in_no_province() -> None:
    (figure,) = read("LĐLĐ TP Hà Nội cho biết, năm 2024 cả nước có 800.000 đoàn viên mới.").figures

    assert (figure.place, figure.place_code) == ("Việt Nam", "VN")


def test_korean_subject_is_the_body_named_in_vietnamese() -> None:
    (figure,) = read(
        "LĐLĐ tỉnh Bắc Ninh thăm Công ty TNHH Sejin Vina.\n\n회사는 근로자 5,400명을 고용하고 있다."
    ).figures

    assert figure.organisation == "Công ty TNHH Sejin Vina"
