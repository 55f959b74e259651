#include "compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "file name without folder and .trv" */
static const char *base_name(struct compiler *compiler, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name);

	if (length > 4 && strcmp(name + length - 4, ".trv") == 0)
		length -= 4;
	return compiler_copy(compiler, name, length);
}

static struct schema_file *add_file(struct compiler *compiler, const char *path, const char *text, size_t size)
{
	struct schema *schema = compiler->schema;
	struct schema_file *file = compiler_zero(compiler, 1, sizeof(*file));
	size_t count = schema->file_count;

	file->number = count;
	file->path = path;
	file->base = base_name(compiler, path);
	file->text = text;
	file->size = size;
	compiler->total_size += size;
	if ((count & (count - 1)) == 0) {
		struct schema_file **larger = compiler_zero(compiler, count ? count * 2 : 1, sizeof(*larger));

		if (count)
			memcpy(larger, schema->files, count * sizeof(struct schema_file *));
		schema->files = larger;
	}
	schema->files[schema->file_count++] = file;
	return file;
}

static void parse_file(struct compiler *compiler, struct schema_file *file)
{
	struct syntax_unit *unit = parse(compiler, file);

	*compiler->last_unit = unit;
	compiler->last_unit = &unit->next;
}

/* Reads the whole of the open file; NULL and the reason in errno if that fails. */
static char *read_all(struct compiler *compiler, size_t size)
{
	char *text = compiler_alloc(compiler, size + 1);
	size_t have = 0;

	while (have < size) {
		ssize_t got = read(compiler->open_file, text + have, size - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return NULL;
		if (got == 0)
			break; /* it became shorter: what follows is zeroed and refused as NUL */
		have += (size_t)got;
	}
	memset(text + have, 0, size + 1 - have);
	return text;
}

static void close_file(struct compiler *compiler)
{
	close(compiler->open_file);
	compiler->open_file = -1;
}

/* Why a file cannot be a schema, or NULL. */
static const char *refusal(const struct compiler *compiler, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return "it is not a regular file";
	if (status->st_size > (off_t)MAX_FILE_SIZE)
		return "it is larger than 16 MiB";
	if (compiler->total_size + (size_t)status->st_size > MAX_SCHEMA_SIZE)
		return "the schema is larger than 64 MiB";
	return NULL;
}

/*
 * The file at `path`, read and parsed unless it was before. NULL with `reason` set where
 * it cannot be read; NULL without one where it is not there.
 */
static struct schema_file *open_path(struct compiler *compiler, const char *path, const char **reason)
{
	struct stat status;

	*reason = NULL;
	/* Not blocking: a schema that is a pipe is refused, not waited for. */
	compiler->open_file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (compiler->open_file < 0) {
		*reason = errno == ENOENT || errno == ENOTDIR ? NULL : strerror(errno);
		return NULL;
	}
	if (fstat(compiler->open_file, &status) < 0) {
		*reason = strerror(errno);
		close_file(compiler);
		return NULL;
	}
	*reason = refusal(compiler, &status);
	const char *id = compiler_format(compiler, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	struct schema_file *file = name_find(&compiler->file_ids, id);
	if (*reason || file) {
		close_file(compiler);
		return *reason ? NULL : file;
	}
	char *text = read_all(compiler, (size_t)status.st_size);
	if (!text)
		*reason = strerror(errno);
	close_file(compiler);
	if (!text)
		return NULL;
	file = add_file(compiler, compiler_copy(compiler, path, strlen(path)), text, (size_t)status.st_size);
	name_add(compiler, &compiler->file_ids, id, file);
	parse_file(compiler, file);
	return file;
}

/* Where an include is looked for: `folder` is NULL for the including file's own. */
static const char *candidate(struct compiler *compiler, const struct schema_file *from, const char *folder,
                             const char *path)
{
	if (path[0] == '/')
		return path;
	if (folder)
		return compiler_format(compiler, "%s/%s", folder, path);
	const char *slash = strrchr(from->path, '/');
	if (!slash)
		return path;
	return compiler_format(compiler, "%.*s/%s", (int)(slash - from->path), from->path, path);
}

static bool sane_path(struct compiler *compiler, const struct syntax_text *path)
{
	const char *problem = NULL;

	if (path->text[0] == '\0')
		problem = "an include needs a file's name";
	else if (path->text[0] == '/')
		problem = "an include is named from the including file's folder, not from the root";
	else if (strlen(path->text) > 1024)
		problem = "the file's name is too long";
	else if (strpbrk(path->text, "\n\t"))
		problem = "a file's name has no line breaks or tabs here";
	if (problem)
		complain(compiler, path->span, NULL, "%s", problem);
	return !problem;
}

static void follow(struct compiler *compiler, const struct schema_file *from, struct syntax_include *include)
{
	const char *const *folders = compiler->options->include_paths;
	const char *path = include->path.text, *reason = NULL;

	if (!sane_path(compiler, &include->path))
		return;
	if (compiler->schema->file_count >= MAX_FILES) {
		complain(compiler, include->path.span, NULL, "too many files: the limit is %d", MAX_FILES);
		return;
	}
	include->file = open_path(compiler, candidate(compiler, from, NULL, path), &reason);
	while (!include->file && !reason && folders && *folders)
		include->file = open_path(compiler, candidate(compiler, from, *folders++, path), &reason);
	if (!include->file)
		complain(compiler, include->path.span,
		         reason ? NULL : "it is looked for beside this file, then in the include paths",
		         "cannot read \"%s\": %s", path, reason ? reason : "no such file");
}

/* The direct includes as the schema shows them, each file once. */
static void list_includes(struct compiler *compiler, const struct syntax_unit *unit)
{
	struct schema_file *file = unit->file;
	struct name_table seen = { 0 };
	size_t count = 0;

	for (struct syntax_include *include = unit->includes; include; include = include->next)
		count++;
	if (count == 0)
		return;
	file->includes = compiler_zero(compiler, count, sizeof(*file->includes));
	for (struct syntax_include *include = unit->includes; include; include = include->next) {
		if (!include->file)
			continue;
		struct syntax_include *other = name_add(compiler, &seen, include->file->path, include);
		if (other)
			warn(compiler, include->path.span, NULL, "\"%s\" is included twice", include->path.text);
		else if (include->file == file)
			warn(compiler, include->path.span, NULL, "the file includes itself");
		else
			file->includes[file->include_count++] = include->file;
	}
}

static void missing(struct compiler *compiler, const char *path, const char *reason)
{
	struct schema_file *file = add_file(compiler, path, "", 0);

	complain(compiler, (struct span) { { file, 1, 1 }, 1 }, NULL, "cannot read the file: %s",
	         reason ? reason : "no such file");
}

void source_load(struct compiler *compiler, const char *path, const char *text, size_t size)
{
	const char *reason = NULL;
	const char *own = compiler_copy(compiler, path, strlen(path));

	if (text && size <= MAX_FILE_SIZE)
		parse_file(compiler, add_file(compiler, own, compiler_copy(compiler, text, size), size));
	else if (text)
		missing(compiler, own, "it is larger than 16 MiB");
	else if (!open_path(compiler, own, &reason))
		missing(compiler, own, reason);
	for (struct syntax_unit *unit = compiler->units; unit; unit = unit->next) {
		for (struct syntax_include *include = unit->includes; include; include = include->next)
			follow(compiler, unit->file, include);
		list_includes(compiler, unit);
	}
}

/* --- who sees whom --- */

/* Goes along the includes with a list of files still to look at. */
static uint8_t *find_reach(struct compiler *compiler, const struct schema_file *from)
{
	size_t count = compiler->schema->file_count, waiting = 0;
	const struct schema_file **files = compiler_zero(compiler, count, sizeof(struct schema_file *));
	uint8_t *seen = compiler_zero(compiler, count, 1);

	seen[from->number] = 1;
	files[waiting++] = from;
	while (waiting > 0) {
		const struct schema_file *file = files[--waiting];

		for (size_t i = 0; i < file->include_count; i++) {
			if (seen[file->includes[i]->number])
				continue;
			seen[file->includes[i]->number] = 1;
			files[waiting++] = file->includes[i];
		}
	}
	return seen;
}

bool source_reaches(struct compiler *compiler, const struct schema_file *from, const struct schema_file *to)
{
	uint8_t **seen;

	if (from == to)
		return true;
	if (!compiler->reach)
		compiler->reach = compiler_zero(compiler, compiler->schema->file_count, sizeof(*compiler->reach));
	seen = &compiler->reach[from->number];
	if (!*seen)
		*seen = find_reach(compiler, from);
	return (*seen)[to->number];
}
