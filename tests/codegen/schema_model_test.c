/* What a schema becomes: columns, keys, relations, names. */
#include "schema_test.h"

#include <stdlib.h>
#include <string.h>

TEST(schema_model, columns_have_their_types_flags_and_defaults)
{
	struct schema schema;

	load_good(&schema, "enum state prefix st { open done = \"finished\" }\n"
	                   "/// A task.\n"
	                   "model task table \"Task\" was todo {\n"
	                   "  id int64 = auto primary\n"
	                   "  /// What to do.\n"
	                   "  title text(200) column \"Title\" = \"x\"\n"
	                   "  state state = done storage integer\n"
	                   "  price decimal(10,2) = 1.5 sqlite storage real\n"
	                   "  due date? = \"1970-01-02\"\n"
	                   "  token uuid = uuid7\n"
	                   "  secret text? secret was old_secret postgresql type \"citext\"\n"
	                   "  full text generated `\"Title\" || 'x'` virtual\n"
	                   "  updated timestamp = now on update now\n"
	                   "  version int32 lock\n"
	                   "  rank int32 = `1 + 1` mariadb `2`\n"
	                   "}\n");
	const struct trv_model *task = find_test_model(&schema, "task");
	const struct trv_column *column = find_test_column(task, "title");

	CHECK_STR(task->table, "Task");
	CHECK_STR(task->was, "todo");
	CHECK_STR(task->doc, "A task.");
	CHECK_INT(task->line, 3);
	CHECK_INT(task->column_count, 11);
	CHECK_INT(task->auto_column, 0);
	CHECK_INT(task->lock_column, 9);
	CHECK_INT(task->columns[0].flags, TRV_PRIMARY | TRV_AUTO);
	CHECK(!task->columns[0].initial);
	CHECK_STR(column->name, "Title");
	CHECK_STR(column->doc, "What to do.");
	CHECK_INT(column->length, 200);
	CHECK_STR(column->initial->literal.as.text, "x");
	column = find_test_column(task, "state");
	CHECK_INT(column->type, TRV_ENUM);
	CHECK_STR(column->enumeration->values[1].stored, "finished");
	CHECK_INT(column->initial->literal.as.integer, 1);
	CHECK_INT(column->storage[TRV_ENGINE_MARIADB], TRV_STORE_INTEGER);
	column = find_test_column(task, "price");
	CHECK_INT(column->precision * 100 + column->scale, 1002);
	CHECK_INT(column->initial->literal.as.decimal.low, 150);
	CHECK_INT(column->storage[TRV_ENGINE_SQLITE], TRV_STORE_REAL);
	CHECK_INT(column->storage[TRV_ENGINE_POSTGRESQL], TRV_STORE_DEFAULT);
	CHECK_INT(find_test_column(task, "due")->initial->literal.as.integer, 1);
	CHECK_INT(find_test_column(task, "due")->flags, TRV_NULLABLE);
	CHECK_INT(find_test_column(task, "token")->initial->kind, TRV_DEFAULT_UUID7);
	column = find_test_column(task, "secret");
	CHECK_INT(column->flags, TRV_NULLABLE | TRV_SECRET);
	CHECK_STR(column->was, "old_secret");
	CHECK_STR(column->type_sql->text[TRV_ENGINE_POSTGRESQL], "citext");
	CHECK_INT(find_test_column(task, "full")->flags, TRV_GENERATED);
	CHECK_STR(find_test_column(task, "full")->generated->text[0], "\"Title\" || 'x'");
	CHECK_INT(find_test_column(task, "updated")->flags, TRV_TOUCH);
	CHECK_INT(find_test_column(task, "updated")->initial->kind, TRV_DEFAULT_NOW);
	CHECK_STR(find_test_column(task, "rank")->initial->sql.text[TRV_ENGINE_MARIADB], "2");
	CHECK_STR(schema.enums[0]->prefix, "st");
	schema_release(&schema);
}

