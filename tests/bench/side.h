/*
 * What the sides in C share: the protocol of README.md, the clock, and the checksum.
 *
 *     static int get(struct bench_run *run)
 *     {
 *             bench_start(run);
 *             for (size_t r = 0; r < run->times; r++)
 *                     ...
 *             bench_stop(run);
 *             run->checksum = ...;
 *             return 0;
 *     }
 *
 * The clock may be started and stopped several times in one run; the times add up.
 */
#ifndef TRIVET_TESTS_BENCH_SIDE_H
#define TRIVET_TESTS_BENCH_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BENCH_COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct bench_run {
	size_t size, times; /* SIZE and TIMES */
	uint64_t checksum;
	uint64_t wall, cpu; /* nanoseconds */
	uint64_t wall_start, cpu_start;
};

/* The workloads: every side defines run_NAME, which returns 0, what bench_fail returned, or bench_refused. */
#define BENCH_WORKLOADS(X)                                                                                             \
	X(get)                                                                                                         \
	X(get_tx)                                                                                                      \
	X(get_many)                                                                                                    \
	X(find)                                                                                                        \
	X(filter)                                                                                                      \
	X(join)                                                                                                        \
	X(children)                                                                                                    \
	X(children_joined)                                                                                             \
	X(children_lazy)                                                                                               \
	X(levels)                                                                                                      \
	X(many_to_many)                                                                                                \
	X(siblings)                                                                                                    \
	X(tree)                                                                                                        \
	X(nest)                                                                                                        \
	X(stream)                                                                                                      \
	X(memory)                                                                                                      \
	X(insert)                                                                                                      \
	X(transaction)                                                                                                 \
	X(update)                                                                                                      \
	X(upsert)                                                                                                      \
	X(threads)                                                                                                     \
	X(open)                                                                                                        \
	X(pool)

#define BENCH_DECLARE_RUN(name) int run_##name(struct bench_run *run);
BENCH_WORKLOADS(BENCH_DECLARE_RUN)

struct bench_side {
	/* 0, or what bench_fail returned; bench_refused where it cannot do this engine. */
	int (*open)(const char *engine, const char *url);
	const char *(*version)(void); /* of what it uses: "SQLite 3.40.1" */
	void (*close)(void);
};

/* The program is one of these. */
extern const struct bench_side bench_side;

enum {
	bench_failed = -1,
	bench_refused = -2
};

/* Keeps the text for the answer; bench_failed. */
int bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

void bench_start(struct bench_run *run);
void bench_stop(struct bench_run *run);

/* Exits: memory for a benchmark is there. */
void *bench_allocate(size_t size);

/* --- the work: README.md, "The workloads" ------------------------------------------------------- */

#define BENCH_ROW 1000003u /* weighs the rows of all repetitions in the checksum */

static inline int64_t bench_key(size_t r)
{
	return (int64_t)(r * 7919 % 10000 + 1);
}

static inline int64_t bench_low(size_t r)
{
	return (int64_t)(r % 100 + 1);
}

/* --- the checksum: T and V; their rows have members of the columns' names -------------------------- */

static inline uint64_t bench_text(const char *text)
{
	if (!text)
		return 1;
	size_t length = strlen(text);
	return length + 101u * (unsigned char)text[0] + 103u * (unsigned char)text[length - 1];
}

#define BENCH_U(number) ((uint64_t)(number))

#define BENCH_ITEM(row)                                                                                                \
	(BENCH_U((row)->id) + 3 * BENCH_U((row)->a) + 5 * BENCH_U((row)->b) + BENCH_U(14 * (row)->c) +                 \
	 11 * bench_text((row)->name) + 13 * bench_text((row)->note) + 17 * BENCH_U((row)->flag) +                     \
	 19 * BENCH_U((row)->at))

#define BENCH_PERSON(row)                                                                                              \
	(BENCH_U((row)->id) + 3 * bench_text((row)->name) + 5 * bench_text((row)->email) + 7 * BENCH_U((row)->age) +   \
	 11 * BENCH_U((row)->created))

#define BENCH_POST(row)                                                                                                \
	(BENCH_U((row)->id) + 3 * BENCH_U((row)->person_id) + 5 * bench_text((row)->title) +                           \
	 7 * bench_text((row)->body) + 11 * BENCH_U((row)->score) + 13 * BENCH_U((row)->created))

#define BENCH_COMMENT(row)                                                                                             \
	(BENCH_U((row)->id) + 3 * BENCH_U((row)->post_id) + 5 * bench_text((row)->body) + 7 * BENCH_U((row)->score))

#define BENCH_TAG(row) (BENCH_U((row)->id) + 3 * bench_text((row)->name))

#define BENCH_BADGE(row)                                                                                               \
	(BENCH_U((row)->id) + 3 * BENCH_U((row)->person_id) + 5 * bench_text((row)->name) + 7 * BENCH_U((row)->level))

#define BENCH_VISIT(row)                                                                                               \
	(BENCH_U((row)->id) + 3 * BENCH_U((row)->person_id) + 5 * bench_text((row)->place) + 7 * BENCH_U((row)->at))

/* parent_id is 0 where it is null */
#define BENCH_NODE(row)                                                                                                \
	(BENCH_U((row)->id) + 3 * BENCH_U((row)->parent_id) + 5 * bench_text((row)->name) + 7 * BENCH_U((row)->weight))

/* W, but for FROM and the table */
#define BENCH_WRITTEN                                                                                                  \
	"SELECT COUNT(*) + SUM(3*a + 5*b + 14*c + 11*LENGTH(name) + 13*COALESCE(LENGTH(note), 1))"                     \
	" + SUM(CASE WHEN flag THEN 17 ELSE 0 END) AS checksum FROM "

#endif
