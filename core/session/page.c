/*
 * Keyset paging. A page's token holds the last row's values of the columns that the
 * query is ordered by, the primary key among them, so the next page begins behind that
 * row whatever came or went before it.
 *
 * A token, before base64url: a version byte; four bytes of a hash over the model's
 * contract, the order, and all that follows; then for each column of the order a byte
 * that says whether it is null and, if not, its value: numbers of fixed size with the
 * lowest byte first, text, bytes and decimals (as text) behind their length in four bytes.
 */
#include "session/load.h"

#include "base/hash.h"

#define TOKEN_VERSION 1
#define TOKEN_HEAD 5
#define TOKEN_LIMIT ((size_t)1 << 30)

struct paging {
	struct trv_session *session;
	const struct trv_model *model;
	const struct trv_query *query;
	struct trv_order terms[TRV__MAX_TERMS];
	size_t term_count;
};

static const struct trv_column *term_column(const struct paging *paging, size_t i)
{
	return &paging->model->columns[paging->terms[i].by - 1u];
}

/* --- numbers in bytes ------------------------------------------------------------------------------- */

static void put_number(uint8_t *to, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(number >> (8 * i));
}

static uint64_t get_number(const uint8_t *from, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number |= (uint64_t)from[i] << (8 * i);
	return number;
}

static uint32_t hash_token(const struct paging *paging, const uint8_t *values, size_t size)
{
	uint8_t head[16 + 4 * TRV__MAX_TERMS];
	size_t length = 16;

	put_number(head, paging->model->contract, 8);
	put_number(head + 8, size ? XXH3_64bits(values, size) : 0, 8);
	for (size_t i = 0; i < paging->term_count; i++, length += 4) {
		put_number(head + length, paging->terms[i].by, 2);
		put_number(head + length + 2, paging->terms[i].direction, 2);
	}
	return (uint32_t)XXH3_64bits(head, length);
}

/* --- base64url -------------------------------------------------------------------------------------- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode(struct trv_arena *arena, const uint8_t *data, size_t size)
{
	char *text = trv_arena_bytes(arena, size / 3 * 4 + 5), *to = text;
	uint32_t bits = 0;
	unsigned held = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < size; i++) {
		bits = bits << 8 | data[i];
		for (held += 8; held >= 6; held -= 6)
			*to++ = digits[bits >> (held - 6) & 63];
	}
	if (held)
		*to++ = digits[bits << (6 - held) & 63];
	*to = '\0';
	return text;
}

/* How many bytes came out, or -1. Bits that are left over must be 0: there is one text for each token. */
static ptrdiff_t decode(const char *text, size_t length, uint8_t *data)
{
	uint32_t bits = 0;
	unsigned held = 0;
	ptrdiff_t size = 0;

	for (size_t i = 0; i < length; i++) {
		const char *digit = memchr(digits, text[i], sizeof(digits) - 1);

		if (!digit)
			return -1;
		bits = bits << 6 | (uint32_t)(digit - digits);
		held += 6;
		if (held >= 8) {
			held -= 8;
			data[size++] = (uint8_t)(bits >> held);
		}
	}
	return held >= 6 || bits & ((1u << held) - 1) ? -1 : size;
}

/* --- values into a token ------------------------------------------------------------------------------ */

/* What a value takes behind its null byte: its bytes, and whether their length comes before them. */
struct piece {
	const void *data;
	size_t size;
	bool counted;
	char text[TRV_DECIMAL_TEXT];
};

static void read_piece(const struct trv_column *column, const void *row, struct piece *piece)
{
	const void *member = (const char *)row + column->offset;

	piece->data = member;
	piece->size = trv_type_size(column->type);
	piece->counted = true;
	switch (column->type) {
	case TRV_TEXT:
	case TRV_JSON:
		piece->data = *(const char *const *)member;
		piece->size = piece->data ? strlen(piece->data) : 0;
		break;
	case TRV_BYTES:
		piece->data = ((const struct trv_bytes *)member)->data;
		piece->size = ((const struct trv_bytes *)member)->size;
		break;
	case TRV_DECIMAL:
		piece->size = trv_decimal_format(member, piece->text);
		piece->data = piece->text;
		break;
	default:
		piece->counted = false;
	}
}

