/* What the SQL of both databases has in common. */
#pragma once

/* Longer than two shifts, in microseconds: such stays are few, and looked for apart. */
#define STAY_LONG "57600000000"
/* ARCHIVE_HEALTH_HOURS. */
#define HEALTH_HOURS "744"
/* A day, in microseconds. */
#define DAY_US_TEXT "86400000000"
/* SQLite's: the row's clock is far off, as day.h says; of times after 1970 division rounds down. */
#define ROW_UNLIKELY                                                                               \
        "(at / " DAY_US_TEXT " < received / " DAY_US_TEXT " - 400 OR at / " DAY_US_TEXT            \
        " > received / " DAY_US_TEXT " + 1)"
