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
    # charts
    "chart_title": ("Biểu đồ", "Charts"),
    "chart_choose": ("Chọn một chỉ tiêu", "Choose an indicator"),
    "chart_choose_note": (
        "Mỗi biểu đồ theo một chỉ tiêu, của tổ chức hay ở nơi bạn chọn.",
        "A chart follows one indicator, of the owners or places you choose.",
    ),
    "chart_draw": ("Vẽ", "Draw"),
    "chart_view": ("Kiểu", "View"),
    "chart_view_time": ("Theo thời gian", "Over time"),
    "chart_view_comparison": ("So sánh", "Comparison"),
    "chart_by": ("Theo", "By"),
    "chart_by_organisation": ("tổ chức", "owner"),
    "chart_by_place": ("nơi", "place"),
    "chart_grain": ("Mỗi bước", "Step"),
    "chart_grain_year": ("năm", "year"),
    "chart_grain_quarter": ("quý", "quarter"),
    "chart_grain_month": ("tháng", "month"),
    "chart_step": ("Thời gian", "Time"),
    "chart_organisations": (
        "Của ai (mỗi dòng một tên)",
        "Owners (a name on each line)",
    ),
    "chart_places": ("Nơi (mỗi dòng một tên)", "Places (a name on each line)"),
    "chart_counted": ("Đếm gì", "Counted"),
    "chart_counted_whole": ("toàn bộ", "the whole"),
    "chart_modality": ("Tính chất", "Modality"),
    "chart_chosen_scopes": (
        "Chưa chọn của ai hay ở đâu: vẽ những tên có nhiều số liệu nhất.",
        "No owner or place is chosen: those with most figures are drawn.",
    ),
    "chart_no_owner": ("không rõ của ai", "owner unknown"),
    "chart_stock_note": (
        "Đây là mức tại một thời điểm: mỗi điểm là một mức, không cộng với nhau.",
        "These are levels at a time: each point is one level, and none are added.",
    ),
    "chart_flow_note": (
        (
            "Đây là tổng trong kỳ: chỉ cộng những kỳ không trùng ngày nào; cùng một số do nhiều "
            "bài đưa chỉ tính một lần."
        ),
        (
            "These are sums over periods: only periods that share no day are added; the same "
            "figure said in several articles counts once."
        ),
    ),
    "chart_partial_note": (
        "Cột hoặc điểm nhạt: số liệu chưa phủ hết kỳ.",
        "A pale bar or point: the figures do not tell the whole period.",
    ),
    "chart_partial_short": ("chưa phủ hết kỳ", "part of the period"),
    "chart_coverage": ("{told} trên {days} ngày", "{told} of {days} days"),
    "chart_whole": ("cả kỳ", "whole"),
    "chart_subtitle_stock": ("mức tại từng thời điểm", "levels"),
    "chart_subtitle_year": ("tổng mỗi năm", "sums by year"),
    "chart_subtitle_quarter": ("tổng mỗi quý", "sums by quarter"),
    "chart_subtitle_month": ("tổng mỗi tháng", "sums by month"),
    "chart_break_mark": ("{day}: sáp nhập", "{day}: mergers"),
    "chart_break_grown": (
        "Từ {day}, {name} gồm cả {others}: số trước và sau ngày này không cùng một địa bàn.",
        "From {day}, {name} includes {others}: figures before and after are of different areas.",
    ),
    "chart_break_gone": (
        "Từ {day}, {name} không còn nữa: chuỗi số liệu dừng ở đây.",
        "From {day}, {name} is no more: the series ends here.",
    ),
    "chart_break_ended": (
        "Từ {day}, {name} thuộc về {others}: chuỗi số liệu dừng ở đây.",
        "From {day}, {name} is part of {others}: the series ends here.",
    ),
    "chart_empty": (
        "Không có số liệu nào đủ để vẽ. Thử chỉ tiêu, tổ chức hay nơi khác.",
        "No figures to draw. Try another indicator, owner or place.",
    ),
    "chart_untold": (
        "{count} số liệu có kỳ dài hơn một bước nên không vẽ ở đây.",
        "{count} figures are of periods longer than a step, and are not drawn here.",
    ),
    "chart_cut": (
        "Chỉ vẽ từ {limit} số liệu mới nhất. Chọn ít tổ chức hay nơi hơn để thấy hết.",
        "Drawn from the newest {limit} figures only. Choose fewer owners or places to see all.",
    ),
    "chart_more_series": ("Các chuỗi khác", "Other series"),
    "chart_more_series_note": (
        "Một biểu đồ vẽ nhiều nhất {limit} chuỗi. Chọn chuỗi để xem riêng:",
        "A chart draws {limit} series at most. Choose one to see it alone:",
    ),
    "chart_table": ("Số liệu của biểu đồ", "The chart as a table"),
    "chart_column_series": ("Chuỗi", "Series"),
    "chart_column_time": ("Thời gian", "Time"),
    "chart_column_coverage": ("Phủ", "Told"),
    "chart_column_sources": ("Câu", "Sentences"),
    "chart_others": (
        "{count} số liệu khác, không tính vào",
        "{count} other figures, not counted in",
    ),
    "chart_points_count": ("{count} điểm", "{count} points"),
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
