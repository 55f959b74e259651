#include "database.h"

static struct database database;

static struct trv_session *open_database(void)
{
	database_open(&database);
	return database.session;
}

/* The message of the session's last error. */
static const char *said(void)
{
	return trv_error(database.session)->message;
}

TEST(project, a_person_is_stored_in_one_form)
{
	struct trv_session *s = open_database();
	struct person person = { .name = " \"Klose,\t Matthias\" ", .email = " Doko@Debian.ORG " };
	struct person stored;

	REQUIRE_OK(person_insert(s, &person), trv_error(s));
	REQUIRE_OK(person_get(s, &stored, person.id), trv_error(s));
	CHECK_STR(stored.name, "Klose, Matthias");
	CHECK_STR(stored.email, "doko@debian.org");

	stored.email = "DOKO@ubuntu.com";
	REQUIRE_OK(person_update(s, &stored, PERSON_EMAIL), trv_error(s));
	REQUIRE_OK(person_get(s, &stored, person.id), trv_error(s));
	CHECK_STR(stored.email, "doko@ubuntu.com");
	CHECK_STR(stored.name, "Klose, Matthias");
	database_close(&database);
}

TEST(project, a_person_without_a_name_is_called_by_the_address)
{
	struct trv_session *s = open_database();
	struct person person = { .name = "  ", .email = "doko@debian.org" };

	REQUIRE_OK(person_insert(s, &person), trv_error(s));
	CHECK_STR(person.name, "doko");
	database_close(&database);
}

TEST(project, what_is_no_address_is_refused)
{
	static const char *const wrong[] = { "", "doko", "@debian.org", "doko@", "a@b@c", "a b@c", "a@b,c@d" };
	struct trv_session *s = open_database();
	uint64_t count;

	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++) {
		struct person person = { .name = "Matthias", .email = wrong[i] };

		CHECK_STATUS(person_insert(s, &person), TRV_ERR_VALUE);
		CHECK_CONTAINS(said(), "person.email");
	}
	REQUIRE_OK(person_count(s, &count, &(struct person_query) { 0 }), trv_error(s));
	CHECK_INT(count, 0);
	database_close(&database);
}

TEST(project, one_is_found_by_its_name)
{
	struct trv_session *s = open_database();
	struct project project = database_project(&database, "bash");
	struct project found;

	REQUIRE_OK(project_find_by_name(s, &found, "bash"), trv_error(s));
	CHECK_INT(found.id, project.id);
	CHECK_INT(found.status, PROJECT_ACTIVE);
	CHECK_STATUS(project_find_by_name(s, &found, "zsh"), TRV_ERR_NOT_FOUND);
	CHECK_STR(said(), "there is no project 'zsh'");
	database_close(&database);
}

TEST(project, it_cannot_need_itself)
{
	struct trv_session *s = open_database();
	struct project project = database_project(&database, "bash");
	struct dependency dependency = { .project_id = project.id, .target_id = project.id };

	CHECK_STATUS(dependency_insert(s, &dependency), TRV_ERR_VALUE);
	CHECK_CONTAINS(said(), "cannot need itself");
	database_close(&database);
}

static struct task insert_task(const struct project *project)
{
	struct task task = { .project_id = project->id, .title = "Mend it" };

	REQUIRE_OK(task_insert(database.session, &task), trv_error(database.session));
	return task;
}

TEST(task, closing_and_reopening_writes_state_and_time_together)
{
	struct trv_session *s = open_database();
	struct project project = database_project(&database, "bash");
	struct task task = insert_task(&project);
	struct task stored;

	REQUIRE_OK(task_update(s, &task, task_close(&task, INT64_C(1672661181000000))), trv_error(s));
	REQUIRE_OK(task_get(s, &stored, task.id), trv_error(s));
	CHECK_INT(stored.state, TASK_DONE);
	CHECK(stored.has_closed);
	CHECK_INT(stored.closed, INT64_C(1672661181000000));

	REQUIRE_OK(task_update(s, &stored, task_reopen(&stored)), trv_error(s));
	REQUIRE_OK(task_get(s, &stored, task.id), trv_error(s));
	CHECK_INT(stored.state, TASK_OPEN);
	CHECK(!stored.has_closed);
	database_close(&database);
}

