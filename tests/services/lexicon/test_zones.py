"""Saved text cut into article and page."""

from services.lexicon.zones import zone_saved_text

SAVED = """Tag

Công đoàn Khu kinh tế tặng nhà cho đoàn viên

Lao động - Công đoàn 17/09/2025 17:39
aa
Sáng 17/9, Công đoàn Khu kinh tế bàn giao căn nhà thứ 40 cho đoàn viên nghèo.
Công đoàn tặng xe đạp cho học sinh hiếu học Hội thi nấu ăn của nữ công nhân khu trọ

Căn nhà có kinh phí 90 triệu đồng.

Công đoàn Khu kinh tế tặng nhà cho đoàn viên
Đại diện công đoàn trao chìa khóa cho gia đình

Chị Nguyễn Thị Lụa nói lời cảm ơn. Ảnh: Minh Khôi

Gia đình góp thêm 20 triệu đồng.

Minh Khôi

Có thể bạn quan tâm

Tin khác có 500 tỷ đồng

Đọc thêm
"""


def test_zone_saved_text_keeps_the_article_only() -> None:
    saved = zone_saved_text(SAVED)

    assert saved.title == "Công đoàn Khu kinh tế tặng nhà cho đoàn viên"
    assert saved.lead.startswith("Sáng 17/9")
    assert saved.body == "Căn nhà có kinh phí 90 triệu đồng.\n\nGia đình góp thêm 20 triệu đồng."
    assert saved.author == "Minh Khôi"
    assert saved.published_hint == "2025-09-17"
    assert saved.captions == (
        "Đại diện công đoàn trao chìa khóa cho gia đình",
        "Chị Nguyễn Thị Lụa nói lời cảm ơn. Ảnh: Minh Khôi",
    )


def test_zone_saved_text_keeps_plain_prose_whole() -> None:
    paragraphs = [f"Đoạn {n} kể việc của công đoàn, có ảnh hưởng lớn." for n in range(5)]

    saved = zone_saved_text("Tiêu đề\n\n" + "\n\n".join(paragraphs))

    assert (saved.lead, saved.body) == (paragraphs[0], "\n\n".join(paragraphs[1:]))


def test_zone_saved_text_of_nothing_is_empty() -> None:
    assert zone_saved_text(" \n\n ").title == ""


def test_zone_saved_text_drops_footers_and_hotlines() -> None:
    saved = zone_saved_text(
        "Tiêu đề\n\nMở đầu.\n\nThân bài.\n\nHotline: 0912 345 678\n\n"
        "Cơ quan chủ quản: Thành ủy. Giấy phép số 12/GP-BTTTT\n\n>> Tin khác đáng đọc"
    )

    assert saved.body == "Thân bài."


def test_zone_saved_text_strips_the_source_mark_of_the_lead() -> None:
    assert zone_saved_text("Tiêu đề\n\nTTTĐ - Mở đầu.\n\nThân.").lead == "Mở đầu."


def test_zone_saved_text_drops_a_row_of_links_behind_the_lead() -> None:
    links = "Trao 40 tủ sách cho công nhân trại gà Hội thao ngành điện thu hút 900 người chơi"

    saved = zone_saved_text(f"Tin\n\nMở đầu bài.\n\n{links}\n\nThân bài có đủ câu.")

    assert saved.body == "Thân bài có đủ câu."


def test_zone_saved_text_keeps_a_subheading_behind_the_lead() -> None:
    heading = "Nâng bữa ăn ca ở các xưởng dệt lên mức mới từ quý sau theo thỏa ước"

    saved = zone_saved_text(f"Tin\n\nMở đầu bài.\n\n{heading}\n\nThân bài có đủ câu.")

    assert saved.body == f"{heading}\n\nThân bài có đủ câu."


def test_zone_saved_text_takes_the_name_of_a_picture_for_its_caption() -> None:
    picture = "Trao 30 suất quà ở trại\nĐoàn trao 30 suất quà sáng qua. Ảnh: B.T"

    saved = zone_saved_text(f"Tin\n\nMở đầu.\n\nThân bài.\n\n{picture}\n\nHết bài ở đây.")

    assert saved.body == "Thân bài.\n\nHết bài ở đây."
    assert len(saved.captions) == 2