TEST(schema_model, a_reference_takes_the_columns_of_the_key_that_it_refers_to)
{
	struct schema schema;

	load_good(&schema, "model task { id int64 = auto primary }\n"
	                   "model tag { code text(9) primary }\n"
	                   "model task_tag {\n"
	                   "  task -> task on delete cascade on update restrict\n"
	                   "  tag -> tag column \"Tag\" was label\n"
	                   "  primary (tag, task)\n"
	                   "}\n"
	                   "model note {\n"
	                   "  id int64 primary\n"
	                   "  on_ -> task_tag? columns (\"A\", \"B\") no constraint\n"
	                   "}\n");
	const struct trv_model *link = find_test_model(&schema, "task_tag"), *note = find_test_model(&schema, "note");
	const struct trv_column *column = find_test_column(link, "tag_code");

	CHECK_STR(column->name, "Tag");
	CHECK_STR(column->was, "label_code");
	CHECK_INT(column->type, TRV_TEXT);
	CHECK_INT(column->length, 9);
	CHECK_INT(column->flags, TRV_PRIMARY | TRV_REFERENCE);
	CHECK_INT(link->primary_count, 2);
	CHECK_INT(link->primary[0], 1);
	CHECK_INT(link->primary[1], 0);
	CHECK_INT(link->foreign_key_count, 2);
	CHECK_STR(link->foreign_keys[0].name, "task_tag_task_id_fk");
	CHECK_INT(link->foreign_keys[0].on_delete, TRV_CASCADE);
	CHECK_INT(link->foreign_keys[0].on_update, TRV_RESTRICT);
	CHECK_STR(note->columns[1].member, "on__tag_code");
	CHECK_STR(note->columns[1].name, "A");
	CHECK_STR(note->columns[2].member, "on__task_id");
	CHECK_INT(note->columns[2].flags, TRV_NULLABLE | TRV_REFERENCE);
	CHECK_INT(note->foreign_key_count, 0);
	const struct trv_relation *relation = find_test_relation(note, "on_");
	CHECK_INT(relation->kind, TRV_TO_ONE);
	CHECK(relation->optional);
	CHECK_INT(relation->key_count, 2);
	CHECK_INT(relation->columns[0], 1);
	CHECK_INT(relation->target_columns[0], 1);
	CHECK_INT(relation->target_columns[1], 0);
	CHECK(relation->target == link);
	schema_release(&schema);
}

TEST(schema_model, to_many_and_many_to_many_relations_name_their_columns)
{
	struct schema schema;

	load_good(&schema, "model task {\n"
	                   "  name text\n"
	                   "  id int64 = auto primary\n"
	                   "  parent -> task?\n"
	                   "  children [task] by parent\n"
	                   "  tags [tag] through task_tag\n"
	                   "  friends [task] through pal by left, right\n"
	                   "}\n"
	                   "model tag { id int64 = auto primary; links [task_tag] }\n"
	                   "model task_tag { task -> task; tag -> tag; primary (task, tag) }\n"
	                   "model pal { left -> task; right -> task; primary (left, right) }\n");
	const struct trv_model *task = find_test_model(&schema, "task");
	const struct trv_relation *relation = find_test_relation(task, "children");

	CHECK_INT(relation->kind, TRV_TO_MANY);
	CHECK_INT(relation->columns[0], 1);
	CHECK_INT(relation->target_columns[0], 2);
	CHECK(relation->target == task);
	relation = find_test_relation(task, "tags");
	CHECK_INT(relation->kind, TRV_MANY_TO_MANY);
	CHECK(relation->through == find_test_model(&schema, "task_tag"));
	CHECK_INT(relation->columns[0], 1);
	CHECK_INT(relation->through_columns[0], 0);
	CHECK_INT(relation->through_target_columns[0], 1);
	CHECK_INT(relation->target_columns[0], 0);
	CHECK_INT(relation->key_count, 1);
	CHECK_INT(relation->target_key_count, 1);
	relation = find_test_relation(task, "friends");
	CHECK_INT(relation->through_columns[0], 0);
	CHECK_INT(relation->through_target_columns[0], 1);
	CHECK_INT(find_test_relation(find_test_model(&schema, "tag"), "links")->target_columns[0], 1);
	schema_release(&schema);
}

