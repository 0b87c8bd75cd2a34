// Words in both languages. The Vietnamese ones are the keys' types: what English lacks does not compile.

const vi = {
  live: "Trực tiếp", presence: "Đang ở trong", events: "Sự kiện", reports: "Báo cáo", trace: "Truy vết", people: "Người & thẻ",
  accounts: "Tài khoản", audit: "Nhật ký kiểm tra", login: "Đăng nhập", logout: "Đăng xuất", menu: "Danh mục",
  skip: "Đến nội dung", language: "Ngôn ngữ", theme: "Giao diện", light: "Sáng", dark: "Tối", auto: "Theo máy",
  name: "Tên", password: "Mật khẩu", newPassword: "Mật khẩu mới", oldPassword: "Mật khẩu cũ", passwordHint: "Từ 10 đến 256 ký tự",
  changePassword: "Đổi mật khẩu", passwordChanged: "Đã đổi mật khẩu. Các phiên khác đã kết thúc.",
  first: "Quản trị viên đầu tiên", firstHint: "Chưa có quản trị viên. Liên kết này tạo quản trị viên đầu tiên và chỉ dùng được một lần.",
  firstGone: "Đã có quản trị viên. Hãy đăng nhập.", create: "Tạo", save: "Lưu", cancel: "Hủy", close: "Đóng", remove: "Xóa",
  confirm: "Xác nhận", reason: "Lý do", area: "Khu vực", everywhere: "tất cả", role: "Vai trò", roles: "Vai trò", search: "Tìm",
  from: "Từ", until: "Đến", by: "Theo", hour: "giờ", day: "ngày", week: "tuần", month: "tháng", show: "Xem", more: "Xem thêm",
  loading: "Đang tải…", nothing: "Không có gì", at: "Lúc", gate: "Cổng", gates: "Cổng", point: "Lối", event: "Sự kiện", person: "Người",
  insideNow: "Đang ở trong", entriesToday: "Vào hôm nay", exitsToday: "Ra hôm nay", deniedToday: "Từ chối hôm nay",
  gatesUp: "Cổng hoạt động", of: "{0} trên {1}", alarms: "Cần xử lý", noAlarms: "Mọi cổng đều hoạt động",
  reconnecting: "Mất kết nối, đang nối lại…", connected: "Trực tiếp", lastEvent: "Lần qua gần nhất", never: "chưa có",
  online: "hoạt động", stopped: "đã dừng", offline: "mất liên lạc", unknown: "chưa rõ", behind: "còn {0} dòng chưa nhận",
  lostRows: "mất {0} dòng", modeNormal: "bình thường", modeReleased: "đã giải phóng", modeOpen: "giữ mở", modeDown: "khóa",
  doorForced: "bị mở cưỡng bức", doorLong: "mở quá lâu", tamper: "vỏ máy bị mở", fireReleased: "BÁO CHÁY: lối đã giải phóng",
  fireHolding: "Giữ giải phóng đến khi đặt lại tủ báo cháy", clockBad: "đồng hồ không tin được",
  open: "Mở một lượt", holdOpen: "Giữ mở", lockDown: "Khóa", endHoldOpen: "Thôi giữ mở", endLockDown: "Thôi khóa",
  command: "Lệnh", allPoints: "mọi lối", commandHint: "Lệnh được ghi vào nhật ký cùng tên và lý do của bạn.",
  sent: "Đã gửi, chờ cổng trả lời", done: "Cổng đã thực hiện", refused: "Cổng từ chối", unanswered: "Cổng không trả lời",
  notSent: "Không gửi được", since: "Đã ở trong", entered: "Vào lúc", left: "Ra lúc", stillInside: "còn ở trong", leftAssumed: "không thấy ra",
  site: "Địa điểm", muster: "Điểm danh sơ tán", musterBegin: "Bắt đầu điểm danh", musterEnd: "Kết thúc điểm danh",
  musterFrozen: "Danh sách lúc {0}. Được giữ trên máy này, cả khi mất kết nối.", missing: "Chưa thấy", safe: "An toàn",
  musterCount: "Chưa thấy {0} trên {1}", print: "In", csv: "Tải CSV", lookRecorded: "Lần xem này được ghi vào nhật ký.",
  any: "bất kỳ", kind: "Loại", direction: "Hướng", entry: "vào", exit: "ra", shown: "Đã xuất trình", historical: "gửi sau",
  entries: "Vào", exits: "Ra", granted: "Được phép", denied: "Từ chối", activeGates: "Cổng hoạt động", activeSites: "Địa điểm hoạt động",
  progress: "Tiến độ và kết quả", period: "Kỳ", before: "Kỳ trước", change: "Thay đổi", total: "Tổng", chart: "Biểu đồ lượt vào và ra",
  nation: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", motto: "Độc lập - Tự do - Hạnh phúc", reportTitle: "BÁO CÁO TÌNH HÌNH RA VÀO",
  subject: "Mã người", case: "Số hồ sơ", margin: "Nới thời gian (phút)", hops: "Số bậc", traceHint: "Mỗi lần truy vết được ghi vào nhật ký với số hồ sơ và lý do.",
  visits: "Các lần có mặt", contacts: "Người cùng có mặt", minutes: "Phút", hop: "Bậc", truncated: "Danh sách bị cắt: hãy thu hẹp thời gian.",
  disabled: "Bị khóa", created: "Tạo lúc", lastLogin: "Đăng nhập gần nhất", newAccount: "Tài khoản mới", addGrant: "Thêm vai trò",
  removeAccount: "Xóa tài khoản {0}?", removeAccountHint: "Người này không đăng nhập được nữa. Nhật ký vẫn giữ việc họ đã làm.",
  actor: "Ai", action: "Việc", target: "Đối tượng", outcome: "Kết quả", detail: "Chi tiết", verify: "Kiểm tra chuỗi", number: "Số",
  verified: "Chuỗi nguyên vẹn: {0} dòng", broken: "Chuỗi bị sửa từ dòng {0}", refusedWord: "bị từ chối", doneWord: "đã làm",
  blocked: "Bị chặn", block: "Chặn", unblock: "Bỏ chặn", reveal: "Hiện tên đầy đủ", levels: "Cấp quyền", id: "Mã", validUntil: "Có hạn đến",
  credentials: "Thẻ và mã", addCode: "Thêm mã", code: "Mã trên thẻ", revoke: "Thu hồi", revoked: "đã thu hồi", newPerson: "Thêm người",
  importFile: "Nhập từ tệp CSV", preview: "Xem trước", commitImport: "Nhập", importSummary: "{0} dòng: {1} mới, {2} thay đổi, {3} như cũ, {4} lỗi",
  imported: "Đã nhập.", notImported: "Chưa nhập gì. Hãy sửa các dòng sau.", removePerson: "Xóa {0}?", removePersonHint: "Thẻ của người này không mở được cổng nữa.",
  noRegistry: "Bảng điều khiển này không nối với sổ đăng ký của địa điểm.",
  errUnreachable: "Không tới được máy chủ. Hãy kiểm tra mạng rồi thử lại.", errUnauthenticated: "Tên hoặc mật khẩu không đúng, hoặc phiên đã hết.",
  errForbidden: "Bạn không có quyền làm việc này.", errThrottled: "Sai quá nhiều lần. Thử lại sau {0} giây.", errStorage: "Kho dữ liệu chưa trả lời. Không mất gì; hãy thử lại.",
  errConflict: "Không làm được: {0}", errOther: "Không làm được: {0}", errBroker: "Chưa nối với trạm truyền tin; chưa gửi gì.",
  minAgo: "{0} phút trước", secAgo: "{0} giây trước", hourAgo: "{0} giờ trước", dayAgo: "{0} ngày trước", now: "vừa xong",
  durMin: "{0} phút", durHour: "{0} giờ {1} phút", durDay: "{0} ngày {1} giờ",
} as const;

