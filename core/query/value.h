/* Checking values before they are sent. Errors name `model.column`. */
#ifndef TRIVET_QUERY_VALUE_H
#define TRIVET_QUERY_VALUE_H

#include <trivet/model.h>

/* UTF-8 without a NUL, at most 2^31-1 bytes, and the column's length where one is given (`column` may be NULL). */
int trv__check_text(const struct trv_model *model, const struct trv_column *column, const char *text, size_t size,
                    struct trv_error *error);

/* The member of a row that is about to be written: everything but null. */
int trv__check_member(const struct trv_model *model, const struct trv_column *column, const void *member,
                      struct trv_error *error);

/* Puts `model.column` before the message of an error that could not say it. */
void trv__name_value_error(struct trv_error *error, const struct trv_model *model, const struct trv_column *column);

#endif
