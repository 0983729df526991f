"""Links figures to the rest of the article: owner, place, period, indicator, share-of, same-as.

In: the paragraphs of an article with their figures, times and names. Out: `Figure`s.
Each link follows the conventions of docs/figures.md; what is unknown stays None.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from enricher.domain.figures import Draft
from enricher.domain.measured import (
    find_aged,
    find_lasting,
    find_measured,
    find_sharer,
    noun_before,
)
from enricher.domain.mentions import Mention
from enricher.domain.nouns import is_known_head, read_counted
from enricher.domain.places import full_province
from enricher.domain.text import Paragraph, phrase_words
from enricher.domain.times import Calendar, TimeSpan, cumulate
from enricher.domain.vocabulary import folded_set, noun_words, phrase_table
from services.contracts.entities import EntityType
from services.contracts.figures import Change, Comparator, Figure, FigureKind, Modality
from services.lexicon.fold import fold
from services.lexicon.indicators import find_indicators, indicators

SENTENCE_LIMIT_CHARACTERS: Final = 600
"""A figure carries its sentence up to this length, cut around the figure."""

_CONTEXT_CHARACTERS: Final = 180
_TARGET: Final = re.compile(
    r"(?<!\w)(?:phấn đấu|mục tiêu|chỉ tiêu|kế hoạch|sẽ|dự kiến|đặt mục tiêu|đề ra|hướng tới|nhằm|"
    r"đề xuất|kiến nghị tăng|yêu cầu tăng|đòi tăng|quyết tâm|dự định|will|plans? to|aims? to|"
    r"target(?:s|ed)?|"
    r"goal|expected to|demand(?:s|ed|ing)?|seeks?|seeking|propos(?:es|ed|al)|목표|계획)(?!\w)"
)
_TARGET_STOP: Final = re.compile(
    r"(?<!\w)(?:đã|đạt|kết quả|vượt|hoàn thành|thực hiện được|so với|achieved)(?!\w)"
)
_NO_TARGET: Final = re.compile(
    r"(?:đạt|vượt|hoàn thành|so với|% ?)[^.;]{0,30}(?:kế hoạch|chỉ tiêu|mục tiêu)|"
    r"thực hiện (?:kế hoạch|chỉ tiêu)|triển khai kế hoạch"
)
_ESTIMATE: Final = re.compile(
    r"(?<!\w)(?:ước tính|ước đạt|(?<!thỏa )(?<!công )ước|dự báo|dự đoán|theo tính toán|estimated?|"
    r"estimates|forecast|projected|추정)(?!\w)"
)
_BASELINE_BEFORE: Final = re.compile(
    r"(?:so với|cùng kì|so|compared (?:to|with)|than in|cùng thời điểm|same period of|"
    r"same period in|same quarter of|trước)"
    r"(?: (?:cùng kì|cả|thời điểm|mức|in|the same period|cuối))*(?: của)?\s*$"
)
_BIRTH_BEFORE: Final = re.compile(
    r"(?<!\w)(?:sn|sinh|sinh năm|sinh ngày|born|b\.)[\s:]*(?:năm|ngày|in)?\s*$|(?<!\w)(?:sn|"
    r"sinh)\s+năm"
)
_NOT_SUBJECT_BEFORE: Final = folded_set(
    "cho với của tại ở từ thuộc trong đến tới bởi về sang gửi tặng hỗ gặp thăm tiếp bắc giúp to "
    "for with of at in from by"
)
_SUBJECT_OPENERS: Final = folded_set(
    "do và cấp đạo rằng biết để là theo khi mà nay qua đó này toàn hiện nhờ thời dịp hệ riêng phía "
    "còn diện mặt chính nhưng song được bị"
)
_JOINTS: Final = folded_set("và cùng , & and -")
_FRONTING: Final = folded_set(
    "sau trước trong với qua nhờ từ tại ở bằng để nhằm khi cùng ngoài bên trên đến tính nhân dịp "
    "vào năm ngày sáng chiều tối đêm tháng quý đầu cuối giữa hiện chỉ riêng hằng hàng mỗi do vì "
    "after in with during since following at on by before for under within through"
)
"""First words of what only leads up to a sentence's subject: when, where, by what means."""

_SELVES: Final = re.compile(r"(?<!\w)(?:chúng tôi|chúng em|bên tôi|we|our)(?!\w)")
_BEFORE_HOLDERS: Final = folded_set(
    "có khi cả toàn bộ là hiện khiến làm thì , mà hơn gần khoảng when that and where as while said"
)
_OF_BODY: Final = folded_set("của tại thuộc ở from at of in with")
_AGENT: Final = re.compile(r"[^,.;:()\d]{0,40}(?<!\w)(?:từ|do|from|by) ")
"""What stands between a figure and who gives or manages it: "50 triệu đồng từ | Quỹ X"."""

_HAS: Final = re.compile(
    r",? (?:nơi |which |where )?(?:hiện |đang |đã |còn |chỉ )*"
    r"(?:gồm|bao gồm|có|sử dụng|employs?|has|with|counts|gồm có)"
    r"(?: (?:hơn|gần|khoảng|trên|tới|đến|tổng số|some|about|over|more than))* [\d]"
)
"""What tells of a body named in passing: "thăm Công ty X, nơi có 37 công nhân"."""

_SOURCE: Final = re.compile(
    r"(?<!\w)(?:báo cáo|số liệu|thống kê|tổng hợp|khảo sát|nghiên cứu|tham luận|thông tin|"
    r"kết quả|đánh giá|kế hoạch|nghị quyết|đề án|according|figures|data|survey|report|study)(?!\w)"
)
"""What a body says, before its name: the figures behind are its own, whoever quotes them."""

