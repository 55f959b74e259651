/* What Trivet does to a database that it did not make: nothing unasked, and what is asked in the database's own way. */
#include "chinook.h"

#include <stdlib.h>

static struct grid *employees(const struct chinook *chinook)
{
	return chinook->raw->rows("SELECT * FROM \"Employee\" ORDER BY \"EmployeeId\"",
	                          chinook_tables[EMPLOYEE].format);
}

static struct grid *lines(const struct chinook *chinook)
{
	return chinook->raw->rows("SELECT * FROM \"InvoiceLine\" ORDER BY \"InvoiceLineId\"",
	                          chinook_tables[INVOICE_LINE].format);
}

/* The last row of a grid as it should be: that of a struct. */
static void check_last(const struct grid *grid, const struct trv_model *model, const void *row)
{
	struct grid *expected = grid_new(grid->format), *last = grid_new(grid->format);

	grid_add_row(expected, model, row);
	REQUIRE(grid_rows(grid) > 0);
	for (size_t i = 0; i < grid->columns; i++)
		grid_add(last, grid_cell(grid, grid_rows(grid) - 1, i));
	CHECK_GRID(last, expected, model->name);
}

TEST(stranger, a_row_that_is_written_looks_like_those_that_were_there)
{
	struct chinook chinook;
	struct employee employee = { .id = 1000,
		                     .last_name = "Łukasiewicz",
		                     .first_name = "Zoë",
		                     .boss_id = 6,
		                     .has_boss_id = true,
		                     .birth_date = INT64_C(-86400000000) * 365,
		                     .has_birth_date = true,
		                     .city = "São Paulo \\ SP " };

	chinook_open(&chinook);
	struct grid *before = employees(&chinook);
	OK(&chinook, employee_insert(chinook.s, &employee));
	check_last(employees(&chinook), &employee_model, &employee);
	employee.hire_date = INT64_C(1609459200000000);
	employee.has_hire_date = true;
	employee.has_birth_date = false;
	employee.title = "Sales Support Agent";
	OK(&chinook, employee_update(chinook.s, &employee, EMPLOYEE_HIRE_DATE | EMPLOYEE_BIRTH_DATE | EMPLOYEE_TITLE));
	check_last(employees(&chinook), &employee_model, &employee);
	if (chinook.raw == &raw_sqlite)
		CHECK_STR(grid_cell(raw_sqlite.rows("SELECT \"HireDate\" FROM \"Employee\" WHERE \"EmployeeId\" = 1000",
		                                    "t"),
		                    0, 0),
		          "2021-01-01 00:00:00");
	OK(&chinook, employee_delete(chinook.s, &employee));
	CHECK_GRID(employees(&chinook), before, "as before");
	chinook_close(&chinook);
}

TEST(stranger, prices_are_written_as_numbers_and_added_up_exactly)
{
	struct chinook chinook;
	struct invoice_line written[3];
	struct invoice_line_groups groups;

	chinook_open(&chinook);
	struct grid *before = lines(&chinook);
	for (int i = 0; i < 3; i++)
		written[i] = (struct invoice_line) { .id = 90000 + i,
			                             .invoice_id = 412,
			                             .track_id = 3503,
			                             .unit_price = trv_decimal(10 + i * 10, 2),
			                             .quantity = 1 };
	OK(&chinook, invoice_line_insert_many(chinook.s, written, 3));
	check_last(lines(&chinook), &invoice_line_model, &written[2]);
	if (chinook.raw == &raw_sqlite)
		CHECK_STR(grid_cell(raw_sqlite.rows(
					    "SELECT typeof(\"UnitPrice\") FROM \"InvoiceLine\" WHERE \"InvoiceLineId\" "
					    "= 90002",
					    "t"),
		                    0, 0),
		          "real");
	OK(&chinook,
	   invoice_line_aggregate(chinook.s, &groups,
	                          &(struct trv_aggregate) { .values = { { TRV_SUM, INVOICE_LINE_UNIT_PRICE } } },
	                          &(struct invoice_line_query) { .where = { invoice_line_id(TRV_GE, 90000) } }));
	CHECK_INT(groups.items[0].values[0].as.decimal.low, 60); /* 0.1 + 0.2 + 0.3 is more than 0.6 in doubles */
	OK(&chinook,
	   invoice_line_delete_where(chinook.s, NULL,
	                             &(struct invoice_line_query) { .where = { invoice_line_id(TRV_GE, 90000) } }));
	CHECK_GRID(lines(&chinook), before, "as before");
	chinook_close(&chinook);
}

