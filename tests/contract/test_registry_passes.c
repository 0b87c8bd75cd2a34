/* What a genuine pass finds: its holder, its levels, what was revoked; and areas and declarations.
 */
#include "tests/contract/store_registry.h"

#include <errno.h>

static struct pass_claims claims(const char *holder, const char *level)
{
        struct pass_claims pass = { .issued_us = 1000 };
        (void)snprintf(pass.holder, sizeof(pass.holder), "%s", holder);
        if (level)
                (void)snprintf(pass.level[pass.levels++], FLOW_ID_MAX, "%s", level);
        return pass;
}

static struct registry_match find_pass(struct registry *registry, uint32_t number,
                                       const struct pass_claims *pass)
{
        struct registry_match match;
        struct registry_credential credential = store_credential(number, "");
        const struct registry_question question = { .lookup = credential.lookup,
                                                    .pass = pass,
                                                    .access_point = "north-in",
                                                    .local = &store_tuesday };
        assert_int_equal(registry_find(registry, &question, &match), 0);
        return match;
}

static void a_pass_of_a_stranger_covers_what_its_levels_cover(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct pass_claims pass = claims("binh", "all");
        struct registry_match match = find_pass(registry, 1, &pass);
        assert_false(match.is_known || match.is_enrolled || match.is_revoked);
        assert_string_equal(match.holder.id, "binh");
        assert_int_equal(match.covering, 1);
        pass = claims("binh", "missing");
        assert_int_equal(find_pass(registry, 1, &pass).covering, 0);
        pass = claims("binh", NULL);
        assert_int_equal(find_pass(registry, 1, &pass).covering, 0);
        registry_close(registry);
}

static void a_pass_without_levels_has_those_of_its_holder(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_holder holder = store_holder("an", "all");
        holder.is_blocked = true;
        holder.is_silent = true;
        holder.role = REGISTRY_VISITOR;
        strcpy(holder.escort, "*");
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        struct pass_claims pass = claims("an", NULL);
        struct registry_match match = find_pass(registry, 1, &pass);
        assert_true(match.is_known && !match.is_enrolled);
        assert_int_equal(match.covering, 1);
        assert_true(match.holder.is_blocked && match.holder.is_silent);
        assert_int_equal(match.holder.role, REGISTRY_VISITOR);
        assert_string_equal(match.holder.escort, "*");
        registry_close(registry);
}

/* A pass enrolled for one and issued to another is the issuer's word, not the registry's. */
static void an_enrolled_pass_is_its_own_holders(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_holder(registry, "an");
        store_put_holder(registry, "binh");
        store_enrol(registry, 1, "an");
        struct pass_claims pass = claims("an", "all");
        assert_true(find_pass(registry, 1, &pass).is_enrolled);
        pass = claims("binh", "all");
        struct registry_match match = find_pass(registry, 1, &pass);
        assert_false(match.is_enrolled);
        assert_string_equal(match.holder.id, "binh");
        registry_close(registry);
}

/* Enrolled by mistake for somebody else: nothing of theirs may stick to who shows it. */
static void a_pass_enrolled_for_somebody_else_brings_nothing_of_theirs(void **state)
{
        struct registry *registry = store_open_registry(*state);
        const struct registry_declaration green = { .result = 1, .at_us = 5 };
        store_put_holder(registry, "an");
        store_enrol(registry, 1, "an");
        assert_int_equal(registry_put_declaration(registry, "an", &green), 0);
        struct registry_credential theirs = store_credential(1, "an");
        assert_int_equal(registry_revoke(registry, theirs.lookup, 7), 0);
        struct pass_claims pass = claims("stranger", NULL);
        struct registry_match match = find_pass(registry, 1, &pass);
        assert_false(match.is_known || match.is_enrolled || match.is_revoked);
        assert_string_equal(match.holder.id, "stranger");
        assert_string_equal(match.holder.name, "");
        assert_int_equal(match.declaration.result, 0);
        assert_int_equal(match.credential.revoked_us, 0);
        registry_close(registry);
}

