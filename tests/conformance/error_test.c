/* Errors: the same code, message, table, column and constraint from every engine. */
#include "suite.h"

#include <stdlib.h>

struct expected {
	int code;
	enum trv_class class;
	const char *message;
	const char *table;
	const char *column;
	const char *constraint;
};

static void check_error(const struct world *w, int r, const struct expected *expected)
{
	const struct trv_error *error = trv_error(w->s);

	CHECK_STATUS(r, expected->code);
	CHECK_INT(error->code, expected->code);
	CHECK_INT(trv_status_class(error->code), expected->class);
	CHECK_STR(error->message, expected->message);
	CHECK_STR(error->table, expected->table);
	CHECK_STR(error->column, expected->column);
	CHECK_STR(error->constraint, expected->constraint);
	CHECK(!error->retryable);
	CHECK(error->id != 0);
}

/* --- constraints: each row is a case -------------------------------------------------------------------- */

static struct account first_account(struct world *w)
{
	struct account account = { .name = "Ann", .email = "ann@example.org", .kind = 7, .serial = 8 };

	OK(w, account_insert(w->s, &account));
	return account;
}

static int insert_same_email(struct world *w)
{
	first_account(w);
	return account_insert(w->s, &(struct account) { .name = "Bob", .email = "ann@example.org" });
}

static int insert_many_same_email(struct world *w)
{
	struct account rows[] = { { .name = "Bob", .email = "b", .serial = 1 },
		                  { .name = "Cid", .email = "ann@example.org", .serial = 2 },
		                  { .name = "Dora", .email = "d", .serial = 3 } };

	first_account(w);
	return account_insert_many(w->s, rows, 3);
}

static int update_same_email(struct world *w)
{
	first_account(w);
	struct account bob = { .name = "Bob" };
	OK(w, account_insert(w->s, &bob));
	bob.email = "ann@example.org";
	return account_update(w->s, &bob, ACCOUNT_EMAIL);
}

static int update_where_same_email(struct world *w)
{
	struct account bob = { .name = "Bob" };

	first_account(w);
	OK(w, account_insert(w->s, &bob));
	return account_update_where(w->s, NULL, &(struct account) { .email = "ann@example.org" }, ACCOUNT_EMAIL,
	                            &(struct account_query) { .where = { account_name(TRV_EQ, "Bob") } });
}

static int insert_same_pair(struct world *w)
{
	first_account(w);
	return account_insert(w->s, &(struct account) { .name = "Bob", .kind = 7, .serial = 8 });
}

static int upsert_same_pair(struct world *w)
{
	first_account(w);
	struct account bob = { .name = "Bob", .kind = 1, .serial = 1 };
	OK(w, account_insert(w->s, &bob));
	bob.kind = 7;
	bob.serial = 8;
	return account_update(w->s, &bob, ACCOUNT_KIND | ACCOUNT_SERIAL);
}

static int insert_same_key(struct world *w)
{
	struct account twin = first_account(w);

	twin.email = NULL;
	twin.serial = 99;
	return account_insert(w->s, &twin);
}

static int insert_same_pair_key(struct world *w)
{
	struct stock stock = { .shop = "s", .item = 1 };

	OK(w, stock_insert(w->s, &stock));
	return stock_insert(w->s, &stock);
}

static int insert_unknown_friend(struct world *w)
{
	return account_insert(w->s, &(struct account) { .name = "Bob", .friend__id = 12345, .has_friend__id = true });
}

static int insert_many_unknown_author(struct world *w)
{
	struct book books[] = { { .author_id = 12345, .title = "a" }, { .author_id = 12345, .title = "b" } };

	return book_insert_many(w->s, books, 2);
}

static int update_unknown_friend(struct world *w)
{
	struct account ann = first_account(w);

	ann.friend__id = 12345;
	ann.has_friend__id = true;
	return account_update(w->s, &ann, ACCOUNT_FRIEND__ID);
}

static int insert_unknown_stock(struct world *w)
{
	return stock_part_insert(w->s, &(struct stock_part) { .stock_shop = "none", .stock_item = 1, .name = "p" });
}

static int delete_referred_to(struct world *w)
{
	struct account ann = first_account(w);
	struct account bob = { .name = "Bob", .friend__id = ann.id, .has_friend__id = true };

	OK(w, account_insert(w->s, &bob));
	return account_delete(w->s, &ann);
}

