/* What the SQL of both databases has in common. */
#pragma once

/* Longer than two shifts, in microseconds: such stays are few, and looked for apart. */
#define STAY_LONG "57600000000"
