/* Checking values before they are sent. Errors name `model.column`. */
#ifndef TRIVET_QUERY_VALUE_H
#define TRIVET_QUERY_VALUE_H

#include <trivet/model.h>

/* Whether each value of the C type is one of the column: there is nothing to check. */
static inline bool trv__takes_any(enum trv_type type)
{
	return type == TRV_BOOL || type == TRV_INT16 || type == TRV_INT32 || type == TRV_INT64 || type == TRV_UUID;
}

static inline bool trv__member_is_null(const struct trv_column *column, const void *row)
{
	if (!(column->flags & TRV_NULLABLE))
		return false;
	if (column->has_offset)
		return !*((const bool *)row + column->has_offset);
	return !*(const void *const *)(const void *)((const char *)row + column->offset);
}

/* The years 1 to 9999: what all engines keep. */
#define TRV__DATE_FIRST (-719162)
#define TRV__DATE_LAST 2932896

static inline bool trv__is_timestamp(int64_t value)
{
	return value >= TRV__DATE_FIRST * TRV_DAY_MICROSECONDS && value < (TRV__DATE_LAST + 1) * TRV_DAY_MICROSECONDS;
}

/* UTF-8 without a NUL, at most 2^31-1 bytes, and the column's length where one is given (`column` may be NULL). */
int trv__check_text(const struct trv_model *model, const struct trv_column *column, const char *text, size_t size,
                    struct trv_error *error);

/* The member of a row that is about to be written: everything but null. */
int trv__check_member(const struct trv_model *model, const struct trv_column *column, const void *member,
                      struct trv_error *error);

/*
 * A value that is compared, or that has no column: it may be outside of a column's range, but must be
 * something that every engine takes. Text is checked by trv__check_text. The message names no column.
 */
int trv__check_plain(enum trv_type type, const void *value, size_t size, struct trv_error *error);

/* The same for an element of an array of the column's C type. */
int trv__check_item(const struct trv_model *model, const struct trv_column *column, const void *item,
                    struct trv_error *error);

/* Puts `model.column` before the message of an error that could not say it. */
void trv__name_value_error(struct trv_error *error, const struct trv_model *model, const struct trv_column *column);

#endif