_SOURCE_REACH_CHARACTERS: Final = 60
_TITLE_BEFORE: Final = re.compile(
    r"(?:(?:nữ |nam )?(?:ông|bà|anh|chị|đồng chí|kĩ sư|công nhân|luật sư|bác sĩ|mr|ms|mrs|dr)\.?"
    r"(?: [^\W\d]+){0,2}|[^,.]{0,40}(?:chủ tịch|giám đốc|bí thư|trưởng|thư kí|phó)[^,.]{0,60})$"
)
"""Title or office before a person's name, with the body where it stands there."""
_MONEY_NOUNS: Final = phrase_table(
    (
        "tổng kinh phí", "tổng số tiền", "tổng giá trị", "tổng trị giá", "giá trị ưu đãi",
        "tổng kinh phí hỗ trợ",
        "giá trị làm lợi", "thu nhập bình quân", "thu nhập", "thu nhập trung bình",
        "lương tối thiểu",
        "lương tối thiểu vùng", "mức lương tối thiểu", "lương cơ bản", "lương cơ sở",
        "mức lương cơ sở", "tiền lương",
        "lương bình quân", "tiền lương bình quân", "mức lương", "lương", "mức lương bình quân",
        "tiền thưởng", "thưởng tết", "mức thưởng", "thưởng", "mức thưởng bình quân",
        "tiền thưởng Tết",
        "vốn giải ngân", "số vốn giải ngân", "dư nợ", "tổng dư nợ", "nợ lương", "nợ BHXH",
        "nợ bảo hiểm xã hội", "học phí", "doanh thu", "lợi nhuận", "tổng mức đầu tư", "vốn đầu tư",
        "mức hỗ trợ", "phụ cấp", "trợ cấp", "chi phí", "mức phạt", "tiền phạt", "giá", "tiền ăn ca",
        "giá trị bữa ăn ca", "bữa ăn ca", "suất ăn ca", "tiền thuê nhà", "mức đóng",
        "tổng quỹ lương",
        "tổng vốn", "tổng nguồn vốn", "nguồn vốn", "tổng số tiền hỗ trợ", "tổng chi", "tổng thu",
        "minimum wage", "average wage", "wages", "average income", "bonus", "unpaid wages",
        "mức giảm trừ",
        "tỉ lệ thất nghiệp", "tỉ lệ", "tiền thưởng bình quân", "mức thưởng tết", "tiền ủng hộ",
        "lương hưu",
    )
)  # fmt: skip
_SKIPPED_TO_NOUN: Final = folded_set(
    "là đạt với hơn trên từ khoảng được ở mức bình quân trung người lên đến tới hiện nay đang "
    "còn lại mỗi tháng năm cho : ( "
    "tối thiểu đã sẽ họ của ước gần xấp xỉ tăng giảm thêm is of at was to cao nhất thấp vùng i "
    "ii iii iv thực tế chung"
)
_RATE_NOUN: Final = re.compile(
    r"(?:tỉ lệ|số|mức|tổng số|lượng) [^,.;:()%\d]{3,50}?(?=\s*(?:đạt|là|chiếm|tăng|giảm|gấp|lên|"
    r"còn|ở mức|hơn|khoảng|cao|thấp|$))"
)
_MEASURED_KINDS: Final = frozenset(
    {FigureKind.MONEY, FigureKind.PERCENT, FigureKind.CHANGE, FigureKind.MULTIPLE}
)
_SHARES: Final = frozenset({FigureKind.PERCENT, FigureKind.FRACTION})
_VALUED_KINDS: Final = frozenset({FigureKind.COUNT, FigureKind.RATIO, FigureKind.MONEY})
_PLAN: Final = re.compile(
    r"(?:kế hoạch|chỉ tiêu|nghị quyết|mục tiêu|dự toán|the )?(?:target|plan)?"
)
_SAME_THING: Final = re.compile(
    r"[^.;:()]{0,25}[,(]?\s*(?:(?:trong đó|bằng|đạt|vượt|chiếm|tương đương|tức|nhiều hơn|cao hơn)\b"
    r"[^.;:]{0,20}|(?=\s*$))"
)
_OF_EMPLOYER: Final = frozenset(
    {"wage", "bonus", "layoffs", "unpaid_wages", "insurance_debt", "strike_participants"}
)
_WORKFORCE: Final = re.compile(
    r"(?:nữ |nam )?(?:công nhân|lao động|người lao động|nhân viên|cán bộ, công nhân)"
    r"(?! (?:giỏi|xuất sắc|tiêu biểu|ưu tú|khó khăn|có hoàn cảnh))|(?:tổng )?quỹ lương|"
    r"tiền (?:lương|thưởng|ăn|cơm)|bữa ăn|suất ăn|doanh thu|lợi nhuận|đơn hàng|năng suất"
)
"""What an employer has and its union has not."""

_DIFFERENCES: Final = frozenset({"members_net", "layoffs"})
"""Indicators whose values are differences: "thực tăng 640 đoàn viên"."""

_ONE_WORKFORCE: Final = re.compile(
    r"(?<!\w)(?:khảo sát|phỏng vấn|một nhà máy|nhà máy|xưởng|công ti|survey(?:ed)?|factory|plant)"
    r"(?!\w)"
)
"""Workers of one employer, or asked in a survey, are no stock of the country's workers."""

_NOW: Final = re.compile(
    r"(?:hiện|đến nay|dịp này|nhân dịp|tại (?:buổi|hội|lễ|chương|đây)|sáng|chiều|trước đó|"
    r"currently|now|today)(?!\w)"
)
_AS_OF: Final = re.compile(
    r"(?:đến|tới|hết|until|as of|by)(?: hết| cuối)?(?: ngày| tháng| thời điểm)?\s*$"
)
"""What makes a time the day up to which something was counted."""

_LONGEST_TIME_LEAD: Final = 16
_SPEECH: Final = re.compile(
    r"(?<!\w)(?:(?P<asks>đề nghị|yêu cầu|chỉ đạo|lưu ý|mong muốn|giao|biểu dương|ghi nhận|"
    r"chúc mừng|urged|called on|asked)|cho biết|cho hay|chia sẻ|thông tin|nói|kể|khẳng định|"
    r"nhận định|cho rằng|báo cáo|thừa nhận|viện dẫn|phản ánh|trả lời|trình bày|tâm sự|bày tỏ|"
    r"nhấn mạnh|đánh giá|bộc bạch|said|says|told|noted|added|described|explained)(?!\w)"
)
"""What a speaker does first: asks others for something, or reports of the own body."""

_WHOLE: Final = re.compile(
    r"(?<!\w)(?:các cấp công đoàn|công đoàn các cấp|các công đoàn|toàn tỉnh|toàn thành phố|"
    r"toàn ngành|toàn quận|toàn huyện|toàn thành|trên địa bàn (?:tỉnh|thành phố)|công đoàn ngành|"
    r"(?:nghị quyết )?(?:đại hội|hội nghị)(?= (?:đã|cũng|tiếp tục|xác định|bầu|thông qua|đề ra|"
    r"biểu quyết|thống nhất|đặt) )|ban chấp hành (?:khóa|nhiệm kì|mới))(?!\w)"
)
"""Subjects that stand for all that the headline's body leads: area, branch, congress."""

_WHOLE_REACH_CHARACTERS: Final = 40
_CLOSED_QUOTE: Final = re.compile(r'"[\s,.\-]*[^"]*$')
_EMPTY_NOUNS: Final = frozenset({None, "người", "đơn vị", "trường hợp"})
_MODIFIES: Final = re.compile(
    r" (?:đến từ|từ|của|tại|ở|thuộc|trong|with|from|of|at|in)(?: (?:hơn|gần))? ?"
)
_CLAUSE_ENDS: Final = re.compile(r"[,;()]|\.\s|\s(?:và|trong đó|nhưng|and|while|but)\s")
_RANKS: Final = re.compile(
    r"(?<!\w)(?:đứng đầu|dẫn đầu|tiếp đến|tiếp theo|kế đến|xếp thứ|cao nhất|thấp nhất|"
    r"nhiều nhất|followed by|topped)(?!\w)"
)
"""Words of a ranking, whose amounts all tell the same."""

_WAGE_NOUNS: Final = re.compile(
    r"lương|thu nhập|tiền công|thù lao|mức|phụ cấp|wage|pay|salar|earn|income|"
    r"rate|소득|임금|급여|월급"
)
_NO_GIFT: Final = re.compile(r"ăn|cơm|bữa|khám|học bổng|vé|nhà|cháo|hỗ trợ")
_OUT_OF: Final = re.compile(r"(?:trong|trên) (?:tổng )?số\s*$|(?:out of|of the|of its)\s*$")
_MOST_WAGE: Final = 1_000_000_000
"""No wage is a billion dong; sums of many are."""

_LEAST_GIFT: Final = 50_000
"""Gifts cost this much at least: "300 phần quà trị giá 60 triệu" is the worth of all."""

_THIS_NUMBER: Final = re.compile(r"(?<!\w)(?:con số|số lượng|số) (?:này|đó|trên)(?!\w)")
_REACHES: Final = re.compile(
    r" (?:hiện |nay |đã |chỉ |mới )*(?:còn|có|là|đạt)(?: (?:chỉ|hơn|gần|khoảng|trên|tới))*\s*$"
)
_PERSONS: Final = folded_set("cán công đoàn viên lao động nhân chức biên")
_LIST_OPENERS: Final = folded_set("; , . - và tổng số lượng các trong đó")
_TOTAL_OF: Final = re.compile(
    r"(?:tổng )?số (?:lượng )?(?P<noun>[^.;:()]{3,60}?)\s*(?::|là|đạt|hiện là|hiện có|"
    r"ước)\s*(?:hơn|gần|khoảng|trên)?\s*$"
)
_PLAN_WORD: Final = re.compile(r"kế hoạch|chỉ tiêu|nghị quyết|mục tiêu|dự toán|target|plan")
_OWN_AMOUNT: Final = re.compile(
    r"(?<!\w)(?:mức|tỉ lệ|lương|thu nhập|giá|chi phí|tiền|kinh phí|số)(?!\w)"
)
"""Nouns between two figures that give the second one a thing of its own."""

