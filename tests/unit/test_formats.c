/* Formats: what holds for all of them together. Random bytes, damaged codes, and cards that are
 * built and read back. The seeds are fixed. */
#include "tests/check.h"

#include "controller/validate/credential.h"
#include <stdio.h>
#include <string.h>

enum {
        HOSTILE_COUNT = 200000,
        CARD_COUNT = 2000,
        /* Less than 2 µs each were measured; a reader that is not linear would be far above this.
         */
        HOSTILE_LIMIT_US = 200
};

/* xorshift64: Marsaglia, "Xorshift RNGs". */
static uint32_t next_random(uint64_t *state)
{
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return (uint32_t)(*state >> 32);
}

static uint32_t below(uint64_t *state, uint32_t end)
{
        return next_random(state) % end;
}

static const char *const good[] = {
        "001099000123|012345678|Nguyễn Văn An|01021999|Nam|Số 1 Đường Láng, Hà Nội|15042021",
        "079205000123||Lê Minh Đức|01022005|Nam|Tổ 5, Quận 5, TP. Hồ Chí Minh|15082024||||",
        "******317|TRAN THI BINH|2015-**-**|1|162979388586171101|162979388586171100<2<<0912345678",
        "HS4010000000001|56c5a9204de1baab75|05/06/2008|1|48c3a0|01 - 001|24/01/2019|-|24/01/2019|$",
        "0100000012|4e67|01/02/1988|1|-|01 - 001|01/07/2023|-|31/07/2023|01050100000012|-|4| "
        "01/10/2027|0123456789abcdef-1202|4|5175|$",
        "00020101021138540010A00000072701240006970436011001234567890208QRIBFTTA5303704"
        "5802VN63041234",
        "https://qr.tokhaiyte.vn/dkdd",
        "WIFI:T:WPA;S:net;P:secret;;",
        "BEGIN:VCARD\nVERSION:3.0\nN:An\nEND:VCARD",
        "HC1:6BFOXN%TSMAHN-H",
        "ST1:6BFOXN%TSMAHN-H",
        "SO1:AN:12345678",
        "BADGE-0017",
};

static void fill_randomly(uint64_t *state, struct payload *payload)
{
        payload->len =
                below(state, 16) == 0 ? below(state, FLOW_PAYLOAD_MAX + 1) : below(state, 200);
        bool is_digits = below(state, 4) == 0;
        for (size_t i = 0; i < payload->len; i++)
                payload->bytes[i] = is_digits ? (uint8_t) "0123456789|/-*$<"[below(state, 16)]
                                              : (uint8_t)next_random(state);
}

/* A good one, with bytes changed, taken out, doubled or cut off. */
static void damage(uint64_t *state, struct payload *payload)
{
        const char *text = good[below(state, ARRAY_LEN(good))];
        payload->len = strlen(text);
        memcpy(payload->bytes, text, payload->len);
        for (uint32_t times = below(state, 5); times > 0 && payload->len > 1; times--) {
                size_t at = below(state, (uint32_t)payload->len);
                switch (below(state, 4)) {
                case 0:
                        payload->bytes[at] = (uint8_t)next_random(state);
                        break;
                case 1:
                        memmove(payload->bytes + at, payload->bytes + at + 1,
                                payload->len - at - 1);
                        payload->len--;
                        break;
                case 2:
                        memmove(payload->bytes + at + 1, payload->bytes + at, payload->len - at);
                        payload->len++;
                        break;
                default:
                        payload->len = at + 1;
                }
        }
}

static void assert_sound(const struct credential_reading *reading)
{
        bool is_named = reading->kind[0] != '\0';
        assert_true(reading->class > CREDENTIAL_NONE && reading->class < CREDENTIAL_CLASS_COUNT);
        assert_int_equal(is_named, reading->value[0] != '\0');
        assert_true(strlen(reading->value) < CREDENTIAL_VALUE_MAX);
        if (reading->objection != REASON_NONE || reading->class == CREDENTIAL_UNKNOWN)
                assert_false(is_named);
        else
                assert_true(is_named);
        assert_int_equal(reading->note != CREDENTIAL_NOTE_NONE,
                         reading->objection == REASON_NOT_A_PASS);
        assert_int_equal(reading->is_consistent, credential_flags(reading, NULL) == 0);
        assert_non_null(credential_message(reading->class, reading->note).en);
}

