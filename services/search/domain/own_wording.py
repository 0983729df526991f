"""The sentences of what is a user's own: account, saved searches, judgements.

In: nothing. Out: `OWN_WORDS`, part of `wording.WORDS`.
"""

from typing import Final

OWN_WORDS: Final[dict[str, tuple[str, str]]] = {
    # who asks
    "own_nav": ("Của bạn", "Yours"),
    "local_user": ("Máy này", "This machine"),
    "role_reader": ("bạn đọc", "reader"),
    "role_editor": ("biên tập", "editor"),
    "role_admin": ("quản trị", "administrator"),
    "login_title": ("Đăng nhập", "Log in"),
    "login_name": ("Tên", "Name"),
    "login_password": ("Mật khẩu", "Password"),
    "login_button": ("Đăng nhập", "Log in"),
    "login_note": (
        "Quản trị viên tạo tài khoản. Quên mật khẩu: hãy hỏi quản trị viên.",
        "Accounts are made by the administrator; ask there for a forgotten password as well.",
    ),
    "logout_button": ("Đăng xuất", "Log out"),
    "problem_login": (
        "Cần đăng nhập: qua trang /login, hoặc gửi khóa API ở “Authorization: Bearer”.",
        "Log in first: at /login, or with an API key in “Authorization: Bearer”.",
    ),
    "problem_bad_login": (
        "Tên hoặc mật khẩu không đúng.",
        "The name or the password is wrong.",
    ),
    "problem_bad_key": (
        "Khóa API này không có hoặc đã bị thu hồi. Tạo khóa mới ở /account.",
        "There is no such API key, or it was revoked. Make a new one at /account.",
    ),
    "refused_title": ("Không được phép", "Not allowed"),
    "problem_not_allowed": (
        "Tài khoản này chỉ được đọc. Hãy hỏi quản trị viên nếu cần quyền biên tập.",
        "This account, or its key, may only read. Ask the administrator for the role of an editor.",
    ),
    "problem_foreign": (
        "Biểu mẫu này đã cũ hoặc không đến từ bàn tin. Hãy tải lại trang rồi gửi lại.",
        "This form is out of date or not from this desk. Reload the page and send it again.",
    ),
    "problem_not_json": (
        "API cần nội dung dạng JSON: “Content-Type: application/json”.",
        "The API takes JSON: send “Content-Type: application/json”.",
    ),
    "problem_form_too_long": ("Biểu mẫu dài quá.", "The form is too long."),
    "too_many_title": ("Quá nhiều yêu cầu", "Too many requests"),
    "problem_too_many": (
        "Có quá nhiều yêu cầu trong thời gian ngắn. Hãy thử lại sau {seconds} giây.",
        "Too many requests in a short time. Try again in {seconds} seconds.",
    ),
    "saved_link": ("Tin đã lưu", "Saved searches"),
    # account
    "account_title": ("Tài khoản", "Account"),
    "account_role": ("Vai trò: {role}", "Role: {role}"),
    "password_heading": ("Đổi mật khẩu", "Change the password"),
    "password_current": ("Mật khẩu hiện tại", "Current password"),
    "password_new": ("Mật khẩu mới (ít nhất 10 ký tự)", "New password (at least 10 characters)"),
    "password_button": ("Đổi mật khẩu", "Change password"),
    "password_changed": (
        "Đã đổi mật khẩu. Các nơi đăng nhập khác đã kết thúc.",
        "The password is changed. All other logins have ended.",
    ),
    "problem_bad_password": (
        "Mật khẩu cần từ 10 đến 200 ký tự.",
        "A password has 10 to 200 characters.",
    ),
    "problem_bad_name": (
        "Tên cần từ 1 đến 64 ký tự in được.",
        "A name has 1 to 64 printable characters.",
    ),
    "problem_name_taken": ("Tên này đã có người dùng.", "There is a user of that name already."),
    "keys_heading": ("Khóa API", "API keys"),
    "keys_note": (
        "Gửi kèm mỗi yêu cầu tới API: “Authorization: Bearer <khóa>”.",
        "Send one along with each request to the API: “Authorization: Bearer <key>”.",
    ),
    "keys_none": ("Chưa có khóa nào.", "No keys yet."),
    "key_label": ("Dùng cho việc gì", "What it is for"),
    "key_read_only": ("Chỉ đọc", "Read only"),
    "key_button": ("Tạo khóa", "Make a key"),
    "key_new": (
        "Khóa mới; chỉ hiện một lần này, hãy chép lại ngay:",
        "Your new key; it is shown this once, copy it now:",
    ),
    "key_remove": ("Thu hồi", "Revoke"),
    "key_used": ("dùng lần cuối {time}", "last used {time}"),
    "key_unused": ("chưa dùng", "never used"),
    "problem_bad_label": (
        "Hãy ghi khóa dùng cho việc gì, tối đa 64 ký tự.",
        "Say what the key is for, in at most 64 characters.",
    ),
    "problem_too_many_keys": (
        "Đã có 20 khóa. Hãy thu hồi khóa không còn dùng.",
        "There are 20 keys already. Revoke those that are not used.",
    ),
    # saved searches
    "saved_title": ("Tin đã lưu", "Saved searches"),
    "saved_lead": (
        "Tin mới, tin sửa hoặc bị gỡ khớp với tìm kiếm đã lưu sẽ được báo qua feed, thư, webhook.",
        "New, corrected and withdrawn articles that fit are told by feed, e-mail and webhook.",
    ),
    "saved_none": (
        "Chưa lưu tìm kiếm nào. Hãy tìm trước, rồi chọn “Lưu tìm kiếm này”.",
        "Nothing is saved yet. Search first, then choose “Save this search”.",
    ),
    "saved_new": ("Lưu một tìm kiếm", "Save a search"),
    "saved_edit": ("Sửa tìm kiếm đã lưu", "Change a saved search"),
    "save_this": ("Lưu tìm kiếm này", "Save this search"),
    "saved_name": ("Tên", "Name"),
    "saved_address": (
        "Địa chỉ của trang tìm kiếm hoặc trang số liệu",
        "Address of the search or figures page",
    ),
    "saved_email": ("Báo qua thư điện tử (không bắt buộc)", "Tell by e-mail (optional)"),
    "saved_no_email": (
        "Chưa gửi được thư: quản trị viên chưa đặt NOTIFIER_SMTP_HOST.",
        "No e-mail yet: the administrator has not set NOTIFIER_SMTP_HOST.",
    ),
    "saved_webhook": ("Báo qua webhook (không bắt buộc)", "Tell by webhook (optional)"),
    "saved_webhook_secret": ("Khóa ký webhook", "Secret that signs the webhook"),
    "saved_button": ("Lưu", "Save"),
    "saved_change": ("Sửa", "Change"),
    "saved_pause": ("Tạm dừng", "Pause"),
    "saved_resume": ("Tiếp tục", "Resume"),
    "saved_remove": ("Xóa", "Delete"),
    "saved_remove_ask": (
        "Xóa “{name}” cùng các tin đã báo? Nguồn tin (feed) sẽ ngừng hoạt động.",
        "Delete “{name}” with its news? Its feed ends.",
    ),
    "saved_renew": ("Đổi địa chỉ feed", "New feed address"),
    "saved_renew_note": (
        "Ai biết địa chỉ feed đều đọc được. Đổi địa chỉ thì địa chỉ cũ ngừng hoạt động ngay.",
        "Whoever knows a feed's address can read it. With a new one the old one ends at once.",
    ),
    "saved_paused": ("đang tạm dừng", "paused"),
    "saved_kind_articles": ("bài", "articles"),
    "saved_kind_figures": ("số liệu", "figures"),
    "saved_feeds": ("Nguồn tin", "Feeds"),
    "saved_no_news": ("chưa có tin nào", "no news yet"),
    "saved_news": ("{count} tin, mới nhất {time}", "{count} items, the newest {time}"),
    "saved_everything": ("mọi tin", "everything"),
    "saved_owner": ("của người khác", "somebody else's"),
    "saved_broken": (
        "Tìm kiếm này không dùng được nữa; hãy sửa.",
        "This search does not work any more; change it.",
    ),
    "channel_email": ("thư", "e-mail"),
    "channel_webhook": ("webhook", "webhook"),
    "channel_sent": ("gửi lần cuối {time}", "last sent {time}"),
    "channel_pending": (
        "đang chờ gửi (lần thử: {attempts}) {error}",
        "waiting to be sent (attempts: {attempts}) {error}",
    ),
    "channel_failed": ("không gửi được lúc {time}: {error}", "given up at {time}: {error}"),
    "channel_dropped": ("đã bỏ", "dropped"),
    "error_webhook_private": (
        "địa chỉ không thuộc internet công cộng",
        "the address is not on the public internet",
    ),
    "error_webhook_timeout": ("không trả lời kịp", "no answer in time"),
    "error_webhook_unreachable": ("không kết nối được", "cannot be reached"),
    "error_webhook_bad_address": ("địa chỉ không đúng", "the address does not fit"),
    "error_webhook_status": ("nơi nhận trả lời mã", "the receiver answered with status"),
    "error_mail_recipient_refused": (
        "máy chủ thư không nhận địa chỉ này",
        "the mail server refuses this address",
    ),
    "error_mail_refused": ("máy chủ thư từ chối:", "the mail server refuses:"),
    "error_mail_unreachable": ("không kết nối được máy chủ thư", "the mail server is away"),
    "error_mail_bad_address": ("địa chỉ thư không đúng", "the address does not fit"),
    "error_unexpected": ("lỗi:", "an error:"),
    "mail_subject_many": ("{count} tin", "{count} articles"),
    "mail_footer": (
        "Thư này được gửi vì tìm kiếm đã lưu “{name}”. Tạm dừng hoặc xóa: {url}",
        "Sent because of the saved search “{name}”. Pause or delete it: {url}",
    ),
    "feed_atom": ("Atom", "Atom"),
    "feed_json": ("JSON", "JSON"),
    "feed_source": ("Đã sửa", "Corrected"),
    "feed_withdrawn": ("Đã gỡ", "Withdrawn"),
    "feed_restored": ("Đăng lại", "Restored"),
    # judgements
    "judge_title": ("Đánh giá số liệu", "Judge this figure"),
    "judge_link": ("Đánh giá", "Judge"),
    "judge_verdict": ("Số liệu này", "This figure is"),
    "judge_confirmed": ("đúng như trong bài", "right, as the article says it"),
    "judge_corrected": (
        "đọc chưa đúng, cần sửa như dưới đây",
        "misread; it should say what is below",
    ),
    "judge_rejected": ("không phải là số liệu, nên bỏ", "no figure at all; leave it out"),
    "judge_correct_fields": ("Nếu cần sửa: sửa ô nào sai", "To correct it, change what is wrong"),
    "judge_note": ("Vì sao (không bắt buộc)", "Why (optional)"),
    "judge_button": ("Gửi đánh giá", "Send the judgement"),
    "judge_said": ("Đã được đánh giá", "What was said of it"),
    "judge_end": ("Rút lại", "Take back"),
    "judged_confirmed": ("✓ Xác nhận", "✓ Confirmed"),
    "judged_corrected": ("✎ Sửa", "✎ Corrected"),
    "judged_rejected": ("✗ Bác bỏ", "✗ Rejected"),
    "judge_orphans": (
        "{count} đánh giá về số liệu không còn trong bài",
        "{count} judgements of figures that are gone",
    ),
    "judge_orphans_note": (
        "Tòa soạn đã sửa bài, hoặc bài được đọc lại khác đi. Đánh giá vẫn được giữ.",
        "The publisher changed the article, or it was read differently. They are kept.",
    ),
    "column_judged": ("Đánh giá", "Judged"),
    "column_value_max": ("Giá trị lớn nhất", "Largest value"),
    "problem_figure_changed": (
        "Số liệu này đã được đọc lại khác đi. Hãy mở lại bài và xem lại.",
        "This figure has other words by now. Open the article again and look at it.",
    ),
    "problem_bad_verdict": (
        "Hãy chọn: đúng, cần sửa hay bỏ.",
        "Choose whether it is right, to be corrected, or to be left out.",
    ),
    "problem_no_correction": (
        "Hãy sửa ít nhất một ô.",
        "Change at least one field.",
    ),
    "problem_not_correcting": (
        "Chỉ “cần sửa” mới có ô sửa.",
        "Only a correction has fields that change.",
    ),
    "problem_bad_value": (
        "Giá trị cần là một con số, ví dụ 220 tỉ hoặc 1.250.",
        "The value must be a number, such as 220 tỉ or 1,250.",
    ),
    "problem_not_yours": (
        "Đánh giá này là của người khác.",
        "This judgement is somebody else's.",
    ),
    "missing_figure": (
        "Bài này không còn số liệu đó.",
        "The article has no such figure.",
    ),
    "missing_judgement": (
        "Không có đánh giá này, hoặc nó đã được rút lại.",
        "There is no such judgement, or it was taken back.",
    ),
    "feed_problem": ("Không có nguồn tin này", "There is no such feed"),
    "problem_bad_address": (
        "Chỉ lưu được địa chỉ của trang tìm kiếm hoặc trang số liệu của bàn tin.",
        "Only an address of the desk's search or figures page can be saved.",
    ),
    "problem_bad_saved_name": (
        "Tên cần từ 1 đến 120 ký tự.",
        "The name has 1 to 120 characters.",
    ),
    "problem_bad_email": (
        "Địa chỉ thư không đúng.",
        "This is no e-mail address.",
    ),
    "problem_bad_webhook": (
        "Địa chỉ webhook cần bắt đầu bằng https:// hoặc http://, không kèm tên và mật khẩu.",
        "A webhook's address begins with https:// or http:// and holds no name and password.",
    ),
    "problem_too_many_searches": (
        "Đã có 200 tìm kiếm. Hãy xóa bớt.",
        "There are 200 saved searches already. Delete some.",
    ),
    "missing_saved": (
        "Không có tìm kiếm đã lưu này, hoặc nó không phải của bạn.",
        "There is no such saved search, or it is not yours.",
    ),
}
