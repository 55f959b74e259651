#include "fixture.h"

#include "servers.h"

#include <stdlib.h>

const int world_parents[TASKS] = { NOBODY, 0, 0, 1, 1, 3, 5, NOBODY, NOBODY, 8, NOBODY, NOBODY };
const int world_assignees[TASKS] = { ANN, BOB, BOB, CID, NOBODY, ANN, DORA, NOBODY, ANN, BOB, BOB, CID };
const int world_projects[TASKS] = { ATLAS, ATLAS, ATLAS,  ATLAS,  ATLAS,   ATLAS,
	                            ATLAS, ATLAS, BOREAS, BOREAS, CHRONOS, CHRONOS };

static const int bosses[PEOPLE] = { NOBODY, ANN, ANN, BOB, NOBODY };
static const int leads[PROJECTS] = { ANN, ANN, BOB, NOBODY };
static const int members[][2] = { { ATLAS, ANN },  { ATLAS, BOB },   { ATLAS, CID },
	                          { BOREAS, BOB }, { CHRONOS, CID }, { CHRONOS, DORA } };
static const int taggings[][2] = { { 0, RED },  { 0, GREEN }, { 1, GREEN }, { 2, RED },
	                           { 2, BLUE }, { 5, BLUE },  { 8, RED },   { 11, GREEN } };
static const int needs[][2] = { { 0, 1 }, { 1, 2 }, { 2, 0 }, { 0, 7 }, { 7, 8 }, { 10, 11 } };

/* --- opening ---------------------------------------------------------------------------------- */

const char *world_engine(void)
{
	const char *given = getenv("TRIVET_TEST_ENGINE");

	return given && *given ? given : "sqlite";
}

bool world_is(const char *engine)
{
	return strcmp(world_engine(), engine) == 0;
}

void world_new_url(char url[512])
{
	if (world_is("sqlite")) {
		snprintf(url, 512, "sqlite:%s/shop.db", test_temporary_folder());
		return;
	}
	REQUIRE(test_database(world_engine()));
	snprintf(url, 512, "%s", test_database(world_engine()));
	raw_empty(url);
}

void world_open_with(struct world *world, struct trv_options options)
{
	struct trv_error error = { 0 };

	memset(world, 0, sizeof(*world));
	world_new_url(world->url);
	options.url = world->url;
	options.models = &shop_models;
	REQUIRE_OK(trv_open(&world->db, &options, &error), &error);
	REQUIRE_OK(trv_session_open(world->db, &world->s, &error), &error);
}

void world_open_empty(struct world *world)
{
	world_open_with(world, (struct trv_options) { .url = NULL });
	OK(world, trv_schema_create(world->s));
}

void world_open(struct world *world)
{
	world_open_empty(world);
	world_fill(world);
}

void world_close(struct world *world)
{
	trv_session_close(world->s);
	trv_close(world->db);
	memset(world, 0, sizeof(*world));
}

struct trv_session *world_session(struct world *world)
{
	struct trv_error error = { 0 };
	struct trv_session *session = NULL;

	REQUIRE_OK(trv_session_open(world->db, &session, &error), &error);
	return session;
}

/* --- filling ----------------------------------------------------------------------------------- */

static void fill_people(struct world *world)
{
	static const char *const names[PEOPLE] = { "Ann", "Bob", "Cid", "Dora", "Eve" };

	for (int i = 0; i < PEOPLE; i++) {
		struct person *person = &world->people[i];

		person->name = names[i];
		person->email = i == ANN ? "ann@example.org" : NULL;
		person->age = (int16_t)(50 - i);
		person->has_age = i != CID;
		if (bosses[i] != NOBODY) {
			person->boss_id = world->people[bosses[i]].id;
			person->has_boss_id = true;
		}
		OK(world, person_insert(world->s, person));
	}
}

static void fill_projects(struct world *world)
{
	static const char *const names[PROJECTS] = { "atlas", "boreas", "chronos", "delos" };
	static const enum project_status states[PROJECTS] = { PROJECT_ACTIVE, PROJECT_PLANNED, PROJECT_CLOSED,
		                                              PROJECT_ACTIVE };

	for (int i = 0; i < PROJECTS; i++) {
		struct project *project = &world->projects[i];

		project->name = names[i];
		project->status = states[i];
		if (leads[i] != NOBODY) {
			project->lead_id = world->people[leads[i]].id;
			project->has_lead_id = true;
		}
		OK(world, project_insert_columns(world->s, project, PROJECT_STATUS));
	}
	for (size_t i = 0; i < TRV_COUNT_OF(members); i++) {
		struct membership membership = { .project_id = world->projects[members[i][0]].id,
			                         .person_id = world->people[members[i][1]].id };

		OK(world, membership_insert(world->s, &membership));
	}
}

