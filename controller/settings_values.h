/* Settings' values, inside: what a text may be. Each returns NULL, or why not. */
#pragma once

#include "common/option.h"

option_check_fn settings_check_id, settings_check_optional_id, settings_check_path,
        settings_check_optional_path, settings_check_time, settings_check_time_zone,
        settings_check_line, settings_check_roles;
