"""Generated articles for load: many, distinct, quick to make, with figures of many kinds.

What comes in: a count and a seed. What goes out: stories, the same ones for the same seed.
"""

import random
from collections.abc import Iterator

from deploy.demo.stories import Story

_OUTLETS = ("laodong", "nld", "laodongthudo", "tuoitrethudo")
_PLACES = (
    "tỉnh Bắc Ninh", "tỉnh Hưng Yên", "tỉnh Ninh Bình", "tỉnh Thanh Hóa", "tỉnh Nghệ An",
    "tỉnh Quảng Ngãi", "tỉnh Gia Lai", "tỉnh Lâm Đồng", "tỉnh Đồng Nai", "tỉnh Tây Ninh",
    "tỉnh Vĩnh Long", "tỉnh An Giang", "thành phố Hà Nội", "thành phố Hải Phòng",
    "thành phố Huế", "thành phố Đà Nẵng", "thành phố Cần Thơ", "tỉnh Phú Thọ", "tỉnh Thái Nguyên",
    "tỉnh Quảng Ninh",
)  # fmt: skip
_FAMILY_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô")
_MIDDLE_NAMES = ("Thị Thu", "Văn", "Thị Ngọc", "Đức", "Minh", "Thị Bích", "Quang", "Hữu")
_GIVEN_NAMES = ("Hà", "Lâm", "Thảo", "Sơn", "Khuê", "Tuyền", "Định", "Vỹ", "Loan", "Cường")
_COMPANIES = (
    "Công ty TNHH May Sông Lĩnh", "Công ty CP Giày Tân Phước Hải", "Công ty TNHH Điện tử Kisora",
    "Công ty TNHH Nhựa Đại Hưng Phú", "Công ty CP Chế biến gỗ An Khải",
    "Công ty TNHH Dệt Minh Ngạn", "Công ty CP Thủy sản Trường Giang Nam",
)  # fmt: skip
_SUBJECTS = (
    ("trao quà cho đoàn viên", "suất quà", "trao quà"),
    ("hỗ trợ lao động khó khăn", "suất hỗ trợ", "thăm hỏi"),
    ("tặng học bổng cho con công nhân", "suất học bổng", "tiếp sức đến trường"),
    ("tặng vé xe cho công nhân", "vé xe", "đưa công nhân về quê"),
    ("khám sức khỏe cho người lao động", "lượt khám", "chăm sóc sức khỏe"),
)
_OPENINGS = (
    (
        "LĐLĐ {place} vừa tổng kết đợt {activity} trên địa bàn với sự tham gia của "
        "{unions} công đoàn cơ sở."
    ),
    (
        "Sáng nay, LĐLĐ {place} công bố kết quả chương trình {activity}, có {unions} "
        "công đoàn cơ sở hưởng ứng."
    ),
    (
        "Theo báo cáo của LĐLĐ {place}, chương trình {activity} đã đến được với {unions} "
        "công đoàn cơ sở."
    ),
)
_MIDDLES = (
    (
        "Tổng kinh phí của chương trình là {billions} tỉ đồng, tăng {percent}% so với "
        "cùng kỳ năm trước. Mỗi {unit} trị giá {thousands}.000 đồng."
    ),
    (
        "Riêng tại {company}, {signed}/{workers} lao động đã được hỗ trợ, đạt {share}%. "
        "Thu nhập bình quân của công nhân ở đây là {income} triệu đồng/người/tháng."
    ),
    (
        "Ông {person}, Chủ tịch Công đoàn {company}, cho biết đơn vị có hơn {workers} "
        "lao động, trong đó khoảng {women}% là nữ và gần {rented} người đang thuê trọ."
    ),
    (
        "Các cấp công đoàn đã tổ chức {dialogues} cuộc đối thoại với {opinions} ý kiến "
        "được ghi nhận; doanh nghiệp trả lời từ {low} đến {high} ngày làm việc."
    ),
    (
        "Từ đầu năm, toàn địa bàn kết nạp mới {members} đoàn viên và thành lập {founded} "
        "công đoàn cơ sở."
    ),
)


def bulk_stories(count: int, *, seed: int) -> Iterator[Story]:
    """Yield `count` stories with distinct bodies, going round the four outlets.

    >>> first, second = bulk_stories(2, seed=7)
    >>> first.outlet, second.outlet, first.text != second.text
    ('laodong', 'nld', True)
    """
    chance = random.Random(seed)  # noqa: S311 - made-up news, not a secret
    bodies: set[str] = set()
    made = 0
    while made < count:
        title, lead, text, author = _write(chance)
        if text in bodies:
            continue
        bodies.add(text)
        # The seed is in the key and the title, so that two bulks never meet.
        yield Story(
            outlet=_OUTLETS[made % len(_OUTLETS)],
            key=f"bulk-{seed}-{made}",
            title=f"{title} (đợt {seed}.{made + 1})",
            lead=lead,
            text=text,
            author=author,
            tags=("công đoàn", "chăm lo đoàn viên"),
        )
        made += 1


def _write(chance: random.Random) -> tuple[str, str, str, str]:
    subject, unit, activity = chance.choice(_SUBJECTS)
    place, company = chance.choice(_PLACES), chance.choice(_COMPANIES)
    person = " ".join(map(chance.choice, (_FAMILY_NAMES, _MIDDLE_NAMES, _GIVEN_NAMES)))
    workers = chance.randint(200, 9000)
    signed = chance.randint(100, workers)
    facts = {
        "place": place,
        "company": company,
        "person": person,
        "unit": unit,
        "activity": activity,
        "unions": _grouped(chance.randint(20, 2900)),
        "billions": f"{chance.randint(2, 90)},{chance.randint(1, 9)}",
        "percent": f"{chance.randint(2, 40)},{chance.randint(1, 9)}",
        "thousands": str(chance.randint(2, 9) * 100),
        "workers": _grouped(workers),
        "signed": _grouped(signed),
        "share": f"{signed / workers * 100:.1f}".replace(".", ","),
        "income": f"{chance.randint(7, 14)},{chance.randint(1, 9)}",
        "women": chance.randint(30, 80),
        "rented": _grouped(chance.randint(60, 900)),
        "dialogues": chance.randint(3, 300),
        "opinions": _grouped(chance.randint(30, 4000)),
        "low": chance.randint(3, 7),
        "high": chance.randint(10, 30),
        "members": _grouped(chance.randint(400, 60_000)),
        "founded": chance.randint(4, 250),
    }
    gifts = _grouped(chance.randint(300, 50_000))
    title = f"LĐLĐ {place} {subject}: {gifts} {unit}"
    lead = f"Đã có {gifts} {unit} đến tay đoàn viên, người lao động {place} trong đợt này."
    pieces = [chance.choice(_OPENINGS), *chance.sample(_MIDDLES, k=4)]
    text = "\n\n".join(piece.format(**facts) for piece in pieces)
    return title, lead, text, f"{chance.choice(_GIVEN_NAMES)} {chance.choice(_GIVEN_NAMES)}"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")
