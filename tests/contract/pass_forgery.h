/*
 * Pass forgery: every attempt is refused, and what the dearest of them cost is kept, in CPU time
 * and as a multiple of one honest verification. Judges no time: a machine has other things to do.
 */
#pragma once

#include "tests/contract/pass_maker.h"

#include <malloc.h>
#include <time.h>

struct forgery {
        struct maker maker;
        char pass[SITE_PASS_TEXT_MAX], bound[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        int64_t normal_ns; /* one honest verification of pass and proof */
        int64_t worst_ns;
        char worst[80]; /* which attempt that was */
        size_t attempts, by_reason[REASON_COUNT];
};

static inline int64_t forgery_cpu_ns(void)
{
        struct timespec now;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t forgery_cost(const struct trust *trust, const char *text, size_t len,
                                   int repeats)
{
        int64_t best_ns = INT64_MAX;
        for (int i = 0; i < repeats; i++) {
                struct site_pass pass;
                int64_t begin_ns = forgery_cpu_ns();
                enum reason reason = site_pass_read(text, len, trust, &pass);
                int64_t cost_ns = forgery_cpu_ns() - begin_ns;
                best_ns = cost_ns < best_ns ? cost_ns : best_ns;
                (void)reason;
        }
        return best_ns;
}

static inline void forgery_init(struct forgery *forgery)
{
        struct site_pass pass = maker_worker();
        *forgery = (struct forgery){ .normal_ns = 0 };
        maker_init(&forgery->maker);
        assert_int_equal(site_pass_write(&pass, forgery->maker.issuer[0], forgery->pass), 0);
        maker_proven(&forgery->maker, forgery->bound, forgery->proven);
        forgery->normal_ns =
                forgery_cost(forgery->maker.trust, forgery->proven, strlen(forgery->proven), 20);
}

static inline void forgery_deinit(struct forgery *forgery)
{
        print_message("# %zu attempts refused: %zu unreadable, %zu bad signature, %zu untrusted "
                      "issuer\n",
                      forgery->attempts, forgery->by_reason[REASON_UNREADABLE],
                      forgery->by_reason[REASON_BAD_SIGNATURE],
                      forgery->by_reason[REASON_UNTRUSTED_ISSUER]);
        print_message("# the dearest cost %.2fx an honest pass with proof (%.0f µs of CPU): %s\n",
                      (double)forgery->worst_ns / (double)forgery->normal_ns,
                      (double)forgery->worst_ns / 1000, forgery->worst);
        maker_deinit(&forgery->maker);
}

/* An attempt. It is looked at again when it was dear: its least cost counts. */
static inline enum reason forgery_try_with(struct forgery *forgery, const struct trust *trust,
                                           const char *text, size_t len, const char *what)
{
        struct site_pass pass;
        int64_t begin_ns = forgery_cpu_ns();
        enum reason reason = site_pass_read(text, len, trust, &pass);
        int64_t cost_ns = forgery_cpu_ns() - begin_ns;
        if (reason == REASON_NONE)
                fail_msg("admitted: %s", what);
        assert_int_equal(pass.claims.proof_us, 0);
        forgery->attempts++;
        forgery->by_reason[reason]++;
        if (cost_ns > forgery->worst_ns)
                cost_ns = forgery_cost(trust, text, len, 5);
        if (cost_ns > forgery->worst_ns) {
                forgery->worst_ns = cost_ns;
                (void)snprintf(forgery->worst, sizeof(forgery->worst), "%s", what);
        }
        return reason;
}

static inline enum reason forgery_try_text(struct forgery *forgery, const char *text, size_t len,
                                           const char *what)
{
        return forgery_try_with(forgery, forgery->maker.trust, text, len, what);
}

static inline enum reason forgery_try(struct forgery *forgery, const struct blob *blob,
                                      const char *what)
{
        char text[8192] = SITE_PASS_PREFIX;
        size_t prefix_len = strlen(SITE_PASS_PREFIX);
        ssize_t len =
                base45_encode(blob->bytes, blob->len, text + prefix_len, sizeof(text) - prefix_len);
        assert_true(len >= 0);
        return forgery_try_text(forgery, text, prefix_len + (size_t)len, what);
}

/* Heap in use. 0 where the allocator does not say (under sanitizers, which look for leaks
 * themselves). */
static inline size_t forgery_heap(void)
{
        return mallinfo2().uordblks;
}