static int insert_unknown_editor(struct world *w)
{
	struct author ann = { .name = "Ann" };

	OK(w, author_insert(w->s, &ann));
	return book_insert(
		w->s, &(struct book) { .author_id = ann.id, .editor_id = 12345, .has_editor_id = true, .title = "t" });
}

static int delete_kept_parent(struct world *w)
{
	struct kept parent = { .day = 1 }, child = { .day = 2, .has_parent_id = true };

	OK(w, kept_insert(w->s, &parent));
	child.parent_id = parent.id;
	OK(w, kept_insert(w->s, &child));
	return kept_delete(w->s, &parent);
}

static int insert_overdrawn(struct world *w)
{
	return account_insert(w->s, &(struct account) { .name = "Bob", .balance = trv_decimal(-1, 2) });
}

static int insert_many_overdrawn(struct world *w)
{
	struct account rows[] = { { .name = "a", .serial = 1 },
		                  { .name = "b", .serial = 2, .balance = trv_decimal(-1, 0) } };

	return account_insert_many(w->s, rows, 2);
}

static int update_overdrawn(struct world *w)
{
	struct account ann = first_account(w);

	ann.balance = trv_decimal(-100, 2);
	return account_update(w->s, &ann, ACCOUNT_BALANCE);
}

static int insert_nameless(struct world *w)
{
	return account_insert(w->s, &(struct account) { .name = NULL });
}

static int update_nameless(struct world *w)
{
	struct account ann = first_account(w);

	ann.name = NULL;
	return account_update(w->s, &ann, ACCOUNT_NAME);
}

#define UNIQUE TRV_ERR_UNIQUE, TRV_CLASS_CONFLICT
#define FOREIGN TRV_ERR_FOREIGN_KEY, TRV_CLASS_CONFLICT
#define BROKEN TRV_ERR_CHECK, TRV_CLASS_INVALID
#define REQUIRED TRV_ERR_NOT_NULL, TRV_CLASS_INVALID
#define THERE "a row with this value is there already"
#define REFERS "the row that this refers to is not there, or others refer to this one"

static const struct constraint_case {
	const char *sentence;
	int (*run)(struct world *world);
	struct expected expected;
} constraint_cases[] = {
	{ "a second row with a unique value",
	  insert_same_email,
	  { UNIQUE, "account.email: " THERE " ('account_email_key')", "account", "email", "account_email_key" } },
	{ "a unique value in the middle of many rows",
	  insert_many_same_email,
	  { UNIQUE, "account.email: " THERE " ('account_email_key')", "account", "email", "account_email_key" } },
	{ "an update to a unique value",
	  update_same_email,
	  { UNIQUE, "account.email: " THERE " ('account_email_key')", "account", "email", "account_email_key" } },
	{ "an update by a filter to a unique value",
	  update_where_same_email,
	  { UNIQUE, "account.email: " THERE " ('account_email_key')", "account", "email", "account_email_key" } },
	{ "a second row with a unique pair",
	  insert_same_pair,
	  { UNIQUE, "account.(kind, serial): " THERE " ('one_serial_of_a_kind')", "account", "kind, serial",
	    "one_serial_of_a_kind" } },
	{ "an update to a unique pair",
	  upsert_same_pair,
	  { UNIQUE, "account.(kind, serial): " THERE " ('one_serial_of_a_kind')", "account", "kind, serial",
	    "one_serial_of_a_kind" } },
	{ "a second row with a primary key", insert_same_key, { UNIQUE, "account.id: " THERE, "account", "id", "" } },
	{ "a second row with a primary key of two parts",
	  insert_same_pair_key,
	  { UNIQUE, "stock.(shop, item): " THERE, "stock", "shop, item", "" } },
	{ "a reference to no row",
	  insert_unknown_friend,
	  { FOREIGN, "account.friend__id: " REFERS " ('account_friend__id_fk')", "account", "friend__id",
	    "account_friend__id_fk" } },
	{ "references to no row in many rows",
	  insert_many_unknown_author,
	  { FOREIGN, "book.author_id: " REFERS " ('book_author_id_fk')", "book", "author_id", "book_author_id_fk" } },
	{ "an update to a reference to no row",
	  update_unknown_friend,
	  { FOREIGN, "account.friend__id: " REFERS " ('account_friend__id_fk')", "account", "friend__id",
	    "account_friend__id_fk" } },
	{ "a reference of two columns to no row",
	  insert_unknown_stock,
	  { FOREIGN, "stock_part.(stock_shop, stock_item): " REFERS " ('stock_part_stock_shop_stock_item_fk')",
	    "stock_part", "stock_shop, stock_item", "stock_part_stock_shop_stock_item_fk" } },
	{ "the end of a row that others refer to",
	  delete_referred_to,
	  { FOREIGN, "account.friend__id: " REFERS " ('account_friend__id_fk')", "account", "friend__id",
	    "account_friend__id_fk" } },
	{ "one of two references to no row",
	  insert_unknown_editor,
	  { FOREIGN, "book.editor_id: " REFERS " ('book_editor_id_fk')", "book", "editor_id", "book_editor_id_fk" } },
	{ "the end of a row that others refer to by a key of text",
	  delete_kept_parent,
	  { FOREIGN, "kept.parent_id: " REFERS " ('kept_parent_id_fk')", "kept", "parent_id", "kept_parent_id_fk" } },
	{ "a value that breaks a check",
	  insert_overdrawn,
	  { BROKEN, "account: the value breaks a check ('not_overdrawn')", "account", "", "not_overdrawn" } },
	{ "a value in many rows that breaks a check",
	  insert_many_overdrawn,
	  { BROKEN, "account: the value breaks a check ('not_overdrawn')", "account", "", "not_overdrawn" } },
	{ "an update that breaks a check",
	  update_overdrawn,
	  { BROKEN, "account: the value breaks a check ('not_overdrawn')", "account", "", "not_overdrawn" } },
	{ "a value that is missing",
	  insert_nameless,
	  { REQUIRED, "account.name: a value is required", "account", "name", "" } },
	{ "an update to nothing where a value is required",
	  update_nameless,
	  { REQUIRED, "account.name: a value is required", "account", "name", "" } },
};

