/*
 * What SQLite lacks for decimals: the collation `decimal`, by which they are ordered
 * and compared as numbers, and the aggregate `decimal_sum`, which adds them exactly.
 * The names are those of SQLite's own decimal extension, so its shell reads our files.
 */
#include "internal.h"
#include <string.h>

/* Numbers by value come before all that is no number, which goes by its bytes: a total order. */
static int compare(void *unused, int a_size, const void *a, int b_size, const void *b)
{
	struct trv_decimal x, y;
	int smaller = a_size < b_size ? a_size : b_size;

	(void)unused;
	bool x_is = trv_decimal_parse_n(&x, a, (size_t)a_size) == 0;
	bool y_is = trv_decimal_parse_n(&y, b, (size_t)b_size) == 0;
	if (x_is && y_is)
		return trv_decimal_compare(&x, &y);
	if (x_is != y_is)
		return x_is ? -1 : 1;
	int order = smaller ? memcmp(a, b, (size_t)smaller) : 0;
	return order ? order : a_size - b_size;
}

struct sum {
	struct trv_decimal total;
	bool any;
	bool failed;
};

static void fail(sqlite3_context *context, struct sum *sum, const char *message)
{
	sum->failed = true;
	sqlite3_result_error(context, message, -1);
	sqlite3_result_error_code(context, SQLITE_MISMATCH);
}

/* The text of a number that is no text is the one that SQLite shows. The value is in no message: it may be secret. */
static void sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct sum *sum = sqlite3_aggregate_context(context, sizeof(*sum));
	struct trv_decimal value;

	(void)count;
	if (!sum) {
		sqlite3_result_error_nomem(context);
		return;
	}
	if (sum->failed || sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	const char *text = (const char *)sqlite3_value_text(values[0]);
	if (!text)
		sqlite3_result_error_nomem(context);
	else if (trv_decimal_parse_n(&value, text, (size_t)sqlite3_value_bytes(values[0])) < 0)
		fail(context, sum, "decimal_sum: a value is no decimal");
	else if (trv_decimal_add(&sum->total, &sum->total, &value) < 0)
		fail(context, sum, "decimal_sum: the sum has more than 38 digits");
	else
		sum->any = true;
}

static void sum_final(sqlite3_context *context)
{
	const struct sum *sum = sqlite3_aggregate_context(context, 0);
	char text[TRV_DECIMAL_TEXT];

	if (!sum || sum->failed)
		return; /* no rows: NULL; a failure: its message stands */
	if (!sum->any)
		return;
	size_t size = trv_decimal_format(&sum->total, text);
	sqlite3_result_text(context, text, (int)size, SQLITE_TRANSIENT);
}

int trv__sqlite_add_functions(sqlite3 *db)
{
	/* Innocuous: schemas may use them although schemas are not trusted. */
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	int native = sqlite3_create_collation_v2(db, "decimal", SQLITE_UTF8, NULL, compare, NULL);

	if (native == SQLITE_OK)
		native = sqlite3_create_function_v2(db, "decimal_sum", 1, flags, NULL, NULL, sum_step, sum_final, NULL);
	return native;
}
