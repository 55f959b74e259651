#include "import_parts.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LENGTH 100
#define PERSON_LENGTH 200
#define EMAIL_LENGTH 254
#define SUMMARY_LENGTH 300
#define SECTION_LENGTH 100
#define VERSION_LENGTH 100

int import_person(struct import *import, const char *name, const char *email, int64_t *number)
{
	struct person person = { .name = name, .email = email };
	size_t found;
	int r = person_normalise(&person, import->arena);

	if (r == 0 && trv_utf8_length(person.email, strlen(person.email)) > EMAIL_LENGTH)
		r = TRV_ERR_VALUE;
	if (r == 0)
		r = names_add(&import->people, person.email, &found);
	if (r < 0)
		return r;
	if (r == 1) {
		struct person *row = BATCH_ADD(&import->batch, people_rows);
		char *fitting = trv_arena_strdup(import->arena, person.name);

		if (!row || !fitting)
			return TRV_ERR_NOMEM;
		text_fit(fitting, PERSON_LENGTH);
		row->name = fitting;
		row->email = person.email;
	}
	*number = (int64_t)found;
	return 0;
}

/* A field's first line, cut to what the column takes; NULL when there is none. */
static int first_line(struct import *import, const struct deb822_paragraph *paragraph, const char *name, size_t length,
                      const char **line)
{
	const char *value = deb822_value(paragraph, name);
	size_t size = value ? strcspn(value, "\n") : 0;

	*line = NULL;
	if (size == 0)
		return 0;
	char *copy = trv_arena_copy(import->arena, value, size);
	if (!copy)
		return TRV_ERR_NOMEM;
	text_fit(copy, length);
	*line = copy;
	return 0;
}

/* "Adam Min <adam@example.org>": the lead of every project. */
static int read_maintainer(struct import *import, const struct deb822_paragraph *paragraph, int64_t *lead)
{
	const struct deb822_field *field = deb822_field(paragraph, "Maintainer");
	int r = TRV_ERR_VALUE;

	if (field) {
		size_t name_size = strcspn(field->value, "<");
		const char *email = field->value + name_size + (field->value[name_size] == '<');
		char *name = trv_arena_copy(import->arena, field->value, name_size);
		char *address = trv_arena_copy(import->arena, email, strcspn(email, ">"));

		r = name && address ? import_person(import, name, address, lead) : TRV_ERR_NOMEM;
	}
	if (r == TRV_ERR_VALUE)
		report_problem(import->report, import->status.path, field ? field->line : paragraph->line,
		               "package \"%s\" has no maintainer with an address and is left out",
		               deb822_value(paragraph, "Package"));
	return r;
}

/* Installed-Size counts KiB. */
static int64_t read_size(struct import *import, const struct deb822_paragraph *paragraph)
{
	const int64_t largest = INT64_MAX / 1024;
	const struct deb822_field *field = deb822_field(paragraph, "Installed-Size");
	char *end;

	if (!field)
		return 0;
	long long size = strtoll(field->value, &end, 10);
	if (*field->value == '\0' || *end != '\0' || size < 0 || size > largest) {
		report_problem(import->report, import->status.path, field->line, "\"%s\" is no size", field->value);
		return 0;
	}
	return size * 1024;
}

/* Letters of package names only: the name becomes a part of a path. */
static bool is_package_name(const char *name)
{
	size_t size = strlen(name);

	return size > 0 && size <= NAME_LENGTH && *name != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") == size;
}

static bool is_installed(const struct deb822_paragraph *paragraph)
{
	const char *status = deb822_value(paragraph, "Status");
	const char *last = status ? strrchr(status, ' ') : NULL;

	return !status || (last && strcmp(last, " installed") == 0);
}

/* 1 when the package can be taken in, 0 when not, which is reported. */
static int check_name(struct import *import, const struct deb822_paragraph *paragraph)
{
	const char *name = deb822_value(paragraph, "Package");
	size_t number;

	if (!name || !is_package_name(name)) {
		report_problem(import->report, import->status.path, paragraph->line,
		               "a package without a proper name is left out");
		return 0;
	}
	if (!is_installed(paragraph))
		return 0;
	if (names_find(&import->projects, name, &number)) {
		report_problem(import->report, import->status.path, paragraph->line,
		               "package \"%s\" is here twice (another architecture?); the first stays", name);
		return 0;
	}
	return 1;
}

static int add_description(struct import *import, const struct deb822_paragraph *paragraph, size_t place)
{
	const char *text = deb822_value(paragraph, "Description");

	if (!text || *text == '\0')
		return 0;
	struct document *document = BATCH_ADD(&import->batch, document_rows);
	if (!document)
		return TRV_ERR_NOMEM;
	document->project_id = (int64_t)place;
	document->kind = DOCUMENT_DESCRIPTION;
	document->title = deb822_value(paragraph, "Package");
	document->body = text;
	import->batch.text += strlen(text);
	return 0;
}

static int add_project(struct import *import, const struct deb822_paragraph *paragraph, int64_t lead)
{
	struct project *project = BATCH_ADD(&import->batch, project_rows);
	struct membership *membership = BATCH_ADD(&import->batch, membership_rows);

	if (!project || !membership)
		return TRV_ERR_NOMEM;
	project->name = deb822_value(paragraph, "Package");
	project->size = read_size(import, paragraph);
	project->lead_id = lead;
	membership->project_id = (int64_t)import->batch.project_rows.count - 1;
	membership->person_id = lead;
	membership->role = ROLE_MAINTAINER;

	int r = first_line(import, paragraph, "Description", SUMMARY_LENGTH, &project->summary);
	if (r == 0)
		r = first_line(import, paragraph, "Section", SECTION_LENGTH, &project->section);
	if (r == 0)
		r = first_line(import, paragraph, "Version", VERSION_LENGTH, &project->version);
	return r;
}

/* What belongs to the project that was staged last. */
static int add_rest(struct import *import, const struct deb822_paragraph *paragraph)
{
	const char *name = deb822_value(paragraph, "Package");
	size_t place = import->batch.project_rows.count - 1;
	size_t number;
	int r = names_add(&import->projects, name, &number);

	if (r >= 0)
		r = import_needs_keep(import, paragraph, number);
	if (r >= 0)
		r = add_description(import, paragraph, place);
	return r < 0 ? r : import_changelog(import, name, place);
}

int import_package(struct import *import, const struct deb822_paragraph *paragraph)
{
	int64_t lead;
	int r = check_name(import, paragraph);

	if (r <= 0)
		return r;
	r = read_maintainer(import, paragraph, &lead);
	if (r == TRV_ERR_VALUE)
		return 0;
	if (r == 0)
		r = add_project(import, paragraph, lead);
	if (r == 0)
		r = add_rest(import, paragraph);
	if (r == 0)
		import->counts->projects++;
	return r;
}
