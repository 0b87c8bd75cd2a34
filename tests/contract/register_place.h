/* Where a test's register of the dashboard is: a file, or a place of its own in a PostgreSQL. Both
 * drivers of a register pass the same tests. */
#pragma once

#include "tests/contract/postgres_server.h"
#include "tests/contract/store_folder.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* cmocka's state. */
struct register_place {
        char where[160];
        bool is_postgres;
        void *around; /* its folder, or its server */
};

static inline int make_place(void **state, bool is_postgres)
{
        struct register_place *place = calloc(1, sizeof(*place));
        if (!place || (!is_postgres && store_folder_make(state)))
                return -1;
        place->around = *state;
        place->is_postgres = is_postgres;
        if (is_postgres)
                postgres_server_add(place->around, place->where, sizeof(place->where));
        else
                snprintf(place->where, sizeof(place->where), "%.100s/register.db",
                         ((struct store_folder *)place->around)->folder);
        *state = place;
        return 0;
}

static inline int make_file(void **state)
{
        return make_place(state, false);
}

static inline int make_database(void **state)
{
        return make_place(state, true);
}

static inline int remove_place(void **state)
{
        struct register_place *place = *state;
        bool is_postgres = place->is_postgres;
        *state = place->around;
        free(place);
        return is_postgres ? 0 : store_folder_remove(state);
}

/* Every sentence is true of both. */
#define SENTENCE(sentence, function)                                                               \
        { sentence " (file)", function, make_file, remove_place, NULL },                           \
        {                                                                                          \
                sentence " (database)", function, make_database, remove_place, NULL                \
        }

#define IN_DATABASE(name) cmocka_unit_test_setup_teardown(name, make_database, remove_place)
/* The function's name is the sentence. */
#define IN_BOTH(name) SENTENCE(#name, name)

static inline int make_server(void **state)
{
        static struct postgres_server server;
        *state = &server;
        return postgres_server_make(&server);
}

static inline int remove_server(void **state)
{
        postgres_server_remove(*state);
        return 0;
}

/* All of them, or, where there is no PostgreSQL, those of files. */
static inline int run_register_tests(const struct CMUnitTest *tests, size_t count)
{
        struct CMUnitTest of_files[64];
        size_t files = 0;
        if (postgres_is_installed())
                return _cmocka_run_group_tests("registers", tests, count, make_server,
                                               remove_server);
        for (size_t i = 0; i < count && files < ARRAY_LEN(of_files); i++)
                if (tests[i].setup_func == make_file)
                        of_files[files++] = tests[i];
        if (files == 0)
                print_message("1..0 # SKIP PostgreSQL is not installed\n");
        return files == 0 ? 0 : _cmocka_run_group_tests("registers", of_files, files, NULL, NULL);
}