/* Numbers are kept in one order of bytes; a UUID is bytes already. */
static void write_fixed(uint8_t *to, const struct trv_column *column, const void *data, size_t size)
{
	uint8_t wide[8] = { 0 };
	uint16_t half;
	uint32_t word;
	uint64_t whole;

	switch (column->type == TRV_UUID ? 0 : size) {
	case 2:
		memcpy(&half, data, size);
		put_number(wide, half, size);
		break;
	case 4:
		memcpy(&word, data, size);
		put_number(wide, word, size);
		break;
	case 8:
		memcpy(&whole, data, size);
		put_number(wide, whole, size);
		break;
	default:
		memcpy(to, data, size);
		return;
	}
	memcpy(to, wide, size);
}

static size_t write_value(uint8_t *to, const struct trv_column *column, const void *row)
{
	bool null = trv__member_is_null(column, row);
	struct piece piece;
	size_t at = 1;

	if (to)
		to[0] = null;
	if (null)
		return at;
	read_piece(column, row, &piece);
	if (piece.counted) {
		if (to)
			put_number(to + at, piece.size, 4);
		at += 4;
	}
	if (to && piece.size && piece.counted)
		memcpy(to + at, piece.data, piece.size);
	else if (to && piece.size)
		write_fixed(to + at, column, piece.data, piece.size);
	return at + piece.size;
}

static int make_token(const struct paging *paging, const void *row, struct trv_arena *arena, const char **token)
{
	struct trv_session *session = paging->session;
	size_t size = TOKEN_HEAD, at = TOKEN_HEAD;

	for (size_t i = 0; i < paging->term_count; i++)
		size += write_value(NULL, term_column(paging, i), row);
	if (size > TOKEN_LIMIT)
		return trv_error_set(&session->error, TRV_ERR_LIMIT,
		                     "page: the values that '%s' is ordered by have %zu bytes", paging->model->name,
		                     size);
	uint8_t *data = trv_arena_alloc(&session->scratch, size);
	if (!data)
		return trv__no_memory(session);
	for (size_t i = 0; i < paging->term_count; i++)
		at += write_value(data + at, term_column(paging, i), row);
	data[0] = TOKEN_VERSION;
	put_number(data + 1, hash_token(paging, data + TOKEN_HEAD, size - TOKEN_HEAD), 4);
	*token = encode(arena, data, size);
	return *token ? 0 : trv__no_memory(session);
}

/* --- and back -------------------------------------------------------------------------------------------- */

struct source {
	const uint8_t *at;
	size_t left;
	char *room; /* for the texts, each with its NUL; large enough for all */
};

static const uint8_t *take(struct source *source, size_t size)
{
	const uint8_t *at = source->at;

	if (size > source->left)
		return NULL;
	source->at += size;
	source->left -= size;
	return at;
}

static bool read_fixed(const struct trv_column *column, const uint8_t *from, size_t size, void *member)
{
	uint64_t number = size <= 8 ? get_number(from, size) : 0;
	uint16_t half = (uint16_t)number;
	uint32_t word = (uint32_t)number;

	if (column->type == TRV_BOOL) {
		*(bool *)member = number == 1;
		return number <= 1;
	}
	if (size == 2)
		memcpy(member, &half, size);
	else if (size == 4)
		memcpy(member, &word, size);
	else if (size == 8)
		memcpy(member, &number, size);
	else
		memcpy(member, from, size);
	return true;
}

static bool read_counted(const struct trv_column *column, const char *data, size_t size, void *member,
                         struct source *source)
{
	if (column->type == TRV_DECIMAL)
		return trv_decimal_parse_n(member, data, size) == 0;
	if (column->type != TRV_BYTES && !trv_utf8_valid(data, size))
		return false;
	char *copy = source->room;
	memcpy(copy, data, size);
	copy[size] = '\0';
	source->room += size + 1;
	if (column->type == TRV_BYTES)
		*(struct trv_bytes *)member = (struct trv_bytes) { copy, size };
	else
		*(const char **)member = copy;
	return true;
}

static bool read_value(const struct paging *paging, size_t term, struct source *source, char *row, uint64_t *nulls)
{
	const struct trv_column *column = term_column(paging, term);
	const uint8_t *null = take(source, 1), *count, *data;
	void *member = row + column->offset;
	struct piece piece;
	struct trv_error ignored;

	if (!null || *null > 1 || (*null && !(column->flags & TRV_NULLABLE)))
		return false;
	if (*null) {
		*nulls |= UINT64_C(1) << (paging->terms[term].by - 1u);
		return true;
	}
	read_piece(column, row, &piece);
	if (!piece.counted) {
		data = take(source, piece.size);
		return data && read_fixed(column, data, piece.size, member) &&
		       trv__check_member(paging->model, column, member, &ignored) >= 0;
	}
	count = take(source, 4);
	data = count ? take(source, (size_t)get_number(count, 4)) : NULL;
	return data && read_counted(column, (const char *)data, (size_t)get_number(count, 4), member, source);
}

