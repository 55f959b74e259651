/* The formatter. */
#include "schema_test.h"

#include <string.h>

static void check_format(const char *text, const char *expected)
{
	struct trv_arena arena;
	char *once = NULL, *twice = NULL;
	size_t size = 0, again = 0;

	trv_arena_init(&arena, NULL, 0);
	CHECK_STATUS(schema_format(&arena, text, strlen(text), &once, &size), 0);
	CHECK_STR(once, expected);
	CHECK_INT(size, strlen(expected));
	if (once) {
		CHECK_STATUS(schema_format(&arena, once, size, &twice, &again), 0);
		CHECK_STR(twice, once);
	}
	trv_arena_release(&arena);
}

TEST(schema_format, fields_stand_in_columns)
{
	check_format("model task{id int64=auto primary\n"
	             "project->project on delete cascade\n"
	             "\tassignee   -> person ? on delete set null   \n"
	             "title text( 200 )check`length(title) > 0`\n"
	             "effort decimal( 10 , 2 )=0\n"
	             "\n\n\n"
	             "children [ task ] by parent;tags [tag] through task_tag by task , tag\n"
	             "rank int32 = `1` sqlite `2` check `rank > 0`\n"
	             "\n"
	             "index(project,state desc)include(title)where`state <> 'done'`\n"
	             "unique name ( project,\n  title )\n"
	             "primary (a,b)\n"
	             "\n}\n",
	             "model task {\n"
	             "  id        int64          = auto  primary\n"
	             "  project   -> project             on delete cascade\n"
	             "  assignee  -> person?             on delete set null\n"
	             "  title     text(200)              check `length(title) > 0`\n"
	             "  effort    decimal(10,2)  = 0\n"
	             "\n"
	             "  children  [task]                    by parent\n"
	             "  tags      [tag]                     through task_tag by task, tag\n"
	             "  rank      int32   = `1` sqlite `2`  check `rank > 0`\n"
	             "\n"
	             "  index    (project, state desc) include (title) where `state <> 'done'`\n"
	             "  unique   name (project, title)\n"
	             "  primary  (a, b)\n"
	             "}\n");
}

TEST(schema_format, every_comment_is_kept)
{
	check_format(
		"// first   \n\n\n/// doc\nmodel a{// of the model\n// before\nid int64 primary // the key\n"
		"name text; // the name\nindex (id, // inside\nname)// after\n// last\n}// end\n//// ruler\n",
		"// first\n\n/// doc\nmodel a {  // of the model\n  // before\n  id    int64  primary  // the key\n"
		"  name  text            // the name\n  // inside\n  index  (id, name)  // after\n  // last\n}  // "
		"end\n"
		"//// ruler\n");
}

TEST(schema_format, an_enum_stays_on_its_line_where_it_fits)
{
	check_format("enum a prefix b{x,y = \"z\"  w}\nenum c { x\ny=\"1\" // one\n/// doc\nlonger = \"2\"}\n"
	             "enum long { aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
	             "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccc }\n",
	             "enum a prefix b { x y = \"z\" w }\nenum c {\n  x\n  y       = \"1\"  // one\n  /// doc\n  longer "
	             " = \"2\"\n}\n"
	             "enum long {\n  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	             "  bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  cccccccccccc\n}\n");
}

TEST(schema_format, a_wide_cell_does_not_move_the_others)
{
	check_format("model a {\n  id int64 = `a_function_of_the_database(1, 2, 3)` primary\n  b int32 = 1 unique\n}\n",
	             "model a {\n  id  int64  = `a_function_of_the_database(1, 2, 3)` primary\n"
	             "  b   int32  = 1  unique\n}\n");
}

TEST(schema_format, headers_and_single_lines)
{
	check_format("\n\nengines   sqlite postgresql;include \"a.trv\"\r\nmixin x{}\nmodel m table \"M\" prefix p was "
	             "q{use x}\n",
	             "engines sqlite postgresql\ninclude \"a.trv\"\nmixin x {\n}\nmodel m table \"M\" prefix p was q "
	             "{\n  use x\n}\n");
	check_format("", "");
}

TEST(schema_format, a_file_with_errors_of_syntax_is_left_alone)
{
	struct trv_arena arena;
	char *text = NULL;
	size_t size = 7;

	trv_arena_init(&arena, NULL, 0);
	CHECK_STATUS(schema_format(&arena, "model {", 7, &text, &size), TRV_ERR_VALUE);
	CHECK(!text);
	CHECK_INT(size, 7);
	/* What only the checker refuses is formatted all the same. */
	CHECK_STATUS(schema_format(&arena, "model m { a nope }", 18, &text, &size), 0);
	trv_arena_release(&arena);
}

static int format_with(const struct trv_allocator *allocator, void *argument)
{
	static const char schema[] = "model m {\n  id int64 primary // x\n}\n";
	struct trv_arena arena;
	char *text;
	size_t size;

	(void)argument;
	trv_arena_init(&arena, allocator, 0);
	int r = schema_format(&arena, schema, sizeof(schema) - 1, &text, &size);
	trv_arena_release(&arena);
	return r;
}

TEST(schema_format, running_out_of_memory_is_an_error)
{
	CHECK_SWEEP(format_with, NULL);
}