static void the_schedule_of_a_pass_is_found_or_not_there(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct schedule night = { .id = "night", .periods = 1 };
        assert_null(schedule_parse_period("daily 22:00-06:00", &night.period[0]));
        assert_int_equal(registry_put_schedule(registry, &night), 0);
        struct pass_claims pass = claims("an", "all");
        strcpy(pass.schedule, "night");
        struct registry_match match = find_pass(registry, 1, &pass);
        assert_true(match.has_pass_schedule);
        assert_memory_equal(&match.pass_schedule, &night, sizeof(night));
        strcpy(pass.schedule, "day");
        assert_false(find_pass(registry, 1, &pass).has_pass_schedule);
        registry_close(registry);
}

static void a_pass_is_revoked_by_its_number(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_revocation revocation = { .at_us = 50, .until_us = 900 };
        memcpy(revocation.lookup, store_credential(1, "").lookup, FLOW_DIGEST_LEN);
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        struct pass_claims pass = claims("an", "all");
        assert_true(find_pass(registry, 1, &pass).is_revoked);
        assert_false(find_pass(registry, 2, &pass).is_revoked);
        assert_int_equal(registry_trim_revocations(registry, 900), 0);
        assert_int_equal(registry_trim_revocations(registry, 901), 1);
        assert_false(find_pass(registry, 1, &pass).is_revoked);
        registry_close(registry);
}

static void a_holders_passes_are_revoked_up_to_a_moment(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_revocation revocation = { .holder = "an", .at_us = 1000 }, rows[4];
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        struct pass_claims pass = claims("an", "all");
        assert_true(find_pass(registry, 1, &pass).is_revoked);
        pass.issued_us = 1001;
        assert_false(find_pass(registry, 1, &pass).is_revoked);
        pass.issued_us = 0;
        assert_true(find_pass(registry, 1, &pass).is_revoked);
        pass = claims("binh", "all");
        assert_false(find_pass(registry, 1, &pass).is_revoked);
        /* A later one widens it, an earlier one does not take back. */
        revocation.at_us = 2000;
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        revocation.at_us = 500;
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        pass = claims("an", "all");
        pass.issued_us = 2000;
        assert_true(find_pass(registry, 1, &pass).is_revoked);
        memcpy(revocation.lookup, store_credential(7, "").lookup, FLOW_DIGEST_LEN);
        revocation.holder[0] = '\0';
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        assert_int_equal(registry_revocations(registry, NULL, rows, 4), 2);
        assert_string_equal(rows[0].holder, "an");
        assert_int_equal(registry_revocations(registry, &rows[0], rows, 4), 1);
        assert_memory_equal(rows[0].lookup, revocation.lookup, FLOW_DIGEST_LEN);
        registry_close(registry);
}

static void a_second_revocation_never_ends_before_the_first(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_revocation revocation = { .at_us = 50, .until_us = 900 };
        memcpy(revocation.lookup, store_credential(1, "").lookup, FLOW_DIGEST_LEN);
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        revocation.until_us = 500;
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        assert_int_equal(registry_trim_revocations(registry, 900), 0);
        revocation.until_us = 0; /* for ever */
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        revocation.until_us = 900;
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        assert_int_equal(registry_trim_revocations(registry, INT64_MAX), 0);
        struct pass_claims pass = claims("an", "all");
        assert_true(find_pass(registry, 1, &pass).is_revoked);
        registry_close(registry);
}

static void a_credential_may_have_limits_and_call_for_help(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_credential credential = store_credential(1, "an"), row;
        store_put_holder(registry, "an");
        credential.is_duress = true;
        credential.uses_max = 10;
        credential.day_uses_max = 2;
        assert_int_equal(registry_put_credential(registry, &credential), 0);
        struct registry_match match = store_find(registry, 1, "north-in");
        assert_true(match.credential.is_duress);
        assert_int_equal(match.credential.uses_max, 10);
        assert_int_equal(match.credential.day_uses_max, 2);
        assert_int_equal(registry_credentials(registry, NULL, NULL, &row, 1), 1);
        assert_memory_equal(&row, &credential, sizeof(row));
        registry_close(registry);
        store_sql(((const struct store_folder *)*state)->path,
                  "UPDATE credential SET uses_max = -5");
        registry = store_open_registry(*state);
        assert_int_equal(store_find(registry, 1, "north-in").credential.uses_max, 1);
        registry_close(registry);
}

