/*
 * Every name at file scope that the generated headers will declare, entered in one table,
 * so that a clash is an error of the schema and not of the C compiler. C keeps the names
 * of structs and enums apart from the others; macros would hide both.
 */
#include "build.h"

#include <string.h>

struct identifier {
	struct span span;
	const char *what; /* "column 'task.tag_id'" */
	const void *owner; /* the model or enum that it comes from */
};

struct identifiers {
	struct compiler *compiler;
	struct name_table tags;
	struct name_table names;
};

/* Macros of standard headers that a constant or flag of a schema could meet. */
static const char *const taken[] = {
	"CHAR_BIT",      "CHAR_MAX",     "CHAR_MIN",     "CLOCKS_PER_SEC", "DBL_DIG",     "DBL_MAX",     "DBL_MIN",
	"E_OK",          "EXIT_FAILURE", "EXIT_SUCCESS", "FILENAME_MAX",   "FLT_MAX",     "FLT_MIN",     "FOPEN_MAX",
	"HOST_NAME_MAX", "INT16_MAX",    "INT16_MIN",    "INT32_MAX",      "INT32_MIN",   "INT64_MAX",   "INT64_MIN",
	"INT8_MAX",      "INT8_MIN",     "INTMAX_MAX",   "INTMAX_MIN",     "INTPTR_MAX",  "INTPTR_MIN",  "INT_MAX",
	"INT_MIN",       "IOV_MAX",      "LINE_MAX",     "LLONG_MAX",      "LLONG_MIN",   "LONG_MAX",    "LONG_MIN",
	"L_TMPNAM",      "NAME_MAX",     "PATH_MAX",     "PIPE_BUF",       "PTRDIFF_MAX", "PTRDIFF_MIN", "RAND_MAX",
	"SCHAR_MAX",     "SCHAR_MIN",    "SEEK_CUR",     "SEEK_END",       "SEEK_SET",    "SHRT_MAX",    "SHRT_MIN",
	"SIG_DFL",       "SIG_ERR",      "SIG_IGN",      "SIZE_MAX",       "SSIZE_MAX",   "TIME_UTC",    "TMP_MAX",
	"UCHAR_MAX",     "UINT16_MAX",   "UINT32_MAX",   "UINT64_MAX",     "UINT8_MAX",   "UINTMAX_MAX", "UINTPTR_MAX",
	"UINT_MAX",      "ULLONG_MAX",   "ULONG_MAX",    "USHRT_MAX",      "WCHAR_MAX",   "WCHAR_MIN",
};

/* Structs of headers that programs commonly include. */
static const char *const taken_tags[] = {
	"addrinfo", "dirent",   "flock",  "group",  "hostent", "iovec",   "itimerspec", "lconv",
	"msghdr",   "option",   "passwd", "pollfd", "rlimit",  "rusage",  "servent",    "sigaction",
	"sockaddr", "spwd",     "stat",   "statfs", "statvfs", "sysinfo", "termios",    "timespec",
	"timeval",  "timezone", "tm",     "tms",    "utimbuf", "utsname", "winsize",
};

static const char *upper(struct compiler *compiler, const char *name)
{
	char *copy = compiler_copy(compiler, name, strlen(name));

	for (char *at = copy; *at; at++)
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	return copy;
}

static void clash(struct identifiers *all, const char *name, const struct identifier *mine,
                  const struct identifier *other)
{
	const char *hint = "give one of the models or enums a 'prefix' of its own";

	if (mine->owner == other->owner)
		hint = "name the field otherwise; column \"...\" keeps the column's name";
	if (!other->span.length)
		complain(all->compiler, mine->span, "give it another name or a 'prefix'",
		         "%s makes '%s' in C, a name of the standard headers", mine->what, name);
	else if (!other->span.start.file || other->owner == mine->owner)
		complain(all->compiler, mine->span, hint, "%s makes '%s' in C, and so does %s", mine->what, name,
		         other->what);
	else
		complain(all->compiler, mine->span, hint, "%s makes '%s' in C, and so does %s at %s", mine->what, name,
		         other->what, place(all->compiler, other->span.start));
}

static void enter(struct identifiers *all, struct name_table *table, const char *name, struct identifier *mine)
{
	const struct identifier *other = name_add(all->compiler, table, name, mine);

	/* The same thing twice was complained about as such. */
	if (other && other != mine && !(other->owner == mine->owner && strcmp(other->what, mine->what) == 0))
		clash(all, name, mine, other);
}

