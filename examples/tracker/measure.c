#include "pages.h"

#include <stdio.h>
#include <time.h>

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

struct measure measure_begin(const struct trv_session *session)
{
	struct trv_session_stats stats;

	trv_session_stats(session, &stats);
	return (struct measure) { .statements = stats.statements, .rows = stats.rows, .microseconds = now() };
}

void measure_end(const struct trv_session *session, struct measure *measure)
{
	struct trv_session_stats stats;
	uint64_t end = now();

	trv_session_stats(session, &stats);
	measure->statements = stats.statements - measure->statements;
	measure->rows = stats.rows - measure->rows;
	measure->microseconds = end - measure->microseconds;
}

void measure_print(const struct measure *measure)
{
	printf("(%llu statements, %llu rows, %.1f ms)\n", (unsigned long long)measure->statements,
	       (unsigned long long)measure->rows, (double)measure->microseconds / 1000);
}