static void is_told_alike(const void *argument)
{
	const struct constraint_case *row = argument;
	struct world w;

	world_open(&w);
	int r = row->run(&w);
	check_error(&w, r, &row->expected);
	world_close(&w);
}

static void is_told_in_a_transaction(const void *argument)
{
	const struct constraint_case *row = argument;
	struct world w;
	uint64_t count = 1;

	world_open(&w);
	OK(&w, trv_begin(w.s, NULL));
	int r = row->run(&w);
	check_error(&w, r, &row->expected);
	CHECK_INT(trv_transaction_depth(w.s), 1);
	CHECK_OK(trv_rollback(w.s), trv_error(w.s));
	OK(&w, account_count(w.s, &count, NULL));
	CHECK_INT(count, 0);
	world_close(&w);
}

__attribute__((constructor)) static void add_constraints(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(constraint_cases); i++) {
		char sentence[192];

		snprintf(sentence, sizeof(sentence), "%s is told alike", constraint_cases[i].sentence);
		test_register_row("errors", strdup(sentence), is_told_alike, &constraint_cases[i]);
		snprintf(sentence, sizeof(sentence), "%s is told alike in a transaction, which rolls back",
		         constraint_cases[i].sentence);
		test_register_row("errors", strdup(sentence), is_told_in_a_transaction, &constraint_cases[i]);
	}
}

/* --- the others -------------------------------------------------------------------------------------------- */

TEST(errors, a_row_that_is_not_there)
{
	struct account row = { .name = "untouched" };
	struct world w;

	world_open(&w);
	CHECK_STATUS(account_get(w.s, &row, 12345), TRV_ERR_NOT_FOUND);
	CHECK_STR(trv_error(w.s)->message, "no such account");
	CHECK_STATUS(account_one(w.s, &row, &(struct account_query) { .where = { account_name(TRV_EQ, "x") } }),
	             TRV_ERR_NOT_FOUND);
	CHECK_STR(row.name, "untouched");
	row.id = 12345;
	CHECK_STATUS(account_update(w.s, &row, ACCOUNT_NAME), TRV_ERR_NOT_FOUND);
	CHECK_STATUS(account_delete(w.s, &row), TRV_ERR_NOT_FOUND);
	CHECK_INT(trv_status_class(TRV_ERR_NOT_FOUND), TRV_CLASS_NOT_FOUND);
	world_close(&w);
}

