/* Stays of one person in one site: transcripts, and that no order of coming changes what they come
 * to. The table here is what a driver keeps: neighbours are all that it gives. */
#include "tests/check.h"

#include "drivers/archive/stay.h"

#include <stdio.h>
#include <string.h>

enum {
        EVENTS_MAX = 60,
        HISTORIES = 3000
};

struct table {
        struct stay stays[2 * EVENTS_MAX];
        size_t count;
};

/* As a driver asks for them: all that start at the time, at the last one before, at the next. */
static void load(const struct table *table, struct stay_book *book, int64_t at_us)
{
        int64_t before_us = INT64_MIN, after_us = INT64_MAX;
        for (size_t i = 0; i < table->count; i++) {
                int64_t start_us = stay_start_us(&table->stays[i]);
                if (start_us < at_us && start_us > before_us)
                        before_us = start_us;
                if (start_us > at_us && start_us < after_us)
                        after_us = start_us;
        }
        for (size_t i = 0; i < table->count; i++) {
                int64_t start_us = stay_start_us(&table->stays[i]);
                if (start_us == at_us || start_us == before_us || start_us == after_us)
                        assert_int_equal(stay_book_add(book, &table->stays[i]), 0);
        }
}

static void save(struct table *table, const struct stay_book *book)
{
        for (size_t i = 0; i < book->count; i++) {
                struct stay stay = book->stays[i];
                if (!stay.is_changed)
                        continue;
                stay.is_changed = false;
                if (stay.id == 0) {
                        assert_true(table->count < ARRAY_LEN(table->stays));
                        stay.id = (int64_t)++table->count;
                }
                table->stays[stay.id - 1] = stay;
        }
}

static void put(struct table *table, struct stay_book *book, const struct stay_event *events,
                size_t count)
{
        stay_book_clear(book);
        for (size_t i = 0; i < count; i++)
                load(table, book, events[i].at_us);
        for (size_t i = 0; i < count; i++)
                assert_int_equal(stay_book_note(book, &events[i]), 0);
        save(table, book);
}

static int by_order(const void *a, const void *b)
{
        const struct stay_event *left = a, *right = b;
        if (left->at_us != right->at_us)
                return left->at_us < right->at_us ? -1 : 1;
        if (left->is_entry != right->is_entry)
                return left->is_entry - right->is_entry;
        if (left->gate != right->gate)
                return left->gate < right->gate ? -1 : 1;
        return strcmp(left->credential_class, right->credential_class);
}

/* The rules, word by word, over events in order. */
static size_t live(struct stay_event *events, size_t count, struct stay *stays)
{
        size_t made = 0;
        struct stay *open = NULL;
        qsort(events, count, sizeof(*events), by_order);
        for (size_t i = 0; i < count; i++) {
                const struct stay_event *event = &events[i];
                if (i > 0 && by_order(event, event - 1) == 0)
                        continue;
                if (event->is_entry) {
                        if (open) {
                                open->is_left = open->is_left_assumed = true;
                                open->left_us = event->at_us;
                        }
                        open = &stays[made++];
                        *open = (struct stay){ .is_entered = true,
                                               .entered_us = event->at_us,
                                               .gate_in = event->gate };
                        strcpy(open->credential_class, event->credential_class);
                        continue;
                }
                struct stay *left = open ? open : &stays[made++];
                if (!open)
                        *left = (struct stay){ 0 };
                left->is_left = true;
                left->left_us = event->at_us;
                left->gate_out = event->gate;
                open = NULL;
        }
        return made;
}

static bool is_same(const struct stay *a, const struct stay *b)
{
        return a->is_entered == b->is_entered && a->is_left == b->is_left &&
               a->is_left_assumed == b->is_left_assumed && a->entered_us == b->entered_us &&
               a->left_us == b->left_us && a->gate_in == b->gate_in && a->gate_out == b->gate_out &&
               strcmp(a->credential_class, b->credential_class) == 0;
}

static bool has(const struct table *table, const struct stay *wanted)
{
        for (size_t i = 0; i < table->count; i++)
                if (is_same(&table->stays[i], wanted))
                        return true;
        return false;
}

static void assert_same_as_model(const struct table *table, struct stay_event *events, size_t count)
{
        struct stay model[EVENTS_MAX];
        size_t made = live(events, count, model);
        assert_int_equal(table->count, made);
        for (size_t i = 0; i < made; i++)
                assert_true(has(table, &model[i]));
}

