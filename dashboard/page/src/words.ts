// The words of the field, Vietnamese and English, under the names that gates and the server say. tests/page holds them
// to config/schema: what a gate can say has its words.

type Pair = readonly [vi: string, en: string];
const pairs = <T extends string>(words: Record<T, Pair>): Record<T, Pair> => words;

export const eventWords = pairs({
  AccessGranted: ["Được phép qua", "Access granted"], AccessTaken: ["Đã qua", "Passed"],
  AccessNotTaken: ["Được phép nhưng không qua", "Granted, did not pass"], AccessDenied: ["Bị từ chối", "Access denied"],
  Duress: ["Bị cưỡng ép", "Duress"], ForcedOpen: ["Bị mở cưỡng bức", "Forced open"], OpenTooLong: ["Mở quá lâu", "Open too long"],
  DoorNormal: ["Cửa đã bình thường", "Door normal again"], Tamper: ["Vỏ máy bị mở", "Housing opened"], Fault: ["Hỏng hóc", "Fault"],
  FaultCleared: ["Đã hết hỏng hóc", "Fault cleared"], FireRelease: ["Báo cháy: mở mọi lối", "Fire: lanes released"],
  FireReset: ["Đã đặt lại báo cháy", "Fire alarm reset"], LockDown: ["Phong tỏa", "Lock-down"],
  LockDownRelease: ["Thôi phong tỏa", "Lock-down ended"], LockOpen: ["Giữ mở", "Held open"],
  LockOpenRelease: ["Thôi giữ mở", "Holding open ended"], AccessDoor: ["Mở theo lệnh", "Opened by command"],
  CommandRefused: ["Lệnh bị từ chối", "Command refused"], Started: ["Cổng khởi động", "Gate started"],
  Stopped: ["Cổng dừng", "Gate stopped"], SilentAlarm: ["Báo động ngầm", "Silent alarm"],
  ConfigChanged: ["Đổi cấu hình", "Configuration changed"], SyncRequested: ["Yêu cầu gửi lại", "Resend requested"],
});

export const reasonWords = pairs({
  unknown_credential: ["mã lạ", "unknown code"], not_yet_valid: ["chưa đến hạn dùng", "not valid yet"], expired: ["hết hạn", "expired"],
  revoked: ["đã thu hồi", "revoked"], blocked: ["bị chặn", "blocked"], wrong_access_point: ["không được qua lối này", "wrong access point"],
  passback: ["đã ở trong", "already inside"], clock_untrusted: ["đồng hồ không tin được", "clock not trusted"],
  out_of_service: ["ngừng phục vụ", "out of service"], exit_button: ["nút ra", "exit button"], command: ["theo lệnh", "by command"],
  fire: ["báo cháy", "fire"], record_failed: ["không ghi được", "could not be recorded"], busy: ["lối đang bận", "lane is busy"],
  stale: ["lệnh quá cũ", "too old"], replayed: ["lệnh đã dùng rồi", "used before"], retained: ["lệnh bị lưu lại", "retained"],
  unauthorised: ["không có quyền", "not authorised"], no_sensor: ["không có cảm biến", "no sensor"], camera: ["máy ảnh", "camera"],
  database: ["cơ sở dữ liệu", "database"], disk: ["ổ đĩa", "disk"], lines: ["đường tín hiệu", "signal lines"], decoder: ["bộ đọc mã", "decoder"],
  bad_signature: ["chữ ký sai", "bad signature"], untrusted_issuer: ["nơi cấp không được tin", "untrusted issuer"],
  wrong_site: ["thẻ của địa điểm khác", "pass of another site"], outside_schedule: ["ngoài giờ cho phép", "outside the schedule"],
  occupancy_limit: ["đã đủ người", "area is full"], max_uses: ["đã hết lượt", "no uses left"],
  declaration_missing: ["chưa khai báo", "no declaration"], declaration_refused: ["khai báo không đạt", "declaration refused"],
  lockout: ["tạm khóa vì sai nhiều lần", "locked out after many tries"], unreadable: ["không đọc được", "cannot be read"],
  not_a_pass: ["không phải thẻ ra vào", "not a pass"], proof_missing: ["thiếu mã chứng thực", "no proof shown"],
  proof_expired: ["mã chứng thực đã cũ", "proof is too old"], escort_missing: ["thiếu người đi kèm", "escort missing"],
  bad_request: ["yêu cầu sai", "bad request"], too_many: ["quá nhiều lệnh", "too many commands"],
  registry_stale: ["sổ đăng ký đã cũ", "registry is out of date"],
});

/** Why a command may be refused, besides the reasons. */
export const refusalWords = pairs({
  unsupported: ["không hỗ trợ", "not supported"], unavailable: ["chưa sẵn sàng", "not available"],
  gate_not_running: ["cổng không chạy", "gate is not running"], not_found: ["không có", "not found"],
  out_of_range: ["ngoài phạm vi", "out of range"], storage: ["không ghi được", "could not be stored"],
});

