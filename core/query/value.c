#include "query/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <trivet/query.h>

#define TEXT_LIMIT INT32_MAX

static int refuse(struct trv_error *error, const struct trv_model *model, const struct trv_column *column,
                  const char *what)
{
	int code = trv_error_set(error, TRV_ERR_VALUE, "%s%s%s%s%s", model ? model->name : "",
	                         model && column ? "." : "", column ? column->member : "", model ? ": " : "", what);

	if (error && model && column) {
		snprintf(error->table, sizeof(error->table), "%s", model->table);
		snprintf(error->column, sizeof(error->column), "%s", column->name);
	}
	return code;
}

void trv__name_value_error(struct trv_error *error, const struct trv_model *model, const struct trv_column *column)
{
	char what[sizeof(error->message)];

	if (!error || error->code != TRV_ERR_VALUE)
		return;
	memcpy(what, error->message, sizeof(what));
	refuse(error, model, column, what);
}

int trv__check_text(const struct trv_model *model, const struct trv_column *column, const char *text, size_t size,
                    struct trv_error *error)
{
	char what[128];

	if (size > TEXT_LIMIT) {
		snprintf(what, sizeof(what), "%zu bytes of text, the limit is %d", size, TEXT_LIMIT);
		return refuse(error, model, column, what);
	}
	if (!trv_utf8_valid(text, size))
		return refuse(error, model, column, "the text is not valid UTF-8");
	if (!column || !column->length || size <= column->length)
		return 0;
	size_t length = trv_utf8_length(text, size);
	if (length <= column->length)
		return 0;
	snprintf(what, sizeof(what), "%zu characters, the limit is %u", length, (unsigned)column->length);
	return refuse(error, model, column, what);
}

static int check_bytes(const struct trv_model *model, const struct trv_column *column, const struct trv_bytes *bytes,
                       struct trv_error *error)
{
	size_t limit = column->length ? column->length : TEXT_LIMIT;
	char what[96];

	if (bytes->size <= limit)
		return 0;
	snprintf(what, sizeof(what), "%zu bytes, the limit is %zu", bytes->size, limit);
	return refuse(error, model, column, what);
}

static int check_decimal(const struct trv_model *model, const struct trv_column *column,
                         const struct trv_decimal *value, struct trv_error *error)
{
	struct trv_decimal fitted = *value;
	char what[160], text[TRV_DECIMAL_TEXT] = "it";

	if (value->scale <= TRV_DECIMAL_DIGITS && !(column->flags & TRV_SECRET))
		trv_decimal_format(value, text);
	if (value->scale > TRV_DECIMAL_DIGITS || trv_decimal_rescale(&fitted, column->scale) < 0 ||
	    trv_decimal_digits(&fitted) > column->precision) {
		snprintf(what, sizeof(what), "%s does not fit decimal(%u,%u)", text, column->precision, column->scale);
		return refuse(error, model, column, what);
	}
	if (trv_decimal_compare(&fitted, value) != 0) {
		snprintf(what, sizeof(what), "%s has more than %u digits behind the point", text, column->scale);
		return refuse(error, model, column, what);
	}
	return 0;
}

static int check_enum(const struct trv_model *model, const struct trv_column *column, int32_t value,
                      struct trv_error *error)
{
	char what[128];

	if (value >= 0 && value < column->enumeration->count)
		return 0;
	snprintf(what, sizeof(what), "%d is no value of enum '%s'", (int)value, column->enumeration->name);
	return refuse(error, model, column, what);
}

static bool is_within(int64_t value, int64_t first, int64_t last)
{
	return value >= first && value <= last;
}

/* Why no engine takes the value, or NULL. */
static const char *refusal(enum trv_type type, const void *value)
{
	switch (type) {
	case TRV_FLOAT32:
		return isfinite(*(const float *)value) ? NULL : "NaN and infinities are refused";
	case TRV_FLOAT64:
		return isfinite(*(const double *)value) ? NULL : "NaN and infinities are refused";
	case TRV_DATE:
		return is_within(*(const int32_t *)value, TRV__DATE_FIRST, TRV__DATE_LAST)
		               ? NULL
		               : "the date is outside the years 1 to 9999";
	case TRV_TIME:
		return is_within(*(const int64_t *)value, 0, TRV_DAY_MICROSECONDS - 1) ? NULL
		                                                                       : "the time is not within a day";
	case TRV_TIMESTAMP:
		return trv__is_timestamp(*(const int64_t *)value) ? NULL
		                                                  : "the timestamp is outside the years 1 to 9999";
	case TRV_DECIMAL:
		return ((const struct trv_decimal *)value)->scale <= TRV_DECIMAL_DIGITS
		               ? NULL
		               : "the decimal has more than 38 digits behind the point";
	default:
		return NULL;
	}
}

int trv__check_member(const struct trv_model *model, const struct trv_column *column, const void *member,
                      struct trv_error *error)
{
	const char *what, *text;

	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		text = *(const char *const *)member;
		return text ? trv__check_text(model, column, text, strlen(text), error) : 0;
	case TRV_BYTES:
		return check_bytes(model, column, member, error);
	case TRV_DECIMAL:
		return check_decimal(model, column, member, error);
	case TRV_ENUM:
		return check_enum(model, column, *(const int32_t *)member, error);
	default:
		what = refusal(column->type, member);
		return what ? refuse(error, model, column, what) : 0;
	}
}

int trv__check_plain(enum trv_type type, const void *value, size_t size, struct trv_error *error)
{
	const char *what = type == TRV_BYTES ? NULL : refusal(type, value);

	if (type == TRV_BYTES && size > TEXT_LIMIT)
		return trv_error_set(error, TRV_ERR_VALUE, "%zu bytes, the limit is %d", size, TEXT_LIMIT);
	return what ? trv_error_set(error, TRV_ERR_VALUE, "%s", what) : 0;
}

int trv__check_item(const struct trv_model *model, const struct trv_column *column, const void *item,
                    struct trv_error *error)
{
	const char *text;
	int r;

	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		text = *(const char *const *)item;
		r = text ? trv__check_text(NULL, NULL, text, strlen(text), error) : 0;
		break;
	case TRV_BYTES:
		r = trv__check_plain(TRV_BYTES, NULL, ((const struct trv_bytes *)item)->size, error);
		break;
	case TRV_ENUM:
		return check_enum(model, column, *(const int32_t *)item, error);
	default:
		r = trv__check_plain(column->type, item, 0, error);
	}
	if (r < 0)
		trv__name_value_error(error, model, column);
	return r;
}