_WORTH: Final = re.compile(
    r"(?<!\w)(?:trị giá|tổng giá trị|worth|valued at|with a value of)(?: (?:là|khoảng|gần|hơn|trên|"
    r"ước|lên tới|lên đến|mỗi \w+|about|nearly|over|more than))*\s*$"
)
"""What stands between things and what they are worth in all."""

_BEFORE_SHARE: Final = re.compile(
    r"\s*(?:trong số (?:này|đó)|phải|có|muốn|đề nghị|được|không|chưa|cho rằng|cho biết|biết|đạt|"
    r"trả lời|hài lòng|là|"
    r"lựa chọn|đồng ý|sống|thuê|đang|đã|said|say|want|were|are|have)(?!\w)"
)
"""Verbs behind a share of those counted before: "khảo sát 2.050 công nhân, 43% phải ..."."""

_YEARLIKE: Final = re.compile(r"\d{4}(?:-H[12]|-Q[1-4]|-\d\d)?$|\d{4}-\d\d/\d{4}-\d\d$")


@dataclass(slots=True)
class ReadParagraph:
    """A paragraph with all that was found in it."""

    paragraph: Paragraph
    times: list[TimeSpan]
    drafts: list[Draft]
    mentions: list[Mention]
    blocked: bytearray
    figures: list[Figure] = field(default_factory=list)
    events: list[Mention] = field(default_factory=list)
    usable_times: list[TimeSpan] | None = None

    def of_type(self, kind: EntityType) -> list[Mention]:
        """Return the mentions of one type."""
        return [mention for mention in self.mentions if mention.type is kind]


_NATION: Final = re.compile(r"(?<!\w)(?:(?:trên |trong )?cả nước|toàn quốc|nationwide)(?!\w)")
_KOREAN_BODIES: Final = re.compile(
    r"(?P<parks>(?:공단|산업단지)\s?(?:노조|노동조합))|(?P<federation>노동연맹|노동총연맹|노총)|"
    r"(?P<company>회사|사측|업체)|(?P<firm_union>(?<![\uac00-\ud7a3])(?:노조|노동조합))"
    r"(?=[은는이가])"
)
_KOREAN_KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "parks": lambda name: name.startswith("công đoàn các khu"),
    "federation": lambda name: name.startswith(("liên đoàn lao động", "tổng liên đoàn")),
    "company": lambda name: name.startswith("công ti"),
    "firm_union": lambda name: name.startswith(("công đoàn công ti", "công đoàn cơ sở công ti")),
}
"""What Korean subjects stand for, by the folded Vietnamese names of the article's bodies."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose figures stand from `reach` on: an organisation named, or spoken for, at `start`."""

    reach: int
    start: int
    mention: Mention | None
    is_speaker: bool = False


def _reach(subject: Subject) -> int:
    return subject.reach


