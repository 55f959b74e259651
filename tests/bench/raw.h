/*
 * The hand-written sides: one program for each engine and way of writing it, which
 * defines `struct connection` and the functions below. What the workloads do with them is
 * the same for all (raw_read.c, raw_write.c).
 *
 * Functions return 0, or what bench_fail returned. What is loaded stands in the
 * connection's `struct load`, its first member, until the next begin_load.
 */
#ifndef TRIVET_TESTS_BENCH_RAW_H
#define TRIVET_TESTS_BENCH_RAW_H

#include "rows.h"

struct load {
	struct arena arena;
	struct ids ids, other_ids;
	struct rows items, persons, posts, comments, links, tags, badges, visits, nodes;
	struct rows keys; /* int64_t */
};

#define GROUP(load, parents, parent, member, children, child, key)                                                     \
	group(&(load)->arena, &(load)->ids, &(load)->parents, sizeof(struct parent), offsetof(struct parent, member),  \
	      &(load)->children, sizeof(struct child), offsetof(struct child, key))

/* Sets the counts of rows to 0. */
void load_empty(struct load *load);

void load_release(struct load *load);

/* The distinct tags of the links become the keys. */
void load_tag_keys(struct load *load);

/* Hangs the nodes, all but the first `roots`, under their parents, which are among them. */
void load_hang(struct load *load, size_t roots);

/* --- what each side defines ------------------------------------------------------------------------------- */

struct connection;

extern const char *const raw_engine;
const char *raw_version(void); /* "SQLite 3.40.1" */

/* NULL, after bench_fail. */
struct connection *connection_open(const char *url);
void connection_close(struct connection *connection);

/* Before each load: forgets the rows of the one before. */
void begin_load(struct connection *connection);

int begin_read(struct connection *connection);
int begin_write(struct connection *connection);
int commit(struct connection *connection);

int get_item(struct connection *connection, int64_t id, struct item *item);
int get_items(struct connection *connection); /* by load.keys */
int find_items(struct connection *connection, int64_t low, int64_t high);
int filter_items(struct connection *connection, int32_t a, int64_t limit);
int stream_items(struct connection *connection, int64_t last, uint64_t *sum);
int join_posts(struct connection *connection, int64_t low, int64_t high);
int join_persons(struct connection *connection, int64_t last);
int find_children(struct connection *connection, int64_t last);
int find_levels(struct connection *connection, int64_t last);
int find_tagged(struct connection *connection, int64_t last);
int find_siblings(struct connection *connection, int64_t last);
int find_tree(struct connection *connection);
int find_nest(struct connection *connection, size_t depth); /* the nodes 2 to 5 come first */

/* Fill in the ids. */
int insert_entries(struct connection *connection, struct item *rows, size_t count);
int insert_transaction(struct connection *connection, struct item *row); /* begin, insert, commit */
int update_entries(struct connection *connection, const struct item *rows, size_t count);
int upsert_slots(struct connection *connection, const struct item *rows, size_t count);

/* Outside of the clock: empties the table and gives it the items up to `last`. */
int fill(struct connection *connection, const char *table, size_t last);
int written(struct connection *connection, const char *sql, uint64_t *checksum);

/* --- raw_side.c ---------------------------------------------------------------------------------------------- */

extern struct connection *main_connection;
extern const char *main_url;

#endif
