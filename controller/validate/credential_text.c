/* Credential: what people are told about a code that is no pass. */
#include "controller/validate/credential.h"

static const struct credential_message of_notes[] = {
        [CREDENTIAL_NOTE_NONE] = { "", "" },
        [CREDENTIAL_NOTE_PAYMENT] = { "Đây là mã thanh toán, không phải thẻ ra vào",
                                      "This is a payment code: show your pass" },
        [CREDENTIAL_NOTE_LINK] = { "Đây là liên kết web, không phải thẻ ra vào",
                                   "This is a web link: show your pass" },
        [CREDENTIAL_NOTE_WIFI] = { "Đây là mã Wi-Fi, không phải thẻ ra vào",
                                   "This is a Wi-Fi code: show your pass" },
        [CREDENTIAL_NOTE_CONTACT] = { "Đây là danh thiếp, không phải thẻ ra vào",
                                      "This is a contact card: show your pass" },
        [CREDENTIAL_NOTE_SMART_HEALTH] = { "Đây là thẻ sức khỏe SMART, không phải thẻ ra vào",
                                           "This is a SMART Health Card: show your pass" },
        [CREDENTIAL_NOTE_APP] = { "Đây là mã của ứng dụng khác, không phải thẻ ra vào",
                                  "This code is for another app: show your pass" },
        [CREDENTIAL_NOTE_EVENT] = { "Đây là lịch hẹn, không phải thẻ ra vào",
                                    "This is a calendar event: show your pass" },
};

/* Those that are no pass whatever they are, and those that only claim who somebody is. */
static const struct credential_message of_classes[CREDENTIAL_CLASS_COUNT] = {
        [CREDENTIAL_UNKNOWN] = { "Không nhận ra mã này, xin đưa thẻ ra vào",
                                 "Unknown code: show your pass" },
        [CREDENTIAL_CCCD] = { "Đây là căn cước công dân, không phải thẻ ra vào",
                              "This is a citizen card: show your pass" },
        [CREDENTIAL_CAN_CUOC_2024] = { "Đây là thẻ căn cước, không phải thẻ ra vào",
                                       "This is a citizen card: show your pass" },
        [CREDENTIAL_PERSONAL_QR] = { "Đây là mã QR cá nhân, không phải thẻ ra vào",
                                     "This is a personal QR code: show your pass" },
        [CREDENTIAL_INSURANCE] = { "Đây là thẻ bảo hiểm y tế, không phải thẻ ra vào",
                                   "This is a health insurance card: show your pass" },
};

static const char *const names[] = {
        [CREDENTIAL_NOTE_NONE] = "",           [CREDENTIAL_NOTE_PAYMENT] = "payment",
        [CREDENTIAL_NOTE_LINK] = "link",       [CREDENTIAL_NOTE_WIFI] = "wifi",
        [CREDENTIAL_NOTE_CONTACT] = "contact", [CREDENTIAL_NOTE_SMART_HEALTH] = "smart_health",
        [CREDENTIAL_NOTE_APP] = "app",         [CREDENTIAL_NOTE_EVENT] = "event",
};

_Static_assert(ARRAY_LEN(of_notes) == CREDENTIAL_NOTE_COUNT, "every note has a message");
_Static_assert(ARRAY_LEN(names) == CREDENTIAL_NOTE_COUNT, "every note has a name");

struct credential_message credential_message(enum credential_class class, enum credential_note note)
{
        const struct credential_message *message =
                note == CREDENTIAL_NOTE_NONE ? &of_classes[class] : &of_notes[note];
        return message->vi ? *message : of_notes[CREDENTIAL_NOTE_NONE];
}

const char *credential_note_name(enum credential_note note)
{
        return names[note];
}
