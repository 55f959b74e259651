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

/* --- trivet_read.c ------------------------------------------------------------------------------------------ */

int run_get(struct bench_run *run);
int run_get_tx(struct bench_run *run);
int run_get_many(struct bench_run *run);
int run_find(struct bench_run *run);
int run_filter(struct bench_run *run);
int run_join(struct bench_run *run);
int run_children(struct bench_run *run);
int run_children_joined(struct bench_run *run);
int run_children_lazy(struct bench_run *run);
int run_levels(struct bench_run *run);
int run_many_to_many(struct bench_run *run);
int run_siblings(struct bench_run *run);
int run_tree(struct bench_run *run);
int run_nest(struct bench_run *run);
int run_stream(struct bench_run *run);
int run_memory(struct bench_run *run);

/* --- trivet_write.c ----------------------------------------------------------------------------------------- */

int run_insert(struct bench_run *run);
int run_transaction(struct bench_run *run);
int run_update(struct bench_run *run);
int run_upsert(struct bench_run *run);
int empty_entries(void);
int sum_entries(uint64_t *checksum);
struct entry *make_entries(size_t first, size_t count);
struct slot *make_slots(size_t first, size_t count);

/* --- trivet_threads.c ---------------------------------------------------------------------------------------- */

int run_threads(struct bench_run *run);
int run_open(struct bench_run *run);
int run_pool(struct bench_run *run);

#endif