export const classWords = pairs({
  unknown: ["mã chưa rõ", "unknown code"], code: ["mã", "code"], cccd: ["thẻ CCCD", "ID card (CCCD)"],
  can_cuoc_2024: ["thẻ căn cước", "ID card (2024)"], personal_qr: ["QR cá nhân", "personal QR"],
  insurance: ["thẻ bảo hiểm y tế", "insurance card"], site_pass: ["thẻ của địa điểm", "site pass"], one_time: ["mã một lần", "one-time code"],
  health_cert: ["chứng nhận sức khỏe", "health certificate"], payment: ["mã thanh toán", "payment code"],
  link: ["đường dẫn", "link"], other: ["mã khác", "other code"],
});

export const clockWords = pairs({
  synchronised: ["đồng bộ", "synchronised"], holdover: ["tự giữ giờ", "holdover"], untrusted: ["không tin được", "not trusted"],
});

export const roleWords = pairs({
  viewer: ["người xem", "viewer"], guard: ["bảo vệ", "guard"], manager: ["quản lý", "manager"],
  tracer: ["người truy vết", "tracer"], auditor: ["kiểm tra viên", "auditor"], administrator: ["quản trị viên", "administrator"],
});

/** What each role may do, for whoever gives it. */
export const roleHints = pairs({
  viewer: ["xem cổng và sự kiện, không thấy người", "sees gates and events, no persons"],
  guard: ["xem cổng, sự kiện và ai đang ở trong; mở lối", "sees gates, events and who is inside; opens lanes"],
  manager: ["mọi việc của bảo vệ, và báo cáo, báo động ngầm, người & thẻ", "all that a guard may, and reports, silent alarms, people & passes"],
  tracer: ["truy vết tiếp xúc theo hồ sơ", "traces contacts for a case"],
  auditor: ["đọc nhật ký kiểm tra", "reads the audit log"],
  administrator: ["quản lý tài khoản, đọc nhật ký; không thấy cổng hay người", "manages accounts, reads the audit log; sees no gates or persons"],
});

export const actionWords = pairs({
  login: ["đăng nhập", "logged in"], login_failed: ["đăng nhập sai", "failed to log in"], logout: ["đăng xuất", "logged out"],
  first: ["tạo quản trị viên đầu tiên", "made the first administrator"], password: ["đổi mật khẩu", "changed the password"],
  account_create: ["tạo tài khoản", "made an account"], account_change: ["sửa tài khoản", "changed an account"],
  account_recover: ["đặt lại mật khẩu từ dòng lệnh", "reset a password from the command line"],
  account_delete: ["xóa tài khoản", "deleted an account"], look_presence: ["xem ai ở trong", "looked who is inside"],
  look_visits: ["xem các lần có mặt", "looked at visits"], look_events_subject: ["xem sự kiện của một người", "looked at a person's events"],
  look_people: ["xem tên đầy đủ", "looked at full names"], trace: ["truy vết", "traced contacts"], export: ["xuất dữ liệu", "exported data"],
  command: ["ra lệnh cho cổng", "commanded a gate"], person_change: ["sửa người", "changed a person"],
  person_delete: ["xóa người", "deleted a person"], people_import: ["nhập danh sách người", "imported people"],
  person_export: ["xuất dữ liệu của một người", "exported a person's data"], person_erase: ["xóa dữ liệu của một người", "erased a person"],
  request_add: ["ghi một yêu cầu", "entered a request"], request_answer: ["trả lời một yêu cầu", "answered a request"], request_close: ["kết thúc một yêu cầu", "closed a request"],
  place_change: ["sửa địa điểm", "changed a place"], place_delete: ["xóa địa điểm", "deleted a place"], place_remind: ["nhắc một địa điểm", "reminded a place"],
  places_import: ["nhập danh sách địa điểm", "imported places"],
  visitor_add: ["đăng ký khách", "registered a visitor"], pass_link: ["gửi liên kết lấy thẻ", "made a link to a pass"],
  pass_issue: ["cấp thẻ cho điện thoại", "issued a pass to a phone"], declare: ["ghi khai báo y tế", "noted a health declaration"],
  declare_own: ["tự khai báo trên điện thoại", "declared on their own phone"], declare_import: ["nhập tệp khai báo", "imported declarations"],
  export_attendance: ["xuất chấm công", "exported attendance"], gate_enrol: ["tạo mã đăng ký cổng", "made a gate's enrolment token"],
  level_change: ["sửa cấp quyền", "changed an access level"], level_delete: ["xóa cấp quyền", "deleted an access level"],
  area_change: ["sửa khu vực đếm người", "changed a counted area"], area_delete: ["xóa khu vực đếm người", "deleted a counted area"],
  schedule_change: ["sửa lịch", "changed a schedule"], schedule_delete: ["xóa lịch", "deleted a schedule"],
  special_day_change: ["sửa ngày đặc biệt", "changed a special day"], special_day_delete: ["xóa ngày đặc biệt", "deleted a special day"],
  credential_add: ["thêm mã", "added a code"], credential_revoke: ["thu hồi mã", "revoked a code"],
  audit_read: ["xem nhật ký", "read the audit log"], audit_verify: ["kiểm tra nhật ký", "verified the audit log"],
});
