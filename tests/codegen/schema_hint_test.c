/* What an error says about the way out. */
#include "schema_test.h"

#include <string.h>

static void check_hint(const char *text, const char *expected)
{
	struct schema schema;

	CHECK_STATUS(schema_load_text(&schema, "test.trv", text, strlen(text), NULL), TRV_ERR_VALUE);
	REQUIRE(schema.diagnostic_count > 0);
	CHECK_STR(schema.diagnostics[0].hint, expected);
	schema_release(&schema);
}

TEST(schema_hint, the_nearest_name_is_meant)
{
	check_hint("model m { id int64; a txet }\n", "did you mean 'text'?");
	check_hint("model m { id int64; a in64 }\n", "did you mean 'int64'?");
	check_hint("enum state { open }\nmodel m { id int64; a stat }\n", "did you mean 'state'?");
	check_hint("model person { id int64 primary }\nmodel m { id int64; a -> persno }\n", "did you mean 'person'?");
	check_hint("model m { id int64; a text uniqe }\n", "did you mean 'unique'?");
	check_hint("modle m { id int64 }\n", "did you mean 'model'?");
	check_hint("model m { title text; index (titel) }\n", "did you mean 'title'?");
	check_hint("model m { id int64; a int32 check `aa > idd` }\n", "did you mean 'a'?");
	check_hint("enum e { open }\nmodel m { id int64; a e = opne }\n", "did you mean 'open'?");
}

TEST(schema_hint, nothing_is_meant_by_what_is_far_from_every_name)
{
	check_hint("model m { id int64; a xyzzy }\n", NULL);
	check_hint("model m { id int64; a -> x }\n", NULL);
	check_hint("model m { title text; index (q) }\n", NULL);
}

TEST(schema_hint, habits_from_elsewhere_are_understood)
{
	check_hint("model m { id int }\n", "did you mean 'int32'?");
	check_hint("model m { id int64; a varchar(10) }\n", "did you mean 'text(n)'?");
	check_hint("model m { id int64; a datetime }\n", "did you mean 'timestamp'?");
	check_hint("model m { id int64; a m }\n", "a reference to the model is written '-> m'");
	check_hint("model Task { id int64 }\n", "'task'? A name of the database goes behind 'column' or 'table'");
}

TEST(schema_hint, sql_is_about_columns_of_the_database)
{
	check_hint("model m { id int64; name text column \"FullName\" check `name > ''` }\n",
	           "SQL names the columns of the database: it is \"FullName\" there");
	check_hint("model m { id int64 primary; p -> m? check `p > 0` }\n", "the reference's column is \"p_id\"");
	check_hint("model m { id int64 primary; p -> m?; index (p_id) }\n", "a reference is named by its field, 'p'");
	check_hint("model m { id int64; d date check `d > '2020-01-01'` }\n",
	           "write DATE '2020-01-01', which fits every engine");
}

TEST(schema_hint, a_clash_in_c_has_a_way_out)
{
	check_hint("model m { id int64; count int32 }\n",
	           "name the field otherwise; column \"...\" keeps the column's name");
	check_hint("model a { id int64; b_id int64 }\nmodel a_b { id int64 }\n",
	           "give one of the models or enums a 'prefix' of its own");
	/* And it is one. */
	CHECK_STR(diagnose("model a { id int64; b_id int64 }\nmodel a_b prefix ab { id int64 }\n", NULL), "");
	CHECK_STR(diagnose("model m { id int64; many int32 column \"count\" }\n", NULL), "");
}
