/* Values in the SQL's text: which may stand there, and how they are spelled. */
#include "query/writer.h"

#include "test.h"

struct case_ {
	struct trv_column column;
	int64_t value; /* of any type that is not larger */
	const char *said; /* NULL: it is not */
};

static void write_case(struct trv__writer *writer, const void *what)
{
	const struct case_ *given = what;

	trv__put(writer, "x = ");
	if (writer->text_on)
		trv__placeholder(writer, &given->column);
	else
		trv__bind_member(writer, NULL, &given->column, &given->value);
}

#define OF(type_, ...)                                                                                                 \
	{                                                                                                              \
		.type = (type_), __VA_ARGS__                                                                           \
	}

static const struct case_ cases[] = {
	{ OF(TRV_INT64), INT64_MIN, "x = '-9223372036854775808'::int8" },
	{ OF(TRV_INT64), -1, "x = '-1'::int8" },
	{ OF(TRV_INT32), 7, "x = '7'::int4" },
	{ OF(TRV_INT16), 7, "x = '7'::int2" },
	{ OF(TRV_BOOL), 1, "x = '1'::bool" },
	{ OF(TRV_DATE), 0, "x = '1970-01-01'::date" },
	{ OF(TRV_TIMESTAMP), -1, "x = '1969-12-31T23:59:59.999999Z'::timestamptz" },
	{ OF(TRV_INT64, .flags = TRV_SECRET), 7, NULL },
	{ OF(TRV_FLOAT64), 0, NULL },
	{ OF(TRV_TEXT, .flags = TRV_NULLABLE), 0, NULL },
	{ OF(TRV_TIMESTAMP, .storage = { [TRV_ENGINE_ANY] = TRV_STORE_UNIX }), 0, NULL },
};

TEST(literal, only_what_needs_no_quoting_and_is_no_secret_stands_in_the_text)
{
	struct trv_error error = { 0 };
	struct trv_arena arena;
	struct trv__writer writer;

	trv_arena_init(&arena, NULL, 0);
	for (size_t i = 0; i < TRV_COUNT_OF(cases); i++) {
		trv__writer_init(&writer, trv_dialect_for(TRV_ENGINE_POSTGRESQL), &arena, &error);
		write_case(&writer, &cases[i]);
		/* before and after the other text was made */
		CHECK_STR(trv__say(&writer, write_case, &cases[i]), cases[i].said);
		trv__writer_start_text(&writer);
		write_case(&writer, &cases[i]);
		CHECK(strncmp(writer.text, "x = $1", 6) == 0);
		CHECK_STR(trv__say(&writer, write_case, &cases[i]), cases[i].said);
	}
	trv_arena_release(&arena);
}