static struct identifier *make(struct identifiers *all, struct span span, const void *owner, const char *what)
{
	struct identifier *identifier = compiler_alloc(all->compiler, sizeof(*identifier));

	*identifier = (struct identifier) { span, what, owner };
	return identifier;
}

/* Names made from `before`, the middle and `after`. */
static void enter_all(struct identifiers *all, struct identifier *identifier, const char *before,
                      const char *const *afters)
{
	for (; *afters; afters++)
		enter(all, &all->names, compiler_format(all->compiler, "%s%s", before, *afters), identifier);
}

static void enter_enum(struct identifiers *all, const struct schema_enum *enumeration)
{
	static const char *const functions[] = { "_name", "_parse", "_enum", NULL };
	const struct trv_enum *description = &enumeration->description;
	struct span span = { enumeration->position, (uint32_t)strlen(description->name) };
	struct identifier *self =
		make(all, span, enumeration, compiler_format(all->compiler, "enum '%s'", description->name));

	enter(all, &all->tags, description->name, self);
	enter_all(all, self, description->name, functions);
	for (uint16_t i = 0; i < description->count; i++) {
		const char *constant =
			compiler_format(all->compiler, "%s_%s", enumeration->prefix, description->values[i].name);

		enter(all, &all->names, upper(all->compiler, constant),
		      make(all, span, enumeration,
		           compiler_format(all->compiler, "value '%s' of enum '%s'", description->values[i].name,
		                           description->name)));
	}
}

static void enter_model(struct identifiers *all, const struct model_build *model, struct identifier *self)
{
	static const char *const tags[] = { "",      "_list",  "_refs",  "_group", "_groups",
		                            "_expr", "_order", "_query", "_key" };
	static const char *const functions[] = {
		"_model",        "_find",         "_one",         "_count",     "_exists",      "_each",
		"_page",         "_aggregate",    "_sql",         "_explain",   "_insert",      "_insert_columns",
		"_insert_many",  "_update",       "_update_many", "_upsert",    "_upsert_many", "_delete",
		"_update_where", "_delete_where", "_get",         "_get_many",  "_any_of",      "_all_of",
		"_any",          "_all",          "_not",         "_where_sql", NULL,
	};
	const char *prefix = model->out->prefix;

	for (size_t i = 0; i < TRV_COUNT_OF(tags); i++)
		enter(all, &all->tags, compiler_format(all->compiler, "%s%s", prefix, tags[i]), self);
	enter_all(all, self, prefix, functions);
}

static struct identifier *field_identifier(struct identifiers *all, const struct model_build *model,
                                           const struct field_build *field, const char *kind, const char *name)
{
	return make(all, field->syntax->name.span, model,
	            compiler_format(all->compiler, "%s '%s.%s'", kind, model->syntax->name.text, name));
}

static void enter_column(struct identifiers *all, const struct model_build *model, const struct field_build *field,
                         const struct trv_column *column)
{
	static const char *const after[] = { "", "_in", NULL };
	static const char *const after_nullable[] = { "_is_null", "_is_not_null", NULL };
	struct identifier *self = field_identifier(all, model, field, "column", column->member);
	const char *function = compiler_format(all->compiler, "%s_%s", model->out->prefix, column->member);

	enter_all(all, self, function, after);
	if (column->flags & TRV_NULLABLE)
		enter_all(all, self, function, after_nullable);
	enter(all, &all->names, compiler_format(all->compiler, "%s_by_%s", model->out->prefix, column->member), self);
	enter(all, &all->names, upper(all->compiler, function), self);
}

static void enter_relation(struct identifiers *all, const struct model_build *model, const struct field_build *field)
{
	const char *name = field->syntax->name.text;
	struct identifier *self = field_identifier(all, model, field, "relation", name);

	enter(all, &all->names, compiler_format(all->compiler, "%s_has_%s", model->out->prefix, name), self);
	enter(all, &all->names, compiler_format(all->compiler, "%s_%s", model->out->prefix, name), self);
}

/* --- members of the structs --- */

static bool has_companion(const struct trv_column *column)
{
	return (column->flags & TRV_NULLABLE) && column->type != TRV_TEXT && column->type != TRV_JSON &&
	       column->type != TRV_BYTES;
}

