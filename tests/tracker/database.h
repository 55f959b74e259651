/*
 * A database in memory with the tracker's schema and its three plugins.
 */
#ifndef TRACKER_TEST_DATABASE_H
#define TRACKER_TEST_DATABASE_H

#include "document.h"
#include "project.h"
#include "task.h"
#include "test.h"

struct database {
	struct trv_db *db;
	struct trv_session *session;
};

void database_open(struct database *database);
void database_close(struct database *database);

/* A person and a project that they lead, inserted. */
struct project database_project(struct database *database, const char *name);

#endif
