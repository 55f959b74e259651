#include "database.h"

#include <trivet/plugin.h>

#include "tracker.trv.h"

void database_open(struct database *database)
{
	struct trv_error error = { 0 };

	*database = (struct database) { 0 };
	REQUIRE_OK(trv_open(&database->db,
	                    &(struct trv_options) {
				    .url = "sqlite::memory:",
				    .models = &tracker_models,
				    .plugins = { &document_plugin, &task_plugin, &project_plugin },
			    },
	                    &error),
	           &error);
	REQUIRE_OK(trv_session_open(database->db, &database->session, &error), &error);
	REQUIRE_OK(trv_schema_create(database->session), trv_error(database->session));
}

void database_close(struct database *database)
{
	trv_session_close(database->session);
	trv_close(database->db);
}

struct project database_project(struct database *database, const char *name)
{
	struct trv_session *s = database->session;
	char *email = trv_arena_printf(trv_session_arena(s), "lead@%s.example.org", name);
	struct person lead = { .name = "Adam Min", .email = email };

	REQUIRE(email);
	REQUIRE_OK(person_insert(s, &lead), trv_error(s));
	struct project project = { .name = name, .lead_id = lead.id };
	REQUIRE_OK(project_insert(s, &project), trv_error(s));
	return project;
}
