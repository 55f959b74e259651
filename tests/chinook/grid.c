#include "grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#define DIFFERENCES_SHOWN 5

static struct grid *grids;

struct grid *grid_new(const char *format)
{
	struct grid *grid = calloc(1, sizeof(*grid));

	REQUIRE(grid);
	grid->next = grids;
	grids = grid;
	grid->columns = strlen(format);
	REQUIRE(grid->columns <= GRID_COLUMNS);
	strcpy(grid->format, format);
	return grid;
}

void grid_release_all(void)
{
	while (grids) {
		struct grid *grid = grids;

		grids = grid->next;
		for (size_t i = 0; i < grid->count; i++)
			free(grid->cells[i]);
		free(grid->cells);
		free(grid);
	}
}

size_t grid_rows(const struct grid *grid)
{
	return grid->count / grid->columns;
}

const char *grid_cell(const struct grid *grid, size_t row, size_t column)
{
	return grid->cells[row * grid->columns + column];
}

void grid_add(struct grid *grid, const char *text)
{
	if (grid->count == grid->room) {
		grid->room = grid->room ? grid->room * 2 : 64;
		grid->cells = realloc(grid->cells, grid->room * sizeof(*grid->cells));
		REQUIRE(grid->cells);
	}
	char *copy = text ? strdup(text) : NULL;
	REQUIRE(!text || copy);
	grid->cells[grid->count++] = copy;
}

void grid_addf(struct grid *grid, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	grid_add(grid, text);
}

/* --- what engines say -------------------------------------------------------------------------- */

static void add_integer(struct grid *grid, const char *text)
{
	char *end = NULL;
	long long value = strtoll(text, &end, 10);

	if (!CHECK(*text && !*end))
		test_note("no integer: %s", text);
	grid_addf(grid, "%lld", value);
}

/* Digit by digit: what a binary number cannot hold is not lost here. */
static void add_decimal(struct grid *grid, const char *text)
{
	const char *point = strchr(text, '.');
	size_t whole = point ? (size_t)(point - text) : strlen(text);
	const char *fraction = point ? point + 1 : "";
	size_t digits = strlen(fraction);

	while (digits > 2 && fraction[digits - 1] == '0')
		digits--;
	if (!CHECK(whole > 0 && strspn(text, "-0123456789") == whole && strspn(fraction, "0123456789") >= digits &&
	           digits <= 2))
		test_note("no decimal of two digits: %s", text);
	grid_addf(grid, "%.*s.%.*s%.*s", (int)whole, text, (int)digits, fraction, (int)(2 - digits), "00");
}

/* By the C library's calendar, not by Trivet's. */
static void add_timestamp(struct grid *grid, const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
	long microseconds = 0;
	char *last = NULL;

	if (end && *end == '.') {
		char six[7] = "000000";

		memcpy(six, end + 1, strnlen(end + 1, 6));
		microseconds = strtol(six, &last, 10);
		end += strlen(end);
	}
	if (!CHECK(end && !*end))
		test_note("no timestamp: %s", text);
	grid_addf(grid, "%lld", (long long)timegm(&tm) * 1000000 + microseconds);
}

void grid_add_raw(struct grid *grid, const char *text)
{
	if (!text) {
		grid_add(grid, NULL);
		return;
	}
	switch (grid->format[grid->count % grid->columns]) {
	case 'i':
		add_integer(grid, text);
		break;
	case 'd':
		add_decimal(grid, text);
		break;
	case 'm':
		add_timestamp(grid, text);
		break;
	case 'f':
		grid_addf(grid, "%.4f", strtod(text, NULL));
		break;
	default:
		grid_add(grid, text);
	}
}

/* --- what Trivet says ---------------------------------------------------------------------------- */

static char letter_of(enum trv_type type)
{
	static const char letters[] = {
		[TRV_INT32] = 'i', [TRV_TEXT] = 't', [TRV_DECIMAL] = 'd', [TRV_TIMESTAMP] = 'm'
	};

	return (size_t)type < sizeof(letters) ? letters[type] : '\0';
}

static void add_units(struct grid *grid, const struct trv_decimal *value)
{
	long long units = (long long)value->low;
	unsigned long long size = units < 0 ? -(unsigned long long)units : (unsigned long long)units;

	CHECK_INT(value->scale, 2);
	CHECK_INT(value->high, units < 0 ? -1 : 0);
	grid_addf(grid, "%s%llu.%02llu", units < 0 ? "-" : "", size / 100, size % 100);
}

static void add_member(struct grid *grid, const struct trv_column *column, const char *row)
{
	const char *member = row + column->offset;
	char letter = letter_of(column->type);

	if (!CHECK_INT(letter, grid->format[grid->count % grid->columns]))
		test_note("the type of %s", column->member);
	if (column->has_offset && !*(const bool *)(row + column->has_offset))
		grid_add(grid, NULL);
	else if (letter == 'i')
		grid_addf(grid, "%d", *(const int32_t *)(const void *)member);
	else if (letter == 'm')
		grid_addf(grid, "%lld", (long long)*(const int64_t *)(const void *)member);
	else if (letter == 'd')
		add_units(grid, (const void *)member);
	else
		grid_add(grid, *(const char *const *)(const void *)member);
}

void grid_add_row(struct grid *grid, const struct trv_model *model, const void *row)
{
	for (size_t i = 0; i < model->column_count; i++)
		add_member(grid, &model->columns[i], row);
}

void grid_add_key(struct grid *grid, const struct trv_model *model, const void *row)
{
	for (size_t i = 0; i < model->primary_count; i++)
		add_member(grid, &model->columns[model->primary[i]], row);
}

/* --- comparing ------------------------------------------------------------------------------------- */

static const char *shown(const char *text)
{
	return text ? text : "NULL";
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static int compare_rows(const void *a, const void *b, void *argument)
{
	const struct grid *grid = argument;
	char *const *left = a, *const *right = b;

	for (size_t i = 0; i < grid->columns; i++) {
		if (same(left[i], right[i]))
			continue;
		if (!left[i] || !right[i])
			return left[i] ? 1 : -1;
		return strcmp(left[i], right[i]);
	}
	return 0;
}

void grid_sort(struct grid *grid)
{
	if (grid->count)
		qsort_r(grid->cells, grid_rows(grid), grid->columns * sizeof(*grid->cells), compare_rows, grid);
}

bool grid_check(const struct grid *actual, const struct grid *expected, const char *what, const char *file, int line)
{
	size_t rows = grid_rows(actual), different = 0;
	bool held = test_check_str(actual->format, expected->format, file, line, what) &&
	            test_check_int((intmax_t)rows, (intmax_t)grid_rows(expected), file, line, what);

	for (size_t i = 0; held && i < rows * actual->columns; i++) {
		if (same(actual->cells[i], expected->cells[i]))
			continue;
		if (different++ < DIFFERENCES_SHOWN)
			test_note("%s: row %zu, column %zu: %s, expected %s", what, i / actual->columns,
			          i % actual->columns, shown(actual->cells[i]), shown(expected->cells[i]));
	}
	/* Nothing equal to nothing would prove nothing. */
	return held && test_check_int((intmax_t)different, 0, file, line, what) &&
	       test_check(rows > 0, file, line, "there are rows");
}