export type Key = keyof typeof vi;

const en: Record<Key, string> = {
  live: "Live", presence: "Inside", events: "Events", reports: "Reports", trace: "Tracing", people: "People & passes",
  accounts: "Accounts", audit: "Audit log", login: "Log in", logout: "Log out", menu: "Menu",
  skip: "To the content", language: "Language", theme: "Theme", light: "Light", dark: "Dark", auto: "As the system",
  name: "Name", password: "Password", newPassword: "New password", oldPassword: "Old password", passwordHint: "10 to 256 characters",
  changePassword: "Change password", passwordChanged: "Password changed. Other sessions have ended.",
  first: "The first administrator", firstHint: "There is no administrator yet. This link makes the first one, and is good once.",
  firstGone: "There is an administrator already. Log in.", create: "Create", save: "Save", cancel: "Cancel", close: "Close", remove: "Delete",
  confirm: "Confirm", reason: "Reason", area: "Area", everywhere: "everywhere", role: "Role", roles: "Roles", search: "Search",
  from: "From", until: "To", by: "By", hour: "hour", day: "day", week: "week", month: "month", show: "Show", more: "Show more",
  loading: "Loading…", nothing: "Nothing", at: "At", gate: "Gate", gates: "Gates", point: "Access point", event: "Event", person: "Person",
  insideNow: "Inside now", entriesToday: "In today", exitsToday: "Out today", deniedToday: "Denied today",
  gatesUp: "Gates up", of: "{0} of {1}", alarms: "Needs a hand", noAlarms: "Every gate is working",
  reconnecting: "Connection lost, reconnecting…", connected: "Live", lastEvent: "Last passage", never: "none yet",
  online: "online", stopped: "stopped", offline: "offline", unknown: "not known", behind: "{0} rows not received yet",
  lostRows: "{0} rows lost", modeNormal: "normal", modeReleased: "released", modeOpen: "held open", modeDown: "locked down",
  doorForced: "forced open", doorLong: "open too long", tamper: "housing is open", fireReleased: "FIRE: lanes are released",
  fireHolding: "Held free until the fire panel is reset", clockBad: "clock cannot be trusted",
  open: "Open once", holdOpen: "Hold open", lockDown: "Lock down", endHoldOpen: "End holding open", endLockDown: "End lock-down",
  command: "Command", allPoints: "all access points", commandHint: "The command is recorded with your name and your reason.",
  sent: "Sent, waiting for the gate", done: "The gate has done it", refused: "The gate refused", unanswered: "The gate did not answer",
  notSent: "Could not be sent", since: "Inside for", entered: "Entered", left: "Left", stillInside: "still inside", leftAssumed: "exit not seen",
  site: "Site", muster: "Evacuation muster", musterBegin: "Begin the muster", musterEnd: "End the muster",
  musterFrozen: "The list as of {0}. It is kept on this device, also without a connection.", missing: "Missing", safe: "Safe",
  musterCount: "{0} of {1} missing", print: "Print", csv: "CSV file", lookRecorded: "This look is recorded in the audit log.",
  any: "any", kind: "Kind", direction: "Direction", entry: "in", exit: "out", shown: "Shown", historical: "sent later",
  entries: "In", exits: "Out", granted: "Granted", denied: "Denied", activeGates: "Active gates", activeSites: "Active sites",
  progress: "Progress and results", period: "Period", before: "Period before", change: "Change", total: "Total", chart: "Entries and exits",
  nation: "", motto: "", reportTitle: "REPORT ON ENTRIES AND EXITS",
  subject: "Person's number", case: "Case number", margin: "Margin (minutes)", hops: "Hops", traceHint: "Every trace is recorded with its case number and reason.",
  visits: "Visits", contacts: "Who was there, too", minutes: "Minutes", hop: "Hop", truncated: "The list was cut: choose a shorter time.",
  disabled: "Disabled", created: "Created", lastLogin: "Last login", newAccount: "New account", addGrant: "Add a role",
  removeAccount: "Delete the account {0}?", removeAccountHint: "They cannot log in any more. The audit log keeps what they did.",
  actor: "Who", action: "What", target: "To whom", outcome: "Outcome", detail: "Detail", verify: "Verify the chain", number: "Number",
  verified: "The chain is whole: {0} lines", broken: "The chain was changed from line {0} on", refusedWord: "refused", doneWord: "done",
  blocked: "Blocked", block: "Block", unblock: "Unblock", reveal: "Show full names", levels: "Access levels", id: "Id", validUntil: "Valid until",
  credentials: "Cards and codes", addCode: "Add a code", code: "Text of the code", revoke: "Revoke", revoked: "revoked", newPerson: "Add somebody",
  importFile: "Import a CSV file", preview: "Preview", commitImport: "Import", importSummary: "{0} rows: {1} new, {2} changed, {3} as they were, {4} bad",
  imported: "Imported.", notImported: "Nothing was imported. Mend these rows.", removePerson: "Delete {0}?", removePersonHint: "Their cards open no gate any more.",
  noRegistry: "This dashboard is not connected to the site's registry.",
  errUnreachable: "The server cannot be reached. Check the network and try again.", errUnauthenticated: "Name or password is wrong, or the session is over.",
  errForbidden: "You may not do this.", errThrottled: "Too many failures. Try again in {0} s.", errStorage: "The archive does not answer. Nothing is lost; try again.",
  errConflict: "This cannot be done: {0}", errOther: "This cannot be done: {0}", errBroker: "No broker is connected; nothing was sent.",
  minAgo: "{0} min ago", secAgo: "{0} s ago", hourAgo: "{0} h ago", dayAgo: "{0} d ago", now: "just now",
  durMin: "{0} min", durHour: "{0} h {1} min", durDay: "{0} d {1} h",
};

