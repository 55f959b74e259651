#include "test.h"

#include <trivet/types.h>

TEST(value, types_have_names_and_sizes)
{
	static const struct {
		enum trv_type type;
		const char *name;
		size_t size;
	} types[] = {
		{ TRV_BOOL, "bool", sizeof(bool) },
		{ TRV_INT16, "int16", 2 },
		{ TRV_INT32, "int32", 4 },
		{ TRV_INT64, "int64", 8 },
		{ TRV_FLOAT32, "float32", 4 },
		{ TRV_FLOAT64, "float64", 8 },
		{ TRV_DECIMAL, "decimal", sizeof(struct trv_decimal) },
		{ TRV_TEXT, "text", sizeof(char *) },
		{ TRV_BYTES, "bytes", sizeof(struct trv_bytes) },
		{ TRV_DATE, "date", 4 },
		{ TRV_TIME, "time", 8 },
		{ TRV_TIMESTAMP, "timestamp", 8 },
		{ TRV_UUID, "uuid", 16 },
		{ TRV_JSON, "json", sizeof(char *) },
		{ TRV_ENUM, "enum", 4 },
		{ (enum trv_type)0, "?", 0 },
		{ (enum trv_type)(TRV_ENUM + 1), "?", 0 },
		{ (enum trv_type)255, "?", 0 },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(types); i++) {
		CHECK_STR(trv_type_name(types[i].type), types[i].name);
		CHECK_INT(trv_type_size(types[i].type), types[i].size);
	}
}

TEST(value, constructors_set_the_type_and_the_value)
{
	struct trv_uuid uuid = { { 9 } };

	CHECK(trv_null(TRV_DATE).null && trv_null(TRV_DATE).type == TRV_DATE);
	CHECK(trv_bool(true).as.boolean && trv_bool(true).type == TRV_BOOL);
	CHECK_INT(trv_int(-5).as.integer, -5);
	CHECK_INT(trv_int(-5).type, TRV_INT64);
	CHECK_DOUBLE(trv_double(1.5).as.number, 1.5);
	CHECK_STR(trv_text("x").as.text, "x");
	CHECK_INT(trv_json("{}").type, TRV_JSON);
	CHECK_INT(trv_bytes("abc", 3).as.bytes.size, 3);
	CHECK_INT(trv_numeric(trv_decimal(125, 2)).as.decimal.low, 125);
	CHECK_INT(trv_date(-1).as.integer, -1);
	CHECK_INT(trv_time(1).type, TRV_TIME);
	CHECK_INT(trv_timestamp(INT64_MIN).as.integer, INT64_MIN);
	CHECK_INT(trv_uuid(uuid).as.uuid.bytes[0], 9);
	CHECK(!trv_text("x").null && !trv_int(0).null);
}

TEST(value, a_null_pointer_is_null)
{
	CHECK(trv_text(NULL).null);
	CHECK(trv_json(NULL).null);
	CHECK(trv_bytes(NULL, 0).null);
	CHECK(!trv_bytes("", 0).null);
}
