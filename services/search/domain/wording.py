"""Every sentence of the page, in Vietnamese and English.

In: a key and facts. Out: the words; templates hold none of their own.
"""

from typing import Final

from services.search.domain.figure_wording import FIGURE_WORDS
from services.search.domain.formatting import Language
from services.search.domain.own_wording import OWN_WORDS

WORDS: Final[dict[str, tuple[str, str]]] = {
    **OWN_WORDS,
    **FIGURE_WORDS,
    "site_name": ("Bàn tin công đoàn", "Union news desk"),
    "site_claim": (
        "Tìm tin công đoàn, số liệu và nguồn của từng con số.",
        "Union news, its figures, and the source of every one of them.",
    ),
    "skip_to_content": ("Đến nội dung chính", "Skip to content"),
    "interface_language": ("Ngôn ngữ giao diện", "Interface language"),
    "search_label": ("Tìm trong tin bài", "Search the articles"),
    "search_placeholder": (
        "Ví dụ: LĐLĐ Hải Phòng “mái ấm công đoàn” -thể thao",
        "For example: LĐLĐ Hải Phòng “mái ấm công đoàn” -thể thao",
    ),
    "search_button": ("Tìm", "Search"),
    "search_help_title": ("Cách tìm", "How to search"),
    "help_marks": (
        (
            "Gõ có dấu hay không dấu đều được: cong doan, công đoàn. Gõ đúng dấu thì bài "
            "viết đúng như vậy đứng trước."
        ),
        (
            "Diacritics are optional: cong doan, công đoàn. With them, articles spelt that "
            "way come first."
        ),
    ),
    "help_phrase": (
        "“Trong ngoặc kép” tìm đúng cụm từ.",
        "“Quotation marks” find the phrase as it stands.",
    ),
    "help_operators": (
        "AND, OR, NOT viết hoa; dấu trừ để loại bỏ: -thể thao; ngoặc đơn để nhóm.",
        "AND, OR, NOT in capitals; a minus excludes: -thể thao; parentheses group.",
    ),
    "help_fields": (
        "Tìm trong một phần: tieude:lương, noi:“Hà Nội”, bao:(A OR B), trangthai:“đã gỡ”.",
        "Look in one place: title:lương, place:“Hà Nội”, outlet:(A OR B), status:withdrawn.",
    ),
    "help_abbreviations": (
        (
            "Chữ viết tắt được hiểu: LĐLĐ, CĐCS, CNVCLĐ, TP.HCM. Số viết kiểu nào cũng được: "
            "629.000, 629000."
        ),
        (
            "Abbreviations are understood: LĐLĐ, CĐCS, CNVCLĐ, TP.HCM. Numbers in any style: "
            "629.000, 629000."
        ),
    ),
    "help_keyboard": (
        "Phím / để gõ, j và k để đi qua các kết quả, Enter để mở.",
        "Press / to type, j and k to walk through results, Enter to open.",
    ),
    "results_count": ("{count} bài", "{count} articles"),
    "results_one": ("1 bài", "1 article"),
    "results_over": ("hơn {count} bài", "over {count} articles"),
    "results_for": ("cho", "for"),
    "results_heading": ("Kết quả", "Results"),
    "latest_heading": ("Tin mới nhất", "Latest"),
    "sort_label": ("Xếp theo", "Sort by"),
    "sort_relevant": ("Sát nhất", "Most relevant"),
    "sort_newest": ("Mới nhất", "Newest"),
    "filters_heading": ("Bộ lọc", "Filters"),
    "filters_count": ("{count} đang chọn", "{count} chosen"),
    "filters_clear": ("Bỏ mọi bộ lọc", "Clear all filters"),
    "filter_remove": ("Bỏ lọc: {label}", "Remove filter: {label}"),
    "filter_add": ("Chỉ {label}: {count} bài", "Only {label}: {count} articles"),
    "filter_more": ("Xem thêm {count}", "{count} more"),
    "filter_empty": ("Chưa có giá trị nào", "No values yet"),
    "date_from": ("Từ ngày", "From"),
    "date_to": ("Đến ngày", "To"),
    "date_apply": ("Lọc ngày", "Apply dates"),
    "date_since": ("từ {day}", "since {day}"),
    "date_until": ("đến {day}", "until {day}"),
    "date_bar": ("{label}: {count} bài", "{label}: {count} articles"),
    "date_chart": (
        "Số bài theo thời gian, giờ Việt Nam. Chọn một cột, hoặc kéo qua nhiều cột.",
        "Articles over time, Vietnam time. Choose a bar, or drag over several.",
    ),
    "date_year": ("năm {year}", "{year}"),
    "page_previous": ("Trang trước", "Previous page"),
    "page_next": ("Trang sau", "Next page"),
    "page_number": ("Trang {page}", "Page {page}"),
    "page_of": ("Trang {page} trên {pages}", "Page {page} of {pages}"),
    "page_last_note": (
        "Trang cuối hiển thị được ở đây. Thu hẹp tìm kiếm, hoặc lấy hết qua API.",
        "The last page shown here. Narrow the search, or take everything through the API.",
    ),
    "status_corrected": ("Đã sửa", "Corrected"),
    "status_corrected_title": (
        "Tòa soạn đã sửa bài sau lần thu thập đầu",
        "The publisher changed the article after we first saw it",
    ),
    "status_withdrawn": ("Đã gỡ", "Withdrawn"),
    "status_withdrawn_title": (
        "Tòa soạn đã gỡ bài; văn bản được giữ lại",
        "The publisher removed the article; its text is kept",
    ),
    "figures_of_article": ("{count} số liệu", "{count} figures"),
    "figures_more": ("và {count} số liệu nữa", "and {count} more figures"),
    "empty_title": ("Không tìm thấy bài nào", "No articles found"),
    "empty_index_title": ("Chưa có bài nào", "No articles yet"),
    "empty_index": (
        "Kho bài còn trống. Khi bộ thu thập chạy, bài mới hiện ở đây sau vài giây.",
        "The index is empty. Once the crawler runs, new articles appear here within seconds.",
    ),
    "empty_try": ("Bạn có thể thử:", "You could try:"),
    "empty_clear_filters": ("bỏ mọi bộ lọc", "removing all filters"),
    "empty_any_word": (
        "tìm bài có bất kỳ từ nào: {text}",
        "articles with any of the words: {text}",
    ),
    "empty_unquote": ("bỏ ngoặc kép: {text}", "without quotation marks: {text}"),
    "empty_withdrawn": ("xem cả bài đã gỡ", "including withdrawn articles"),
    "empty_start": ("xem tin mới nhất", "the latest articles"),
    "note_unbalanced_quote": (
        "Thiếu một dấu ngoặc kép: phần sau dấu cuối được coi là một cụm từ.",
        "A quotation mark is missing: what follows the last one is taken as a phrase.",
    ),
    "note_unbalanced_parenthesis": (
        "Ngoặc đơn không khớp đã được bỏ qua.",
        "A parenthesis without its partner was passed over.",
    ),
    "note_stray_operator": (
        "AND, OR, NOT đứng một mình đã được bỏ qua.",
        "An AND, OR or NOT without words beside it was passed over.",
    ),
    "copies_count": ("{count} bản đăng lại", "Also elsewhere: {count}"),
    "results_folded": (
        "{count} bản đăng lại được gộp ở trang này",
        "{count} copies are folded on this page",
    ),
    "begins_late": ("có từ {day}", "from {day}"),
    "silent_since": ("im từ {day}", "silent since {day}"),
    "unread_since": ("không đọc được từ {time}", "unreadable since {time}"),
    "changes_from_previous": ("so với bản trước", "against the one before"),
    "compare_older": ("Bản cũ", "Older"),
    "compare_newer": ("Bản mới", "Newer"),
    "compare_button": ("So sánh hai bản", "Compare the two"),
    "changes_heading": (
        "Khác biệt giữa bản {older} và bản {newer}",
        "Differences between {older} and {newer}",
    ),
    "changes_none": (
        "Hai bản không khác nhau về chữ và số liệu.",
        "The two have the same text and the same figures.",
    ),
    "changes_figures": ("Số liệu thay đổi: {count}", "Figures that changed: {count}"),
    "changes_legend": ("Trong văn bản:", "In the text:"),
    "changes_removed": ("bỏ đi", "removed"),
    "changes_added": ("thêm vào", "added"),
    "changes_unchanged": ("{count} đoạn không đổi", "Unchanged paragraphs: {count}"),
    "part_title": ("Tít", "Headline"),
    "part_lead": ("Sapo", "Lead"),
    "part_body": ("Nội dung", "Body"),
    "figure_came": ("mới có", "new"),
    "figure_went": ("không còn", "gone"),
    "figure_there_only": ("chỉ có ở bản kia", "only there"),
    "figure_here_only": ("chỉ có ở bài này", "only in this article"),
    "copies_heading": ("Bản đăng lại ở báo khác", "The same story elsewhere"),
    "copies_differ": ("Số liệu khác bài này: {count}", "Figures that differ: {count}"),
    "copies_same": ("Cùng số liệu với bài này.", "The same figures as here."),
    "suggestion_words": ("từ khóa", "key words"),
    "suggestion_article": ("bài", "article"),
    "suggestions_count": ("{count} gợi ý", "{count} suggestions"),
    "suggestions_label": ("Gợi ý", "Suggestions"),
    "did_you_mean": ("Có phải bạn muốn tìm:", "Did you mean:"),
    "note_mended": (
        "Không có bài nào cho “{typed}”. Dưới đây là kết quả cho “{text}”.",
        "No articles for “{typed}”. These are the results for “{text}”.",
    ),
    "note_stray_field": (
        "Sau tên trường và dấu hai chấm cần một từ: tieude:lương.",
        "A field and its colon need a word behind them: title:lương.",
    ),
    "note_unknown_field": (
        (
            "Không có trường nào tên như vậy, nên đã tìm như chữ thường. Có thể dùng: tieude, "
            "sapo, noidung, bao, tochuc, nguoi, noi, chitieu, trangthai, tacgia."
        ),
        (
            "There is no field of that name, so it was searched as plain words. Known are: title, "
            "lead, body, outlet, organisation, person, place, indicator, status, author."
        ),
    ),
    "note_unknown_value": (
        "Không có giá trị nào tên như vậy; hãy chọn trong bộ lọc.",
        "There is no value of that name; choose one from the filters.",
    ),
    "note_incomplete": (
        "Máy chủ tìm kiếm hết thời gian: có thể thiếu kết quả. Hãy thu hẹp tìm kiếm.",
        "The search ran out of time: results may be missing. Try a narrower search.",
    ),
    "problem_title": ("Chưa tìm được", "This search does not work"),
    "problem_too_long": (
        "Câu tìm dài quá {limit} ký tự. Hãy giữ lại những từ quan trọng nhất.",
        "The query is longer than {limit} characters. Keep the words that matter most.",
    ),
    "problem_too_many_words": (
        "Câu tìm có hơn {limit} từ. Hãy giữ lại những từ quan trọng nhất.",
        "The query has more than {limit} words. Keep the words that matter most.",
    ),
    "problem_too_deep": (
        "Có quá nhiều ngoặc đơn lồng nhau. Hãy viết câu tìm đơn giản hơn.",
        "Parentheses are nested too deeply. Write the query more simply.",
    ),
    "problem_nothing_to_search": (
        "Không có từ nào để tìm. Hãy gõ ít nhất một chữ hoặc một số.",
        "There is no word to search for. Type at least one letter or digit.",
    ),
    "problem_query_refused": (
        "Máy tìm kiếm không nhận câu tìm này. Hãy viết đơn giản hơn.",
        "The search engine refuses this query. Write it more simply.",
    ),
    "problem_bad_date": (
        "Ngày ở “{parameter}” không đúng. Viết năm-tháng-ngày, ví dụ 2025-09-17.",
        "The date in “{parameter}” does not fit. Write year-month-day, such as 2025-09-17.",
    ),
    "problem_dates_swapped": (
        "Ngày bắt đầu đứng sau ngày kết thúc. Hãy đổi lại.",
        "The first day is after the last. Swap them.",
    ),
    "problem_bad_number": (
        "“{parameter}” cần một con số, ví dụ 100000.",
        "“{parameter}” needs a number, such as 100000.",
    ),
    "problem_bad_amount": (
        "Không đọc được số ở ô này. Viết chẳng hạn 100 tỉ đồng, 1,5 triệu, 2.500.",
        "This amount cannot be read. Write for example 100 billion VND, 1.5 million, 2,500.",
    ),
    "problem_bad_choice": (
        "“{parameter}” có giá trị không có trong danh sách.",
        "“{parameter}” has a value that is not on the list.",
    ),
    "problem_bad_size": (
        "“{parameter}” phải từ 1 đến {limit}.",
        "“{parameter}” must be from 1 to {limit}.",
    ),
    "problem_page_too_deep": (
        "Trang xem được đến kết quả thứ {limit}. Thu hẹp tìm kiếm, hoặc lấy hết qua API.",
        "Pages reach the result number {limit}. Narrow the search, or use the API's cursor.",
    ),
    "problem_too_many_values": (
        "“{parameter}” có hơn {limit} giá trị. Hãy bỏ bớt.",
        "“{parameter}” has more than {limit} values. Remove some.",
    ),
    "problem_too_long_value": (
        "“{parameter}” có giá trị quá dài.",
        "“{parameter}” has a value that is too long.",
    ),
    "problem_unknown_parameter": (
        "Không có tham số “{parameter}”. Xem /api/openapi.json.",
        "There is no parameter “{parameter}”. See /api/openapi.json.",
    ),
    "problem_repeated_parameter": (
        "Tham số “{parameter}” chỉ được có một lần.",
        "The parameter “{parameter}” may be given once only.",
    ),
    "problem_bad_cursor": (
        "Con trỏ không thuộc tìm kiếm này. Hãy bắt đầu lại không có con trỏ.",
        "The cursor does not belong to this search. Begin again without a cursor.",
    ),
    "problem_cursor_expired": (
        "Con trỏ đã hết hạn. Hãy bắt đầu lại không có con trỏ.",
        "The cursor has expired. Begin again without a cursor.",
    ),
    "problem_article_unreadable": (
        "Bài lưu trong kho không khớp với phiên bản này của bàn tin. Hãy báo người quản trị.",
        "The stored article does not fit this release of the desk. Tell its administrator.",
    ),
    "down_title": ("Tạm thời chưa tìm được", "Search is down for a moment"),
    "down": (
        (
            "Máy chủ tìm kiếm (Elasticsearch) chưa trả lời. Không có gì bị mất; hãy thử lại sau ít "
            "phút."
        ),
        (
            "The search server (Elasticsearch) does not answer. Nothing is lost; try again "
            "in a few minutes."
        ),
    ),
    "down_retry": ("Thử lại", "Try again"),
    "missing_title": ("Không có trang này", "No such page"),
    "missing_page": (
        "Địa chỉ này không dẫn đến đâu cả.",
        "This address leads nowhere.",
    ),
    "missing_article": (
        "Không có bài “{article_id}” trong kho. Có thể địa chỉ bị cắt mất một phần.",
        "There is no article “{article_id}” in the index. The address may have lost a part.",
    ),
    "missing_revision": (
        "Bài này không có bản đó trong kho.",
        "This article has no such revision in the index.",
    ),
    "error_title": ("Có lỗi ở bàn tin", "The desk made a mistake"),
    "error": (
        "Lỗi đã được ghi lại. Hãy thử lại; nếu còn lỗi, báo người quản trị.",
        "The error was recorded. Try again; if it stays, tell the administrator.",
    ),
    "back_to_start": ("Về trang tìm kiếm", "To the search page"),
    "article_address": ("Địa chỉ", "Address"),
    "article_original": ("Bài gốc", "Original"),
    "article_published": ("Đăng", "Published"),
    "article_modified": ("Tòa soạn sửa", "Modified by the publisher"),
    "article_fetched": ("Thu thập", "Fetched"),
    "article_first_seen": ("Thấy lần đầu", "First seen"),
    "article_author": ("Tác giả", "By"),
    "article_time_unknown": ("không rõ ngày đăng", "date unknown"),
    "article_truncated": (
        "Bài quá dài: văn bản ở đây đã bị cắt bớt.",
        "The article is very long: its text is cut here.",
    ),
    "article_withdrawn": (
        "Tòa soạn đã gỡ bài này. Dưới đây là văn bản đã thu thập trước đó.",
        "The publisher has withdrawn this article. Below is the text as collected before.",
    ),
    "article_corrected": (
        "Tòa soạn đã sửa bài này sau lần thu thập đầu. Xem lịch sử ở cuối trang.",
        "The publisher changed this article after we first saw it. Its history is below.",
    ),
    "article_old_revision": (
        "Đây là bản cũ, thu thập lúc {time}.",
        "This is an old revision, fetched at {time}.",
    ),
    "article_current_revision": ("Xem bản hiện tại", "See the current one"),
    "article_tags": ("Từ khóa", "Tags"),
    "article_legend": ("Đánh dấu trong bài", "Marked in the text"),
    "legend_figure": ("số liệu", "figures"),
    "legend_organisation": ("tổ chức", "organisations"),
    "legend_person": ("nhân vật", "persons"),
    "legend_place": ("địa danh", "places"),
    "legend_document": ("văn bản", "documents"),
    "entity_search": ("{name}: tìm các bài khác", "{name}: other articles"),
    "figure_to_row": ("{value}: xem trong bảng số liệu", "{value}: see it in the table"),
    "figure_to_mark": ("Xem trong bài", "See it in the text"),
    "figures_heading": ("Số liệu trong bài", "Figures in this article"),
    "figures_none": (
        "Chưa nhận ra số liệu nào trong bài.",
        "No figures were found in this article.",
    ),
    "figures_scroll": ("Bảng số liệu, cuộn ngang được", "Table of figures, scrolls sideways"),
    "column_value": ("Giá trị", "Value"),
    "column_unit": ("Đơn vị", "Unit"),
    "column_counted": ("Đếm gì", "Counted"),
    "column_comparator": ("So sánh", "Comparator"),
    "column_indicator": ("Chỉ tiêu", "Indicator"),
    "column_organisation": ("Của ai", "Owner"),
    "column_place": ("Nơi", "Place"),
    "column_period": ("Kỳ", "Period"),
    "same_as": ("nhắc lại", "said again"),
    "history_heading": ("Lịch sử", "History"),
    "history_time": ("Thu thập lúc", "Fetched at"),
    "history_what": ("Điều gì đã xảy ra", "What happened"),
    "history_text": ("Văn bản", "Text"),
    "history_current": ("bản đang xem", "shown now"),
    "history_view": ("xem bản này", "see this one"),
    "time_zone": ("Giờ Việt Nam", "Vietnam time"),
    "api_link": ("API cho phóng viên dữ liệu", "API for data reporters"),
    "json_link": ("Kết quả này dạng JSON", "These results as JSON"),
}


def say(key: str, language: Language = "vi", **facts: object) -> str:
    """Return a sentence with its facts filled in.

    Raises:
        KeyError: there is no such sentence, or a fact is missing.

    Example:
        >>> say("page_of", page=2, pages=7)
        'Trang 2 trên 7'
    """
    vietnamese, english = WORDS[key]
    return (vietnamese if language == "vi" else english).format(**facts)