TEST(errors, an_update_that_changes_nothing_is_no_missing_row)
{
	struct world w;

	world_open(&w);
	struct account ann = first_account(&w);
	OK(&w, account_update(w.s, &ann, ACCOUNT_NAME));
	OK(&w, account_update(w.s, &ann, ACCOUNT_NAME));
	uint64_t affected = 0;
	OK(&w, account_update_where(w.s, &affected, &ann, ACCOUNT_NAME, &(struct account_query) { .all = true }));
	CHECK_INT(affected, 1);
	world_close(&w);
}

TEST(errors, more_than_one_row)
{
	struct account rows[2] = { { .name = "a", .serial = 1 }, { .name = "a", .serial = 2 } };
	struct account row = { .name = "untouched" };
	struct world w;

	world_open(&w);
	OK(&w, account_insert_many(w.s, rows, 2));
	CHECK_STATUS(account_one(w.s, &row, &(struct account_query) { .where = { account_name(TRV_EQ, "a") } }),
	             TRV_ERR_TOO_MANY);
	CHECK_STR(trv_error(w.s)->message, "more than one account");
	CHECK_STR(row.name, "untouched");
	world_close(&w);
}

static struct book one_book(struct world *w)
{
	struct author author = { .name = "Ann" };

	OK(w, author_insert(w->s, &author));
	struct book book = { .author_id = author.id, .title = "first", .year = 2000 };
	OK(w, book_insert(w->s, &book));
	return book;
}

TEST(errors, a_row_that_someone_else_changed)
{
	struct world w;

	world_open(&w);
	struct book book = one_book(&w), stale = book;
	CHECK_INT(book.version, 1);
	book.title = "second";
	OK(&w, book_update(w.s, &book, BOOK_TITLE));
	CHECK_INT(book.version, 2);
	stale.title = "lost";
	CHECK_STATUS(book_update(w.s, &stale, BOOK_TITLE), TRV_ERR_STALE);
	CHECK_STATUS(book_update_many(w.s, &stale, 1, BOOK_TITLE), TRV_ERR_STALE);
	CHECK_STATUS(book_delete(w.s, &stale), TRV_ERR_STALE);
	CHECK_INT(trv_status_class(TRV_ERR_STALE), TRV_CLASS_CONFLICT);
	OK(&w, book_get(w.s, &stale, book.id));
	CHECK_STR(stale.title, "second");
	world_close(&w);
}

TEST(errors, a_syntax_error_in_raw_sql)
{
	struct trv_value value;
	struct world w;

	world_open(&w);
	CHECK_STATUS(trv_exec(w.s, NULL, "SELEKT 1", NULL, 0), TRV_ERR_SQL);
	CHECK_INT(trv_status_class(trv_error(w.s)->code), TRV_CLASS_INTERNAL);
	CHECK(trv_error(w.s)->message[0] != '\0');
	CHECK_STATUS(trv_sql_value(w.s, &value, TRV_INT64, "SELECT nothing_such FROM account", NULL, 0), TRV_ERR_SQL);
	CHECK_STATUS(trv_sql_value(w.s, &value, TRV_INT64, "SELECT count(*) FROM nothing_such", NULL, 0), TRV_ERR_SQL);
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM account"), 0);
	world_close(&w);
}

TEST(errors, a_write_in_a_read_only_transaction)
{
	struct account ann = { .name = "Ann" };
	struct world w;

	world_open(&w);
	OK(&w, trv_begin(w.s, &(struct trv_transaction_options) { .read_only = true }));
	CHECK_STATUS(account_insert(w.s, &ann), TRV_ERR_READ_ONLY);
	CHECK_INT(trv_status_class(trv_error(w.s)->code), TRV_CLASS_DENIED);
	OK(&w, trv_rollback(w.s));
	OK(&w, account_insert(w.s, &ann));
	world_close(&w);
}

static int misuse_commit(struct world *w)
{
	return trv_commit(w->s);
}

static int misuse_rollback(struct world *w)
{
	return trv_rollback(w->s);
}

static int misuse_update_nothing(struct world *w)
{
	struct account ann = first_account(w);

	return account_update(w->s, &ann, 0);
}

