/*
 * Running the jobs of a load: relations that take statements of their own. Where the
 * driver sends many statements in one round trip, all jobs that are ready go together, so
 * that there are as many round trips as the tree has levels. Elsewhere one goes after the
 * other, and what comes of its rows follows it.
 */
#include "session/load.h"

static struct trv__job **end_of(struct trv__job **at)
{
	while (*at)
		at = &(*at)->next;
	return at;
}

int trv__job_add(struct trv__run *run, const struct trv_model *model, uint16_t relation, const struct trv__rows *rows,
                 const struct trv_query *query, const struct trv_query *parent_query, unsigned depth)
{
	struct trv__job *job = trv_arena_alloc(run->scratch, sizeof(*job));

	if (!job)
		return trv__no_memory(run->session);
	memset(job, 0, offsetof(struct trv__job, select));
	job->run = run;
	job->model = model;
	job->relation = &model->relations[relation];
	job->query = query;
	job->parent_query = parent_query;
	job->index = relation;
	job->depth = depth;
	job->rows = *rows;
	job->groups.run = job->links.run = run;
	*end_of(&run->jobs) = job;
	return 0;
}

static bool is_joined(const struct trv__select *select, size_t node, size_t relation)
{
	for (size_t i = 1; i < select->node_count; i++)
		if (select->nodes[i].parent == (int)node && select->nodes[i].relation == relation)
			return true;
	return false;
}

int trv__jobs_add(struct trv__run *run, const struct trv__select *select, size_t node, const struct trv__rows *rows,
                  unsigned depth)
{
	const struct trv_model *model = select->nodes[node].model;
	const struct trv_query *query = select->nodes[node].query;
	bool free_root = node == 0 && select->tie == TRV__FREE && !select->after;

	for (uint16_t i = 0; i < model->relation_count && rows->count; i++) {
		const struct trv_query *sub = trv__subquery(query, &model->relations[i]);

		if (!sub || sub->how == TRV_LAZY || sub->how == TRV_RAISE || is_joined(select, node, i))
			continue;
		int r = trv__job_add(run, model, i, rows, sub, free_root ? query : NULL, depth);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Jobs whose statement is prepared, side by side. */
struct wave {
	struct trv__reader **readers;
	struct trv__cursor **cursors;
	size_t count;
};

static int make_wave(struct trv__run *run, struct trv__job *jobs, struct wave *wave)
{
	size_t count = 0;

	for (struct trv__job *job = jobs; job; job = job->next)
		count++;
	wave->count = 0;
	wave->readers = trv_arena_zero(run->scratch, count, sizeof(struct trv__reader *));
	wave->cursors = trv_arena_zero(run->scratch, count, sizeof(struct trv__cursor *));
	return wave->readers && wave->cursors ? 0 : trv__no_memory(run->session);
}

/* Takes each job's next statement; jobs that are done leave the list. */
static int step_all(struct trv__job **jobs, struct wave *wave)
{
	for (struct trv__job **at = jobs; *at;) {
		int r = trv__job_step(*at, &wave->readers[wave->count]);

		if (r < 0)
			return r;
		if (r == 0) {
			*at = (*at)->next;
			continue;
		}
		wave->cursors[wave->count] = trv__reader_cursor(wave->readers[wave->count]);
		wave->count++;
		at = &(*at)->next;
	}
	return 0;
}

static int execute_wave(struct trv__run *run, const struct wave *wave)
{
	if (wave->count > 1)
		return trv__cursors_execute(run->session, wave->cursors, wave->count);
	return wave->count ? trv__cursor_execute(wave->cursors[0], false) : 0;
}

/* All are read or, after a failure, closed: nothing stays behind on the connection. */
static int read_wave(const struct wave *wave)
{
	int r = 0;

	for (size_t i = 0; i < wave->count; i++) {
		if (r >= 0)
			r = trv__reader_read(wave->readers[i]);
		else
			(void)trv__cursor_close(wave->cursors[i]);
	}
	return r;
}

/* One statement of each job in `jobs`. What comes of the rows is put into run->jobs. */
static int run_wave(struct trv__run *run, struct trv__job **jobs)
{
	struct wave wave;
	int r = make_wave(run, *jobs, &wave);

	if (r < 0)
		return r;
	r = step_all(jobs, &wave);
	if (r < 0) {
		for (size_t i = 0; i < wave.count; i++)
			trv__cursor_abandon(wave.cursors[i]);
		return r;
	}
	r = execute_wave(run, &wave);
	return r < 0 ? r : read_wave(&wave);
}

static int run_all(struct trv__run *run)
{
	bool together = run->session->link->connection->driver->pipeline != NULL;

	while (run->jobs) {
		struct trv__job *now = run->jobs, *later = NULL;

		if (!together) {
			later = now->next;
			now->next = NULL;
		}
		run->jobs = NULL;
		int r = run_wave(run, &now);
		if (r < 0)
			return r;
		*end_of(&now) = run->jobs; /* a job's further statements, then what came of its rows */
		run->jobs = now;
		*end_of(&run->jobs) = later;
	}
	return 0;
}

/* What is loaded for one row after it was read is not loaded for many: a loop may do that. */
int trv__jobs_run(struct trv__run *run)
{
	struct trv_session *session = run->session;
	bool before = session->batched;

	session->batched = before || !run->alone;
	int r = run_all(run);
	session->batched = before;
	return r;
}
