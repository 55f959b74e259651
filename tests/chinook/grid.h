/*
 * Rows as text, cell by cell, so that what one way of reading gives can be held against
 * what another gives. A cell is NULL (null) or its value's one canonical text:
 *
 *   i  an integer: -12
 *   t  text: its bytes
 *   d  a decimal with two digits behind the point: 0.99
 *   m  a timestamp: microseconds since 1970
 *   f  a double, with four digits behind the point
 *
 * A grid's format has one such letter per column.
 */
#ifndef TRIVET_TESTS_CHINOOK_GRID_H
#define TRIVET_TESTS_CHINOOK_GRID_H

#include "test.h"

#include <trivet/trivet.h>

#define GRID_COLUMNS 32

struct grid {
	char format[GRID_COLUMNS + 1];
	size_t columns;
	size_t count; /* of cells */
	size_t room;
	char **cells;
	struct grid *next;
};

/* A new grid, released by grid_release_all. */
struct grid *grid_new(const char *format);
void grid_release_all(void);

size_t grid_rows(const struct grid *grid);
const char *grid_cell(const struct grid *grid, size_t row, size_t column);

/* Adds a cell that is canonical already. NULL is null. */
void grid_add(struct grid *grid, const char *text);
TRV_PRINTF(2, 3) void grid_addf(struct grid *grid, const char *format, ...);

/* Adds a cell from an engine's own text ("2021-01-01 00:00:00", "1.9"), read by the letter of its column. */
void grid_add_raw(struct grid *grid, const char *text);

/* Adds the columns of a row's struct, all that `model` has, or the first `columns` of them. */
void grid_add_row(struct grid *grid, const struct trv_model *model, const void *row);
void grid_add_key(struct grid *grid, const struct trv_model *model, const void *row);

/* Puts the rows in the one order that depends on nothing but them. */
void grid_sort(struct grid *grid);

/* Equal in format, rows and cells; reports the first differences otherwise. */
bool grid_check(const struct grid *actual, const struct grid *expected, const char *what, const char *file, int line);

#define CHECK_GRID(actual, expected, what) grid_check(actual, expected, what, __FILE__, __LINE__)

#endif