class Linker:
    """Walks through an article and links its figures."""

    def __init__(self, calendar: Calendar, paragraphs: list[ReadParagraph]) -> None:
        self.calendar = calendar
        self.paragraphs = paragraphs
        self.subject: Mention | None = None
        self.speaker: Mention | None = None
        self.asked = False
        self.last_counted: str | None = None
        self.last_noun: str | None = None
        self.money_indicator: str | None = None
        self.counted_before: dict[str, str | None] = {}
        self.by_name = {
            mention.name: mention
            for read in paragraphs
            for mention in read.of_type(EntityType.ORGANISATION)
        }
        self.headline = self._headline_organisation()
        self.headline_place = self._headline_place()
        self.carried_period: str | None = None
        self.seen: dict[tuple[object, ...], str] = {}

    def link(self) -> list[Figure]:
        """Return all figures of the article in reading order."""
        figures: list[Figure] = []
        for read in self.paragraphs:
            figures.extend(self._link_paragraph(read))
        return figures

    def _headline_organisation(self) -> Mention | None:
        """Return whom the article is about: the first body of headline, lead or first paragraph.

        Unions, companies and authorities come before hospitals, schools and funds; where none is
        named there, the first union, which owns nothing before it is named.
        """
        first_body = next(
            (i for i, read in enumerate(self.paragraphs) if read.paragraph.field == "body"), 0
        )
        opening = [
            mention
            for read in self.paragraphs[: first_body + 1]
            for mention in read.of_type(EntityType.ORGANISATION)
            if mention.rule != "organisation.short"
        ]
        later = (
            mention
            for read in self.paragraphs
            for mention in read.of_type(EntityType.ORGANISATION)
            if mention.kind == "union" and mention.rule != "organisation.short"
        )
        for kinds in ({"union", "company", "state"}, {"other"}):
            if found := next((one for one in opening if one.kind in kinds), None):
                return found
        return next(later, None)

    def _headline_place(self) -> Mention | None:
        for read in self.paragraphs[:3]:
            for mention in read.of_type(EntityType.PLACE):
                if mention.rule == "place.province":
                    return mention
        return None

    # -- one paragraph ------------------------------------------------------------------------

    def _link_paragraph(self, read: ReadParagraph) -> list[Figure]:
        drafts = read.drafts
        self._pair_shares(drafts)
        if self.subject is not None and self.headline is not None:
            self.subject = self.headline  # a new paragraph is about the article's body again
        if read.paragraph.field == "body" and self._answers(read.paragraph):
            self.subject = self.speaker or self.subject
        subjects = self._find_subjects(read)
        figures: list[Figure] = []
        at_subject = 0
        for index, draft in enumerate(drafts):
            while at_subject < len(subjects) and subjects[at_subject].reach <= draft.start:
                self.subject = subjects[at_subject].mention
                at_subject += 1
            if (holder := self._holder(read, draft, subjects)) is not None:
                self.subject = holder
            previous = drafts[index - 1] if index else None
            following = drafts[index + 1] if index + 1 < len(drafts) else None
            figure = self._link_draft(read, draft, previous, following)
            figures.append(figure)
        if at_subject < len(subjects):
            self.subject = subjects[-1].mention
        self._link_ids(read, figures)
        for span in self._usable_times(read):
            if (
                span.period
                and not span.is_day
                and _YEARLIKE.match(span.period)
                and self._is_topic(read, span)
                and not span.period.startswith(f"{self.carried_period}-")  # a part of what is told
            ):
                self.carried_period = span.period
        read.figures = figures
        return figures

    def _is_topic(self, read: ReadParagraph, span: TimeSpan) -> bool:
        """Return whether a time opens its sentence or stands above the body."""
        paragraph = read.paragraph
        start, _ = paragraph.sentence_span(span.start)
        lead = paragraph.low[start : span.start].strip(' ,"-')
        return paragraph.field != "body" or lead in {
            "",
            "trong",
            "kết quả",
            "kết quả,",
            "kết quả trong",
            "chỉ trong",
            "riêng",
            "in",
            "riêng trong",
            "chỉ tính",
        }

    def _usable_times(self, read: ReadParagraph) -> list[TimeSpan]:
        """Return the times that may date a figure: no baselines, births or names of laws."""
        if read.usable_times is not None:
            return read.usable_times
        low = read.paragraph.low
        read.usable_times = [
            span
            for span in read.times
            if span.period
            and not _BASELINE_BEFORE.search(low[max(0, span.start - 40) : span.start])
            and not _BIRTH_BEFORE.search(low[max(0, span.start - 12) : span.start + 4])
            and not any(
                m.type is EntityType.DOCUMENT and m.start <= span.start < m.end
                for m in read.mentions
            )
        ]
        return read.usable_times

    def _find_subjects(self, read: ReadParagraph) -> list[Subject]:
        """Return whose the figures of a paragraph are, each with where its reach begins.

        What stands before a sentence's subject is its own: "Sau 3 phiên họp, LĐLĐ tỉnh ...".
        """
        if read.paragraph.language == "ko":
            return self._korean_subjects(read.paragraph)
        named = self._subjects(read)
        sources = {
            read.paragraph.sentence_span(one.start)[0]
            for one in named
            if one.mention and self._is_source(read.paragraph, one.mention.first)
        }
        subjects = sorted((*named, *self._speakers(read, sources)), key=_reach)
        subjects.extend(self._quoted_selves(read, subjects))
        subjects.sort(key=_reach)
        paragraph, last_sentence = read.paragraph, -1
        for index, subject in enumerate(subjects):
            start, _ = paragraph.sentence_span(subject.start)
            if start != last_sentence and self._is_fronted(read, start, subject):
                subjects[index] = Subject(start, subject.start, subject.mention)
            last_sentence = start
        return sorted(subjects, key=_reach)

    def _korean_subjects(self, paragraph: Paragraph) -> list[Subject]:
        """Return whose figures a Korean paragraph tells: bodies named in the other languages.

        "회사는" is the article's company, "공단노조" its union of industrial parks, and so on.
        """
        found = []
        for match in _KOREAN_BODIES.finditer(paragraph.text):
            is_one = _KOREAN_KINDS[match.lastgroup or ""]
            body = next((one for name, one in self.by_name.items() if is_one(fold(name))), None)
            if body is not None:
                found.append(Subject(match.start(), match.start(), body))
        return found

    def _is_fronted(self, read: ReadParagraph, start: int, subject: Subject) -> bool:
        """Return whether the words from a sentence's start to its subject only lead up to it."""
        paragraph = read.paragraph
        lead = paragraph.low[start : subject.start].rstrip()
        lead = re.sub(r"[,\-\s](?:theo )?(?:ông|bà|anh|chị|đồng chí)$", ",", lead).rstrip("- ")
        if not lead.endswith((",", '"', ',"')):
            return False
        first = lead.lstrip('" ').split(" ", 1)[0]
        return (
            first in _FRONTING
            or lead.endswith('"')
            or any(span.start == start for span in read.times)
        )

    def _answers(self, paragraph: Paragraph) -> bool:
        """Return whether a paragraph answers the question of an interview just before it."""
        if self.asked and paragraph.low.lstrip()[:1] in {"-", '"'}:
            self.asked = False
            return True
        self.asked = paragraph.low.rstrip(' "').endswith("?")
        return False

    def _quoted_selves(self, read: ReadParagraph, subjects: list[Subject]) -> list[Subject]:
        """Return the speaker's body for each "chúng tôi" of a quotation or an answer.

        Outside a quotation it is the reporter.
        """
        paragraph, found = read.paragraph, []
        opens = paragraph.low.lstrip()[:1] in {"-", '"'}
        for match in _SELVES.finditer(paragraph.low) if self.speaker or subjects else ():
            start, end = paragraph.sentence_span(match.start())
            is_quoted = opens or paragraph.low.count('"', 0, match.start()) % 2 == 1
            if is_quoted and not any(start <= one.start < end for one in subjects):
                spoken = next((one.mention for one in subjects if one.is_speaker), self.speaker)
                if spoken is not None:
                    found.append(Subject(match.start(), match.start(), spoken))
        return found

    def _speakers(self, read: ReadParagraph, sources: set[int]) -> list[Subject]:
        """Return the organisations that a paragraph's speakers speak of, or act for.

        A speaker who quotes a source (`sources` are the starts of such sentences) adds nothing.

        Who reports speaks of the own body; who asks others for something speaks of theirs, which
        is the headline's. A quotation belongs to the speaker behind it.
        """
        paragraph = read.paragraph
        found: list[Subject] = []
        for person in read.of_type(EntityType.PERSON):
            own = self.by_name.get(person.organisation or "")
            start, end = paragraph.sentence_span(person.start)
            if start in sources:
                continue
            before = paragraph.words[max(0, person.first - 8) : person.first]
            verb = _SPEECH.search(paragraph.low, person.end, min(end, person.end + 160))
            answers = paragraph.low[person.end :].lstrip()[:1] == ":"
            if verb and verb["asks"] and "theo" not in before:
                found.append(Subject(person.start, person.start, self.headline))
            elif own is not None and (verb or answers or "theo" in before):
                opens = paragraph.low.lstrip()[:1] == '"' and _CLOSED_QUOTE.search(
                    paragraph.low[max(0, person.start - 60) : person.start]
                )
                reach = 0 if opens else person.start
                found.append(Subject(reach, person.start, own, is_speaker=True))
                self.speaker = own
            elif own is not None and self._opens_clause(paragraph, start, person):
                found.append(Subject(person.start, person.start, own))
        if self.headline is not None and self.headline.kind == "union":
            spoken = {paragraph.sentence_span(one.start)[0] for one in found}
            for match in _WHOLE.finditer(paragraph.low):
                start, _ = paragraph.sentence_span(match.start())
                is_named = any(
                    one.start <= match.start() < one.end
                    for one in read.of_type(EntityType.ORGANISATION)
                )
                if is_named or match.start() - start > _WHOLE_REACH_CHARACTERS:
                    continue
                if start not in spoken:
                    found.append(Subject(match.start(), match.start(), self.headline))
        return found

    def _opens_clause(self, paragraph: Paragraph, start: int, person: Mention) -> bool:
        """Return whether a person is what a sentence begins with, but for time, place and title."""
        lead = paragraph.low[start : person.start].strip(' "')
        lead = _TITLE_BEFORE.sub("", lead).strip()
        return not lead or (lead.endswith(",") and lead.split(" ", 1)[0] in _FRONTING)

    def _subjects(self, read: ReadParagraph) -> list[Subject]:
        """Return the organisations that act: not those behind a preposition or of an office."""
        paragraph = read.paragraph
        holders = {mention.first for mention in read.of_type(EntityType.PERSON)}
        subjects: list[Subject] = []
        idle_stop = -1  # behind the last organisation that did not act
        last_stop = -1
        for mention in read.of_type(EntityType.ORGANISATION):
            before = paragraph.words[mention.first - 1] if mention.first else "."
            is_second = before in _JOINTS and last_stop == mention.first - 1
            last_stop = mention.stop
            if is_second and idle_stop != last_stop and subjects:
                continue  # "LĐLĐ tỉnh và Sở Nội vụ": who is named first leads
            if mention.stop in holders or mention.rule == "organisation.short":
                idle_stop = mention.stop
                continue
            is_listed = before in {"và", ",", "and"} and idle_stop == mention.first - 1
            if is_listed or before == "(" or not self._acts(read, mention, before):
                idle_stop = mention.stop
                continue
            if self._is_of_office(read, mention):
                continue
            if mention.kind == "party" and mention.id in {
                "party:cpv",
                "party:central",
                "party:politburo",
            }:
                continue
            if mention.id == "union:vn":
                continue
            subjects.append(Subject(mention.end, mention.start, mention))
        return subjects

    def _acts(  # noqa: PLR0911 - a case of the grammar each
        self, read: ReadParagraph, mention: Mention, before: str
    ) -> bool:
        """Return whether the organisation stands where a clause's subject stands."""
        paragraph, at = read.paragraph, mention.first
        if at == 0 or mention.start in paragraph.sentences:
            return True
        if _HAS.match(paragraph.low, mention.end):
            return True
        if before in _NOT_SUBJECT_BEFORE:
            return self._opens_sentence(paragraph, at - 1) or self._is_source(paragraph, at)
        if not before[0].isalpha() or before in _SUBJECT_OPENERS:
            return True
        if any(span.start <= paragraph.starts[at - 1] < span.end for span in read.times):
            return True
        if paragraph.language == "en":
            return before in {"the", "and", "but", "while", "said", "that"}
        return paragraph.starts[at - 1] in paragraph.sentences

    def _is_source(self, paragraph: Paragraph, at: int) -> bool:
        """Return whether a sentence begins with what a body says: "Báo cáo của LĐLĐ tỉnh nêu"."""
        if paragraph.words[at - 1] not in {"của", "of", "by", "từ"}:
            return False
        start, _ = paragraph.sentence_span(paragraph.starts[at])
        lead = paragraph.low[start : paragraph.starts[at]]
        return len(lead) <= _SOURCE_REACH_CHARACTERS and _SOURCE.search(lead) is not None

    def _opens_sentence(self, paragraph: Paragraph, token: int) -> bool:
        return (
            token >= 0
            and paragraph.starts[token] in paragraph.sentences
            and paragraph.words[token] in {"tại", "ở", "theo", "với", "at", "in"}
        )

    def _is_of_office(self, read: ReadParagraph, mention: Mention) -> bool:
        """Return whether the organisation only tells the office of a person."""
        paragraph = read.paragraph
        before = paragraph.words[max(0, mention.first - 3) : mention.first]
        opens = mention.first > 1 and paragraph.starts[mention.first - 2] in paragraph.sentences
        if opens and noun_words("verb").match(paragraph.words, mention.stop):
            return False  # "Giám đốc Công ty góp 10 triệu đồng": for the company
        return bool(before) and " ".join(before[-2:]) in {
            "chủ tịch", "giám đốc", "bí thư", "trưởng ban", "thường trực", "phó ban", "ủy viên",
            "thư kí",
        }  # fmt: skip

    # -- shares -----------------------------------------------------------------------------------

    def _pair_shares(self, drafts: list[Draft]) -> None:
        """Pair "412/430 đơn vị ... (95,8%)" and "2.000 USD (khoảng 52 triệu đồng)"."""
        for index, draft in enumerate(drafts):
            if index == 0:
                continue
            before = drafts[index - 1]
            paragraph = draft.paragraph
            gap = paragraph.low[before.end : draft.start]
            is_aside = "(" in gap and ")" not in gap
            if draft.kind is FigureKind.PERCENT and draft.of is None and draft.noun_stop == 0:
                reaches = is_aside or re.search(
                    r"(?<!\w)(?:đạt|chiếm|bằng|tương đương|accounting|or)(?!\w)", gap
                )
                if not reaches or re.search(r"[.;]\s", gap):
                    continue
                if before.kind in {FigureKind.RATIO, FigureKind.FRACTION}:
                    draft.same_as = index - 1
                    draft.counted = self._counted_text(before)
                elif before.kind is FigureKind.COUNT and len(gap) < 120:  # noqa: PLR2004
                    draft.counted = self._counted_text(before)
            elif (
                draft.kind is FigureKind.MONEY
                and before.kind is FigureKind.MONEY
                and draft.unit != before.unit
                and (is_aside or "tương đương" in gap or "equivalent" in gap or "hay" in gap)
                and len(gap) < 40  # noqa: PLR2004
            ):
                draft.same_as = index - 1
            elif (
                draft.kind is FigureKind.COUNT
                and before.kind
                in {
                    FigureKind.COUNT,
                    FigureKind.RATIO,
                }
                and (
                    re.search(
                        r"(?:trong đó|trong số đó|including|of (?:them|whom|which)|bao gồm|gồm)",
                        gap,
                    )
                    and ";" not in gap
                )
                and (
                    draft.value is not None
                    and before.value is not None
                    and draft.value <= before.value
                )
            ):
                draft.part_of = index - 1

    def _counted_text(self, draft: Draft) -> str | None:
        if draft.counted is not None:
            return draft.counted
        if draft.noun_stop > draft.noun:
            noun = phrase_words(draft.paragraph, draft.noun, draft.noun_stop)
            opens = draft.paragraph.starts[draft.noun] in draft.paragraph.sentences
            noun = (
                re.sub(r"^(?:[Tt]ổng số|[Ss]ố lượng|[Ss]ố) (?=\S)", "", noun)
                if opens or draft.rule == "count.reversed"
                else noun
            )
            return _lower_first(noun) if opens else noun
        return None

    def _link_ids(self, read: ReadParagraph, figures: list[Figure]) -> None:
        """Turn positions into ids, and point repetitions at the first mention."""
        for index, figure in enumerate(figures):
            draft = read.drafts[index]
            update: dict[str, object] = {}
            if draft.same_as is not None:
                update["same_as"] = figures[draft.same_as].id
            if draft.part_of is not None:
                update["part_of"] = figures[draft.part_of].id
            key = (
                str(figure.kind), figure.value, figure.value_max, figure.denominator, figure.unit,
                fold(figure.counted or "") if figure.kind is FigureKind.COUNT else "",
            )  # fmt: skip
            is_telling = figure.value is not None and (
                figure.kind in {FigureKind.MONEY, FigureKind.RATIO}
                or (figure.kind is FigureKind.COUNT and figure.value >= 100)  # noqa: PLR2004
            )
            if is_telling and "same_as" not in update:
                if key in self.seen:
                    update["same_as"] = self.seen[key]
                else:
                    self.seen[key] = figure.id
            if update:
                figures[index] = figure.model_copy(update=update)

    # -- one figure --------------------

    def _link_draft(
        self, read: ReadParagraph, draft: Draft, previous: Draft | None, following: Draft | None
    ) -> Figure:
        paragraph = draft.paragraph
        sentence_start, sentence_end = paragraph.sentence_span(draft.start)
        low = paragraph.low
        left_start = max(sentence_start, draft.start - _CONTEXT_CHARACTERS)
        near_start = left_start
        if previous is not None:
            goes_on = draft.kind is FigureKind.MONEY and previous.kind is FigureKind.COUNT
            near_start = max(left_start, previous.start if goes_on else previous.end)
        near_start = max(near_start, low.rfind(";", near_start, draft.start) + 1)
        near_end = min(
            sentence_end,
            following.start if following else sentence_end,
            draft.end + _CONTEXT_CHARACTERS,
        )
        counted = self._counted(read, draft, previous, (sentence_start, near_start))
        right = self._clause_behind(read, draft, following, near_end)
        near = low[near_start : draft.end]
        unit_words = (
            f"{draft.unit} {counted or ''}"
            if draft.kind is FigureKind.COUNT and draft.unit
            else counted
        )
        owner = self._owner(read, draft)
        wide, noun = low[left_start : draft.end], fold(counted or "")
        candidates = find_indicators(
            kind=_indicator_kind(draft),
            counted=unit_words or "",
            left=near,
            right=right,
            wide=wide,
        )
        found = next(
            (one for one in candidates if _may_tell(one[0], draft, owner, wide + right, noun)),
            None,
        )
        indicator = found[0] if found else self._listed_indicator(draft, near)
        if indicator == "gift_value" and _is_total(draft, previous):
            indicator = "support_amount"
        if draft.kind is FigureKind.MONEY:
            self.money_indicator = indicator or self.money_indicator
        owner = self._employer(owner, indicator, noun)
        flow = indicators()[indicator].flow if indicator else None
        place, place_code = self._place(read, draft, owner)
        modality = self._modality(low, left_start, near_start, draft)
        change = None
        if draft.direction or draft.baseline:
            change = Change(direction=draft.direction or "none", baseline=draft.baseline)
        start, end = paragraph.start + draft.start, paragraph.start + draft.end
        return Figure.model_construct(
            field=paragraph.field,
            start=start,
            end=end,
            surface=paragraph.text[draft.start : draft.end],
            kind=draft.kind,
            value=_plain(draft.value),
            value_max=_plain(draft.value_max),
            numerator=_plain(draft.numerator),
            denominator=_plain(draft.denominator),
            from_value=_plain(draft.from_value),
            magnitude=_plain(draft.magnitude) if draft.value is None else None,
            unit=draft.unit,
            counted=counted,
            comparator=draft.comparator,
            change=change,
            per=draft.per,
            of=draft.of,
            modality=modality,
            indicator=indicator,
            organisation=owner.name if owner else None,
            place=place,
            place_code=place_code,
            period=self._period(read, draft, sentence_start, sentence_end, flow),
            part_of=None,
            same_as=None,
            rule=draft.rule + (f"+indicator.{found[1]}" if found else ""),
            confidence=draft.confidence,
            sentence=_cut_sentence(paragraph, sentence_start, sentence_end, draft),
        )

    def _clause_behind(
        self, read: ReadParagraph, draft: Draft, following: Draft | None, end: int
    ) -> str:
        """Return the words behind a figure up to the next one or the end of its clause.

        A figure that only modifies its noun does not end it: "265 công nhân từ 9 nơi được khám".
        """
        low = draft.paragraph.low
        if following is not None and _MODIFIES.fullmatch(low, draft.end, following.start):
            end = min(following.end + _CONTEXT_CHARACTERS, len(low))
            if (
                later := next((d for d in read.drafts if d.start > following.start), None)
            ) is not None:
                end = min(end, later.start)
            behind = low[draft.end : following.start] + low[following.end : end]
        else:
            behind = low[draft.end : end]
        return _CLAUSE_ENDS.split(behind, maxsplit=1)[0]

    def _listed_indicator(self, draft: Draft, near: str) -> str | None:
        """Return what a bare amount of a list tells: what the amount before told.

        "Đứng đầu là Công ty A với 42 tỉ đồng", "- Doanh nghiệp FDI: bình quân 7 triệu đồng".
        """
        if draft.kind is not FigureKind.MONEY or draft.is_difference or not self.money_indicator:
            return None
        is_item = draft.paragraph.low.lstrip()[:1] in {"-", "+", "•", "*"}
        if not is_item and not _RANKS.search(draft.paragraph.low[: draft.start]):
            return None
        has_own_noun = any(word in near for word in ("chi phí", "doanh thu", "phạt", "giá "))
        return None if has_own_noun else self.money_indicator

    def _counted(  # noqa: C901 - a case of the grammar each
        self,
        read: ReadParagraph,
        draft: Draft,
        previous: Draft | None,
        starts: tuple[int, int],
    ) -> str | None:
        """Return what is counted or measured; `starts` are those of the sentence and clause.

        An amount without a noun of its own is of what the amount before it in the sentence was.
        """
        sentence_start, near_start = starts
        counted = find_sharer(draft, sentence_start, read.blocked)
        counted = _lower_first(counted) if counted else None
        counted = (
            counted
            or self._surveyed(read, draft, sentence_start)
            or self._shared(draft, previous)
            or self._counted_text(draft)
        )
        if counted in _EMPTY_NOUNS:
            counted = self._told_before(read, draft, near_start) or counted
        if counted is None and draft.kind is FigureKind.DURATION:
            counted = find_lasting(draft, near_start, read.blocked)
            counted = _lower_first(counted) if counted else None
        if counted is None and draft.kind is FigureKind.AGE:
            people = [(one.first, one.stop) for one in read.of_type(EntityType.PERSON)]
            counted = find_aged(draft, people)
        if counted is None and draft.kind in _MEASURED_KINDS:
            low = draft.paragraph.low
            clause_start = max(sentence_start, low.rfind(";", sentence_start, draft.start) + 1)
            if previous is not None:
                counted = self._each_of(previous, draft) or self._worth_of(previous, draft)
            counted = counted or find_measured(draft, clause_start, read.blocked, previous=previous)
            counted = _lower_first(counted) if counted else None
        counted = counted or self._noun_before(draft, near_start)
        if previous is None or previous.start < sentence_start:
            self.counted_before, self.last_counted = {}, None
        if counted is None and draft.of is not None and not _PLAN_WORD.match(fold(draft.of)):
            counted = draft.of
        is_share = draft.kind is FigureKind.FRACTION and draft.noun_stop == 0
        if counted is None and (draft.kind in _MEASURED_KINDS or is_share):
            counted = self.counted_before.get(draft.unit or "") or self.last_counted
        if counted is None and draft.rule in {"count.bare", "korean.count"}:
            counted = self.last_noun
        self.counted_before[draft.unit or ""] = counted
        self.last_counted = counted
        if draft.kind in {FigureKind.COUNT, FigureKind.RATIO} and counted not in _EMPTY_NOUNS:
            self.last_noun = counted
        return counted

    def _told_before(self, read: ReadParagraph, draft: Draft, near_start: int) -> str | None:
        """Return what "người" or a bare number stands for, told before it in the clause.

        "Số người chết là 12", "Đoàn viên ưu tú được giới thiệu: 2.118 người", "con số này ...", and
        in a difference what was counted just before: "từ 286 còn 171, giảm 115 người".
        """
        if draft.kind is not FigureKind.COUNT:
            return None
        paragraph, low = draft.paragraph, draft.paragraph.low
        clause = low[near_start : draft.start]
        if total := _TOTAL_OF.search(clause):
            at = paragraph.token_at(near_start + total.start("noun"))
            stop = read_counted(paragraph, at, blocked=read.blocked)
            return _lower_first(phrase_words(paragraph, at, stop)) if stop > at else None
        if clause.rstrip().endswith(":"):
            at = paragraph.token_at(near_start)
            while at < draft.first and paragraph.words[at] in _LIST_OPENERS:
                at += 1
            stop = read_counted(paragraph, at, blocked=read.blocked)
            is_noun = at < stop < draft.first and is_known_head(paragraph, at)
            return _lower_first(phrase_words(paragraph, at, stop)) if is_noun else None
        if _THIS_NUMBER.search(clause) or draft.is_difference:
            return self.last_noun
        if reached := _REACHES.search(clause):  # "cán bộ chuyên trách chỉ còn 118 người"
            stop = paragraph.token_at(near_start + reached.start() - 1) + 1
            first = paragraph.token_at(near_start)
            start = noun_before(paragraph, stop, first, read.blocked, is_thing=True)
            is_person = bool(_PERSONS & set(paragraph.words[start:stop]))
            return _lower_first(phrase_words(paragraph, start, stop)) if is_person else None
        return None

    def _shared(self, draft: Draft, previous: Draft | None) -> str | None:
        """Return the noun of the figure before that a bare share or change speaks of."""
        if draft.kind not in {FigureKind.PERCENT, FigureKind.CHANGE} or previous is None:
            return None
        if draft.kind is FigureKind.CHANGE and draft.is_difference and draft.unit == "percent":
            gap = draft.paragraph.low[previous.end : draft.start].rstrip()
            is_next = gap.endswith(",") and not {";", "."} & set(gap)
            if is_next and previous.kind in _VALUED_KINDS:
                return self.last_counted
        if previous.kind not in {FigureKind.COUNT, FigureKind.RATIO} or draft.unit != "percent":
            return None
        gap = draft.paragraph.low[previous.end : draft.start]
        if _OWN_AMOUNT.search(gap):
            return None
        is_of_plan = draft.of is not None and _PLAN.match(fold(draft.of)) is not None
        if (is_of_plan or (draft.noun_stop == 0 and draft.of is None)) and _SAME_THING.match(gap):
            return self.last_counted
        return None

    def _surveyed(self, read: ReadParagraph, draft: Draft, sentence_start: int) -> str | None:
        """Return whom a share with a verb behind is of: the most that the sentence counted before.

        "Khảo sát 4.260 công nhân ở 5 khu công nghiệp, 71,8% muốn thuê nhà": of the workers.
        """
        paragraph = draft.paragraph
        if draft.kind not in _SHARES or draft.of is not None or draft.noun_stop:
            return None
        if not _BEFORE_SHARE.match(paragraph.low, draft.end):
            return None
        before = [
            one
            for one in read.drafts
            if sentence_start <= one.start < draft.start
            and one.kind is FigureKind.COUNT
            and one.value is not None
        ]
        most = max(before, key=lambda one: one.value or 0, default=None)
        return self._counted_text(most) if most is not None else None

    def _each_of(self, previous: Draft, draft: Draft) -> str | None:
        """Return the thing that "mỗi suất 500.000 đồng" prices, counted just before."""
        if previous.kind is not FigureKind.COUNT or previous.unit is None or not draft.per:
            return None
        noun = self._counted_text(previous)
        if fold(draft.per[0]).split()[0] != fold(previous.unit) or noun is None:
            return None
        return noun if noun == previous.unit else f"{previous.unit} {noun}"

    def _noun_before(self, draft: Draft, near_start: int) -> str | None:
        """Return the noun before an amount: "Thu nhập bình quân 9,5 triệu đồng"."""
        if draft.kind is FigureKind.COUNT:
            return None
        words, paragraph = draft.paragraph.words, draft.paragraph
        at = draft.first
        for _ in range(8):
            if at <= 0 or paragraph.starts[at - 1] < near_start:
                break
            noun = _MONEY_NOUNS.match_before(words, at)
            if noun is not None and words[at - 1] != "giá":
                return _lower_first(phrase_words(paragraph, noun[0], at))
            if words[at - 1] not in _SKIPPED_TO_NOUN and words[at - 1] != "-":
                break
            at -= 1
        if draft.kind in {
            FigureKind.CHANGE,
            FigureKind.PERCENT,
            FigureKind.MULTIPLE,
            FigureKind.RATIO,
        }:
            matches = list(_RATE_NOUN.finditer(paragraph.low[near_start : draft.start]))
            if matches and draft.start - near_start - matches[-1].end() < 25:  # noqa: PLR2004
                start = near_start + matches[-1].start()
                text = paragraph.text[start : near_start + matches[-1].end()].strip()
                return _lower_first(re.sub(r"^[Ss]ố ", "", text))
        if draft.kind is FigureKind.AGE or draft.kind == FigureKind.AREA:
            return self._head_before(draft)
        return None

    def _worth_of(self, previous: Draft, draft: Draft) -> str | None:
        """Return what an amount is the worth of: "300 suất quà, trị giá 60 triệu đồng"."""
        gap = draft.paragraph.low[previous.end : draft.start]
        if previous.kind is not FigureKind.COUNT or len(gap) > 60 or "." in gap:  # noqa: PLR2004
            return None
        if not _WORTH.search(gap):
            return None
        noun = self._counted_text(previous)
        return (
            f"{previous.unit} {noun}" if noun and previous.unit and previous.unit != noun else noun
        )

    def _head_before(self, draft: Draft) -> str | None:
        paragraph = draft.paragraph
        stop = draft.first
        while stop and paragraph.words[stop - 1] in {
            "rộng",
            "có",
            "diện",
            "tích",
            "từ",
            "là",
            "ở",
            ",",
            "(",
        }:
            stop -= 1
        start = stop
        while (
            start
            and stop - start < 2  # noqa: PLR2004 - a short reach, in words
            and (
                not paragraph.is_capital(start - 1)
                or paragraph.starts[start - 1] in paragraph.sentences
            )
            and paragraph.words[start - 1][0].isalpha()
            and paragraph.words[start - 1]
            not in {"trên", "của", "cho", "tại", "với", "là", "những", "các", "và", "dụng", "đối"}
        ):
            start -= 1
        return _lower_first(phrase_words(paragraph, start, stop)) if start < stop else None

    # -- owner, place, period, modality --------------------

    def _holder(self, read: ReadParagraph, draft: Draft, subjects: list[Subject]) -> Mention | None:
        """Return the body whose members or workers a clause begins with: "900 công nhân Công ty X".

        Where another body acts before, they are only whom it does something for.
        """
        paragraph = draft.paragraph
        start, end = paragraph.sentence_span(draft.start)
        start = max(start, paragraph.low.rfind(";", start, draft.start) + 1)
        agent = _AGENT.match(paragraph.low, draft.end, end)
        if agent and not any(start <= one.reach <= draft.start for one in subjects):
            for one in read.of_type(EntityType.ORGANISATION):
                if one.start == agent.end() and one.rule != "organisation.short":
                    return one
        if draft.kind not in {FigureKind.COUNT, FigureKind.RATIO} or draft.noun_stop == 0:
            return None
        if any(start <= one.reach <= draft.start for one in subjects):
            return None
        before = paragraph.words[draft.first - 1] if draft.first else "."
        opens = paragraph.starts[draft.first] in paragraph.sentences
        if not opens and before[0].isalpha() and before not in _BEFORE_HOLDERS:
            return None
        at = draft.noun_stop
        if at < len(paragraph.words) and paragraph.words[at] in _OF_BODY:
            at += 1
        return next(
            (
                one
                for one in read.of_type(EntityType.ORGANISATION)
                if one.first == at and one.rule != "organisation.short"
            ),
            None,
        )

    def _owner(self, read: ReadParagraph, draft: Draft) -> Mention | None:
        if self.subject is not None:
            return self.subject
        sentence_start, sentence_end = draft.paragraph.sentence_span(draft.start)
        for mention in read.of_type(EntityType.ORGANISATION):
            if (
                sentence_start <= mention.start < sentence_end
                and mention.rule != "organisation.short"
                and mention.kind == "union"
            ):
                return mention
        if self.headline is not None and _stands_before(self.headline, draft):
            return self.headline
        return None

    def _employer(
        self, owner: Mention | None, indicator: str | None, counted: str
    ) -> Mention | None:
        """Return the company of a company's union for what only an employer has: wages, staff."""
        if owner is None or owner.kind != "union" or "Công ty" not in owner.name:
            return owner
        if indicator not in _OF_EMPLOYER and not _WORKFORCE.match(counted):
            return owner
        company = owner.name[owner.name.index("Công ty") :]
        known = self.by_name.get(company)
        return known or replace(owner, name=company, kind="company", id=None, parent=None)

    def _place(
        self, read: ReadParagraph, draft: Draft, owner: Mention | None
    ) -> tuple[str | None, str | None]:
        start, end = draft.paragraph.sentence_span(draft.start)
        if _NATION.search(draft.paragraph.low, start, draft.start):
            return "Việt Nam", "VN"
        inside = {
            token
            for mention in read.of_type(EntityType.ORGANISATION)
            if mention is not owner
            for token in range(mention.first, mention.stop)
        }
        best: Mention | None = None
        for mention in read.of_type(EntityType.PLACE):
            if (
                start <= mention.start < end
                and mention.first not in inside
                and mention.id != "country:VN"
                and not _is_origin(mention)
            ):
                is_province = mention.rule == "place.province"
                knows_province = best is not None and best.rule == "place.province"
                is_nearer = mention.end <= draft.start and (is_province or not knows_province)
                if best is None or is_nearer or (is_province and not knows_province):
                    best = mention
        if best is not None:
            return best.name, best.code
        if owner is not None and owner.area:
            code = next(
                (
                    m.code
                    for r in self.paragraphs
                    for m in r.of_type(EntityType.PLACE)
                    if m.area == owner.area and m.rule == "place.province"
                ),
                None,
            )
            return full_province(owner.area), code
        for mention in reversed(read.of_type(EntityType.PLACE)):
            if mention.start < draft.start and mention.id != "country:VN":
                return mention.name, mention.code
        if self.headline_place is not None:
            return self.headline_place.name, self.headline_place.code
        return None, None

    def _period(
        self, read: ReadParagraph, draft: Draft, start: int, end: int, flow: str | None
    ) -> str | None:
        low = draft.paragraph.low
        usable = self._usable_times(read)
        inside = [span for span in usable if start <= span.start < end]
        before = [span for span in inside if span.end <= draft.start]
        if before:
            return self._counted_until(read, before[-1], flow)
        after = [span for span in inside if span.start >= draft.end]
        if after and ";" not in low[draft.end : after[0].start]:
            return self._counted_until(read, after[0], flow)
        earlier = [span for span in usable if span.end <= start and self._is_recent(span)]
        if flow == "flow":
            earlier = [
                span
                for span in earlier
                if not _AS_OF.search(low[max(0, span.start - 30) : span.start])
            ]
        if earlier:
            opening = [span for span in earlier if self._opens(read, span)]
            return (opening or earlier)[-1].period
        is_now = _NOW.match(low[start:end].lstrip(' "-'))
        if flow != "stock" and self.carried_period is not None and not is_now:
            return self.carried_period
        if self.calendar.published is not None:
            return self.calendar.published.isoformat()
        later = [span for span in usable if span.start >= end]
        return later[0].period if later and flow != "stock" else None

    def _counted_until(self, read: ReadParagraph, span: TimeSpan, flow: str | None) -> str | None:
        """Return the period of a span: a flow up to the end of a month runs from the new year."""
        low = read.paragraph.low
        is_until = (
            span.period is not None
            and flow == "flow"
            and (
                _AS_OF.search(low[max(0, span.start - 30) : span.start])
                or low.startswith(("hết", "đến hết"), span.start)
            )
        )
        return cumulate(span.period) if is_until and span.period else span.period

    def _opens(self, read: ReadParagraph, span: TimeSpan) -> bool:
        """Return whether a time opens its sentence, and so dates what is told behind."""
        start, _ = read.paragraph.sentence_span(span.start)
        lead = read.paragraph.low[start : span.start].strip(' ,"-(')
        return len(lead) <= _LONGEST_TIME_LEAD

    def _is_recent(self, span: TimeSpan) -> bool:
        """Return whether a period is near the time of writing, so that later sentences share it."""
        if self.calendar.year is None or span.period is None or not span.period[:4].isdecimal():
            return True
        return abs(int(span.period[:4]) - self.calendar.year) <= 2  # noqa: PLR2004 - older is history

    def _modality(self, low: str, left_start: int, near_start: int, draft: Draft) -> Modality:
        left = low[left_start : draft.start]
        near = low[near_start : draft.end]
        after = low[draft.end : draft.end + 30]
        if _ESTIMATE.search(near):
            return Modality.ESTIMATE
        if _NO_TARGET.search(left[-60:] + low[draft.start : draft.end] + after):
            return Modality.REPORTED
        cues = list(_TARGET.finditer(left))
        if cues and not _TARGET_STOP.search(left[cues[-1].end() :]):
            return Modality.TARGET
        return Modality.REPORTED