static bool read_values(const struct paging *paging, const uint8_t *data, size_t size, struct trv__select *select,
                        char *row, char *room)
{
	struct source source = { data, size, room };

	if (size < TOKEN_HEAD || data[0] != TOKEN_VERSION)
		return false;
	take(&source, TOKEN_HEAD);
	if (get_number(data + 1, 4) != hash_token(paging, source.at, source.left))
		return false;
	for (size_t i = 0; i < paging->term_count; i++)
		if (!read_value(paging, i, &source, row, &select->after_nulls))
			return false;
	select->after = row;
	return source.left == 0;
}

static int read_token(const struct paging *paging, const char *token, struct trv__select *select)
{
	struct trv_session *session = paging->session;
	size_t length = strlen(token);
	uint8_t *data = trv_arena_alloc(&session->scratch, length + 1);
	char *row = trv_arena_zero(&session->scratch, 1, paging->model->row_size);

	char *room = trv_arena_bytes(&session->scratch, length + TRV__MAX_TERMS);

	if (!data || !row || !room)
		return trv__no_memory(session);
	ptrdiff_t size = decode(token, length, data);
	if (size >= 0 && read_values(paging, data, (size_t)size, select, row, room))
		return 0;
	int r = trv_error_set(&session->error, TRV_ERR_VALUE,
	                      "page: the token is damaged, or of another query than this one of '%s'",
	                      paging->model->name);
	trv_error_hint(&session->error, "give what .next held after the same query and order, or NULL to start again");
	return r;
}

/* --- pages -------------------------------------------------------------------------------------------------- */

static int refuse(const struct paging *paging, const struct trv_page *page)
{
	const struct trv_query *query = paging->query;
	struct trv_error *error = &paging->session->error;
	const char *name = paging->model->name;

	if (!page)
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: a page needs a struct trv_page", name);
	if (!paging->model->primary_count)
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: without a primary key there are no pages", name);
	if (!query->limit || query->limit >= INT64_MAX)
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: a page needs .limit, the number of its rows", name);
	if (query->offset)
		return trv_error_set(error, TRV_ERR_MISUSE, "%s: a page begins behind its token, not at an .offset",
		                     name);
	for (size_t i = 0; i < TRV_MAX_ORDER; i++)
		if (query->order_by[i].by > paging->model->column_count)
			return trv_error_set(error, TRV_ERR_MISUSE,
			                     "%s: an order that the generated functions did not make", name);
	return 0;
}

static uint64_t term_columns(const struct paging *paging)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < paging->term_count; i++)
		mask |= UINT64_C(1) << (paging->terms[i].by - 1u);
	return mask;
}

static int load_page(const struct paging *paging, struct trv__run *run, struct trv_page *page, struct trv_list *list)
{
	struct trv_list found = { NULL, 0 };
	struct trv__select select;
	const char *next = NULL;
	int r = trv__select_init(run, &select, paging->model, paging->query, term_columns(paging), false);

	select.limit_more = 1;
	if (r >= 0 && page->after)
		r = read_token(paging, page->after, &select);
	if (r >= 0 && run->loads)
		r = trv__hold_reads(run->session);
	if (r >= 0)
		r = trv__load_list(run, &select, &found);
	if (r > 0)
		r = make_token(paging, (char *)found.items + (found.count - 1) * paging->model->row_size, run->arena,
		               &next);
	if (r < 0)
		return r;
	*list = found;
	page->next = next;
	return 0;
}

static int page_of(struct paging *paging, struct trv_page *page, struct trv_list *list)
{
	struct trv__run run;
	int r = refuse(paging, page);

	if (r >= 0)
		r = trv__run_init(&run, paging->session, paging->model, paging->query);
	if (r < 0)
		return r;
	paging->term_count = trv__order_terms(paging->model, paging->query, paging->terms);
	struct trv_mark mark = trv_arena_mark(run.arena);
	r = load_page(paging, &run, page, list);
	if (r < 0)
		trv_arena_rewind(run.arena, mark);
	return r;
}

int trv__page(struct trv_session *session, const struct trv_model *model, void *list, struct trv_page *page,
              const void *query)
{
	struct paging paging = {
		.session = session,
		.model = model,
		.query = query ? query : trv__no_query(),
	};
	struct trv__call call;
	int r;

	do {
		r = trv__enter_read(session, &call, TRV__SITE, model, query);
		if (r < 0)
			return r;
		session->batched = true;
		r = trv__leave(session, &call, page_of(&paging, page, list));
	} while (trv__read_again(session, r));
	return r;
}
