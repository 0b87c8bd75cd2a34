/* Thermal: how warm the board is. */
#pragma once

#include "common/base.h"
#include <stdbool.h>

/* The first thermal zone, which is the processor on a Pi. False: the board does not say. */
MUST_USE bool thermal_read(double *celsius);
