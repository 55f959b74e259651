/*
 * The plugin "project": people, projects, who works on what, and what needs what.
 */
#ifndef PROJECT_H
#define PROJECT_H

#include "project.trv.h"

extern const struct trv_plugin project_plugin;

/*
 * Puts a person into the one form in which they are stored: white space in the name
 * collapsed and its quotes gone, the address in lower case; an empty name becomes the address's
 * first part. New strings live in `arena`. Every insert and update does this too; call it
 * before looking for someone. TRV_ERR_VALUE for what is no address; TRV_ERR_NOMEM.
 */
TRV_MUST_CHECK int person_normalise(struct person *person, struct trv_arena *arena);

/* The project of that name, which is unique. TRV_ERR_NOT_FOUND. */
TRV_MUST_CHECK int project_find_by_name(struct trv_session *session, struct project *project, const char *name);

#endif