static void assert_declared(const struct registry_declaration *declaration, int result,
                            int64_t at_us, int64_t until_us)
{
        assert_int_equal(declaration->result, result);
        assert_int_equal(declaration->at_us, at_us);
        assert_int_equal(declaration->until_us, until_us);
}

static void what_was_declared_goes_with_the_holder(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_declaration declaration = { .result = 2, .at_us = 10, .until_us = 20 };
        assert_int_equal(registry_put_declaration(registry, "an", &declaration), -ENOENT);
        store_put_holder(registry, "an");
        store_enrol(registry, 1, "an");
        assert_int_equal(store_find(registry, 1, "north-in").declaration.result, 0);
        assert_int_equal(registry_put_declaration(registry, "an", &declaration), 0);
        declaration.result = 3;
        assert_int_equal(registry_put_declaration(registry, "an", &declaration), 0);
        struct registry_match match = store_find(registry, 1, "north-in");
        assert_declared(&match.declaration, 3, 10, 20);
        assert_int_equal(registry_get_declaration(registry, "an", &match.declaration), 0);
        assert_declared(&match.declaration, 3, 10, 20);
        assert_int_equal(registry_get_declaration(registry, "binh", &match.declaration), 0);
        assert_int_equal(match.declaration.result, 0);
        assert_int_equal(registry_remove_holder(registry, "an"), 0);
        store_put_holder(registry, "an");
        store_enrol(registry, 1, "an");
        assert_int_equal(store_find(registry, 1, "north-in").declaration.result, 0);
        registry_close(registry);
}

static struct registry_area area_of(const char *id, const char *point)
{
        struct registry_area area = { .occupancy_limit = 40,
                                      .passback = -1,
                                      .passback_reset_h = -1,
                                      .passback_reset_min = -2,
                                      .points = 1 };
        (void)snprintf(area.id, sizeof(area.id), "%s", id);
        (void)snprintf(area.point[0], FLOW_ID_MAX, "%s", point);
        return area;
}

static void visitors_are_removed_after_their_visit_and_nobody_else(void **state)
{
        struct registry *registry = store_open_registry(*state);
        const struct {
                const char *id;
                enum registry_role role;
                int64_t until_us;
                bool is_blocked;
        } people[] = { { "worker", REGISTRY_WORKER, 100, false },
                       { "gone", REGISTRY_VISITOR, 100, false },
                       { "banned", REGISTRY_VISITOR, 100, true },
                       { "later", REGISTRY_VISITOR, 200, false },
                       { "endless", REGISTRY_VISITOR, 0, false } };
        struct registry_holder holder;
        for (uint32_t i = 0; i < ARRAY_LEN(people); i++) {
                holder = store_holder(people[i].id, "all");
                holder.role = people[i].role;
                holder.validity.until_us = people[i].until_us;
                holder.is_blocked = people[i].is_blocked;
                assert_int_equal(registry_put_holder(registry, &holder), 0);
                struct registry_credential card = store_credential(i + 1, people[i].id);
                assert_int_equal(registry_put_credential(registry, &card), 0);
        }
        assert_int_equal(registry_trim_visitors(registry, 100), 0);
        assert_int_equal(registry_trim_visitors(registry, 101), 1);
        assert_int_equal(registry_trim_visitors(registry, 101), 0);
        for (uint32_t i = 0; i < ARRAY_LEN(people); i++) {
                bool is_gone = strcmp(people[i].id, "gone") == 0;
                assert_int_equal(registry_get_holder(registry, people[i].id, &holder),
                                 is_gone ? -ENOENT : 0);
                assert_int_equal(store_find(registry, i + 1, "north-in").is_known, !is_gone);
        }
        registry_close(registry);
}