static int misuse_update_key(struct world *w)
{
	struct account ann = first_account(w);

	return account_update(w->s, &ann, ACCOUNT_ID);
}

static int misuse_update_generated(struct world *w)
{
	struct computed row = { .id = 1, .name = "n" };

	return computed_update(w->s, &row, COMPUTED_TOTAL);
}

static int misuse_delete_all(struct world *w)
{
	return account_delete_where(w->s, NULL, &(struct account_query) { .limit = 0 });
}

static int misuse_update_all(struct world *w)
{
	return account_update_where(w->s, NULL, &(struct account) { .name = "x" }, ACCOUNT_NAME, NULL);
}

static int misuse_delete_limit(struct world *w)
{
	return account_delete_where(w->s, NULL, &(struct account_query) { .all = true, .limit = 1 });
}

static int misuse_json_maximum(struct world *w)
{
	struct sample_groups groups;

	return sample_aggregate(w->s, &groups, &(struct trv_aggregate) { .values = { { TRV_MAX, SAMPLE_EXTRA } } },
	                        NULL);
}

static int misuse_enum_order(struct world *w)
{
	uint64_t count;

	return sample_count(w->s, &count, &(struct sample_query) { .where = { sample_colour(TRV_GT, SHADE_LIGHT) } });
}

static int misuse_pattern(struct world *w)
{
	const struct sample_expr expr = { trv_expr_int(1, TRV_LIKE, 1) };
	uint64_t count;

	return sample_count(w->s, &count, &(struct sample_query) { .where = { expr } });
}

static int misuse_page_without_limit(struct world *w)
{
	struct trv_page page = { NULL, NULL };
	struct account_list list;

	return account_page(w->s, &list, &page, NULL);
}

static int misuse_json_distinct(struct world *w)
{
	struct sample_groups groups;

	return sample_aggregate(w->s, &groups,
	                        &(struct trv_aggregate) { .values = { { TRV_COUNT_DISTINCT, SAMPLE_EXTRA } } }, NULL);
}

static int misuse_text_sum(struct world *w)
{
	struct sample_groups groups;

	return sample_aggregate(w->s, &groups, &(struct trv_aggregate) { .values = { { TRV_SUM, SAMPLE_WORDS } } },
	                        NULL);
}

static int misuse_raw_values(struct world *w)
{
	const struct trv_value values[] = { trv_int(1), trv_int(2) };
	uint64_t count;

	return account_count(w->s, &count,
	                     &(struct account_query) { .where = { account_where_sql("{serial} = ?", values, 2) } });
}

static int misuse_raw_column(struct world *w)
{
	uint64_t count;

	return account_count(w->s, &count,
	                     &(struct account_query) { .where = { account_where_sql("{seriel} = 1", NULL, 0) } });
}

static const struct misuse {
	const char *sentence;
	int (*run)(struct world *world);
} misuses[] = {
	{ "a commit outside of a transaction", misuse_commit },
	{ "a rollback outside of a transaction", misuse_rollback },
	{ "an update of no column", misuse_update_nothing },
	{ "an update of a primary key", misuse_update_key },
	{ "an update of a generated column", misuse_update_generated },
	{ "a deletion without a filter", misuse_delete_all },
	{ "an update by a filter without a filter", misuse_update_all },
	{ "a deletion with a limit", misuse_delete_limit },
	{ "a maximum of JSON", misuse_json_maximum },
	{ "an order of enums", misuse_enum_order },
	{ "a pattern for what is no text", misuse_pattern },
	{ "a page without a limit", misuse_page_without_limit },
	{ "distinct values of JSON", misuse_json_distinct },
	{ "a sum of text", misuse_text_sum },
	{ "more values than a raw predicate has places", misuse_raw_values },
	{ "a raw predicate with an unknown column", misuse_raw_column },
};

static void is_misuse(const void *argument)
{
	const struct misuse *row = argument;
	struct world w;

	world_open(&w);
	CHECK_STATUS(row->run(&w), TRV_ERR_MISUSE);
	CHECK(trv_error(w.s)->message[0] != '\0');
	CHECK_STR(trv_error(w.s)->sqlstate, "");
	world_close(&w);
}

