/* Every message of the parser and the checker, each at its exact place. */
#include "schema_test.h"

TEST(schema_error, words_that_are_no_words)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 @ primary\n"
		  "  a 12x\n"
		  "}\n",
		  "2:12: @ does not belong here\n"
		  "3:5: '12x' is neither a number nor a name\n" },
		{ "model m {\n"
		  "  id int64 primary\n"
		  "  a text = 'x'\n"
		  "}\n",
		  "3:12: 'x' does not belong here\n" },
		{ "model m {\n"
		  "  id int64 primary /* all */\n"
		  "}\n",
		  "2:20: /* all */ does not belong here\n" },
		{ "model m {\n"
		  "  id int64 primary\n"
		  "  a text = \"x\n"
		  "  b text check `x\n"
		  "}\n",
		  "3:12: the quote is never closed\n"
		  "4:16: the backtick is never closed\n" },
		{ "model m {\n"
		  "  id int64 primary\n"
		  "  a text = \"x\\q\"\n"
		  "}\n",
		  "3:14: '\\q' is not an escape\n" },
		{ "model m {\n"
		  "  id int64 primary é\n"
		  "}\n",
		  "2:20: unknown attribute 'é'\n" },
		{ "model m {\n"
		  "  id int64 = 1.2.3 primary\n"
		  "}\n",
		  "2:14: '1.2.3' is neither a number nor a name\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, declarations_that_do_not_parse)
{
	static const struct wrong cases[] = {
		{ "modle m {\n"
		  "}\n",
		  "1:1: expected include, engines, enum, mixin or model, found 'modle'\n" },
		{ "modle m {\n"
		  "  id int64\n"
		  "}\n"
		  "model ok {\n"
		  "  id int32 primary\n"
		  "  b txt\n"
		  "}\n",
		  "1:1: expected include, engines, enum, mixin or model, found 'modle'\n"
		  "6:5: unknown type 'txt'\n" },
		{ "model {\n"
		  "}\n",
		  "1:7: expected the model's name, found '{'\n" },
		{ "model m tabel \"x\" {\n"
		  "}\n",
		  "1:9: expected '{', table, prefix or was, found 'tabel'\n" },
		{ "model m table x {\n"
		  "}\n",
		  "1:15: expected the table's name in double quotes, found 'x'\n" },
		{ "model m table \"x\" table \"y\" {\n"
		  "  id int64\n"
		  "}\n",
		  "1:19: 'table' is said twice\n" },
		{ "model m\n"
		  "{\n"
		  "  id int64\n"
		  "}\n",
		  "1:8: expected '{', table, prefix or was, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64\n",
		  "3:1: expected '}', found the end of the file\n" },
		{ "model m {\n"
		  "  id int64\n"
		  "model n {\n"
		  "  id int64\n"
		  "}\n",
		  "3:1: expected '}' to end model 'm' before the next declaration\n" },
		{ "include x\n", "1:9: expected the file's name in double quotes, found 'x'\n" },
		{ "include \"a.trv\" \"b.trv\"\n", "1:9: cannot read \"a.trv\": no such file\n"
		                                   "1:17: expected the end of the line, found '\"b.trv\"'\n" },
		{ "engines\n", "1:8: expected sqlite, postgresql or mariadb, found the end of the line\n" },
		{ "engines sqlite oracle postgres\n"
		  "engines sqlite\n",
		  "1:16: unknown engine 'oracle'\n"
		  "1:23: unknown engine 'postgres'\n"
		  "2:1: 'engines' is said twice in this file\n" },
		{ "enum {\n"
		  "}\n",
		  "1:6: expected the enum's name, found '{'\n" },
		{ "enum e { a b = c }\n", "1:16: expected the stored text in double quotes, found 'c'\n" },
		{ "enum e { a, 1 }\n", "1:13: expected a value's name or '}', found '1'\n" },
		{ "enum e prefix { a }\n", "1:15: expected the prefix, found '{'\n" },
		{ "enum e {\n"
		  "  a\n",
		  "3:1: expected a value's name or '}', found the end of the file\n" },
		{ "mixin x table \"y\" {\n"
		  "}\n",
		  "1:9: expected '{', found 'table'\n" },
		{ "}\n", "1:1: expected include, engines, enum, mixin or model, found '}'\n" },
		{ "model m { id int64 } model n { id int64 }\n", "" },
		{ "model m was {\n"
		  "}\n",
		  "1:13: expected a name, found '{'\n" },
		{ "model m { id int64; name text(; b int33 }\n", "1:31: expected a number, found ';'\n"
		                                                 "1:35: unknown type 'int33'\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, fields_that_do_not_parse)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a\n"
		  "}\n",
		  "3:4: expected a type, '-> model' or '[model]', found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a ->\n"
		  "}\n",
		  "3:7: expected the model that it refers to, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [m\n"
		  "}\n",
		  "3:7: expected ']', found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a []\n"
		  "}\n",
		  "3:6: expected a model, found ']'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text(\n"
		  "}\n",
		  "4:1: expected a number, found '}'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text(x)\n"
		  "}\n",
		  "3:10: expected a number, found 'x'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(1,2,3)\n"
		  "}\n",
		  "3:17: expected ')', found '3'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(1 2)\n"
		  "}\n",
		  "3:15: expected ',' or ')', found '2'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text =\n"
		  "}\n",
		  "3:11: expected a default: a word, number, string or SQL in backticks, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text = ,\n"
		  "}\n",
		  "3:12: expected a default: a word, number, string or SQL in backticks, found ','\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text on\n"
		  "}\n",
		  "3:12: expected 'delete' or 'update', found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m on delete\n"
		  "}\n",
		  "3:19: expected cascade, restrict, set null, set default or no action, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m on delete set nul\n"
		  "}\n",
		  "3:20: expected cascade, restrict, set null, set default or no action, found 'set'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text on insert\n"
		  "}\n",
		  "3:13: expected 'delete' or 'update', found 'insert'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text no\n"
		  "}\n",
		  "3:12: expected 'constraint', found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text uniqe\n"
		  "}\n",
		  "3:10: unknown attribute 'uniqe'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text b text\n"
		  "}\n",
		  "3:10: unknown attribute 'b'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text 5\n"
		  "}\n",
		  "3:10: expected an attribute or the end of the line, found '5'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text column x\n"
		  "}\n",
		  "3:17: expected the column's name in double quotes, found 'x'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m columns \"A\"\n"
		  "}\n",
		  "3:18: expected '(' and the columns' names, found '\"A\"'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m columns (\"A\" \"B\")\n"
		  "}\n",
		  "3:23: expected ',' or ')', found '\"B\"'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text collate nocase\n"
		  "}\n",
		  "3:18: expected the collation's name in double quotes, found 'nocase'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text storage\n"
		  "}\n",
		  "3:17: expected iso, unix, millis, micros, julian, real, text or integer, found the end of the "
		  "line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text sqlite\n"
		  "}\n",
		  "3:16: expected 'storage' or 'type', found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text sqlite storage \"x\"\n"
		  "}\n",
		  "3:25: expected iso, unix, millis, micros, julian, real, text or integer, found '\"x\"'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text type text\n"
		  "}\n",
		  "3:15: expected the type in double quotes, found 'text'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text sqlite type text\n"
		  "}\n",
		  "3:22: expected the type in double quotes, found 'text'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text generated x\n"
		  "}\n",
		  "3:20: expected SQL in backticks, found 'x'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [m] by\n"
		  "}\n",
		  "3:11: expected a reference's name, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [m] by x, y, z\n"
		  "}\n",
		  "3:18: expected the end of the line, found 'z'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [m] through\n"
		  "}\n",
		  "3:16: expected the model in between, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text was 5\n"
		  "}\n",
		  "3:14: expected the former name, found '5'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text check x\n"
		  "}\n",
		  "3:17: expected SQL in backticks, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text = `x` `y`\n"
		  "}\n",
		  "3:16: expected an engine's name before another expression, found '`y`'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  5 text\n"
		  "}\n",
		  "3:3: expected a field or '}', found '5'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  \"a\" text\n"
		  "  ) b text\n"
		  "  c txt\n"
		  "}\n",
		  "3:3: expected a field or '}', found '\"a\"'\n"
		  "4:3: expected a field or '}', found ')'\n"
		  "5:5: unknown type 'txt'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text = `1` sqlite `2` sqlite `3`\n"
		  "}\n",
		  "3:27: the SQL for sqlite is given twice\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m columns (\"A\", \"B\", \"C\", \"D\", \"E\", \"F\", \"G\", \"H\", \"I\")\n"
		  "}\n",
		  "3:59: expected ')', found '\"I\"'\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, keys_and_checks_that_do_not_parse)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index\n"
		  "}\n",
		  "3:8: expected '(', found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index a\n"
		  "}\n",
		  "3:10: expected '(', found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index (a\n"
		  "}\n",
		  "4:1: expected ',' or ')', found '}'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index (5)\n"
		  "}\n",
		  "3:10: expected a field or SQL in backticks, found '5'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index (id) include\n"
		  "}\n",
		  "3:21: expected '(', found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index (id) include (5)\n"
		  "}\n",
		  "3:23: expected a field, found '5'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index (id) where\n"
		  "}\n",
		  "3:19: expected SQL in backticks, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index (id,)\n"
		  "}\n",
		  "3:13: expected a field or SQL in backticks, found ')'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  unique (id) extra\n"
		  "}\n",
		  "3:15: expected the end of the line, found 'extra'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  primary x\n"
		  "}\n",
		  "3:3: model 'm' has a primary key already, in line 2\n"
		  "3:11: expected '(', found 'x'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check\n"
		  "}\n",
		  "3:8: expected SQL in backticks, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  check a b\n"
		  "}\n",
		  "3:11: expected SQL in backticks, found 'b'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  use\n"
		  "}\n",
		  "3:6: expected a mixin, found the end of the line\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  use 5\n"
		  "}\n",
		  "3:7: expected a mixin, found '5'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index (id id)\n"
		  "}\n",
		  "3:13: expected ',' or ')', found 'id'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  index (id) include (id id)\n"
		  "}\n",
		  "3:23: 'id' is in the index already\n"
		  "3:26: expected ',' or ')', found 'id'\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, attributes_where_they_do_not_fit)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [m] primary\n"
		  "}\n",
		  "3:6: model 'm' has no reference to 'm'\n"
		  "3:9: 'primary' is not for a to-many relation\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m lock\n"
		  "}\n",
		  "3:10: 'lock' is not for a reference\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text by x\n"
		  "}\n",
		  "3:10: 'by' is not for a column\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text deferrable\n"
		  "}\n",
		  "3:10: 'deferrable' is not for a column\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text columns (\"A\")\n"
		  "}\n",
		  "3:10: 'columns' is not for a column\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text unique unique\n"
		  "}\n",
		  "3:17: 'unique' is said twice\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text = \"a\" = \"b\"\n"
		  "}\n",
		  "3:16: '=' is said twice\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text on delete cascade\n"
		  "}\n",
		  "3:10: 'on delete' is not for a column\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m on update now\n"
		  "}\n",
		  "3:10: 'on update now' is not for a reference\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [m]?\n"
		  "}\n",
		  "3:6: model 'm' has no reference to 'm'\n"
		  "3:8: a to-many relation is never null\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m? sqlite storage text\n"
		  "}\n",
		  "3:11: 'storage' is not for a reference\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> m? sqlite type \"int\"\n"
		  "}\n",
		  "3:11: 'type' is not for a reference\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(3,1) sqlite storage real sqlite storage text\n"
		  "}\n",
		  "3:38: the storage for sqlite is said twice\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(3,1) sqlite type \"a\" sqlite type \"b\"\n"
		  "}\n",
		  "3:34: the type for sqlite is said twice\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, documentation_out_of_place)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 primary /// the key\n"
		  "}\n",
		  "2:20: a doc comment stands on its own line, above what it documents\n" },
		{ "model m {\n"
		  "  id int64 primary\n"
		  "  /// nothing\n"
		  "}\n",
		  "3:3: warning: this documents nothing\n" },
		{ "/// all\n"
		  "\n"
		  "/// nothing\n"
		  "include \"missing.trv\"\n",
		  "3:1: warning: this documents nothing\n"
		  "4:9: cannot read \"missing.trv\": no such file\n" },
		{ "model m {\n"
		  "  id int64 primary\n"
		  "  a int32\n"
		  "  index (id,\n"
		  "  /// x\n"
		  "  a)\n"
		  "}\n",
		  "5:3: a doc comment stands on its own line, above what it documents\n" },
		{ "/// only\n", "" },
		{ "model m {\n"
		  "  id int64 primary\n"
		  "}\n"
		  "/// end\n",
		  "4:1: warning: this documents nothing\n" },
		{ "enum e {\n"
		  "  a\n"
		  "  /// b\n"
		  "}\n",
		  "3:3: warning: this documents nothing\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, names)
{
	static const struct wrong cases[] = {
		{ "model Task {\n"
		  "  id int64\n"
		  "}\n",
		  "1:7: 'Task' is not a name: lower case letters, digits and single underscores, a letter first\n" },
		{ "model m {\n"
		  "  TaskList int32\n"
		  "  __x int32\n"
		  "  a__b int32\n"
		  "  _ int32\n"
		  "}\n",
		  "2:3: 'TaskList' is not a name: lower case letters, digits and single underscores, a letter first\n"
		  "3:3: '__x' is not a name: lower case letters, digits and single underscores, a letter first\n"
		  "4:3: 'a__b' is not a name: lower case letters, digits and single underscores, a letter first\n"
		  "5:3: '_' is not a name: lower case letters, digits and single underscores, a letter first\n" },
		{ "model m {\n"
		  "  int int32\n"
		  "  class int32\n"
		  "  linux int32\n"
		  "}\n",
		  "2:3: 'int' cannot name a field: it is a keyword or macro of C or C++\n"
		  "3:3: 'class' cannot name a field: it is a keyword or macro of C or C++\n"
		  "4:3: 'linux' cannot name a field: it is a keyword or macro of C or C++\n" },
		{ "model m {\n"
		  "  trv int32\n"
		  "  trv_x int32\n"
		  "}\n",
		  "2:3: 'trv' cannot name a field: names in trv are the library's\n"
		  "3:3: 'trv_x' cannot name a field: names in trv are the library's\n" },
		{ "model double {\n"
		  "  id int64\n"
		  "}\n",
		  "1:7: 'double' cannot name a model: it is a keyword or macro of C or C++\n" },
		{ "model double prefix float {\n"
		  "  id int64\n"
		  "}\n",
		  "1:21: 'float' cannot name a prefix: it is a keyword or macro of C or C++\n" },
		{ "enum int { a }\n", "1:6: 'int' cannot name an enum: it is a keyword or macro of C or C++\n" },
		{ "enum text { a }\n", "1:6: 'text' is a type already\n" },
		{ "enum e prefix E { A }\n",
		  "1:15: 'E' is not a name: lower case letters, digits and single underscores, a letter first\n"
		  "1:19: 'A' is not a name: lower case letters, digits and single underscores, a letter first\n" },
		{ "model m {\n"
		  "  abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz int32\n"
		  "}\n",
		  "2:3: the name is 52 bytes long; the limit is 50\n" },
		{ "mixin X {\n"
		  "}\n",
		  "1:7: 'X' is not a name: lower case letters, digits and single underscores, a letter first\n" },
		{ "model m {\n"
		  "  id int32\n"
		  "  check Bad `id > 0`\n"
		  "}\n",
		  "3:9: 'Bad' is not a name: lower case letters, digits and single underscores, a letter first\n" },
		{ "model trv_x {\n"
		  "  id int64\n"
		  "}\n",
		  "1:7: 'trv_x' cannot name a model: names in trv are the library's\n" },
		{ "enum e prefix trv { a }\n", "1:15: 'trv' cannot name a prefix: names in trv are the library's\n" },
		{ "enum e prefix int { a }\n", "" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, quoted_names)
{
	static const struct wrong cases[] = {
		{ "model m table \"\" {\n"
		  "  id int64\n"
		  "}\n",
		  "1:15: the table is empty\n" },
		{ "model m table \"a\\nb\" {\n"
		  "  id int64\n"
		  "}\n",
		  "1:15: a table has no line breaks or tabs\n" },
		{ "model m table \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" {\n"
		  "  id int64\n"
		  "}\n",
		  "1:15: the table is 64 bytes long; the limit is 63\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text column \"\" collate \"\" type \"\" was \"\"\n"
		  "}\n",
		  "3:17: the column is empty\n"
		  "3:28: the collation is empty\n"
		  "3:36: the type is empty\n"
		  "3:43: the former name is empty\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text column \"a\\tb\"\n"
		  "}\n",
		  "3:17: a column has no line breaks or tabs\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text type \"text; drop\"\n"
		  "}\n",
		  "3:15: a type has letters, digits, spaces, '_', ',', '.', brackets and parentheses only\n" },
		{ "enum e { a = \"\" b = \"x\\ny\" }\n", "1:14: the stored text is empty\n"
		                                         "1:21: a stored text has no line breaks or tabs\n" },
		{ "enum e { a = "
		  "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxx\" }\n",
		  "1:14: the stored text is 101 bytes long; the limit is 100\n" },
		{ "model m was \"\" {\n"
		  "  id int64\n"
		  "}\n",
		  "1:13: the former name is empty\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, what_is_declared_twice)
{
	static const struct wrong cases[] = {
		{ "enum e { a b a }\n", "1:14: value 'a' is declared twice; first in line 1\n" },
		{ "enum e { a b = \"a\" }\n", "1:16: 'b' is stored as \"a\", and so is 'a'\n" },
		{ "enum e { a }\n"
		  "enum e { b }\n",
		  "2:6: 'e' is declared twice; first at test.trv:1\n" },
		{ "model m {\n"
		  "  id int64\n"
		  "}\n"
		  "model m {\n"
		  "  id int64\n"
		  "}\n",
		  "4:7: 'm' is declared twice; first at test.trv:1\n" },
		{ "model m {\n"
		  "  id int64\n"
		  "}\n"
		  "enum m { a }\n",
		  "1:7: 'm' is declared twice; first at test.trv:4\n" },
		{ "mixin x {\n"
		  "}\n"
		  "mixin x {\n"
		  "}\n",
		  "3:7: mixin 'x' is declared twice; first at test.trv:1\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text\n"
		  "  a int32\n"
		  "}\n",
		  "4:3: field 'a' is declared twice; first at test.trv:3\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text column \"ID\"\n"
		  "}\n",
		  "3:17: column \"ID\" of model 'm' is made by field 'id' too, in line 2\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m?\n"
		  "  p_id int64\n"
		  "}\n",
		  "4:3: field 'p_id' and the key of reference 'p' in line 3 have the same name\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m?\n"
		  "  b int64 column \"P_ID\"\n"
		  "}\n",
		  "4:18: column \"P_ID\" of model 'm' is made by field 'p' too, in line 3\n" },
		{ "model m {\n"
		  "  id int64\n"
		  "}\n"
		  "model n table \"M\" {\n"
		  "  id int64\n"
		  "}\n",
		  "4:15: table \"M\" is the table of model 'm' too, at test.trv:1\n" },
		{ "model m table \"x\" {\n"
		  "  id int64\n"
		  "}\n"
		  "model n table \"X\" {\n"
		  "  id int64\n"
		  "}\n",
		  "4:15: table \"X\" is the table of model 'm' too, at test.trv:1\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 primary\n"
		  "}\n",
		  "3:11: model 'm' has a primary key already, in line 2\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32\n"
		  "  primary (a)\n"
		  "}\n",
		  "4:3: model 'm' has a primary key already, in line 2\n" },
		{ "model m {\n"
		  "  a int32\n"
		  "  b int32\n"
		  "  primary (a)\n"
		  "  primary (b)\n"
		  "}\n",
		  "5:3: model 'm' has a primary key already, in line 4\n" },
		{ "model m {\n"
		  "  a int32\n"
		  "  primary (a, a)\n"
		  "}\n",
		  "3:15: 'a' is in the primary key already\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32\n"
		  "  index (a)\n"
		  "  index (a)\n"
		  "}\n",
		  "5:3: there is an index or constraint 'm_a_idx' already, at test.trv:4\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32\n"
		  "  index x (a)\n"
		  "  check x `a > 0`\n"
		  "}\n",
		  "5:9: there is an index or constraint 'x' already, at test.trv:4\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32\n"
		  "  index (a, a)\n"
		  "  index (id) include (id)\n"
		  "}\n",
		  "4:13: 'a' is in the index already\n"
		  "5:23: 'id' is in the index already\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 lock\n"
		  "  b int32 lock\n"
		  "}\n",
		  "4:11: a model has one version at most\n" },
		{ "model k {\n"
		  "  a int32\n"
		  "  b int32\n"
		  "  primary (a, b)\n"
		  "}\n"
		  "model m {\n"
		  "  k -> k columns (\"A\", \"a\")\n"
		  "}\n",
		  "7:24: column \"a\" is named twice\n" },
		{ "mixin x {\n"
		  "  a int32\n"
		  "}\n"
		  "model m {\n"
		  "  use x\n"
		  "  use x\n"
		  "}\n",
		  "6:7: mixin 'x' is used already\n" },
		{ "mixin x {\n"
		  "  use x\n"
		  "}\n"
		  "model m {\n"
		  "  use x\n"
		  "  id int32\n"
		  "}\n",
		  "2:7: mixin 'x' is used already\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, what_is_not_there)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a txt\n"
		  "}\n",
		  "3:5: unknown type 'txt'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a integer\n"
		  "  b varchar(10)\n"
		  "  c strnig\n"
		  "}\n",
		  "3:5: unknown type 'integer'\n"
		  "4:5: unknown type 'varchar'\n"
		  "5:5: unknown type 'strnig'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a m\n"
		  "}\n",
		  "3:5: unknown type 'm'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> n\n"
		  "}\n",
		  "3:8: unknown model 'n'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a -> tak\n"
		  "}\n"
		  "model task {\n"
		  "  id int64 primary\n"
		  "}\n",
		  "3:8: unknown model 'tak'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [n]\n"
		  "}\n",
		  "3:6: unknown model 'n'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [m] through n\n"
		  "}\n",
		  "3:17: unknown model 'n'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  use x\n"
		  "}\n",
		  "3:7: unknown mixin 'x'\n" },
		{ "mixin stamped {\n"
		  "}\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  use stampd\n"
		  "  use m\n"
		  "}\n",
		  "5:7: unknown mixin 'stampd'\n"
		  "6:7: unknown mixin 'm'\n" },
		{ "enum state { open }\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  s state = opne\n"
		  "  t stat\n"
		  "}\n",
		  "4:13: enum 'state' has no value 'opne'\n"
		  "5:5: unknown type 'stat'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  title text\n"
		  "  index (titel)\n"
		  "  unique (id) include (titel)\n"
		  "}\n",
		  "4:10: model 'm' has no field 'titel'\n"
		  "5:24: model 'm' has no field 'titel'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m?\n"
		  "  index (p_id)\n"
		  "}\n",
		  "4:10: model 'm' has no field 'p_id'\n" },
		{ "model m {\n"
		  "  a int32\n"
		  "  primary (b)\n"
		  "}\n",
		  "3:12: model 'm' has no field 'b'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m?\n"
		  "  c [m] by q\n"
		  "}\n",
		  "4:12: model 'm' has no reference 'q'\n" },
		{ "enum e {\n"
		  "}\n",
		  "1:6: enum 'e' has no values\n" },
		{ "model m {\n"
		  "}\n",
		  "1:7: model 'm' has no columns\n" },
		{ "model n {\n"
		  "  a int32\n"
		  "}\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  n -> n\n"
		  "}\n",
		  "6:8: model 'n' has no primary key, so nothing can refer to it\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, mixins_that_no_model_uses)
{
	static const struct wrong cases[] = {
		{ "mixin a {\n"
		  "  use b\n"
		  "  x txt\n"
		  "  y int32 = true\n"
		  "}\n"
		  "mixin b {\n"
		  "  z -> nope\n"
		  "}\n",
		  "3:5: unknown type 'txt'\n"
		  "4:13: 'true' is no default for int32\n"
		  "7:8: unknown model 'nope'\n" },
		{ "mixin a {\n"
		  "}\n",
		  "" },
		{ "mixin a {\n"
		  "  x text lock\n"
		  "  x text\n"
		  "  index (y)\n"
		  "}\n",
		  "2:10: the version of a row is an int32 or int64\n"
		  "3:3: field 'x' is declared twice; first at test.trv:2\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, types)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text(0)\n"
		  "}\n",
		  "3:10: the length must be a whole number from 1 to 1000000000\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text(-1)\n"
		  "}\n",
		  "3:10: the length must be a whole number from 1 to 1000000000\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text(1.5)\n"
		  "}\n",
		  "3:10: the length must be a whole number from 1 to 1000000000\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text(2000000000)\n"
		  "}\n",
		  "3:10: the length must be a whole number from 1 to 1000000000\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text(1,2)\n"
		  "}\n",
		  "3:5: the type is written 'text(length)'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32(5)\n"
		  "}\n",
		  "3:5: the type is written 'int32'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal\n"
		  "}\n",
		  "3:5: the type is written 'decimal(digits, digits behind the point)'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(5)\n"
		  "}\n",
		  "3:5: the type is written 'decimal(digits, digits behind the point)'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(0,0)\n"
		  "}\n",
		  "3:13: the number of digits must be a whole number from 1 to 38\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(39,0)\n"
		  "}\n",
		  "3:13: the number of digits must be a whole number from 1 to 38\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(3,4)\n"
		  "}\n",
		  "3:15: decimal(3,4) has more digits behind the point than it has digits\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(38,38)\n"
		  "}\n",
		  "" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a bytes(0)\n"
		  "}\n",
		  "3:11: the length must be a whole number from 1 to 2147483647\n" },
		{ "enum e { a }\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  s e(4)\n"
		  "}\n",
		  "4:7: enum 'e' takes nothing in parentheses\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 storage iso\n"
		  "}\n",
		  "3:19: storage 'iso' is for date, time and timestamp\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a timestamp storage julain\n"
		  "}\n",
		  "3:23: unknown storage 'julain'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text storage real\n"
		  "  b date storage unix\n"
		  "  c decimal(3,1) storage iso\n"
		  "  d uuid storage real\n"
		  "  e float64 storage text\n"
		  "}\n",
		  "3:18: storage 'real' is for decimal\n"
		  "4:18: storage 'unix' is for timestamp\n"
		  "5:26: storage 'iso' is for date, time and timestamp\n"
		  "6:18: storage 'real' is for decimal\n"
		  "7:21: storage 'text' is for uuid, decimal and bool\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 collate \"nocase\"\n"
		  "}\n",
		  "3:11: 'collate' is for text\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text on update now\n"
		  "}\n",
		  "3:10: 'on update now' is for timestamp\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text lock\n"
		  "}\n",
		  "3:10: the version of a row is an int32 or int64\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32? lock\n"
		  "}\n",
		  "3:10: the version of a row is never null\n" },
		{ "model m {\n"
		  "  a json primary\n"
		  "}\n",
		  "2:10: json is no type for a primary key\n" },
		{ "model m {\n"
		  "  a float64 primary\n"
		  "}\n",
		  "2:13: float64 is no type for a primary key\n" },
		{ "model m {\n"
		  "  a int32? primary\n"
		  "}\n",
		  "2:10: a primary key is never null\n" },
		{ "model m {\n"
		  "  a int32?\n"
		  "  primary (a)\n"
		  "}\n",
		  "2:10: a primary key is never null\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, attributes_that_exclude_each_other)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = 1 generated `id`\n"
		  "}\n",
		  "3:15: a generated column has no default\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 generated `id` lock\n"
		  "}\n",
		  "3:26: a generated column cannot be the version of a row\n" },
		{ "model m {\n"
		  "  b int32\n"
		  "  a int32 generated `b` primary\n"
		  "}\n",
		  "3:25: a generated column is no primary key\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a timestamp generated `id` on update now\n"
		  "}\n",
		  "3:30: a generated column is not set by updates\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = 1 lock\n"
		  "}\n",
		  "3:15: the version of a row starts by itself: it has no default\n" },
		{ "model m {\n"
		  "  a int32 lock primary\n"
		  "}\n",
		  "2:16: the version of a row changes: it is no primary key\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 lock unique\n"
		  "}\n",
		  "3:16: versions of rows are not unique\n" },
		{ "model m {\n"
		  "  a int32 primary unique\n"
		  "}\n",
		  "2:19: a primary key is unique already\n" },
		{ "model m {\n"
		  "  a timestamp primary on update now\n"
		  "}\n",
		  "2:23: a primary key is not set by updates\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m? no constraint on delete cascade\n"
		  "}\n",
		  "3:25: without a constraint there is no action on delete\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m? no constraint on update cascade\n"
		  "}\n",
		  "3:25: without a constraint there is no action on update\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m? no constraint deferrable\n"
		  "}\n",
		  "3:25: without a constraint there is nothing to defer\n" },
		{ "model m {\n"
		  "  a int32\n"
		  "  b int32 generated `a`\n"
		  "  primary (b)\n"
		  "}\n",
		  "4:12: a generated column is no primary key\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, defaults)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text = auto\n"
		  "}\n",
		  "3:12: 'auto' is for int16, int32 and int64\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = auto\n"
		  "}\n",
		  "3:13: 'auto' is for a primary key of this one column\n" },
		{ "model m {\n"
		  "  a uuid = auto primary\n"
		  "}\n",
		  "2:12: 'auto' is for int16, int32 and int64\n" },
		{ "model m {\n"
		  "  a int32 = auto\n"
		  "  b int32\n"
		  "  primary (a, b)\n"
		  "}\n",
		  "2:13: 'auto' is for a primary key of this one column\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m? = auto\n"
		  "}\n",
		  "3:13: a reference does not number itself\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a date = now\n"
		  "  b int32 = now\n"
		  "}\n",
		  "3:12: 'now' is for timestamp\n"
		  "4:13: 'now' is for timestamp\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text = uuid4\n"
		  "}\n",
		  "3:12: 'uuid4' and 'uuid7' are for uuid\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = null\n"
		  "}\n",
		  "3:13: null is no default\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text = hello\n"
		  "  b int32 = x\n"
		  "}\n",
		  "3:12: 'hello' is no default for text\n"
		  "4:13: 'x' is no default for int32\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = true\n"
		  "  b bool = 1\n"
		  "}\n",
		  "3:13: 'true' is no default for int32\n"
		  "4:12: '1' is no default for bool\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int16 = 32768\n"
		  "  b int16 = -32769\n"
		  "  c int32 = 2147483648\n"
		  "  d int64 = 9223372036854775808\n"
		  "  e int64 = -9223372036854775808\n"
		  "}\n",
		  "3:13: 32768 is out of range for int16\n"
		  "4:13: -32769 is out of range for int16\n"
		  "5:13: 2147483648 is out of range for int32\n"
		  "6:13: 9223372036854775808 is out of range for int64\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32 = 1.5\n"
		  "  b int32 = 1e3\n"
		  "  c int32 = \"1\"\n"
		  "}\n",
		  "3:13: '1.5' is no default for int32\n"
		  "4:13: '1e3' is no default for int32\n"
		  "5:13: '1' is no default for int32\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a float32 = 1e39\n"
		  "  b float64 = 1e999\n"
		  "}\n",
		  "3:15: 1e39 is out of range for float32\n"
		  "4:15: 1e999 is out of range for float64\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a decimal(3,1) = 100\n"
		  "  b decimal(3,1) = 1.25\n"
		  "  c decimal(3,1) = 12.50\n"
		  "  d decimal(3,1) = 999999999999999999999999999999999999999999999\n"
		  "}\n",
		  "3:20: 100 is out of range for decimal(3,1)\n"
		  "4:20: 1.25 has more than 1 digit behind the point\n"
		  "6:20: 999999999999999999999999999999999999999999999 is out of range for decimal\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text(3) = \"äöüß\"\n"
		  "  b text(3) = \"äöü\"\n"
		  "  c text = 5\n"
		  "}\n",
		  "3:15: the default has 4 characters; the limit is 3\n"
		  "5:12: '5' is no default for text\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a bytes(3) = \"four\"\n"
		  "}\n",
		  "3:16: the default has 4 bytes; the limit is 3\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a date = \"2020-02-30\"\n"
		  "  b time = \"25:00:00\"\n"
		  "  c timestamp = \"yesterday\"\n"
		  "  d uuid = \"x\"\n"
		  "  e date = \"2020-02-29\"\n"
		  "}\n",
		  "3:12: \"2020-02-30\" is no date\n"
		  "4:12: \"25:00:00\" is no time\n"
		  "5:17: \"yesterday\" is no timestamp\n"
		  "6:12: \"x\" is no uuid\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a json = \"{\"\n"
		  "  b json = \"{}\"\n"
		  "}\n",
		  "3:12: the default is not JSON\n" },
		{ "enum e { a }\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  s e = \"a\"\n"
		  "  t e = 0\n"
		  "  u e = b\n"
		  "}\n",
		  "4:9: 'a' is no default for e\n"
		  "5:9: '0' is no default for e\n"
		  "6:9: enum 'e' has no value 'b'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a date = 5\n"
		  "  b uuid = 5\n"
		  "  c json = 5\n"
		  "}\n",
		  "3:12: '5' is no default for date\n"
		  "4:12: '5' is no default for uuid\n"
		  "5:12: '5' is no default for json\n" },
		{ "model k {\n"
		  "  a int32\n"
		  "  b int32\n"
		  "  primary (a, b)\n"
		  "}\n"
		  "model m {\n"
		  "  k -> k = 5\n"
		  "}\n",
		  "7:10: a reference of several columns has no default\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, references)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m on delete set null\n"
		  "}\n",
		  "3:10: 'on delete set null', but reference 'p' is never null\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m on update set null\n"
		  "}\n",
		  "3:10: 'on update set null', but reference 'p' is never null\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m? on delete set default\n"
		  "}\n",
		  "3:11: 'on delete set default', but reference 'p' has no default\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m? columns (\"A\", \"B\")\n"
		  "}\n",
		  "3:11: the key of 'm' has 1 column, but 2 are named\n" },
		{ "model k {\n"
		  "  a int32\n"
		  "  b int32\n"
		  "  primary (a, b)\n"
		  "}\n"
		  "model m {\n"
		  "  k -> k column \"A\" was \"old\"\n"
		  "}\n",
		  "7:10: the key of 'k' has 2 columns, but 1 is named\n"
		  "7:25: a reference of several columns has no one former column\n" },
		{ "model a {\n"
		  "  b -> b primary\n"
		  "}\n"
		  "model b {\n"
		  "  a -> a primary\n"
		  "}\n",
		  "5:8: the primary key of 'a' refers to itself, directly or through others\n" },
		{ "model a {\n"
		  "  a -> a primary\n"
		  "}\n",
		  "2:8: the primary key of 'a' refers to itself, directly or through others\n" },
		{ "model a {\n"
		  "  b -> a? primary\n"
		  "}\n",
		  "2:8: the primary key of 'a' refers to itself, directly or through others\n"
		  "2:9: a primary key is never null\n" },
		{ "model mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm {\n"
		  "  kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk int32 primary\n"
		  "  rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr -> mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm?\n"
		  "}\n",
		  "3:3: the column's name "
		  "'rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr_kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk' is 91 "
		  "bytes long; the limit is 63\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, to_many_relations)
{
	static const struct wrong cases[] = {
		{ "model p {\n"
		  "  id int64 primary\n"
		  "}\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [p]\n"
		  "}\n",
		  "6:6: model 'p' has no reference to 'm'\n" },
		{ "model p {\n"
		  "  id int64 primary\n"
		  "  a -> m\n"
		  "  b -> m\n"
		  "}\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  ps [p]\n"
		  "}\n",
		  "8:7: model 'p' has several references to 'm'\n" },
		{ "model p {\n"
		  "  id int64 primary\n"
		  "  x int32\n"
		  "  q -> p?\n"
		  "}\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [p] by x\n"
		  "  b [p] by q\n"
		  "  c [p] by nope\n"
		  "  d [p] by q, q\n"
		  "}\n",
		  "8:12: 'p.x' is no reference\n"
		  "9:12: 'p.q' refers to 'p', not to 'm'\n"
		  "10:12: model 'p' has no reference 'nope'\n"
		  "11:15: two references are named, but there is no 'through'\n" },
		{ "model p {\n"
		  "  id int64 primary\n"
		  "}\n"
		  "model l {\n"
		  "  m -> m\n"
		  "  p -> p\n"
		  "}\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a [p] through l by m\n"
		  "  b [p] through l by m, m\n"
		  "  c [m] through l\n"
		  "  d [m] through l by m, m\n"
		  "}\n",
		  "10:22: 'through' needs both references, or none\n"
		  "11:25: 'l.m' refers to 'm', not to 'p'\n"
		  "12:6: model 'l' has no reference to 'm'\n"
		  "13:25: 'm' cannot be both ends of the relation\n" },
		{ "model l {\n"
		  "  a -> m\n"
		  "  b -> m\n"
		  "}\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  f [m] through l\n"
		  "  g [m] through l by a, a\n"
		  "  h [m] through l by a, b\n"
		  "}\n",
		  "7:6: model 'l' has several references to 'm'\n"
		  "8:25: 'a' cannot be both ends of the relation\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, keys_and_indexes)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m?\n"
		  "  c [m] by p\n"
		  "  index (c)\n"
		  "  index (id) include (c)\n"
		  "}\n",
		  "5:10: 'c' is a to-many relation and has no column here\n"
		  "6:23: 'c' is a to-many relation and has no column here\n" },
		{ "model m {\n"
		  "  p -> m?\n"
		  "  id int32\n"
		  "  c [m]\n"
		  "  primary (c)\n"
		  "}\n",
		  "5:12: 'c' is a to-many relation and has no column here\n" },
		{ "model m {\n"
		  "  a int32\n"
		  "  primary (a desc)\n"
		  "}\n",
		  "3:12: a primary key is a list of fields\n" },
		{ "model m {\n"
		  "  a int32\n"
		  "  primary (`a`)\n"
		  "}\n",
		  "3:12: a primary key is a list of fields\n" },
		{ "model m {\n"
		  "  c0 int32\n"
		  "  c1 int32\n"
		  "  c2 int32\n"
		  "  c3 int32\n"
		  "  c4 int32\n"
		  "  c5 int32\n"
		  "  c6 int32\n"
		  "  c7 int32\n"
		  "  c8 int32\n"
		  "  c9 int32\n"
		  "  c10 int32\n"
		  "  c11 int32\n"
		  "  c12 int32\n"
		  "  c13 int32\n"
		  "  c14 int32\n"
		  "  c15 int32\n"
		  "  c16 int32\n"
		  "  index (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16)\n"
		  "}\n",
		  "19:3: an index has at most 16 columns, and as many included ones\n" },
		{ "model m {\n"
		  "  c0 int32\n"
		  "  c1 int32\n"
		  "  c2 int32\n"
		  "  c3 int32\n"
		  "  c4 int32\n"
		  "  c5 int32\n"
		  "  c6 int32\n"
		  "  c7 int32\n"
		  "  c8 int32\n"
		  "  primary (c0, c1, c2, c3, c4, c5, c6, c7, c8)\n"
		  "}\n",
		  "11:44: a primary key has at most 8 fields\n" },
		{ "model m {\n"
		  "  c0 int32\n"
		  "  c1 int32\n"
		  "  c2 int32\n"
		  "  c3 int32\n"
		  "  c4 int32\n"
		  "  c5 int32\n"
		  "  c6 int32\n"
		  "  c7 int32\n"
		  "  c8 int32\n"
		  "  c9 int32\n"
		  "  c10 int32\n"
		  "  c11 int32\n"
		  "  c12 int32\n"
		  "  c13 int32\n"
		  "  c14 int32\n"
		  "  c15 int32\n"
		  "  c16 int32\n"
		  "  c17 int32\n"
		  "  c18 int32\n"
		  "  c19 int32\n"
		  "  c20 int32\n"
		  "  c21 int32\n"
		  "  c22 int32\n"
		  "  c23 int32\n"
		  "  c24 int32\n"
		  "  c25 int32\n"
		  "  c26 int32\n"
		  "  c27 int32\n"
		  "  c28 int32\n"
		  "  c29 int32\n"
		  "  c30 int32\n"
		  "  c31 int32\n"
		  "  c32 int32\n"
		  "  c33 int32\n"
		  "  c34 int32\n"
		  "  c35 int32\n"
		  "  c36 int32\n"
		  "  c37 int32\n"
		  "  c38 int32\n"
		  "  c39 int32\n"
		  "  c40 int32\n"
		  "  c41 int32\n"
		  "  c42 int32\n"
		  "  c43 int32\n"
		  "  c44 int32\n"
		  "  c45 int32\n"
		  "  c46 int32\n"
		  "  c47 int32\n"
		  "  c48 int32\n"
		  "  c49 int32\n"
		  "  c50 int32\n"
		  "  c51 int32\n"
		  "  c52 int32\n"
		  "  c53 int32\n"
		  "  c54 int32\n"
		  "  c55 int32\n"
		  "  c56 int32\n"
		  "  c57 int32\n"
		  "  c58 int32\n"
		  "  c59 int32\n"
		  "  c60 int32\n"
		  "  c61 int32\n"
		  "  c62 int32\n"
		  "  c63 int32\n"
		  "  c64 int32\n"
		  "}\n",
		  "1:7: model 'm' has 65 columns; the limit is 64\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  c0 -> m? column \"c0\"\n"
		  "  c1 -> m? column \"c1\"\n"
		  "  c2 -> m? column \"c2\"\n"
		  "  c3 -> m? column \"c3\"\n"
		  "  c4 -> m? column \"c4\"\n"
		  "  c5 -> m? column \"c5\"\n"
		  "  c6 -> m? column \"c6\"\n"
		  "  c7 -> m? column \"c7\"\n"
		  "  c8 -> m? column \"c8\"\n"
		  "  c9 -> m? column \"c9\"\n"
		  "  c10 -> m? column \"c10\"\n"
		  "  c11 -> m? column \"c11\"\n"
		  "  c12 -> m? column \"c12\"\n"
		  "  c13 -> m? column \"c13\"\n"
		  "  c14 -> m? column \"c14\"\n"
		  "  c15 -> m? column \"c15\"\n"
		  "  c16 -> m? column \"c16\"\n"
		  "  c17 -> m? column \"c17\"\n"
		  "  c18 -> m? column \"c18\"\n"
		  "  c19 -> m? column \"c19\"\n"
		  "  c20 -> m? column \"c20\"\n"
		  "  c21 -> m? column \"c21\"\n"
		  "  c22 -> m? column \"c22\"\n"
		  "  c23 -> m? column \"c23\"\n"
		  "  c24 -> m? column \"c24\"\n"
		  "  c25 -> m? column \"c25\"\n"
		  "  c26 -> m? column \"c26\"\n"
		  "  c27 -> m? column \"c27\"\n"
		  "  c28 -> m? column \"c28\"\n"
		  "  c29 -> m? column \"c29\"\n"
		  "  c30 -> m? column \"c30\"\n"
		  "  c31 -> m? column \"c31\"\n"
		  "  c32 -> m? column \"c32\"\n"
		  "  c33 -> m? column \"c33\"\n"
		  "  c34 -> m? column \"c34\"\n"
		  "  c35 -> m? column \"c35\"\n"
		  "  c36 -> m? column \"c36\"\n"
		  "  c37 -> m? column \"c37\"\n"
		  "  c38 -> m? column \"c38\"\n"
		  "  c39 -> m? column \"c39\"\n"
		  "  c40 -> m? column \"c40\"\n"
		  "  c41 -> m? column \"c41\"\n"
		  "  c42 -> m? column \"c42\"\n"
		  "  c43 -> m? column \"c43\"\n"
		  "  c44 -> m? column \"c44\"\n"
		  "  c45 -> m? column \"c45\"\n"
		  "  c46 -> m? column \"c46\"\n"
		  "  c47 -> m? column \"c47\"\n"
		  "  c48 -> m? column \"c48\"\n"
		  "  c49 -> m? column \"c49\"\n"
		  "  c50 -> m? column \"c50\"\n"
		  "  c51 -> m? column \"c51\"\n"
		  "  c52 -> m? column \"c52\"\n"
		  "  c53 -> m? column \"c53\"\n"
		  "  c54 -> m? column \"c54\"\n"
		  "  c55 -> m? column \"c55\"\n"
		  "  c56 -> m? column \"c56\"\n"
		  "  c57 -> m? column \"c57\"\n"
		  "  c58 -> m? column \"c58\"\n"
		  "  c59 -> m? column \"c59\"\n"
		  "  c60 -> m? column \"c60\"\n"
		  "  c61 -> m? column \"c61\"\n"
		  "  d0 [m] by c0\n"
		  "  d1 [m] by c0\n"
		  "  d2 [m] by c0\n"
		  "}\n",
		  "1:7: model 'm' has 65 relations; the limit is 64\n" },
		{ "model k {\n"
		  "  c0 int32\n"
		  "  c1 int32\n"
		  "  c2 int32\n"
		  "  c3 int32\n"
		  "  c4 int32\n"
		  "  primary (c0, c1, c2, c3, c4)\n"
		  "}\n"
		  "model l {\n"
		  "  a -> k\n"
		  "  b -> k\n"
		  "  primary (a, b)\n"
		  "}\n"
		  "model n {\n"
		  "  l -> l\n"
		  "}\n",
		  "9:7: the primary key of 'l' has 10 columns; the limit is 8\n"
		  "15:8: the key of 'l' has 10 columns; the limit is 8\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, names_that_clash_in_c)
{
	static const struct wrong cases[] = {
		{ "model task {\n"
		  "  id int64 primary\n"
		  "  tag_id int32\n"
		  "}\n"
		  "model task_tag {\n"
		  "  id int64 primary\n"
		  "}\n",
		  "6:3: column 'task_tag.id' makes 'task_tag_id' in C, and so does column 'task.tag_id' at "
		  "test.trv:3\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  count int32\n"
		  "  delete_ int32\n"
		  "}\n",
		  "3:3: column 'm.count' makes 'm_count' in C, and so does model 'm'\n" },
		{ "model m {\n"
		  "  id int32\n"
		  "}\n"
		  "model m_list {\n"
		  "  id int32\n"
		  "}\n",
		  "4:7: model 'm_list' makes 'm_list' in C, and so does model 'm' at test.trv:1\n" },
		{ "enum e prefix m { id }\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32\n"
		  "}\n",
		  "3:3: column 'm.id' makes 'M_ID' in C, and so does value 'id' of enum 'e' at test.trv:1\n" },
		{ "enum a prefix x { one }\n"
		  "enum b prefix x { one }\n",
		  "2:6: value 'one' of enum 'b' makes 'X_ONE' in C, and so does value 'one' of enum 'a' at "
		  "test.trv:1\n" },
		{ "enum m_find { a }\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32\n"
		  "}\n",
		  "" },
		{ "enum size { max }\n",
		  "1:6: value 'max' of enum 'size' makes 'SIZE_MAX' in C, a name of the standard headers\n" },
		{ "model stat {\n"
		  "  id int64\n"
		  "}\n",
		  "1:7: model 'stat' makes 'stat' in C, a name of the standard headers\n" },
		{ "model tm prefix time {\n"
		  "  id int64\n"
		  "}\n",
		  "" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32?\n"
		  "  has_a bool\n"
		  "}\n",
		  "4:3: 'has_a' says in C whether 'a' is not null\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  where -> m?\n"
		  "  limit -> m?\n"
		  "  limit_ int32\n"
		  "}\n",
		  "3:3: 'where' cannot name a relation: every query has a member of that name\n"
		  "4:3: 'limit' cannot name a relation: every query has a member of that name\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m?\n"
		  "  has_p int32\n"
		  "}\n",
		  "4:3: column 'm.has_p' makes 'm_has_p' in C, and so does relation 'm.p'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a int32\n"
		  "  by_a int32\n"
		  "}\n",
		  "4:3: column 'm.by_a' makes 'm_by_a' in C, and so does column 'm.a'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  x int32\n"
		  "  x_in int32\n"
		  "}\n",
		  "4:3: column 'm.x_in' makes 'm_x_in' in C, and so does column 'm.x'\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m?\n"
		  "  not int32 column \"no\"\n"
		  "  by_p_id bool\n"
		  "}\n",
		  "4:3: 'not' cannot name a field: it is a keyword or macro of C or C++\n"
		  "5:3: column 'm.by_p_id' makes 'm_by_p_id' in C, and so does column 'm.p_id'\n" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}

TEST(schema_error, features_that_an_engine_refuses)
{
	static const struct wrong cases[] = {
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text\n"
		  "  index (a) where `a > ''`\n"
		  "}\n",
		  "4:19: mariadb has no partial index: an index covers all rows\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text\n"
		  "  index (`lower(a)`)\n"
		  "}\n",
		  "4:10: mariadb has no expression index: index a generated column instead\n" },
		{ "model m {\n"
		  "  id int64 = auto primary\n"
		  "  p -> m? deferrable\n"
		  "}\n",
		  "3:11: mariadb has no deferrable reference: a foreign key is checked row by row\n" },
		{ "engines sqlite postgresql\n"
		  "model m {\n"
		  "  id int64 = auto primary\n"
		  "  a text\n"
		  "  p -> m? deferrable\n"
		  "  index (a) where `a > ''`\n"
		  "}\n",
		  "" },
	};

	check_wrong(cases, TRV_COUNT_OF(cases));
}
