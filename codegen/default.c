#include "build.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a default is checked with. */
struct target {
	struct compiler *compiler;
	const struct field_build *field;
	struct trv_column *column;
	struct trv_default *result;
};

static void refuse(const struct target *target, const char *hint, const char *message)
{
	complain(target->compiler, target->field->syntax->initial.value.span, hint, "%s", message);
}

static const char *type_word(const struct trv_column *column)
{
	return column->type == TRV_ENUM ? column->enumeration->name : trv_type_name(column->type);
}

static void wrong_kind(const struct target *target, const char *hint)
{
	complain(target->compiler, target->field->syntax->initial.value.span, hint, "'%s' is no default for %s",
	         target->field->syntax->initial.value.text, type_word(target->column));
}

/* --- words --- */

static void use_auto(const struct target *target)
{
	const struct trv_column *column = target->column;

	if (column->flags & TRV_REFERENCE)
		refuse(target, "it takes the key of the row that it refers to", "a reference does not number itself");
	else if (column->type != TRV_INT16 && column->type != TRV_INT32 && column->type != TRV_INT64)
		refuse(target, "= uuid7 makes keys for uuid", "'auto' is for int16, int32 and int64");
	else if (!target->field->in_key || target->field->owner->key_count != 1)
		refuse(target, NULL, "'auto' is for a primary key of this one column");
	else
		target->column->flags |= TRV_AUTO;
}

static void use_now(const struct target *target)
{
	if (target->column->type != TRV_TIMESTAMP)
		refuse(target, NULL, "'now' is for timestamp");
	target->result->kind = TRV_DEFAULT_NOW;
}

static void use_uuid(const struct target *target, enum trv_default_kind kind)
{
	if (target->column->type != TRV_UUID)
		refuse(target, NULL, "'uuid4' and 'uuid7' are for uuid");
	target->result->kind = kind;
}

static void use_enum_value(const struct target *target, const char *word)
{
	const struct trv_enum *enumeration = target->column->enumeration;
	struct suggestion suggestion = suggest_begin(word);

	for (uint16_t i = 0; i < enumeration->count; i++) {
		suggest_try(&suggestion, enumeration->values[i].name);
		if (strcmp(enumeration->values[i].name, word) != 0)
			continue;
		target->result->kind = TRV_DEFAULT_LITERAL;
		target->result->literal.as.integer = i;
		return;
	}
	complain(target->compiler, target->field->syntax->initial.value.span,
	         suggest_hint(target->compiler, &suggestion), "enum '%s' has no value '%s'", enumeration->name, word);
}

static void use_word(const struct target *target, const char *word)
{
	bool truth = strcmp(word, "true") == 0;

	if (target->column->type == TRV_ENUM) {
		use_enum_value(target, word);
	} else if (truth || strcmp(word, "false") == 0) {
		if (target->column->type != TRV_BOOL)
			wrong_kind(target, NULL);
		target->result->kind = TRV_DEFAULT_LITERAL;
		target->result->literal.as.boolean = truth;
	} else if (strcmp(word, "auto") == 0) {
		use_auto(target);
	} else if (strcmp(word, "now") == 0) {
		use_now(target);
	} else if (strcmp(word, "uuid4") == 0 || strcmp(word, "uuid7") == 0) {
		use_uuid(target, word[4] == '4' ? TRV_DEFAULT_UUID4 : TRV_DEFAULT_UUID7);
	} else if (strcmp(word, "null") == 0) {
		refuse(target, "a nullable column without a default starts as null", "null is no default");
	} else {
		wrong_kind(target, target->column->type == TRV_TEXT ? "text stands in double quotes"
		                                                    : "SQL stands in backticks");
	}
}

/* --- numbers --- */

static void out_of_range(const struct target *target)
{
	complain(target->compiler, target->field->syntax->initial.value.span, NULL, "%s is out of range for %s",
	         target->field->syntax->initial.value.text, type_word(target->column));
}

static void use_integer(const struct target *target, const char *text, int64_t least, int64_t most)
{
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (*end)
		wrong_kind(target, NULL);
	else if (errno == ERANGE || value < least || value > most)
		out_of_range(target);
	target->result->literal.as.integer = value;
}

static void use_float(const struct target *target, const char *text)
{
	double value = strtod(text, NULL);

	if (!isfinite(value) || (target->column->type == TRV_FLOAT32 && !isfinite((float)value)))
		out_of_range(target);
	target->result->literal.as.number = target->column->type == TRV_FLOAT32 ? (double)(float)value : value;
}