static void fill_task(struct world *world, int i)
{
	static char titles[TASKS][8];
	struct task *task = &world->tasks[i];

	snprintf(titles[i], sizeof(titles[i]), "t%d", i);
	task->title = titles[i];
	task->project_id = world->projects[world_projects[i]].id;
	task->priority = (int16_t)(1 + i % 5);
	task->state = (enum task_state)(i % 3);
	task->effort = trv_decimal(i * 125, 2);
	if (world_parents[i] != NOBODY) {
		task->parent_id = world->tasks[world_parents[i]].id;
		task->has_parent_id = true;
	}
	if (world_assignees[i] != NOBODY) {
		task->assignee_id = world->people[world_assignees[i]].id;
		task->has_assignee_id = true;
	}
	OK(world, task_insert(world->s, task));
}

static void fill_tags(struct world *world)
{
	static const char *const names[TAGS] = { "red", "green", "blue", "plain" };

	for (int i = 0; i < TAGS; i++) {
		world->tags[i].name = names[i];
		OK(world, tag_insert(world->s, &world->tags[i]));
	}
	for (size_t i = 0; i < TRV_COUNT_OF(taggings); i++) {
		struct tagging tagging = { .task_id = world->tasks[taggings[i][0]].id,
			                   .tag_id = world->tags[taggings[i][1]].id };

		OK(world, tagging_insert(world->s, &tagging));
	}
	for (size_t i = 0; i < TRV_COUNT_OF(needs); i++) {
		struct need need = { .task_id = world->tasks[needs[i][0]].id, .need_id = world->tasks[needs[i][1]].id };

		OK(world, need_insert(world->s, &need));
	}
}

void world_fill(struct world *world)
{
	OK(world, trv_begin(world->s, NULL));
	fill_people(world);
	fill_projects(world);
	for (int i = 0; i < TASKS; i++)
		fill_task(world, i);
	fill_tags(world);
	OK(world, trv_commit(world->s));
}

/* --- names ------------------------------------------------------------------------------------------ */

int world_task(const struct world *world, int64_t id)
{
	for (int i = 0; i < TASKS; i++)
		if (world->tasks[i].id == id)
			return i;
	return -1;
}

static char *next_text(void)
{
	static char texts[4][1024];
	static unsigned next;

	char *text = texts[next++ % 4];
	text[0] = '\0';
	return text;
}

static void add_name(const struct world *world, char *text, int64_t id)
{
	size_t length = strlen(text);

	snprintf(text + length, 1024 - length, "%st%d", length ? " " : "", world_task(world, id));
}

const char *names_of_refs(const struct world *world, const struct task_refs *refs)
{
	char *text = next_text();

	for (size_t i = 0; refs && i < refs->count; i++)
		add_name(world, text, refs->items[i]->id);
	return text;
}

const char *names_of_list(const struct world *world, const struct task_list *list)
{
	char *text = next_text();

	for (size_t i = 0; i < list->count; i++)
		add_name(world, text, list->items[i].id);
	return text;
}

/* --- statements --------------------------------------------------------------------------------------- */

static uint64_t statements_of(const struct trv_session *session)
{
	struct trv_session_stats stats;

	trv_session_stats(session, &stats);
	return stats.statements;
}

struct statement_count statements_start(struct trv_session *session, uint64_t expected, const char *file, int line)
{
	REQUIRE_OK(trv_session_log(session, true), trv_error(session));
	return (struct statement_count) { session, statements_of(session), expected, file, line, true };
}

void statements_end(struct statement_count *count)
{
	uint64_t sent = statements_of(count->session) - count->before;
	const struct trv_statement_event *event;

	count->running = false;
	if (test_check_int((intmax_t)sent, (intmax_t)count->expected, count->file, count->line, "statements"))
		return;
	for (size_t i = 0; (event = trv_session_logged(count->session, i)); i++)
		test_note("  %.400s", event->sql ? event->sql : "?");
}

const char *last_statement(struct trv_session *session)
{
	const struct trv_statement_event *event, *last = NULL;

	for (size_t i = 0; (event = trv_session_logged(session, i)); i++)
		last = event;
	return last && last->sql ? last->sql : "";
}
