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
}
