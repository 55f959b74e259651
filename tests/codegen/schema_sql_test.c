/* The SQL in backticks: what is wrong in it is an error at its own place. */
#include "schema_test.h"

TEST(schema_sql, an_unknown_column_is_an_error_at_its_place)
{
	static const struct wrong cases[] = {
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  title text check `length(titel) > 0`\n"
		  "}\n",
		  "4:28: model 'm' has no column 'titel'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  title text check `title > '' and \"titel\" > ''`\n"
		  "}\n",
		  "4:36: model 'm' has no column 'titel'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check named `m.titel > ''`\n"
		  "}\n",
		  "4:16: model 'm' has no column 'titel'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text generated `id || titel`\n"
		  "}\n",
		  "4:27: model 'm' has no column 'titel'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text\n"
		  "  index (`lower(titel)`, a) where `titel > ''`\n"
		  "}\n",
		  "5:17: model 'm' has no column 'titel'\n"
		  "5:36: model 'm' has no column 'titel'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  name text column \"FullName\" check `name > ''`\n"
		  "}\n",
		  "4:38: model 'm' has no column 'name'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m? check `p > 0`\n"
		  "  c [m] check `id > 0`\n"
		  "  check `c > 0`\n"
		  "}\n",
		  "4:18: model 'm' has no column 'p'\n"
		  "5:9: 'check' is not for a to-many relation\n"
		  "6:10: model 'm' has no column 'c'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `rowid > 0`\n"
		  "  check `oid > 0 or _rowid_ > 0`\n"
		  "}\n",
		  "4:10: model 'm' has no column 'rowid'\n"
		  "5:10: model 'm' has no column 'oid'\n"
		  "5:21: model 'm' has no column '_rowid_'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text check ```a`` > ``b```\n"
		  "}\n",
		  "4:25: model 'm' has no column 'b'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text check sqlite `b > 1`\n"
		  "}\n",
		  "4:24: model 'm' has no column 'b'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  title text check `titel > ''` sqlite `title > ''`\n"
		  "}\n",
		  "3:21: model 'm' has no column 'titel'\n" },
		{ "engines postgresql\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  title text check `titel > ''`\n"
		  "  check `unknown_to_us > 1`\n"
		  "}\n",
		  "4:21: model 'm' has no column 'titel'\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_sql, sql_that_is_no_expression_is_refused)
{
	static const struct wrong cases[] = {
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check ``\n"
		  "}\n",
		  "4:9: the SQL is empty\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `  `\n"
		  "}\n",
		  "4:9: the SQL is empty\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id >`\n"
		  "}\n",
		  "4:14: the SQL ends too early\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > > 1`\n"
		  "}\n",
		  "4:15: sqlite: near \">\": syntax error\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `(id > 1`\n"
		  "}\n",
		  "4:10: the parenthesis in the SQL is never closed\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > 1)`\n"
		  "}\n",
		  "4:16: the parenthesis in the SQL was never opened\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > 1; drop table m`\n"
		  "}\n",
		  "4:16: SQL here is one expression, without ';'\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > 1 -- x`\n"
		  "}\n",
		  "4:17: a comment has no place in SQL here\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id /* x */ > 1`\n"
		  "}\n",
		  "4:13: a comment has no place in SQL here\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > '`\n"
		  "}\n",
		  "4:15: the quote in the SQL is never closed\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `\"id > 1`\n"
		  "}\n",
		  "4:10: the quote in the SQL is never closed\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > ?`\n"
		  "}\n",
		  "4:15: a parameter has no place in SQL here: nobody gives its value\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > :x`\n"
		  "}\n",
		  "4:15: a parameter has no place in SQL here: nobody gives its value\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > @x`\n"
		  "}\n",
		  "4:15: a parameter has no place in SQL here: nobody gives its value\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > $1`\n"
		  "}\n",
		  "4:15: a parameter has no place in SQL here: nobody gives its value\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > \\`\n"
		  "}\n",
		  "4:15: a backslash has no place in SQL here\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text check `a > 'x\\'`\n"
		  "}\n",
		  "3:23: a backslash has no place in a string of SQL here\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > 1), (id > 2`\n"
		  "}\n",
		  "4:16: the parenthesis in the SQL was never opened\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check "
		  "`((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("
		  "((id))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))"
		  "))))) > 1`\n"
		  "}\n",
		  "4:110: parentheses in SQL are at most 100 deep\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `nope(id)`\n"
		  "}\n",
		  "4:10: sqlite: no such function: nope\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `length(id, id) > 1`\n"
		  "}\n",
		  "4:10: sqlite: wrong number of arguments to function length()\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > (select 1)`\n"
		  "}\n",
		  "4:10: sqlite: subqueries prohibited in CHECK constraints\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `count(id) > 1`\n"
		  "}\n",
		  "4:10: sqlite: misuse of aggregate function count()\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check `id > 1 # x`\n"
		  "}\n",
		  "4:17: a comment has no place in SQL here\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_sql, defaults_are_constant)
{
	static const struct wrong cases[] = {
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = `(select 1)`\n"
		  "}\n",
		  "4:14: sqlite: a default is constant: it names no columns and has no subquery\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = `id + 1`\n"
		  "}\n",
		  "4:14: sqlite: a default is constant: it names no columns and has no subquery\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = `1 + 1`\n"
		  "  b text = `lower('X')`\n"
		  "}\n",
		  "" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_sql, an_expression_for_each_engine)
{
	static const struct wrong cases[] = {
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = postgresql `1`\n"
		  "}\n",
		  "4:24: there is no SQL for sqlite\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = sqlite `1`\n"
		  "}\n",
		  "3:20: there is no SQL for postgresql\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = `1` sqlite `2`\n"
		  "  b int32 check postgresql `b ~ 'x' and b::text > ''`\n"
		  "}\n",
		  "" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 check postgresql `(a > 1`\n"
		  "}\n",
		  "3:29: the parenthesis in the SQL is never closed\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  title text check postgresql `titel ~ 'x'`\n"
		  "  check postgresql `titel > current_role and now() > current_date`\n"
		  "  check mariadb `title regexp nope`\n"
		  "}\n",
		  "4:21: model 'm' has no column 'titel'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  b int32 check mariadb `b > @x`\n"
		  "}\n",
		  "3:30: a parameter has no place in SQL here: nobody gives its value\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  title text column \"Title\" check `title > ''`\n"
		  "  check `\"Title\" > ''`\n"
		  "}\n",
		  "3:36: a column with capital letters stands in double quotes: postgresql would not find it\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_sql, dates_are_written_as_typed_literals)
{
	static const struct wrong cases[] = {
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  d date check `d > '2020-01-01'`\n"
		  "}\n",
		  "4:21: SQLite keeps 'd' as a number, so this text is no date\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  d timestamp check `'2020-01-01 00:00:00' <= d`\n"
		  "}\n",
		  "4:22: SQLite keeps 'd' as a number, so this text is no timestamp\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  d timestamp check `d between '2020-01-01' and '2021-01-01'`\n"
		  "}\n",
		  "4:32: SQLite keeps 'd' as a number, so this text is no timestamp\n"
		  "4:49: SQLite keeps 'd' as a number, so this text is no timestamp\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  d date check `d in ('2020-01-01', '2021-01-01')`\n"
		  "}\n",
		  "4:23: SQLite keeps 'd' as a number, so this text is no date\n"
		  "4:37: SQLite keeps 'd' as a number, so this text is no date\n" },
		{ "engines sqlite\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  d date check `d > DATE '2020-01-01'`\n"
		  "  t timestamp check `t < TIMESTAMP '2020-01-01 00:00:00'`\n"
		  "  i timestamp storage iso check `i > '2020-01-01'`\n"
		  "  x text check `x <> '2020-01-01'`\n"
		  "}\n",
		  "" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_sql, names_that_sqlite_keeps_are_refused)
{
	static const struct wrong cases[] = {
		{ "engines sqlite\n"
		  "model m table \"sqlite_x\" {\n"
		  "  id int64 = auto primary\n"
		  "}\n",
		  "2:15: sqlite: object name reserved for internal use: sqlite_x\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}