static void an_access_point_is_of_one_area(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_area hall = area_of("hall", "north-in"), lab = area_of("lab", "north-in");
        struct registry_area rows[4];
        assert_false(store_find(registry, 1, "north-in").has_area);
        assert_int_equal(registry_put_area(registry, &hall), 0);
        assert_int_equal(registry_put_area(registry, &lab), -EEXIST);
        lab = area_of("lab", "lab-in");
        lab.passback = 2;
        lab.passback_reset_h = 0;
        lab.passback_reset_min = 240;
        assert_int_equal(registry_put_area(registry, &lab), 0);
        struct registry_match match = store_find(registry, 1, "lab-in");
        assert_true(match.has_area);
        assert_string_equal(match.area.id, "lab");
        assert_int_equal(match.area.occupancy_limit, 40);
        assert_int_equal(match.area.passback, 2);
        assert_int_equal(match.area.passback_reset_min, 240);
        assert_int_equal(registry_areas(registry, "", rows, 4), 2);
        assert_memory_equal(&rows[1], &lab, sizeof(lab));
        hall.points = 2; /* named twice is no harm */
        memcpy(hall.point[1], hall.point[0], FLOW_ID_MAX);
        assert_int_equal(registry_put_area(registry, &hall), 0);
        strcpy(lab.point[lab.points++], "north-in"); /* the hall's: all stays as it was */
        assert_int_equal(registry_put_area(registry, &lab), -EEXIST);
        assert_int_equal(registry_areas(registry, "hall", rows, 4), 1);
        assert_int_equal(rows[0].points, 1);
        assert_int_equal(registry_remove_area(registry, "hall"), 0);
        assert_int_equal(registry_remove_area(registry, "hall"), -ENOENT);
        assert_false(store_find(registry, 1, "north-in").has_area);
        registry_close(registry);
}

/* A registry as the first version left it: the second keeps all of it. */
static void a_first_registry_climbs_and_keeps_its_people(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        struct registry_holder holder = store_holder("an", "all");
        holder.is_blocked = true;
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        store_enrol(registry, 1, "an");
        registry_close(registry);
        store_sql(folder->path,
                  "DROP INDEX holder_by_origin; DROP INDEX declaration_by_origin;"
                  "DROP TABLE block; DROP TABLE stop; DROP TABLE bucket; DROP TABLE issue;"
                  "ALTER TABLE holder DROP COLUMN origin; ALTER TABLE level DROP COLUMN origin;"
                  "ALTER TABLE credential DROP COLUMN origin;"
                  "DROP TABLE schedule_period; DROP TABLE special_day; DROP TABLE area_point;"
                  "DROP TABLE area; DROP TABLE declaration; DROP TABLE revocation;"
                  "ALTER TABLE level DROP COLUMN schedule; DROP TABLE schedule;"
                  "ALTER TABLE holder DROP COLUMN role; ALTER TABLE holder DROP COLUMN is_silent;"
                  "ALTER TABLE holder DROP COLUMN escort;"
                  "ALTER TABLE credential DROP COLUMN is_duress;"
                  "ALTER TABLE credential DROP COLUMN uses_max;"
                  "ALTER TABLE credential DROP COLUMN day_uses_max; PRAGMA user_version = 1");
        registry = store_open_registry(folder);
        struct registry_match match = store_find(registry, 1, "north-in");
        assert_true(match.is_enrolled && match.holder.is_blocked);
        assert_int_equal(match.holder.role, REGISTRY_WORKER);
        assert_int_equal(match.covering, 1);
        assert_int_equal(match.credential.uses_max, 0);
        struct registry_area hall = area_of("hall", "north-in");
        assert_int_equal(registry_put_area(registry, &hall), 0);
        registry_close(registry);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_pass_of_a_stranger_covers_what_its_levels_cover),
                IN_FOLDER(a_pass_without_levels_has_those_of_its_holder),
                IN_FOLDER(an_enrolled_pass_is_its_own_holders),
                IN_FOLDER(a_pass_enrolled_for_somebody_else_brings_nothing_of_theirs),
                IN_FOLDER(the_schedule_of_a_pass_is_found_or_not_there),
                IN_FOLDER(a_pass_is_revoked_by_its_number),
                IN_FOLDER(a_holders_passes_are_revoked_up_to_a_moment),
                IN_FOLDER(a_second_revocation_never_ends_before_the_first),
                IN_FOLDER(a_credential_may_have_limits_and_call_for_help),
                IN_FOLDER(what_was_declared_goes_with_the_holder),
                IN_FOLDER(visitors_are_removed_after_their_visit_and_nobody_else),
                IN_FOLDER(an_access_point_is_of_one_area),
                IN_FOLDER(a_first_registry_climbs_and_keeps_its_people),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
