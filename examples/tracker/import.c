#include "import_parts.h"

static void show(const struct import *import, const struct deb822 *reader, struct progress *progress)
{
	size_t left = (size_t)(reader->lines.end - reader->lines.next);
	size_t percent = 100 - 100 * left / import->status.size;
	const struct import_counts *counts = import->counts;

	if (progress_due(progress))
		progress_show(progress, "%3zu %%: %zu packages, %zu people, %zu uploads, %zu closed bugs", percent,
		              counts->projects, import->people.count, counts->uploads, counts->tasks);
}

static int save_full(struct import *import)
{
	return batch_is_full(&import->batch) ? batch_save(&import->batch) : 0;
}

static int import_packages(struct import *import, struct progress *progress)
{
	struct deb822_paragraph paragraph;
	struct deb822 reader = deb822_open(&import->status, import->arena, import->report);
	int r;

	while ((r = deb822_next(&reader, &paragraph)) > 0) {
		r = import_package(import, &paragraph);
		if (r >= 0)
			r = save_full(import);
		if (r < 0)
			return r;
		show(import, &reader, progress);
	}
	return r < 0 ? r : batch_save(&import->batch);
}

static int import_all(struct import *import, struct progress *progress)
{
	int r = source_read(&import->status, import->options->status, &import->kept, import->report);

	if (r == TRV_ERR_NOT_FOUND)
		report_problem(import->report, import->options->status, 1, "there is no such package database");
	if (r == 0)
		r = import_packages(import, progress);
	if (r == 0)
		r = import_needs(import);
	if (r == 0)
		r = batch_save(&import->batch);
	import->counts->people = import->people.count;
	import->counts->converted += import->status.converted;
	return r;
}

int import_machine(struct trv_session *session, const struct import_options *options, struct import_counts *counts,
                   struct progress *progress, struct report *report)
{
	struct import import = {
		.options = options,
		.counts = counts,
		.report = report,
		.session = session,
		.arena = trv_session_arena(session),
	};

	*counts = (struct import_counts) { 0 };
	trv_arena_init(&import.kept, NULL, 0);
	names_init(&import.people);
	names_init(&import.projects);
	names_init(&import.provided);
	batch_init(&import.batch, session, &import.people, &import.projects);

	int r = import_all(&import, progress);

	progress_clear(progress);
	source_release(&import.status);
	source_release(&import.changelog);
	names_release(&import.people);
	names_release(&import.projects);
	names_release(&import.provided);
	trv_arena_release(&import.kept);
	return r;
}