TEST(task, the_state_cannot_change_without_the_time)
{
	struct trv_session *s = open_database();
	struct project project = database_project(&database, "bash");
	struct task task = insert_task(&project);

	task.state = TASK_DONE;
	CHECK_STATUS(task_update(s, &task, TASK_STATE), TRV_ERR_VALUE);
	CHECK_CONTAINS(said(), "task.state: cannot change alone");
	CHECK_STATUS(task_update(s, &task, TASK_STATE | TASK_CLOSED), TRV_ERR_VALUE);
	CHECK_CONTAINS(said(), "task.closed");
	task.title = "Mend it well";
	CHECK_OK(task_update(s, &task, TASK_TITLE), trv_error(s));
	database_close(&database);
}

TEST(task, one_that_is_entered_as_done_was_closed_then)
{
	struct trv_session *s = open_database();
	struct project project = database_project(&database, "bash");
	struct task task = { .project_id = project.id, .title = "Mend it", .state = TASK_DONE };
	int64_t before = trv_now();
	struct task stored;

	REQUIRE_OK(task_insert(s, &task), trv_error(s));
	REQUIRE_OK(task_get(s, &stored, task.id), trv_error(s));
	CHECK(stored.has_closed && stored.closed >= before && stored.closed <= trv_now());
	database_close(&database);
}

TEST(task, a_parent_of_another_project_is_refused)
{
	struct trv_session *s = open_database();
	struct project bash = database_project(&database, "bash");
	struct project zsh = database_project(&database, "zsh");
	struct task parent = insert_task(&bash);
	struct task part = { .project_id = zsh.id, .parent_id = parent.id, .has_parent_id = true, .title = "A part" };

	CHECK_STATUS(task_insert(s, &part), TRV_ERR_VALUE);
	CHECK_CONTAINS(said(), "of another project");
	part.project_id = bash.id;
	REQUIRE_OK(task_insert(s, &part), trv_error(s));

	part.parent_id = part.id;
	CHECK_STATUS(task_update(s, &part, TASK_PARENT_ID), TRV_ERR_VALUE);
	CHECK_CONTAINS(said(), "part of itself");
	part.parent_id = part.id + 1000;
	CHECK_STATUS(task_update(s, &part, TASK_PARENT_ID), TRV_ERR_FOREIGN_KEY);
	database_close(&database);
}

TEST(document, an_insert_counts_size_and_words)
{
	struct trv_session *s = open_database();
	struct project project = database_project(&database, "bash");
	struct document document = { .project_id = project.id,
		                     .title = "README",
		                     .body = "  The  sh\xc3\xa9ll\nof GNU. " };
	struct document stored;

	REQUIRE_OK(document_insert(s, &document), trv_error(s));
	REQUIRE_OK(document_get(s, &stored, document.id), trv_error(s));
	CHECK_INT(stored.size, 22);
	CHECK_INT(stored.words, 4);
	REQUIRE_OK(document_update(s, &stored, document_set_body(&stored, "")), trv_error(s));
	REQUIRE_OK(document_get(s, &stored, document.id), trv_error(s));
	CHECK_INT(stored.size, 0);
	CHECK_INT(stored.words, 0);
	database_close(&database);
}

TEST(document, the_text_cannot_change_without_its_counts)
{
	struct trv_session *s = open_database();
	struct project project = database_project(&database, "bash");
	struct document document = { .project_id = project.id, .title = "README", .body = "The shell" };

	REQUIRE_OK(document_insert(s, &document), trv_error(s));
	document.body = "Another";
	CHECK_STATUS(document_update(s, &document, DOCUMENT_BODY), TRV_ERR_VALUE);
	CHECK_CONTAINS(said(), "document_set_body");
	document.title = "README.md";
	CHECK_OK(document_update(s, &document, DOCUMENT_TITLE), trv_error(s));
	database_close(&database);
}
