#include "controller/actuate/fire.h"

void fire_init(struct fire *fire, bool has_loop, bool was_released)
{
        *fire = (struct fire){ .has_loop = has_loop,
                               .is_whole = true,
                               .is_released = has_loop && was_released };
}

enum fire_change fire_loop(struct fire *fire, bool is_whole)
{
        fire->is_whole = is_whole;
        if (!fire->has_loop || is_whole || fire->is_released)
                return FIRE_UNCHANGED;
        fire->is_released = true;
        return FIRE_RELEASED;
}

enum fire_change fire_reset(struct fire *fire)
{
        if (!fire->is_released || !fire->is_whole)
                return FIRE_UNCHANGED;
        fire->is_released = false;
        return FIRE_RESET;
}

const char *fire_state(const struct fire *fire)
{
        if (!fire->has_loop)
                return "none";
        if (!fire->is_released)
                return "normal";
        return fire->is_whole ? "holding" : "released";
}
