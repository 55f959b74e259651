#include "load.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "document.h"
#include "task.h"
#include "tracker.trv.h"

#define MOST_THREADS 64

struct load {
	struct trv_db *db;
	int64_t projects; /* how many there are */
	atomic_ulong requests;
	atomic_int status;
	atomic_bool done;
};

struct worker {
	struct load *load;
	unsigned seed;
	pthread_t thread;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static void think(unsigned milliseconds)
{
	struct timespec pause = { .tv_nsec = (long)milliseconds * 1000000 };

	nanosleep(&pause, NULL);
}

static int64_t any_project(struct worker *worker)
{
	return 1 + (int64_t)rand_r(&worker->seed) % worker->load->projects;
}

/* --- requests ------------------------------------------------------------------------------------- */

static int show_project(struct trv_session *s, struct worker *worker)
{
	struct project_list found;

	return project_find(
		s, &found,
		&(struct project_query) {
			.where = { project_id(TRV_EQ, any_project(worker)) },
			.lead = &(struct person_query) { 0 },
			.dependencies = &(struct project_query) { .limit = 10 },
			.tasks = &(struct task_query) { .where = { task_state(TRV_NE, TASK_DONE) }, .limit = 10 },
		});
}

static int list_projects(struct trv_session *s, struct worker *worker)
{
	struct project_list found;

	return project_find(s, &found,
	                    &(struct project_query) {
				    .where = { project_id(TRV_GE, any_project(worker)) },
				    .order_by = { project_by_name(TRV_ASC) },
				    .limit = 50,
				    .lead = &(struct person_query) { 0 },
			    });
}

static int search_titles(struct trv_session *s, struct worker *worker)
{
	static const char *const words[] = { "%library%", "%network%", "%security%", "%unlikely to be there%" };
	struct document_list found;

	return document_find(
		s, &found,
		&(struct document_query) { .where = { document_title(TRV_LIKE, words[rand_r(&worker->seed) % 4]) },
	                                   .order_by = { document_by_words(TRV_DESC) },
	                                   .limit = 20 });
}

/* Every word of every changelog is looked at: a statement that is too slow. */
static int search_everything(struct trv_session *s, struct worker *worker)
{
	struct document_list found;

	(void)worker;
	return document_find(
		s, &found,
		&(struct document_query) { .where = { document_body(TRV_LIKE, "%memory leak%") }, .limit = 20 });
}

static int count_sections(struct trv_session *s, struct worker *worker)
{
	struct project_groups groups;

	(void)worker;
	return project_aggregate(s, &groups,
	                         &(struct trv_aggregate) {
					 .values = { { TRV_COUNT_ROWS, 0 } },
					 .group_by = PROJECT_SECTION,
					 .order_by = 1,
					 .direction = TRV_DESC,
				 },
	                         &(struct project_query) { .limit = 10 });
}

/* The mistake that `trivet top` is to show: a query for each, where `.lead` in the first would do. */
static int leads_one_by_one(struct trv_session *s, struct worker *worker)
{
	struct project_list found;
	int r = project_find(
		s, &found,
		&(struct project_query) { .where = { project_id(TRV_GE, any_project(worker)) }, .limit = 25 });

	for (size_t i = 0; i < found.count && r >= 0; i++) {
		struct person lead;

		r = person_get(s, &lead, found.items[i].lead_id);
	}
	return r;
}

/* Holds its connection while it thinks, as a program does that asks somebody else in between. */
static int resize_project(struct trv_session *s, void *argument)
{
	struct worker *worker = argument;
	struct project project;
	int r = project_get(s, &project, any_project(worker));

	if (r < 0)
		return r;
	think(5 + (unsigned)rand_r(&worker->seed) % 60);
	project.size = rand_r(&worker->seed) % 100000;
	return project_update(s, &project, PROJECT_SIZE);
}

static int change_project(struct trv_session *s, struct worker *worker)
{
	int r = trv_transaction(s, resize_project, worker, &(struct trv_transaction_options) { .attempts = 20 });

	/* somebody else changed it first: that is what the version is for */
	return r == TRV_ERR_STALE ? 0 : r;
}

static const struct {
	int (*run)(struct trv_session *s, struct worker *worker);
	unsigned share;
} requests[] = {
	{ show_project, 40 },    { list_projects, 25 }, { change_project, 15 },   { search_titles, 8 },
	{ leads_one_by_one, 8 }, { count_sections, 3 }, { search_everything, 1 },
};

/* --- workers ------------------------------------------------------------------------------------------ */

static int serve_request(struct worker *worker)
{
	unsigned number = (unsigned)rand_r(&worker->seed) % 100;
	struct trv_session *s = NULL;
	struct trv_error error;
	size_t which = 0;

	while (number >= requests[which].share)
		number -= requests[which++].share;
	int r = trv_session_open(worker->load->db, &s, &error);
	if (r >= 0)
		r = requests[which].run(s, worker);
	if (r < 0)
		fprintf(stderr, "tracker: %s\n", s ? trv_error(s)->message : error.message);
	trv_session_close(s);
	return r;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct load *load = worker->load;

	while (!atomic_load(&load->done)) {
		int r = serve_request(worker);

		if (r < 0) {
			atomic_store(&load->status, r);
			atomic_store(&load->done, true);
		}
		atomic_fetch_add(&load->requests, 1);
		think((unsigned)rand_r(&worker->seed) % 10);
	}
	return NULL;
}

static void run_workers(struct load *load, const struct load_options *options)
{
	struct worker workers[MOST_THREADS];
	unsigned count = 0, threads = options->threads < MOST_THREADS ? options->threads : MOST_THREADS;
	time_t end = time(NULL) + (time_t)options->seconds;

	for (; count < threads; count++) {
		workers[count] = (struct worker) { .load = load, .seed = count + 1 };
		if (pthread_create(&workers[count].thread, NULL, work, &workers[count]) != 0)
			break;
	}
	while (!interrupted && !atomic_load(&load->done) && (!options->seconds || time(NULL) < end))
		think(100);
	atomic_store(&load->done, true);
	for (unsigned i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
}

int load_run(struct trv_session *session, const struct load_options *options)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct load load = { .db = trv_session_db(session) };
	uint64_t projects = 0;
	int r = project_count(session, &projects, NULL);

	if (r < 0)
		return r;
	if (projects == 0)
		return trv_session_fail(session, TRV_ERR_NOT_FOUND, "there are no projects: import them first");
	load.projects = (int64_t)projects;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	run_workers(&load, options);
	printf("%lu requests by %u threads\n", atomic_load(&load.requests), options->threads);
	return atomic_load(&load.status);
}
