// What a notice at the gate says, in both languages whatever the page's own: Law 91/2025/QH15 asks whoever keeps personal data to
// say who they are, what for, what and how long, and how people come to their rights. {0} organisation, {1} contact, {2} days, {3} whether for attendance.

export interface NoticeText { language: "vi" | "en"; title: string; attendance: { yes: string; no: string }; points: readonly (readonly [string, string])[] }

export const notices: readonly NoticeText[] = [
  {
    language: "vi", title: "Lối này ghi lại lượt ra vào", attendance: { yes: "Cũng dùng để chấm công.", no: "Không dùng để chấm công." },
    points: [
      ["Ai ghi", "{0}"],
      ["Để làm gì", "Kiểm soát ra vào, biết ai còn ở trong khi có sự cố, và truy vết khi cơ quan có thẩm quyền yêu cầu. {3}"],
      ["Ghi những gì", "Thời điểm, lối đi, kết quả, và mã trên thẻ hoặc giấy tờ bạn đưa ra, dưới dạng bí danh; họ tên chỉ người được phân quyền mở được. Không lưu hình ảnh."],
      ["Giữ bao lâu", "{2} ngày, rồi xóa hẳn."],
      ["Quyền của bạn", "Hỏi xem, sửa, xóa hoặc hạn chế dữ liệu về mình. Trả lời trong 2 ngày làm việc; xem và sửa trong 10 ngày, hạn chế trong 15 ngày, xóa trong 20 ngày."],
      ["Liên hệ", "{1}"],
      ["Không có điện thoại", "Dùng thẻ in, căn cước, hoặc nhờ bảo vệ. Lối ra không bao giờ bị chặn."],
    ],
  },
  {
    language: "en", title: "This gate records who passes", attendance: { yes: "For attendance, too.", no: "Not for attendance." },
    points: [
      ["Who records", "{0}"],
      ["What for", "Entry control, knowing who is still inside in an emergency, and contact tracing where an authority may ask for it. {3}"],
      ["What is recorded", "Time, lane, result, and the code on the pass or paper that you show, as a pseudonym; only authorised staff can open a name. No pictures are kept."],
      ["For how long", "{2} days, then it is deleted for good."],
      ["Your rights", "Ask to see, correct, delete or restrict what is kept of you. You are answered within 2 working days; access and correction take up to 10 days, restriction 15, deletion 20."],
      ["Contact", "{1}"],
      ["Without a phone", "Use a printed pass or an ID card, or ask the guard. The way out is never blocked."],
    ],
  },
];

/** The values in their places. */
export const filled = (text: string, values: readonly [string, string, string, string]): string =>
  text.replace(/\{([0-3])\}/g, (_, place: string) => values[Number(place)] ?? "");