static void use_decimal(const struct target *target, const char *text)
{
	const struct trv_column *column = target->column;
	struct trv_decimal value, exact;

	if (trv_decimal_parse(&value, text) < 0) {
		out_of_range(target);
		return;
	}
	exact = value;
	if (trv_decimal_rescale(&exact, column->scale) < 0 || trv_decimal_digits(&exact) > column->precision)
		complain(target->compiler, target->field->syntax->initial.value.span, NULL,
		         "%s is out of range for decimal(%u,%u)", text, column->precision, column->scale);
	else if (trv_decimal_compare(&exact, &value) != 0)
		complain(target->compiler, target->field->syntax->initial.value.span, NULL,
		         "%s has more than %u digit%s behind the point", text, column->scale,
		         column->scale == 1 ? "" : "s");
	target->result->literal.as.decimal = exact;
}

static void use_number(const struct target *target, const char *text)
{
	target->result->kind = TRV_DEFAULT_LITERAL;
	switch (target->column->type) {
	case TRV_INT16:
		use_integer(target, text, INT16_MIN, INT16_MAX);
		break;
	case TRV_INT32:
		use_integer(target, text, INT32_MIN, INT32_MAX);
		break;
	case TRV_INT64:
		use_integer(target, text, INT64_MIN, INT64_MAX);
		break;
	case TRV_FLOAT32:
	case TRV_FLOAT64:
		use_float(target, text);
		break;
	case TRV_DECIMAL:
		use_decimal(target, text);
		break;
	case TRV_BOOL:
		wrong_kind(target, "true or false");
		break;
	default:
		wrong_kind(target, NULL);
	}
}

/* --- strings --- */

static void use_text(const struct target *target, const char *text)
{
	size_t length = trv_utf8_length(text, strlen(text));

	if (target->column->length && length > target->column->length)
		complain(target->compiler, target->field->syntax->initial.value.span, NULL,
		         "the default has %zu characters; the limit is %u", length, target->column->length);
	target->result->literal.as.text = text;
}

static void use_bytes(const struct target *target, const char *text)
{
	size_t size = strlen(text);

	if (target->column->length && size > target->column->length)
		complain(target->compiler, target->field->syntax->initial.value.span, NULL,
		         "the default has %zu bytes; the limit is %u", size, target->column->length);
	target->result->literal.as.bytes = (struct trv_bytes) { text, size };
}

/* Date, time, timestamp and uuid are written in their usual form. */
static void use_formatted(const struct target *target, const char *text, size_t size)
{
	struct trv_value *literal = &target->result->literal;
	const char *form = "\"2020-12-31\"";
	int32_t date = 0;
	int r;

	if (target->column->type == TRV_DATE) {
		r = trv_date_parse(&date, text, size);
		literal->as.integer = date;
	} else if (target->column->type == TRV_TIME) {
		r = trv_time_parse(&literal->as.integer, text, size);
		form = "\"23:59:59\"";
	} else if (target->column->type == TRV_TIMESTAMP) {
		r = trv_timestamp_parse(&literal->as.integer, text, size);
		form = "\"2020-12-31 23:59:59\", in UTC";
	} else {
		r = trv_uuid_parse(&literal->as.uuid, text, size);
		form = "\"01234567-89ab-cdef-0123-456789abcdef\"";
	}
	if (r < 0)
		complain(target->compiler, target->field->syntax->initial.value.span,
		         compiler_format(target->compiler, "it is written as %s", form), "\"%s\" is no %s", text,
		         type_word(target->column));
}

static void use_string(const struct target *target, const char *text)
{
	target->result->kind = TRV_DEFAULT_LITERAL;
	switch (target->column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		use_text(target, text);
		break;
	case TRV_BYTES:
		use_bytes(target, text);
		break;
	case TRV_DATE:
	case TRV_TIME:
	case TRV_TIMESTAMP:
	case TRV_UUID:
		use_formatted(target, text, strlen(text));
		break;
	case TRV_ENUM:
		wrong_kind(target, "a value of an enum is written without quotes");
		break;
	default:
		wrong_kind(target, "a number is written without quotes");
	}
}

void default_build(struct compiler *compiler, const struct field_build *field, struct trv_column *column)
{
	const struct syntax_default *initial = &field->syntax->initial;
	struct trv_default *result = compiler_zero(compiler, 1, sizeof(*result));
	struct target target = { compiler, field, column, result };

	result->literal.type = column->type;
	switch (initial->kind) {
	case SYNTAX_NO_DEFAULT: /* it did not parse */
		break;
	case SYNTAX_WORD:
		use_word(&target, initial->value.text);
		break;
	case SYNTAX_NUMBER:
		use_number(&target, initial->value.text);
		break;
	case SYNTAX_STRING:
		use_string(&target, initial->value.text);
		break;
	case SYNTAX_SQL:
		result->kind = TRV_DEFAULT_SQL;
		result->sql = sql_build(&initial->sql);
		break;
	}
	if (result->kind != TRV_DEFAULT_NONE)
		column->initial = result;
}
