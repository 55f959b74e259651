/*
 * Values in the SQL itself, for what takes no parameters. Only such as need no quoting, and none that
 * may be a secret: what stands in a statement is in the server's log and in its list of what runs.
 */
#include "query/value.h"
#include "query/writer.h"

#include <inttypes.h>
#include <stdio.h>

#define LITERAL_ROOM 64

static bool is_plain(enum trv_type type)
{
	switch (type) {
	case TRV_BOOL:
	case TRV_INT16:
	case TRV_INT32:
	case TRV_INT64:
	case TRV_DATE:
	case TRV_TIMESTAMP:
	case TRV_UUID:
		return true;
	default:
		return false;
	}
}

static bool can_say(const struct trv__writer *writer)
{
	bool can = !writer->secret;

	for (size_t i = 0; i < writer->bind_count && can; i++) {
		const struct trv_bind *bind = &writer->binds[i];

		can = !bind->null && !bind->count && bind->storage == TRV_STORE_DEFAULT &&
		      is_plain((enum trv_type)bind->type);
	}
	return can;
}

static void format(char text[LITERAL_ROOM], const struct trv_bind *bind)
{
	switch (bind->type) {
	case TRV_BOOL:
		snprintf(text, LITERAL_ROOM, "%d", *(const bool *)bind->value);
		break;
	case TRV_INT16:
		snprintf(text, LITERAL_ROOM, "%d", *(const int16_t *)bind->value);
		break;
	case TRV_INT32:
		snprintf(text, LITERAL_ROOM, "%" PRId32, *(const int32_t *)bind->value);
		break;
	case TRV_DATE:
		trv_date_format(*(const int32_t *)bind->value, text);
		break;
	case TRV_TIMESTAMP:
		trv_timestamp_format(*(const int64_t *)bind->value, text);
		break;
	case TRV_UUID:
		trv_uuid_format(bind->value, text);
		break;
	default:
		snprintf(text, LITERAL_ROOM, "%" PRId64, *(const int64_t *)bind->value);
	}
}

/* As a string, which the placeholder's cast makes a value of the type: -1::int8 would be -(1::int8). */
void trv__put_literal(struct trv__writer *writer, const struct trv_bind *bind)
{
	char text[LITERAL_ROOM];

	format(text, bind);
	trv__put(writer, "'");
	trv__put(writer, text);
	trv__put(writer, "'");
}

const char *trv__say(const struct trv__writer *writer, trv__write_text *write, const void *what)
{
	struct trv__writer said = *writer;

	if (!can_say(writer))
		return NULL;
	trv__writer_start_text(&said);
	said.said = writer->binds;
	said.text = NULL; /* the other text may be there already */
	said.text_size = said.text_room = 0;
	write(&said, what);
	return said.status < 0 ? NULL : said.text; /* then the other way is left */
}