static void any_bytes_get_a_class_and_quickly(void **context)
{
        (void)context;
        struct credential_reader *reader = calloc(1, sizeof(*reader));
        struct credential_reading *reading = malloc(sizeof(*reading));
        struct payload *payload = malloc(sizeof(*payload));
        size_t counts[CREDENTIAL_CLASS_COUNT] = { 0 };
        uint64_t state = 20261125;
        assert_true(reader && reading && payload);
        int64_t begin_us = monotonic_us();
        for (int i = 0; i < HOSTILE_COUNT; i++) {
                if (i % 2 == 0)
                        fill_randomly(&state, payload);
                else
                        damage(&state, payload);
                payload->bytes[payload->len] = '\0';
                counts[credential_read(reader, payload, reading)]++;
                assert_sound(reading);
        }
        int64_t each_us = (monotonic_us() - begin_us) / HOSTILE_COUNT;
        assert_true(each_us < HOSTILE_LIMIT_US);
        for (enum credential_class class = CREDENTIAL_UNKNOWN; class < CREDENTIAL_CLASS_COUNT;
             class ++)
                assert_true(counts[class] > 0);
        free(payload);
        free(reading);
        free(reader);
}

/* A whole payload of one byte, or of a piece again and again: what a slow reader would choke on. */
static void long_payloads_cost_no_more_than_their_length(void **context)
{
        (void)context;
        static const char *const pieces[] = { "|", "$",    "0",    "6304",     "9900", "5900",
                                              "<", "1|",   "A",    "\xcc\x82", "ễ",    "\xff",
                                              " ", "HC1:", "2699", "|$" };
        static const char *const heads[] = { "", "000201", "http://",
                                             "HC1:", "1|A|1987-01-18|0|1|" };
        struct credential_reader *reader = calloc(1, sizeof(*reader));
        struct credential_reading *reading = malloc(sizeof(*reading));
        struct payload *payload = malloc(sizeof(*payload));
        assert_true(reader && reading && payload);
        int64_t begin_us = monotonic_us();
        for (size_t head = 0; head < ARRAY_LEN(heads); head++)
                for (size_t piece = 0; piece < ARRAY_LEN(pieces); piece++) {
                        payload->len = strlen(heads[head]);
                        memcpy(payload->bytes, heads[head], payload->len);
                        while (payload->len + strlen(pieces[piece]) <= FLOW_PAYLOAD_MAX) {
                                memcpy(payload->bytes + payload->len, pieces[piece],
                                       strlen(pieces[piece]));
                                payload->len += strlen(pieces[piece]);
                        }
                        payload->bytes[payload->len] = '\0';
                        credential_read(reader, payload, reading);
                        assert_sound(reading);
                }
        int64_t count = (int64_t)(ARRAY_LEN(heads) * ARRAY_LEN(pieces));
        assert_true((monotonic_us() - begin_us) / count < 100 * HOSTILE_LIMIT_US);
        free(payload);
        free(reading);
        free(reader);
}

struct person {
        char number[13], name[128], address[200];
        struct card_date dob;
        bool is_female;
};

static void append_word(uint64_t *state, char *text, size_t size)
{
        static const char *const words[] = {
                "Nguyễn", "Trần",  "Lê",    "Phạm", "Huỳnh",  "Hoàng", "Phan", "Vũ",    "Võ",
                "Đặng",   "Bùi",   "Đỗ",    "Hồ",   "Ngô",    "Dương", "Lý",   "Thị",   "Văn",
                "Ánh",    "Bảo",   "Cường", "Diễm", "Đức",    "Giang", "Hằng", "Hiếu",  "Khuê",
                "Lựu",    "Mẫn",   "Nghĩa", "Oanh", "Phượng", "Quỳnh", "Rạng", "Sỹ",    "Thưởng",
                "Uyên",   "Vượng", "Xoè",   "Ý",    "Yến",    "ẤP",    "TỔ",   "Ngõ",   "K’Brơi",
                "Y",      "H'Hen", "Niê",   "Đắk",  "Lắk",    "Ea",    "Ðông", "Kbuôr",
        };
        size_t len = strlen(text);
        (void)snprintf(text + len, size - len, "%s%s", len > 0 ? " " : "",
                       words[below(state, ARRAY_LEN(words))]);
}

static struct person make_person(uint64_t *state)
{
        struct person person = { .is_female = below(state, 2) == 1 };
        person.dob = (struct card_date){ .year = 1910 + (int)below(state, 115),
                                         .month = 1 + (int)below(state, 12),
                                         .day = 1 + (int)below(state, 28) };
        (void)snprintf(person.number, sizeof(person.number), "%03u%u%02u%06u", below(state, 97),
                       (unsigned int)(person.dob.year / 100 - 19) * 2 + person.is_female,
                       (unsigned int)person.dob.year % 100, below(state, 1000000));
        for (uint32_t words = 2 + below(state, 4); words > 0; words--)
                append_word(state, person.name, sizeof(person.name));
        for (uint32_t words = 3 + below(state, 10); words > 0; words--)
                append_word(state, person.address, sizeof(person.address));
        return person;
}

static void assert_date_of(const struct card_date *date, const struct person *person)
{
        assert_int_equal(date->year, person->dob.year);
        assert_int_equal(date->month, person->dob.month);
        assert_int_equal(date->day, person->dob.day);
}