static size_t make_history(struct stay_event *events, unsigned *seed)
{
        static const char *const classes[] = { "cccd", "code" };
        size_t count = 1 + (size_t)rand_r(seed) % EVENTS_MAX;
        /* Few moments: many events meet in one. */
        int moments = 1 + rand_r(seed) % 80;
        for (size_t i = 0; i < count; i++) {
                bool is_entry = rand_r(seed) % 2 == 0;
                events[i] = (struct stay_event){
                        .at_us = 1000 + rand_r(seed) % moments,
                        .is_entry = is_entry,
                        .gate = 1 + rand_r(seed) % 3,
                        .credential_class = is_entry ? classes[rand_r(seed) % 2] : "",
                };
        }
        return count;
}

static void shuffle(struct stay_event *events, size_t count, unsigned *seed)
{
        for (size_t i = count; i > 1; i--) {
                size_t at = (size_t)rand_r(seed) % i;
                struct stay_event moved = events[at];
                events[at] = events[i - 1];
                events[i - 1] = moved;
        }
}

static void any_order_of_coming_leads_to_the_same_stays(void **state)
{
        (void)state;
        struct stay_book book = { 0 };
        unsigned seed = 5;
        for (int history = 0; history < HISTORIES; history++) {
                struct stay_event events[EVENTS_MAX];
                struct table table = { 0 };
                size_t count = make_history(events, &seed);
                shuffle(events, count, &seed);
                for (size_t done = 0, batch; done < count; done += batch) {
                        batch = 1 + (size_t)rand_r(&seed) % 8;
                        if (batch > count - done)
                                batch = count - done;
                        put(&table, &book, events + done, batch);
                }
                /* All once more, as after a restored journal: nothing changes. */
                put(&table, &book, events, count);
                assert_same_as_model(&table, events, count);
        }
        stay_book_deinit(&book);
}

/* Events as "e100 x200": entry and exit, and their time; stays as "100-200 300~400 ?-500 600-". */
static void tell(const char *events, const char *stays)
{
        struct table table = { 0 };
        struct stay_book book = { 0 };
        char told[256] = "";
        int used = 0, at, length;
        char kind;
        for (; sscanf(events, " %c%d%n", &kind, &at, &length) == 2; events += length) {
                const struct stay_event event = {
                        .at_us = at, .is_entry = kind == 'e', .gate = 1, .credential_class = ""
                };
                put(&table, &book, &event, 1);
        }
        for (at = 0; at < 1000; at++) {
                for (size_t i = 0; i < table.count; i++) {
                        const struct stay *stay = &table.stays[i];
                        if (stay_start_us(stay) != at)
                                continue;
                        const char *link = stay->is_left_assumed ? "~" : "-";
                        used += stay->is_entered ? sprintf(told + used, "%s%d", used ? " " : "", at)
                                                 : sprintf(told + used, "%s?", used ? " " : "");
                        used += stay->is_left
                                        ? sprintf(told + used, "%s%d", link, (int)stay->left_us)
                                        : sprintf(told + used, "-");
                }
        }
        assert_string_equal(told, stays);
        stay_book_deinit(&book);
}

static void an_entry_begins_a_stay_and_an_exit_ends_it(void **state)
{
        (void)state;
        tell("e100", "100-");
        tell("e100 x200", "100-200");
        tell("e100 x200 e300", "100-200 300-");
}

static void who_enters_twice_is_taken_to_have_left_between(void **state)
{
        (void)state;
        tell("e100 e200", "100~200 200-");
        tell("e100 e200 x300", "100~200 200-300");
}

static void an_exit_without_an_entry_is_a_stay_of_unknown_beginning(void **state)
{
        (void)state;
        tell("x100", "?-100");
        tell("x100 x200 e300", "?-100 ?-200 300-");
}

static void what_comes_late_finds_its_place(void **state)
{
        (void)state;
        tell("x200 e100", "100-200");
        tell("e100 e300 x200", "100-200 300-");
        tell("e100 x300 e200", "100~200 200-300");
        tell("e100 x300 x200", "100-200 ?-300");
        tell("e100 x300 x200 e250", "100-200 250-300");
        tell("x300 x200 e100", "100-200 ?-300");
        tell("e300 e100 e200", "100~200 200~300 300-");
        tell("e300 e100 x400 x200", "100-200 300-400");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_entry_begins_a_stay_and_an_exit_ends_it),
                cmocka_unit_test(who_enters_twice_is_taken_to_have_left_between),
                cmocka_unit_test(an_exit_without_an_entry_is_a_stay_of_unknown_beginning),
                cmocka_unit_test(what_comes_late_finds_its_place),
                cmocka_unit_test(any_order_of_coming_leads_to_the_same_stays),
        };
        return cmocka_run_group_tests_name("stay", tests, NULL, NULL);
}