__attribute__((constructor)) static void add_misuses(void)
{
	for (size_t i = 0; i < TRV_COUNT_OF(misuses); i++) {
		char sentence[160];

		snprintf(sentence, sizeof(sentence), "%s is misuse", misuses[i].sentence);
		test_register_row("errors", strdup(sentence), is_misuse, &misuses[i]);
	}
}

/* --- secrets -------------------------------------------------------------------------------------------------- */

#define CANARY "canary-7f3e"

static void check_silent(const struct world *w)
{
	const struct trv_error *error = trv_error(w->s);
	const char *const texts[] = { error->message,    error->detail, error->hint,
		                      error->constraint, error->table,  error->column };

	for (size_t i = 0; i < TRV_COUNT_OF(texts); i++)
		if (!CHECK(!strstr(texts[i], CANARY)))
			test_note("%s", texts[i]);
}

TEST(errors, a_secret_is_in_none)
{
	struct account ann = { .name = "Ann", .email = CANARY };
	struct account rows[] = { { .name = "Bob", .email = CANARY, .serial = 1 },
		                  { .name = "Cid", .email = "other", .serial = 2 } };
	const struct trv_value value = trv_text(CANARY);
	struct account_list list;
	struct world w;

	world_open(&w);
	OK(&w, account_insert(w.s, &ann));
	CHECK_STATUS(account_insert(w.s, &rows[0]), TRV_ERR_UNIQUE);
	check_silent(&w);
	CHECK_STATUS(account_insert_many(w.s, rows, 2), TRV_ERR_UNIQUE);
	check_silent(&w);
	rows[0].balance = trv_decimal(-1, 0);
	rows[0].email = CANARY "2";
	CHECK_STATUS(account_insert(w.s, &rows[0]), TRV_ERR_CHECK);
	check_silent(&w);
	rows[0].balance = trv_decimal(0, 0);
	rows[0].email = CANARY "3";
	rows[0].friend__id = 12345;
	rows[0].has_friend__id = true;
	CHECK_STATUS(account_insert(w.s, &rows[0]), TRV_ERR_FOREIGN_KEY);
	check_silent(&w);
	rows[0].email = CANARY "0123456789012345678901234567890123456789012345678901234567890123456789";
	CHECK_STATUS(account_insert(w.s, &rows[0]), TRV_ERR_VALUE);
	check_silent(&w);
	rows[0].email = CANARY "\xff";
	CHECK_STATUS(account_insert(w.s, &rows[0]), TRV_ERR_VALUE);
	check_silent(&w);
	const struct account_query bad = { .where = {
						   account_where_sql("{email} = ? AND nonsense(1) = 1", &value, 1) } };
	CHECK_STATUS(account_find(w.s, &list, &bad), TRV_ERR_SQL);
	check_silent(&w);
	world_close(&w);
}

TEST(errors, a_secret_is_in_no_statement_that_is_logged)
{
	struct account ann = { .name = "Ann", .email = CANARY };
	struct account_list list;
	struct world w;

	world_open(&w);
	OK(&w, trv_session_log(w.s, true));
	OK(&w, account_insert(w.s, &ann));
	OK(&w, account_find(w.s, &list, &(struct account_query) { .where = { account_email(TRV_EQ, CANARY) } }));
	CHECK_INT(list.count, 1);
	const struct trv_statement_event *event;
	size_t count = 0;
	while ((event = trv_session_logged(w.s, count)) != NULL) {
		CHECK(!strstr(event->sql, CANARY));
		count++;
	}
	CHECK(count >= 2);
	world_close(&w);
}

TEST(errors, a_stored_value_that_its_type_cannot_hold)
{
	struct sample row = { .words = "", .brief = "", .blob = { "", 0 }, .stamp = { "", 0 }, .extra = "1" };
	struct sample_list list;
	struct world w;

	world_open(&w);
	OK(&w, sample_insert(w.s, &row));
	OK(&w, sample_find(w.s, &list, NULL));
	static const struct trv_field field[] = { { "big", TRV_INT16, 0, 0, 0 } };
	struct trv_list rows;
	CHECK_STATUS(trv_sql(w.s, &rows, sizeof(int16_t), field, 1, "SELECT 70000 AS big FROM sample", NULL, 0),
	             TRV_ERR_DATA);
	CHECK_INT(raw_integer(w.s, "SELECT count(*) FROM sample"), 1);
	world_close(&w);
}