/* What a reader must give for a text: its normal form. */
static void assert_same_text(const char *actual, const char *written)
{
        char normal[TEXT_MAX];
        assert_int_equal(text_normalise(written, strlen(written), normal), 0);
        assert_string_equal(actual, normal);
}

static void read_payload(struct credential_reader *reader, const char *text,
                         struct credential_reading *reading)
{
        struct payload payload = { .len = strlen(text) };
        memcpy(payload.bytes, text, payload.len + 1);
        credential_read(reader, &payload, reading);
}

static void citizen_cards_are_read_as_they_were_built(void **context)
{
        (void)context;
        struct credential_reader *reader = calloc(1, sizeof(*reader));
        uint64_t state = 1;
        assert_non_null(reader);
        for (int i = 0; i < CARD_COUNT; i++) {
                struct person person = make_person(&state);
                struct credential_reading reading;
                bool is_new = i % 2 == 1;
                char text[TEXT_MAX];
                (void)snprintf(text, sizeof(text), "%s|%s|%s|%02d%02d%04d|%s|%s|15042026%s",
                               person.number, i % 3 == 0 ? "012345678" : "", person.name,
                               person.dob.day, person.dob.month, person.dob.year,
                               person.is_female ? "Nữ" : "Nam", person.address,
                               is_new ? "||||" : "");
                read_payload(reader, text, &reading);
                assert_int_equal(reading.class,
                                 is_new ? CREDENTIAL_CAN_CUOC_2024 : CREDENTIAL_CCCD);
                assert_string_equal(reading.value, person.number);
                assert_true(reading.is_consistent);
                assert_same_text(national_id_text(&reading.national_id, NATIONAL_ID_NAME),
                                 person.name);
                assert_same_text(national_id_text(&reading.national_id, NATIONAL_ID_ADDRESS),
                                 person.address);
                assert_date_of(&reading.national_id.dob, &person);
                assert_int_equal(reading.national_id.is_female, person.is_female);
        }
        free(reader);
}

static void append_hex(uint64_t *state, char *to, const char *text)
{
        const char *format = below(state, 2) ? "%02x" : "%02X";
        to += strlen(to);
        for (; *text != '\0'; text++)
                to += sprintf(to, format, (unsigned char)*text);
}

static void insurance_cards_are_read_as_they_were_built(void **context)
{
        (void)context;
        struct credential_reader *reader = calloc(1, sizeof(*reader));
        uint64_t state = 2;
        assert_non_null(reader);
        for (int i = 0; i < CARD_COUNT; i++) {
                struct person person = make_person(&state);
                struct credential_reading reading;
                char text[TEXT_MAX] = "";
                bool is_long = i % 2 == 1;
                (void)snprintf(text, sizeof(text), "%s%s|", is_long ? "HS4" : "", person.number);
                append_hex(&state, text, person.name);
                size_t len = strlen(text);
                (void)snprintf(text + len, sizeof(text) - len, "|%02d/%02d/%04d|%d|",
                               person.dob.day, person.dob.month, person.dob.year,
                               person.is_female ? 2 : 1);
                append_hex(&state, text, person.address);
                strcat(text, "|01 – 028|01/07/2026|-|31/07/2026|");
                if (is_long)
                        strcat(text, "01050100000012|-|4|-|0123456789abcdef-1202|");
                strcat(text, "$");
                read_payload(reader, text, &reading);
                assert_int_equal(reading.class, CREDENTIAL_INSURANCE);
                assert_int_equal(reading.insurance.layout, is_long ? INSURANCE_B : INSURANCE_A);
                assert_true(reading.is_consistent);
                assert_string_equal(reading.kind, is_long ? CREDENTIAL_KIND_INSURANCE
                                                          : CREDENTIAL_KIND_NATIONAL_ID);
                assert_same_text(reading.insurance.name, person.name);
                assert_same_text(reading.insurance.address, person.address);
                assert_date_of(&reading.insurance.dob, &person);
                assert_int_equal(reading.insurance.sex, person.is_female ? CARD_FEMALE : CARD_MALE);
        }
        free(reader);
}

static void every_flag_has_a_name_of_its_own(void **context)
{
        (void)context;
        for (unsigned int flag = 1; flag < CARD_FLAG_END; flag *= 2) {
                assert_true(strlen(card_flag_name(flag)) > 0);
                for (unsigned int other = 1; other < flag; other *= 2)
                        assert_string_not_equal(card_flag_name(flag), card_flag_name(other));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(any_bytes_get_a_class_and_quickly),
                cmocka_unit_test(long_payloads_cost_no_more_than_their_length),
                cmocka_unit_test(citizen_cards_are_read_as_they_were_built),
                cmocka_unit_test(insurance_cards_are_read_as_they_were_built),
                cmocka_unit_test(every_flag_has_a_name_of_its_own),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