def _indicator_kind(draft: Draft) -> str:
    """Return the kind of value an indicator may take from a draft; "" when it can take none.

    A change "from 5 to 7 million" tells a new value; a mere difference tells none.
    """
    if draft.kind is FigureKind.MULTIPLE:
        return ""
    if draft.is_difference:
        return "count" if draft.kind is FigureKind.COUNT else ""
    if draft.kind is FigureKind.CHANGE:
        has_currency = draft.unit is not None and draft.unit.isupper()
        return "money" if has_currency else "" if draft.unit else "count"
    return str(draft.kind)


def _is_total(draft: Draft, previous: Draft | None) -> bool:
    """Return whether an amount is the worth of all gifts counted just before, not of one."""
    if draft.per or previous is None or previous.kind is not FigureKind.COUNT:
        return False
    if previous.value is None or draft.value is None or previous.value < 2:  # noqa: PLR2004 - several
        return False
    between = draft.paragraph.low[previous.end : draft.start]
    return "mỗi" not in between and draft.value / previous.value >= _LEAST_GIFT


def _may_tell(  # noqa: C901, PLR0911 - a case of the meaning each
    indicator: str, draft: Draft, owner: Mention | None, near: str, noun: str
) -> bool:
    """Return whether a figure can be a value of the indicator that its words suggest."""
    is_stock = indicators()[indicator].flow == "stock"
    if is_stock and draft.unit == "lượt":
        return False
    is_base = _OUT_OF.search(draft.paragraph.low, max(0, draft.start - 20), draft.start)
    if is_base and not is_stock:
        return False
    if indicator == "wage" and draft.kind is FigureKind.MONEY:
        is_sum = draft.unit == "VND" and draft.value is not None and draft.value >= _MOST_WAGE
        return not is_sum and (not noun or _WAGE_NOUNS.search(noun) is not None)
    if indicator == "gift_value":
        return not _NO_GIFT.search(noun)
    if indicator == "legal_aid":
        return bool(re.search("luật|pháp l|legal", f"{near} {fold(owner.name) if owner else ''}"))
    if draft.kind is FigureKind.PERCENT:
        return indicators()[indicator].kind == "percent"
    if draft.is_difference and indicator not in _DIFFERENCES:
        return False
    before = draft.paragraph.words[max(0, draft.first - 1) : draft.first + 1]
    is_threshold = draft.comparator is Comparator.GTE and "từ" in before
    if is_threshold or (draft.value_max is not None and draft.kind is FigureKind.COUNT):
        return indicators()[indicator].flow == "flow"
    if indicator == "workers":
        is_firm = owner is not None and (owner.kind == "company" or "Công ty" in owner.name)
        return not is_firm and not _ONE_WORKFORCE.search(near)
    if indicator == "support_amount":
        return not draft.per and (owner is None or owner.kind in {"union", "other"})
    return True


