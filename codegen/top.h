/*
 * `trivet top`: what a running program's database is doing. The program answers on its
 * monitoring socket with lines of fields (docs/monitoring.md), which are read into tables
 * and drawn.
 */
#ifndef TRIVET_CODEGEN_TOP_H
#define TRIVET_CODEGEN_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TOP_STATEMENTS 200
#define TOP_HOLDERS 64
#define TOP_NOTICES 32
#define TOP_REPLICAS 8
#define TOP_BUCKETS 28
#define TOP_HISTORY 240

enum top_histogram_name {
	TOP_ACQUIRE,
	TOP_CONNECT,
	TOP_HOLD,
	TOP_QUERY,
	TOP_HISTOGRAMS,
};

struct top_histogram {
	uint64_t count, p50, p90, p99, max;
	uint64_t buckets[TOP_BUCKETS];
};

struct top_replica {
	uint64_t index, in_use, behind, set_aside, size, used, waiting;
};

struct top_holder {
	const char *session, *site;
	uint64_t held;
};

struct top_statement {
	const char *shape, *site, *sql;
	uint64_t calls, rows, errors, total, worst, hits, misses, repeated;
	double rate; /* calls in a second, since the snapshot before */
};

struct top_notice {
	const char *kind, *site, *sql, *hint, *status;
	uint64_t number, when, took, rows, count, sessions;
};

/* One answer. Its strings lie in `text`. */
struct top_snapshot {
	char *text;
	const char *program, *driver, *message;
	uint64_t pid, now, monotonic;
	uint64_t size, overflow, idle, used, connecting, waiting, suspended, acquired, timeouts, created, failures,
		leaks;
	struct top_histogram histograms[TOP_HISTOGRAMS];
	struct top_replica replicas[TOP_REPLICAS];
	struct top_holder holders[TOP_HOLDERS];
	struct top_statement statements[TOP_STATEMENTS];
	struct top_notice notices[TOP_NOTICES];
	size_t replica_count, holder_count, statement_count, known, notice_count;
};

/* --- top_read.c ---------------------------------------------------------------------------------- */

/* Connects to the socket of a program. The descriptor, or -1 with errno. */
int top_connect(const char *path);

/* Asks for a snapshot. False: it did not come within two seconds, or is none. */
bool top_read(int socket, struct top_snapshot *snapshot);

/* Takes apart what came; `text` is the snapshot's from now on, and changed. False: it is no snapshot. */
bool top_parse(struct top_snapshot *snapshot, char *text);

void top_release(struct top_snapshot *snapshot);

/* --- top_draw.c ---------------------------------------------------------------------------------- */

/* X(key, name, title of the column) */
#define TOP_SORT_MAP(X)                                                                                                \
	X('t', TOTAL, "total")                                                                                         \
	X('c', CALLS, "calls")                                                                                         \
	X('m', MEAN, "mean")                                                                                           \
	X('w', WORST, "worst")                                                                                         \
	X('r', ROWS, "rows")                                                                                           \
	X('n', REPEATED, "N+1")

enum top_sort {
#define TOP_SORT_ENUM(key, name, title) TOP_SORT_##name,
	TOP_SORT_MAP(TOP_SORT_ENUM)
#undef TOP_SORT_ENUM
	TOP_SORT_COUNT
};

/* How it is drawn, and what is known from before. */
struct top_view {
	size_t width, height; /* height 0: as long as it takes */
	bool colour, unicode;
	enum top_sort sort;
	bool paused;
	double interval; /* seconds; 0: one snapshot only */
	double rates[TOP_HISTORY]; /* statements in a second, the last is the newest */
	size_t rate_count;
	double row_rate, acquire_rate;
};

/* What happened since the snapshot before, of the same program; NULL: there is none. */
void top_compare(struct top_view *view, struct top_snapshot *now, const struct top_snapshot *before);

void top_sort(struct top_snapshot *snapshot, enum top_sort sort);

void top_draw(const struct top_view *view, const struct top_snapshot *snapshot, FILE *out);

#endif
