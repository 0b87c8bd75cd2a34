/* Cut: text into a field of fixed size, between letters. Half a letter is no UTF-8, and whoever
 * writes it as JSON cannot. */
#pragma once

#include "common/base.h"

/* Copies what fits of `text`, which is UTF-8, and a NUL. `size` > 0. */
void cut_text(const char *text, char *cut, size_t size);