/** The field's words, each in both languages. */
export const words: Record<string, readonly [string, string]> = {
  AccessGranted: ["Được phép qua", "Access granted"], AccessTaken: ["Đã qua", "Passed"], AccessNotTaken: ["Không qua", "Did not pass"],
  AccessDenied: ["Bị từ chối", "Access denied"], Duress: ["Bị cưỡng ép", "Duress"], ForcedOpen: ["Mở cưỡng bức", "Forced open"],
  OpenTooLong: ["Mở quá lâu", "Open too long"], DoorNormal: ["Cửa bình thường", "Door normal"], Tamper: ["Vỏ máy bị mở", "Tamper"],
  Fault: ["Hỏng hóc", "Fault"], FaultCleared: ["Đã hết hỏng", "Fault cleared"], FireRelease: ["Giải phóng do cháy", "Fire release"],
  FireReset: ["Đặt lại báo cháy", "Fire reset"], LockDown: ["Khóa", "Lock-down"], LockDownRelease: ["Thôi khóa", "Lock-down ended"],
  LockOpen: ["Giữ mở", "Held open"], LockOpenRelease: ["Thôi giữ mở", "Holding open ended"], AccessDoor: ["Mở theo lệnh", "Opened by command"],
  CommandRefused: ["Lệnh bị từ chối", "Command refused"], Started: ["Khởi động", "Started"], Stopped: ["Dừng", "Stopped"],
  SilentAlarm: ["Báo động ngầm", "Silent alarm"], ConfigChanged: ["Đổi cấu hình", "Configuration changed"], SyncRequested: ["Yêu cầu gửi lại", "Resend requested"],
  unknown_credential: ["mã lạ", "unknown code"], not_yet_valid: ["chưa đến hạn dùng", "not yet valid"], expired: ["hết hạn", "expired"],
  revoked: ["đã thu hồi", "revoked"], blocked: ["bị chặn", "blocked"], wrong_access_point: ["sai lối", "wrong access point"],
  passback: ["đã ở trong", "already inside"], clock_untrusted: ["đồng hồ không tin được", "clock not trusted"], out_of_service: ["ngừng phục vụ", "out of service"],
  exit_button: ["nút ra", "exit button"], command: ["theo lệnh", "by command"], fire: ["báo cháy", "fire"], record_failed: ["không ghi được", "not recorded"],
  busy: ["đang bận", "busy"], stale: ["quá cũ", "too old"], replayed: ["đã dùng rồi", "used already"], retained: ["lệnh lưu lại", "retained"],
  unauthorised: ["không có quyền", "not authorised"], no_sensor: ["không có cảm biến", "no sensor"], camera: ["máy ảnh", "camera"],
  database: ["cơ sở dữ liệu", "database"], disk: ["ổ đĩa", "disk"], lines: ["đường dây", "lines"], decoder: ["bộ đọc mã", "decoder"],
  bad_signature: ["chữ ký sai", "bad signature"], untrusted_issuer: ["nơi cấp không tin được", "untrusted issuer"], wrong_site: ["của địa điểm khác", "of another site"],
  outside_schedule: ["ngoài giờ", "outside the schedule"], occupancy_limit: ["đã đủ người", "area is full"], max_uses: ["hết lượt", "no uses left"],
  declaration_missing: ["chưa khai báo", "no declaration"], declaration_refused: ["khai báo không đạt", "declaration refused"], lockout: ["tạm khóa", "locked out"],
  unreadable: ["không đọc được", "unreadable"], not_a_pass: ["không phải thẻ", "not a pass"], proof_missing: ["thiếu mã chứng thực", "no proof"],
  proof_expired: ["mã chứng thực đã cũ", "proof is old"], escort_missing: ["thiếu người đi kèm", "no escort"], bad_request: ["yêu cầu sai", "bad request"],
  too_many: ["quá nhiều", "too many"], registry_stale: ["sổ đăng ký đã cũ", "registry is old"], unsupported: ["không hỗ trợ", "not supported"],
  unavailable: ["chưa sẵn sàng", "not available"], gate_not_running: ["cổng không chạy", "gate is not running"], not_found: ["không có", "not found"],
  code: ["mã", "code"], cccd: ["CCCD", "ID card (CCCD)"], can_cuoc_2024: ["căn cước", "ID card (2024)"], personal_qr: ["QR cá nhân", "personal QR"],
  insurance: ["thẻ bảo hiểm", "insurance card"], site_pass: ["thẻ của địa điểm", "site pass"], one_time: ["mã một lần", "one-time code"],
  health_cert: ["chứng nhận sức khỏe", "health certificate"], payment: ["mã thanh toán", "payment code"], link: ["đường dẫn", "link"],
  other: ["khác", "other"], unknown: ["chưa rõ", "unknown"],
  viewer: ["người xem", "viewer"], guard: ["bảo vệ", "guard"], manager: ["quản lý", "manager"], tracer: ["người truy vết", "tracer"],
  auditor: ["kiểm tra viên", "auditor"], administrator: ["quản trị viên", "administrator"],
  login: ["đăng nhập", "login"], login_failed: ["đăng nhập sai", "failed login"], logout: ["đăng xuất", "logout"], first: ["quản trị viên đầu tiên", "first administrator"],
  password: ["đổi mật khẩu", "password"], account_create: ["tạo tài khoản", "account created"], account_change: ["sửa tài khoản", "account changed"],
  account_delete: ["xóa tài khoản", "account deleted"], look_presence: ["xem ai ở trong", "looked who is inside"], look_visits: ["xem các lần có mặt", "looked at visits"],
  look_events_subject: ["xem sự kiện của một người", "looked at a person's events"], look_people: ["xem tên đầy đủ", "looked at full names"],
  trace: ["truy vết", "trace"], export: ["xuất dữ liệu", "export"], audit_read: ["xem nhật ký", "audit log read"], audit_verify: ["kiểm tra nhật ký", "audit log verified"],
  person_change: ["sửa người", "person changed"], person_delete: ["xóa người", "person deleted"], people_import: ["nhập người", "people imported"],
  credential_add: ["thêm mã", "code added"], credential_revoke: ["thu hồi mã", "code revoked"],
};

export type Language = "vi" | "en";
export const dictionaries: Record<Language, Record<Key, string>> = { vi, en };

export function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ""));
}

export const settings: { language: Language } = { language: "vi" };

export const t = (key: Key, ...values: (string | number)[]): string => fill(dictionaries[settings.language][key], values);

/** A word of the field; one that a newer gate says stays as it is. */
export function word(name: string | null | undefined): string {
  if (!name) return "";
  const both = words[name];
  return both ? both[settings.language === "vi" ? 0 : 1] : name;
}
