"""The sentences of the pages of figures and charts, of exports and citations.

In: nothing. Out: `FIGURE_WORDS`, part of `wording.WORDS`.
"""

from typing import Final

FIGURE_WORDS: Final[dict[str, tuple[str, str]]] = {
    # tabs
    "tabs_label": ("Các phần của bàn tin", "Parts of the desk"),
    "tab_articles": ("Tin bài", "Articles"),
    "tab_figures": ("Số liệu", "Figures"),
    "tab_charts": ("Biểu đồ", "Charts"),
    # the table
    "figures_title": ("Bảng số liệu", "Table of figures"),
    "figures_search_label": ("Tìm trong số liệu", "Search the figures"),
    "figures_search_placeholder": (
        "Ví dụ: trao quà Tết công nhân",
        "For example: trao quà Tết công nhân",
    ),
    "figures_count": ("{count} số liệu", "{count} figures"),
    "figures_one": ("1 số liệu", "1 figure"),
    "figures_over": ("hơn {count} số liệu", "over {count} figures"),
    "figures_empty": ("Không có số liệu nào như vậy", "There are no such figures"),
    "figures_empty_index": ("Chưa có số liệu nào", "No figures yet"),
    "figures_empty_widen": ("bỏ điều kiện: {label}", "without: {label}"),
    "figures_mixed_units": (
        "Các số ở đây có đơn vị khác nhau, nên so sánh độ lớn không có nghĩa. Chọn một đơn vị:",
        "These figures are in different units, so their sizes do not compare. Choose one unit:",
    ),
    "figures_last_page": (
        "Trang cuối xem được ở đây. Thu hẹp điều kiện, hoặc tải tất cả bằng CSV.",
        "The last page shown here. Narrow the conditions, or download everything as CSV.",
    ),
    "figures_meant_exact": ("“{typed}” được hiểu là {name}.", "“{typed}” was taken for {name}."),
    "figures_meant_many": (
        "“{typed}” có trong {count} tên. Chọn một tên:",
        "“{typed}” is part of {count} names. Choose one:",
    ),
    "figures_meant_more": (
        "“{typed}” có trong rất nhiều tên. Viết đầy đủ hơn, hoặc chọn một tên:",
        "“{typed}” is part of very many names. Write more of it, or choose one:",
    ),
    "figures_meant_none": (
        "Không có tên nào chứa “{typed}”.",
        "There is no name that holds “{typed}”.",
    ),
    "figures_form": ("Điều kiện", "Conditions"),
    "figures_more_conditions": ("Điều kiện khác", "More conditions"),
    "figures_apply": ("Lọc", "Apply"),
    "field_any": ("bất kỳ", "any"),
    "field_at_least": ("Từ", "At least"),
    "field_at_most": ("Đến", "At most"),
    "field_amount_example": ("100 tỉ đồng", "100 billion VND"),
    "field_amount_help": (
        "Viết như thường: 100 tỉ đồng; 2.500; 12,5%.",
        "As you would write it: 100 billion VND; 2,500; 12.5%.",
    ),
    "field_period_from": ("Kỳ từ", "Period from"),
    "field_period_to": ("Kỳ đến", "Period to"),
    "field_period_help": (
        "Năm, tháng hay ngày: 2024; 2024-03; 2024-03-15.",
        "A year, month or day: 2024; 2024-03; 2024-03-15.",
    ),
    "field_date_from": ("Đăng từ", "Published from"),
    "field_date_to": ("Đăng đến", "Published to"),
    "field_name_example": ("ví dụ: ldld ha noi", "such as: ldld ha noi"),
    "sort_largest": ("Lớn nhất", "Largest"),
    "sort_smallest": ("Nhỏ nhất", "Smallest"),
    "sort_period": ("Kỳ gần nhất", "Latest period"),
    "chip_words": ("Có chữ", "Words"),
    "chip_value": ("Giá trị", "Value"),
    "chip_period": ("Kỳ", "Period"),
    "chip_published": ("Ngày đăng", "Published"),
    "value_at_least": ("từ {value}", "at least {value}"),
    "value_at_most": ("đến {value}", "at most {value}"),
    "value_between": ("{low} – {high}", "{low} – {high}"),
    "column_modality": ("Tính chất", "Modality"),
    "column_sentence": ("Câu", "Sentence"),
    "column_article": ("Bài", "Article"),
    "figure_in_article": ("Xem câu này trong bài", "See this sentence in the article"),
    "filter_add_figures": ("Chỉ {label}: {count} số liệu", "Only {label}: {count} figures"),
    "filter_by": ("Chỉ {label}", "Only {label}"),
    # taking away
    "problem_too_many_exports": (
        "Đang có {limit} tệp được xuất cùng lúc. Hãy thử lại sau {retry_after} giây.",
        "{limit} files are being written already. Try again in {retry_after} seconds.",
    ),
    "export_label": ("Tải về", "Download"),
    "export_csv": ("CSV", "CSV"),
    "export_csv_semicolon": ("CSV cho Excel tiếng Việt", "CSV for a Vietnamese Excel"),
    "export_jsonl": ("JSON Lines", "JSON Lines"),
    "export_svg": ("SVG", "SVG"),
    "export_png": ("PNG", "PNG"),
    "cite": ("Trích dẫn", "Cite"),
    "cite_label": ("Trích dẫn để dán", "Citation to paste"),
    "cite_figure": (
        "“{surface}” trong câu: “{sentence}”",
        "“{surface}” in the sentence: “{sentence}”",
    ),
    "cite_read": ("thu thập lúc {time}, giờ Việt Nam", "fetched {time}, Vietnam time"),
    "cite_undated": ("không rõ ngày đăng", "date unknown"),
    "cite_withdrawn": ("tòa soạn đã gỡ bài", "withdrawn by the publisher"),
    "chart_of_figures": ("Vẽ biểu đồ", "Draw a chart"),
}

VALUE_LABELS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "modality": {
        "reported": ("đã thực hiện", "reported"),
        "target": ("mục tiêu", "target"),
        "estimate": ("ước tính", "estimate"),
    },
    "comparator": {
        "eq": ("bằng", "equal"),
        "gt": ("hơn", "over"),
        "gte": ("ít nhất", "at least"),
        "lt": ("dưới", "under"),
        "lte": ("tối đa", "at most"),
        "approx": ("khoảng", "about"),
        "approx_below": ("gần", "nearly"),
        "between": ("trong khoảng", "between"),
        "vague": ("ước chừng", "vague"),
    },
    "kind": {
        "count": ("số đếm", "count"),
        "money": ("tiền", "money"),
        "percent": ("phần trăm", "percent"),
        "ratio": ("tỉ số", "ratio"),
        "fraction": ("phân số", "fraction"),
        "change": ("thay đổi", "change"),
        "multiple": ("bội số", "multiple"),
        "score": ("điểm, tỉ số trận đấu", "score"),
        "age": ("tuổi", "age"),
        "area": ("diện tích", "area"),
        "duration": ("thời gian", "duration"),
        "length": ("độ dài", "length"),
        "weight": ("khối lượng", "weight"),
        "volume": ("thể tích", "volume"),
        "temperature": ("nhiệt độ", "temperature"),
        "other": ("khác", "other"),
    },
}
