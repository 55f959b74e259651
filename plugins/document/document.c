#include "document.h"

#include <string.h>
#include <trivet/plugin.h>

#define COUNTED (DOCUMENT_BODY | DOCUMENT_SIZE | DOCUMENT_WORDS)

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int32_t count_words(const char *text)
{
	int32_t words = 0;
	bool inside = false;

	for (; *text && words < INT32_MAX; text++) {
		words += !inside && !is_space(*text);
		inside = !is_space(*text);
	}
	return words;
}

uint64_t document_set_body(struct document *document, const char *body)
{
	document->body = body;
	document->size = (int64_t)strlen(body);
	document->words = count_words(body);
	return COUNTED;
}

static int count_body(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns,
                      void *context)
{
	struct document *document = row;

	(void)session;
	(void)model;
	(void)columns;
	(void)context;
	if (document->body) /* without one the insert is refused, by the column's own rule */
		document_set_body(document, document->body);
	return 0;
}

/* A hook cannot add columns to an update: the counts must be named with the text. */
static int check_counts(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns,
                        void *context)
{
	(void)model;
	(void)context;
	if (!(columns & COUNTED))
		return 0;
	if ((columns & COUNTED) != COUNTED)
		return trv_session_fail(session, TRV_ERR_VALUE,
		                        "document.body: is written with its size and words, use document_set_body");
	return count_body(session, model, row, columns, context);
}

static const struct trv_hook document_hooks[] = {
	{ "document", TRV_BEFORE_INSERT, count_body, NULL },
	{ "document", TRV_BEFORE_UPDATE, check_counts, NULL },
	{ 0 },
};

const struct trv_plugin document_plugin = {
	TRV_PLUGIN_HEADER,          .name = "document",     .version = "1.0",
	.models = &document_models, .needs = { "project" }, .hooks = document_hooks,
};
