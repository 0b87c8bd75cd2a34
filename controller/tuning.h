/* Tuning: the live part of the settings, as each thread gets it at start and at SIGHUP. */
#pragma once

#include "controller/mail.h"
#include "controller/settings.h"

struct recorder_tuning tuning_of_recorder(const struct settings *settings);
struct gate_tuning tuning_of_gate(const struct settings *settings, size_t point);
