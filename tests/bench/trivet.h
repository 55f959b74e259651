/* The side of Trivet: the generated API of bench.trv, on whichever engine the URL says. */
#ifndef TRIVET_TESTS_BENCH_TRIVET_H
#define TRIVET_TESTS_BENCH_TRIVET_H

#include "side.h"

#include "bench.trv.h"

extern struct trv_db *main_db;
extern struct trv_session *main_session;
extern const char *database_url;

/* What bench_fail returns, with the session's error. */
int failed(const struct trv_session *of);

/* --- trivet_write.c ----------------------------------------------------------------------------------------- */

int empty_entries(void);
int sum_entries(uint64_t *checksum);
struct entry *make_entries(size_t first, size_t count);
struct slot *make_slots(size_t first, size_t count);

#endif