TEST(stranger, its_constraints_hold_and_name_what_was_wrong)
{
	struct chinook chinook;
	struct album album = { .id = 1, .title = "again", .artist_id = 1 };

	chinook_open(&chinook);
	CHECK_STATUS(album_insert(chinook.s, &album), TRV_ERR_UNIQUE);
	album.id = 90000;
	album.artist_id = 90000;
	CHECK_STATUS(album_insert(chinook.s, &album), TRV_ERR_FOREIGN_KEY);
	CHECK_STATUS(artist_delete(chinook.s, &(struct artist) { .id = 1 }), TRV_ERR_FOREIGN_KEY);
	album.artist_id = 1;
	album.title = NULL;
	CHECK_STATUS(album_insert(chinook.s, &album), TRV_ERR_NOT_NULL);
	CHECK_CONTAINS(trv_error(chinook.s)->message, "album.title");
	chinook_close(&chinook);
}

TEST(stranger, its_tables_cannot_be_created_again_and_it_gets_no_marker)
{
	struct chinook chinook;
	struct trv_value count;

	chinook_open(&chinook);
	CHECK_STATUS(trv_schema_create(chinook.s), TRV_ERR_MODEL);
	OK(&chinook, trv_sql_value(chinook.s, &count, TRV_INT64, chinook.raw->count_tables, NULL, 0));
	CHECK_INT(count.as.integer, TABLES);
	chinook_close(&chinook);
}

static char *contents(const char *path, size_t *size)
{
	FILE *in = fopen(path, "rb");
	char *text = malloc(8 << 20);

	REQUIRE(in && text);
	*size = fread(text, 1, 8 << 20, in);
	fclose(in);
	return text;
}

static void put_contents(const char *path, const char *text, size_t size)
{
	FILE *out = fopen(path, "wb");

	REQUIRE(out && fwrite(text, 1, size, out) == size);
	REQUIRE(fclose(out) == 0);
}

static void read_only(const char *path)
{
	struct trv_error error = { 0 };
	struct trv_db *db = NULL;
	struct trv_session *s = NULL;
	struct track_list tracks;
	char url[600];

	snprintf(url, sizeof(url), "sqlite:%s?mode=ro", path);
	REQUIRE_OK(trv_open(&db, &(struct trv_options) { .url = url, .models = &chinook_models }, &error), &error);
	REQUIRE_OK(trv_session_open(db, &s, &error), &error);
	REQUIRE_OK(track_find(s, &tracks, &(struct track_query) { .album = &(struct album_query) { 0 } }),
	           trv_error(s));
	CHECK_INT(tracks.count, 3503);
	CHECK_STATUS(genre_insert(s, &(struct genre) { .id = 99 }), TRV_ERR_READ_ONLY);
	trv_session_close(s);
	trv_close(db);
}

TEST(stranger, a_file_that_is_opened_to_be_read_stays_as_it_is_byte_for_byte)
{
	struct chinook chinook;
	char path[512];
	size_t size, size_after;

	chinook_open(&chinook);
	bool is_file = chinook.raw == &raw_sqlite;
	chinook_close(&chinook);
	if (!is_file)
		SKIP("a server's database is no file");
	snprintf(path, sizeof(path), "%s/Chinook_Sqlite.sqlite", getenv("TRIVET_TEST_CHINOOK"));
	char *before = contents(path, &size);
	snprintf(path, sizeof(path), "%s/read.db", test_temporary_folder());
	put_contents(path, before, size);
	read_only(path);
	char *after = contents(path, &size_after);
	CHECK_INT(size_after, size);
	CHECK(size > 1000000 && memcmp(before, after, size) == 0);
	free(before);
	free(after);
}
