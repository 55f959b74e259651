/*
 * What the tracker prints. Each page says how many statements it took.
 */
#ifndef TRACKER_PAGES_H
#define TRACKER_PAGES_H

#include "project.h"

struct page_options {
	const char *project; /* the project page and the tree are about this one; NULL: the one with the most tasks */
	const char *search; /* in documents; case matters */
	uint32_t depth; /* of the tree */
};

/* Who uploaded most; where there are no uploads, who maintains most. */
TRV_MUST_CHECK int page_people(struct trv_session *session);

/* The name of the project that the options mean, in the session's arena. */
TRV_MUST_CHECK int page_choose_project(struct trv_session *session, const struct page_options *options,
                                       const char **name);

/* A project with its people and tasks, loaded in three ways that are compared. */
TRV_MUST_CHECK int page_project(struct trv_session *session, const char *name);

/* What the project needs, and what that needs, to a depth. */
TRV_MUST_CHECK int page_tree(struct trv_session *session, const char *name, uint32_t depth);

/* The documents that have the text. */
TRV_MUST_CHECK int page_search(struct trv_session *session, const char *text);

/* What a piece of work cost. */
struct measure {
	uint64_t statements;
	uint64_t rows;
	uint64_t microseconds;
};

/* Begins and ends a measurement. */
struct measure measure_begin(const struct trv_session *session);
void measure_end(const struct trv_session *session, struct measure *measure);

/* "(3 statements, 120 rows, 1.2 ms)" under a page. */
void measure_print(const struct measure *measure);

#endif