def _stands_before(mention: Mention, draft: Draft) -> bool:
    """Return whether a body is named before a figure, or in headline, lead or first paragraph."""
    one, other = mention.paragraph, draft.paragraph
    return (
        one.field != "body"
        or one.index == 0
        or (one.field == other.field and (one.index, mention.start) <= (other.index, draft.start))
    )


def _is_origin(place: Mention) -> bool:
    """Return whether a place only tells where people come from: "quê Nghệ An, Thanh Hóa"."""
    words = place.paragraph.words[max(0, place.first - 6) : place.first]
    return bool({"quê", "gốc"} & set(words)) or words[-1:] == ["về"]


def _plain(value: Decimal | None) -> Decimal | None:
    """Return the value without exponent and without zeros behind the decimal mark."""
    if value is None:
        return None
    if value == value.to_integral_value():
        return value.quantize(Decimal(1))
    return value.normalize()


def _lower_first(phrase: str) -> str:
    """Return a noun phrase from a sentence's start as it stands inside one."""
    return phrase if phrase[1:2].isupper() else phrase[0].lower() + phrase[1:]


def _cut_sentence(paragraph: Paragraph, start: int, end: int, draft: Draft) -> str:
    if end - start > SENTENCE_LIMIT_CHARACTERS:
        half = SENTENCE_LIMIT_CHARACTERS // 2
        start, end = max(start, draft.start - half), min(end, draft.end + half)
    return paragraph.text[start:end].strip()
