#include "schema_test.h"

#include <string.h>

const char *diagnose(const char *text, const struct schema_options *options)
{
	static char messages[65536];
	struct schema schema;
	size_t used = 0;
	int r = schema_load_text(&schema, "test.trv", text, strlen(text), options);

	messages[0] = '\0';
	CHECK_STATUS(r, schema.error_count ? TRV_ERR_VALUE : TRV_OK);
	for (size_t i = 0; i < schema.diagnostic_count && used < sizeof(messages); i++) {
		const struct schema_diagnostic *diagnostic = &schema.diagnostics[i];
		int length = snprintf(messages + used, sizeof(messages) - used, "%u:%u: %s%s\n",
		                      diagnostic->position.line, diagnostic->position.column,
		                      diagnostic->warning ? "warning: " : "", diagnostic->message);

		CHECK(diagnostic->length > 0);
		used += length > 0 ? (size_t)length : 0;
	}
	schema_release(&schema);
	return messages;
}

void load_good(struct schema *schema, const char *text)
{
	int r = schema_load_text(schema, "test.trv", text, strlen(text), NULL);

	if (r < 0)
		schema_report(schema, stderr);
	CHECK_STATUS(r, 0);
}

const struct trv_model *find_test_model(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->model_count; i++)
		if (strcmp(schema->models[i]->description.name, name) == 0)
			return &schema->models[i]->description;
	test_check(false, __FILE__, __LINE__, name);
	test_end();
}

const struct trv_column *find_test_column(const struct trv_model *model, const char *member)
{
	for (uint16_t i = 0; i < model->column_count; i++)
		if (strcmp(model->columns[i].member, member) == 0)
			return &model->columns[i];
	test_check(false, __FILE__, __LINE__, member);
	test_end();
}

const struct trv_relation *find_test_relation(const struct trv_model *model, const char *name)
{
	for (uint16_t i = 0; i < model->relation_count; i++)
		if (strcmp(model->relations[i].name, name) == 0)
			return &model->relations[i];
	test_check(false, __FILE__, __LINE__, name);
	test_end();
}

void check_wrong(const struct wrong *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *found = diagnose(cases[i].schema, NULL);

		if (strcmp(found, cases[i].messages) != 0)
			test_note("schema: %s", cases[i].schema);
		CHECK_STR(found, cases[i].messages);
	}
}
