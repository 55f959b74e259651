/*
 * A database for one run of a program, made where a URL leads and removed at the end, as
 * the driver's quirks say. A driver without quirks gives the database of the URL itself.
 */
#ifndef TRIVET_CONFORMANCE_DATABASE_H
#define TRIVET_CONFORMANCE_DATABASE_H

#include "quirks.h"

#define DATABASE_URL_SIZE 512

struct database {
	char given[DATABASE_URL_SIZE];
	char url[DATABASE_URL_SIZE]; /* of the one that was made */
	char name[64]; /* empty: none was made */
	const struct quirks *quirks; /* never NULL */
};

struct trv_error;

/* 0, or -1 after a message. `number` tells several of one process apart. */
int database_make(struct database *database, const char *url, unsigned number);

/* Every connection to it must be closed. */
void database_remove(struct database *database);

/* Prints what failed; returns -1. */
int database_tell(const char *what, const struct trv_error *error);

#endif