TEST(schema_model, indexes_and_checks_get_names_that_never_change)
{
	struct schema schema;

	load_good(&schema, "engines sqlite\n"
	                   "model task {\n"
	                   "  id int64 = auto primary\n"
	                   "  p -> task?\n"
	                   "  title text unique check `title > ''` check `title < 'z'`\n"
	                   "  index (p, title desc, `lower(title)`) include (id) where `id > 5`\n"
	                   "  unique mine (title, p)\n"
	                   "  check `id > 0`\n"
	                   "  check named `id > 1`\n"
	                   "  check `id > 2`\n"
	                   "}\n");
	const struct trv_model *task = find_test_model(&schema, "task");
	static const char *const checks[] = { "task_title_check", "task_title_2_check", "task_check", "named",
		                              "task_2_check" };

	CHECK_INT(task->index_count, 3);
	CHECK_STR(task->indexes[0].name, "task_title_key");
	CHECK(task->indexes[0].unique);
	CHECK_STR(task->indexes[1].name, "task_p_id_title_expr_idx");
	CHECK_INT(task->indexes[1].part_count, 3);
	CHECK(task->indexes[1].parts[1].descending);
	CHECK_STR(task->indexes[1].parts[2].expression->text[0], "lower(title)");
	CHECK_INT(task->indexes[1].include_count, 1);
	CHECK_STR(task->indexes[1].where->text[0], "id > 5");
	CHECK_STR(task->indexes[2].name, "mine");
	CHECK_INT(task->check_count, 5);
	for (int i = 0; i < 5; i++)
		CHECK_STR(task->checks[i].name, checks[i]);
	schema_release(&schema);
}

TEST(schema_model, a_long_name_of_a_constraint_ends_with_a_hash)
{
	struct schema schema;

	load_good(&schema, "model a_model_with_a_rather_long_name {\n"
	                   "  a_column_with_a_rather_long_name int32 unique\n"
	                   "  a_column_with_a_rather_long_nam int32 unique\n"
	                   "}\n");
	const struct trv_model *model = &schema.models[0]->description;

	CHECK_INT(strlen(model->indexes[0].name), 63);
	CHECK_INT(strlen(model->indexes[1].name), 63);
	CHECK(strcmp(model->indexes[0].name, model->indexes[1].name) != 0);
	schema_release(&schema);
}

TEST(schema_model, a_mixin_puts_its_members_where_it_is_used)
{
	struct schema schema;

	load_good(&schema, "mixin base { id int64 = auto primary }\n"
	                   "mixin stamped { use base; created timestamp = now; index (created) }\n"
	                   "model a { x int32; use stamped; y int32 }\n"
	                   "model b { use stamped }\n");
	const struct trv_model *a = find_test_model(&schema, "a"), *b = find_test_model(&schema, "b");

	CHECK_INT(a->column_count, 4);
	CHECK_STR(a->columns[1].member, "id");
	CHECK_STR(a->columns[2].member, "created");
	CHECK_INT(a->primary[0], 1);
	CHECK_STR(a->indexes[0].name, "a_created_idx");
	CHECK_STR(b->indexes[0].name, "b_created_idx");
	schema_release(&schema);
}

TEST(schema_model, the_features_table_tells_what_each_engine_does)
{
	struct schema schema;
	char *text = NULL;
	size_t size = 0;

	load_good(&schema,
	          "engines sqlite postgresql\n"
	          "model m { id uuid = uuid7 primary; seen timestamp on update now; index (seen) where `id > ''` }\n");
	FILE *out = open_memstream(&text, &size);
	REQUIRE(out);
	schema_features(&schema, out);
	fclose(out);
	CHECK_CONTAINS(text, "partial index              sqlite      native");
	CHECK_CONTAINS(text, "on update now              postgresql  emulated ");
	CHECK(!strstr(text, "mariadb"));
	CHECK(!strstr(text, "decimal"));
	free(text);
	schema_release(&schema);
}
