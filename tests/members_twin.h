/* Members twin: a plain message read without a tree says what jansson reads in the same bytes. */
#pragma once

#include "common/wire_json.h"
#include "dashboard/ingest/members.h"

#include <stdlib.h>
#include <string.h>

static inline bool member_is_same(const struct member *one, const struct member *other)
{
        return one->kind == other->kind && one->integer == other->integer &&
               one->len == other->len &&
               (one->len == 0 || memcmp(one->text, other->text, one->len) == 0);
}

/* False: jansson refuses them, or reads something else. */
static inline bool members_are_as_jansson_reads(const struct members *plain, const char *text,
                                                size_t len)
{
        json_t *event = wire_json_load((const unsigned char *)text, len);
        if (!event)
                return false;
        struct members tree;
        members_of_tree(&tree, event);
        bool is_same = true;
        for (size_t i = 0; i < MEMBERS; i++)
                is_same &= member_is_same(&plain->of[i], &tree.of[i]);
        char *plain_more = members_more(plain), *tree_more = members_more(&tree);
        is_same &= plain_more && tree_more ? strcmp(plain_more, tree_more) == 0
                                           : plain_more == tree_more;
        free(plain_more);
        free(tree_more);
        json_decref(event);
        return is_same;
}
