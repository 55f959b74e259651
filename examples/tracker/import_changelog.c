#include "changelog.h"
#include "import_parts.h"

#include <string.h>

#define VERSION_LENGTH 100
#define DISTRIBUTION_LENGTH 100
#define TITLE_LENGTH 200
#define DOCUMENT_TITLE_LENGTH 300

/* Where a package's changelog may be. Authors' own changelogs share the names of the last two. */
static const struct {
	const char *name;
	bool debian;
} places[] = {
	{ "changelog.Debian.gz", true },
	{ "changelog.Debian", true },
	{ "changelog.gz", false },
	{ "changelog", false },
};

/* Bugs that closed in a hurry were important. */
static const int16_t priorities[] = {
	[URGENCY_LOW] = 2, [URGENCY_MEDIUM] = 3, [URGENCY_HIGH] = 4, [URGENCY_EMERGENCY] = 5, [URGENCY_CRITICAL] = 5,
};

static const enum bug_tracker trackers[] = {
	[CHANGELOG_DEBIAN] = TRACKER_DEBIAN,
	[CHANGELOG_LAUNCHPAD] = TRACKER_LAUNCHPAD,
};

/* The changelog that is being staged; its rows begin at these places of the batch. */
struct staging {
	struct import *import;
	size_t project;
	size_t first_upload;
	size_t first_membership;
};

static enum upload_urgency read_urgency(struct staging *staging, const struct changelog_entry *entry)
{
	enum upload_urgency urgency = URGENCY_MEDIUM;

	if (*entry->urgency && !upload_urgency_parse(&urgency, entry->urgency))
		report_problem(staging->import->report, staging->import->changelog.path, entry->line,
		               "urgency \"%s\" is unknown and taken as medium", entry->urgency);
	return urgency;
}

/* The earliest upload says since when. Entries come newest first. */
static int add_uploader(struct staging *staging, int64_t person, int64_t date)
{
	struct batch *batch = &staging->import->batch;
	struct membership *membership;

	for (size_t i = staging->first_membership; i < batch->membership_rows.count; i++) {
		membership = &batch->membership_rows.items[i];
		if (membership->person_id == person) {
			membership->since = date;
			membership->has_since = true;
			return 0;
		}
	}
	membership = BATCH_ADD(batch, membership_rows);
	if (!membership)
		return TRV_ERR_NOMEM;
	membership->project_id = (int64_t)staging->project;
	membership->person_id = person;
	membership->role = ROLE_UPLOADER;
	membership->since = date;
	membership->has_since = true;
	return 0;
}

static int add_task(struct staging *staging, const struct changelog_entry *entry, const struct changelog_bug *bug,
                    enum upload_urgency urgency)
{
	struct batch *batch = &staging->import->batch;
	struct task *task = BATCH_ADD(batch, task_rows);

	if (!task)
		return TRV_ERR_NOMEM;
	text_fit(bug->title, TITLE_LENGTH);
	task->title = *bug->title ? bug->title : "(no title)";
	task->upload_id = (int64_t)batch->upload_rows.count - 1;
	task->has_upload_id = true;
	task->has_assignee_id = true;
	task->tracker = trackers[bug->tracker];
	task->has_tracker = true;
	task->bug = bug->number;
	task->has_bug = true;
	task->priority = priorities[urgency];
	task->created = entry->date;
	task_close(task, entry->date);
	staging->import->counts->tasks++;
	return 0;
}

static int add_upload(struct staging *staging, const struct changelog_entry *entry, int64_t person)
{
	struct batch *batch = &staging->import->batch;
	struct upload *upload = BATCH_ADD(batch, upload_rows);
	enum upload_urgency urgency = read_urgency(staging, entry);
	int r = upload ? add_uploader(staging, person, entry->date) : TRV_ERR_NOMEM;

	if (r < 0)
		return r;
	upload->project_id = (int64_t)staging->project;
	upload->person_id = person;
	upload->version = entry->version;
	upload->distribution = entry->distribution;
	upload->urgency = urgency;
	upload->uploaded = entry->date;
	upload->changes = entry->changes;
	batch->project_rows.items[staging->project].created = entry->date;
	staging->import->counts->uploads++;
	for (size_t i = 0; r == 0 && i < entry->bug_count; i++)
		r = add_task(staging, entry, &entry->bugs[i], urgency);
	return r;
}

/* What the table would refuse; the changelog's format does not. */
static const char *refusal(const struct staging *staging, const struct changelog_entry *entry)
{
	const struct upload_list *uploads = &staging->import->batch.upload_rows;

	if (strlen(entry->version) > VERSION_LENGTH)
		return "the version is too long";
	if (trv_utf8_length(entry->distribution, strlen(entry->distribution)) > DISTRIBUTION_LENGTH)
		return "the list of distributions is too long";
	for (size_t i = staging->first_upload; i < uploads->count; i++) {
		if (strcmp(uploads->items[i].version, entry->version) == 0)
			return "the same version is above";
	}
	return NULL;
}

static int stage_entry(struct staging *staging, const struct changelog_entry *entry)
{
	struct import *import = staging->import;
	const char *why = refusal(staging, entry);
	int64_t person;
	int r = why ? TRV_ERR_VALUE : import_person(import, entry->name, entry->email, &person);

	if (r == TRV_ERR_VALUE) {
		report_problem(import->report, import->changelog.path, entry->line, "version %s is left out: %s",
		               entry->version, why ? why : "the uploader has no address");
		return 0;
	}
	return r < 0 ? r : add_upload(staging, entry, person);
}

static int stage_text(struct staging *staging)
{
	struct import *import = staging->import;
	struct document *document = BATCH_ADD(&import->batch, document_rows);
	char *title = trv_arena_strdup(import->arena, import->changelog.path);

	if (!document || !title)
		return TRV_ERR_NOMEM;
	text_fit(title, DOCUMENT_TITLE_LENGTH);
	document->project_id = (int64_t)staging->project;
	document->kind = DOCUMENT_CHANGELOG;
	document->title = title;
	document->body = import->changelog.text;
	import->batch.text += import->changelog.size;
	import->counts->changelogs++;
	import->counts->converted += import->changelog.converted;
	return 0;
}

/* Reads the first of the places that has a changelog: 1, or 0 if none has. */
static int find_changelog(struct import *import, const char *package)
{
	struct source *source = &import->changelog;

	for (size_t i = 0; i < TRV_COUNT_OF(places); i++) {
		const char *path = trv_arena_printf(import->arena, "%s/%s/%s", import->options->documents, package,
		                                    places[i].name);
		int r = path ? source_read(source, path, import->arena, import->report) : TRV_ERR_NOMEM;

		if (r == TRV_ERR_NOMEM)
			return r;
		if (r < 0)
			continue;
		if (changelog_recognises(source))
			return 1;
		if (places[i].debian)
			report_problem(import->report, path, 1, "not a Debian changelog");
	}
	return 0;
}

int import_changelog(struct import *import, const char *package, size_t place)
{
	struct staging staging = {
		.import = import,
		.project = place,
		.first_upload = import->batch.upload_rows.count,
		.first_membership = import->batch.membership_rows.count - 1, /* the maintainer is staged */
	};
	struct changelog_entry entry;
	int r = find_changelog(import, package);

	if (r <= 0)
		return r;

	struct changelog reader = changelog_open(&import->changelog, import->arena, import->report);
	while ((r = changelog_next(&reader, &entry)) > 0) {
		r = stage_entry(&staging, &entry);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : stage_text(&staging);
}
