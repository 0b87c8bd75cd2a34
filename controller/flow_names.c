#include "controller/flow_names.h"

#include "common/base.h"

static const char *const events[] = {
        [0] = "",
        [EVENT_ACCESS_GRANTED] = "AccessGranted",
        [EVENT_ACCESS_TAKEN] = "AccessTaken",
        [EVENT_ACCESS_NOT_TAKEN] = "AccessNotTaken",
        [EVENT_ACCESS_DENIED] = "AccessDenied",
        [EVENT_DURESS] = "Duress",
        [EVENT_FORCED_OPEN] = "ForcedOpen",
        [EVENT_OPEN_TOO_LONG] = "OpenTooLong",
        [EVENT_DOOR_NORMAL] = "DoorNormal",
        [EVENT_TAMPER] = "Tamper",
        [EVENT_FAULT] = "Fault",
        [EVENT_FAULT_CLEARED] = "FaultCleared",
        [EVENT_FIRE_RELEASE] = "FireRelease",
        [EVENT_FIRE_RESET] = "FireReset",
        [EVENT_LOCK_DOWN] = "LockDown",
        [EVENT_LOCK_DOWN_RELEASE] = "LockDownRelease",
        [EVENT_LOCK_OPEN] = "LockOpen",
        [EVENT_LOCK_OPEN_RELEASE] = "LockOpenRelease",
        [EVENT_ACCESS_DOOR] = "AccessDoor",
        [EVENT_COMMAND_REFUSED] = "CommandRefused",
        [EVENT_STARTED] = "Started",
        [EVENT_STOPPED] = "Stopped",
        [EVENT_SILENT_ALARM] = "SilentAlarm",
        [EVENT_CONFIG_CHANGED] = "ConfigChanged",
        [EVENT_SYNC_REQUESTED] = "SyncRequested",
};

static const char *const reasons[] = {
        [REASON_NONE] = "",
        [REASON_UNKNOWN_CREDENTIAL] = "unknown_credential",
        [REASON_NOT_YET_VALID] = "not_yet_valid",
        [REASON_EXPIRED] = "expired",
        [REASON_REVOKED] = "revoked",
        [REASON_BLOCKED] = "blocked",
        [REASON_WRONG_ACCESS_POINT] = "wrong_access_point",
        [REASON_PASSBACK] = "passback",
        [REASON_CLOCK_UNTRUSTED] = "clock_untrusted",
        [REASON_OUT_OF_SERVICE] = "out_of_service",
        [REASON_EXIT_BUTTON] = "exit_button",
        [REASON_COMMAND] = "command",
        [REASON_FIRE] = "fire",
        [REASON_RECORD_FAILED] = "record_failed",
        [REASON_BUSY] = "busy",
        [REASON_STALE] = "stale",
        [REASON_REPLAYED] = "replayed",
        [REASON_RETAINED] = "retained",
        [REASON_UNAUTHORISED] = "unauthorised",
        [REASON_NO_SENSOR] = "no_sensor",
        [REASON_CAMERA] = "camera",
        [REASON_DATABASE] = "database",
        [REASON_DISK] = "disk",
        [REASON_LINES] = "lines",
        [REASON_DECODER] = "decoder",
        [REASON_BAD_SIGNATURE] = "bad_signature",
        [REASON_UNTRUSTED_ISSUER] = "untrusted_issuer",
        [REASON_WRONG_SITE] = "wrong_site",
        [REASON_OUTSIDE_SCHEDULE] = "outside_schedule",
        [REASON_OCCUPANCY_LIMIT] = "occupancy_limit",
        [REASON_MAX_USES] = "max_uses",
        [REASON_DECLARATION_MISSING] = "declaration_missing",
        [REASON_DECLARATION_REFUSED] = "declaration_refused",
        [REASON_LOCKOUT] = "lockout",
        [REASON_UNREADABLE] = "unreadable",
        [REASON_NOT_A_PASS] = "not_a_pass",
        [REASON_PROOF_MISSING] = "proof_missing",
        [REASON_PROOF_EXPIRED] = "proof_expired",
        [REASON_ESCORT_MISSING] = "escort_missing",
        [REASON_BAD_REQUEST] = "bad_request",
        [REASON_TOO_MANY] = "too_many",
};

static const char *const classes[] = {
        [CREDENTIAL_NONE] = "",
        [CREDENTIAL_UNKNOWN] = "unknown",
        [CREDENTIAL_CODE] = "code",
        [CREDENTIAL_CCCD] = "cccd",
        [CREDENTIAL_CAN_CUOC_2024] = "can_cuoc_2024",
        [CREDENTIAL_PERSONAL_QR] = "personal_qr",
        [CREDENTIAL_INSURANCE] = "insurance",
        [CREDENTIAL_SITE_PASS] = "site_pass",
        [CREDENTIAL_ONE_TIME] = "one_time",
        [CREDENTIAL_HEALTH_CERT] = "health_cert",
        [CREDENTIAL_PAYMENT] = "payment",
        [CREDENTIAL_LINK] = "link",
        [CREDENTIAL_OTHER] = "other",
};

static const char *const directions[] = { "", "entry", "exit" };
static const char *const qualities[] = { "synchronised", "holdover", "untrusted" };

_Static_assert(ARRAY_LEN(events) == EVENT_COUNT, "every event has a name");
_Static_assert(ARRAY_LEN(reasons) == REASON_COUNT, "every reason has a name");
_Static_assert(ARRAY_LEN(classes) == CREDENTIAL_CLASS_COUNT, "every class has a name");

const char *event_name(enum event event)
{
        return events[event];
}

const char *reason_name(enum reason reason)
{
        return reasons[reason];
}

const char *credential_class_name(enum credential_class class)
{
        return classes[class];
}

const char *direction_name(enum direction direction)
{
        return directions[direction];
}

const char *clock_quality_name(enum clock_quality quality)
{
        return qualities[quality];
}