static void check_companions(struct compiler *compiler, const struct model_build *model,
                             const struct name_table *members)
{
	FOR_FIELDS(model, field)
	for (unsigned i = 0; field->columns && i < field->column_count; i++) {
		const struct trv_column *column = &field->columns[i];
		const struct field_build *other;

		if (!has_companion(column))
			continue;
		other = name_find(members, compiler_format(compiler, "has_%s", column->member));
		if (other)
			complain(compiler, other->syntax->name.span,
			         "name it otherwise; column \"...\" keeps the column's name",
			         "'has_%s' says in C whether '%s' is not null", column->member, column->member);
	}
}

/* A relation is a member of the query's struct too, beside these. */
static void check_query_members(struct compiler *compiler, const struct model_build *model)
{
	static const char *const members[] = { "where", "order_by", "columns", "limit", "offset",
		                               "how",   "depth",    "all",     "lock",  "arena" };

	FOR_FIELDS(model, field)
	for (size_t i = 0; field->syntax->kind != SYNTAX_COLUMN && i < TRV_COUNT_OF(members); i++)
		if (strcmp(field->syntax->name.text, members[i]) == 0)
			complain(compiler, field->syntax->name.span, "name it otherwise",
			         "'%s' cannot name a relation: every query has a member of that name", members[i]);
}

static void check_members(struct compiler *compiler, struct model_build *model)
{
	struct name_table members = { 0 };

	FOR_FIELDS(model, field)
	{
		name_add(compiler, &members, field->syntax->name.text, field);
		for (unsigned i = 0; field->columns && i < field->column_count; i++)
			name_add(compiler, &members, field->columns[i].member, field);
	}
	check_companions(compiler, model, &members);
	check_query_members(compiler, model);
}

/* --- files --- */

static bool is_identifier(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return name[0] && !(name[0] >= '0' && name[0] <= '9') && !name[strspn(name, letters)];
}

static void enter_file(struct identifiers *all, struct name_table *bases, struct schema_file *file)
{
	struct span span = { { file, 1, 1 }, 1 };
	const struct schema_file *other = name_add(all->compiler, bases, fold(all->compiler, file->base), file);

	if (!is_identifier(file->base) || strlen(file->base) > MAX_NAME)
		complain(all->compiler, span, "rename the file",
		         "the file's name '%s' cannot be a name in C: letters, digits and '_', at most %d", file->base,
		         MAX_NAME);
	else if (other)
		complain(all->compiler, span, "rename one of them", "%s would generate the same files", other->path);
	else
		enter(all, &all->names, compiler_format(all->compiler, "%s_models", file->base),
		      make(all, span, file, compiler_format(all->compiler, "file '%s'", file->path)));
}

static void enter_taken(struct identifiers *all)
{
	static struct identifier standard;

	for (size_t i = 0; i < TRV_COUNT_OF(taken); i++)
		name_add(all->compiler, &all->names, taken[i], &standard);
	for (size_t i = 0; i < TRV_COUNT_OF(taken_tags); i++)
		name_add(all->compiler, &all->tags, taken_tags[i], &standard);
}

void identifiers_check(struct compiler *compiler)
{
	struct identifiers all = { .compiler = compiler };
	const struct schema *schema = compiler->schema;
	struct name_table bases = { 0 };

	enter_taken(&all);
	for (size_t i = 0; i < schema->file_count; i++)
		enter_file(&all, &bases, schema->files[i]);
	for (size_t i = 0; i < schema->enum_count; i++)
		enter_enum(&all, schema->enums[i]);
	for (size_t i = 0; i < schema->model_count; i++) {
		struct model_build *model = &compiler->models[i];

		enter_model(&all, model,
		            make(&all, model->syntax->name.span, model,
		                 compiler_format(compiler, "model '%s'", model->syntax->name.text)));
	}
	for (size_t i = 0; i < schema->model_count && !compiler_gave_up(compiler); i++) {
		const struct model_build *model = &compiler->models[i];

		check_members(compiler, &compiler->models[i]);
		FOR_FIELDS(model, field)
		{
			for (unsigned k = 0; field->columns && k < field->column_count; k++)
				enter_column(&all, model, field, &field->columns[k]);
			if (field->syntax->kind != SYNTAX_COLUMN)
				enter_relation(&all, model, field);
		}
	}
}
