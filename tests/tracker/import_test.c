#include "database.h"
#include "import.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

#define WHEN "Mon, 02 Jan 2023 13:06:21 +0100"

/* A small machine: two sound packages and several that are not. */
static const char status[] = "Package: apt\n"
			     "Status: install ok installed\n"
			     "Section: admin\n"
			     "Installed-Size: 10\n"
			     "Maintainer: APT Team <Deity@lists.debian.org>\n"
			     "Version: 2.6.1\n"
			     "Provides: apt-transport-https (= 2.6.1)\n"
			     "Depends: libc6 (>= 2.34), gpgv | gpgv2, missing, libc6 (<< 3)\n"
			     "Recommends: ca-certificates\n"
			     "Description: commandline package manager\n"
			     " This package provides tools for memory leaks.\n"
			     "\n"
			     "Package: libc6\n"
			     "Status: install ok installed\n"
			     "Maintainer: GNU Libc <debian-glibc@lists.debian.org>\n"
			     "Version: 2.36-9\n"
			     "Depends: apt-transport-https, libc6\n"
			     "Description: GNU C Library\n"
			     "\n"
			     "Package: libc6\n"
			     "Status: install ok installed\n"
			     "Maintainer: GNU Libc <debian-glibc@lists.debian.org>\n"
			     "\n"
			     "Package: gone\n"
			     "Status: deinstall ok config-files\n"
			     "\n"
			     "Package: ../etc\n"
			     "Status: install ok installed\n"
			     "Maintainer: A <a@b>\n"
			     "\n"
			     "Package: nobody\n"
			     "Status: install ok installed\n"
			     "Maintainer: Nobody at all\n";

static const char changelog[] = "apt (2.6.1) unstable; urgency=high\n\n"
				"  * Fix a thing (Closes: #7, #8)\n\n"
				" -- J\xf6rg <JOERG@example.org>  " WHEN "\n\n"
				"apt (2.6.0) unstable; urgency=odd\n\n"
				"  * Two (LP: #9)\n\n"
				" -- APT Team <deity@lists.debian.org>  Sun, 01 Jan 2023 13:06:21 +0100\n\n"
				"apt (2.6.0) unstable; urgency=low\n\n"
				" -- A <a@b>  " WHEN "\n\n"
				"apt (2.5) unstable; urgency=low\n\n"
				" -- A <nowhere>  " WHEN "\n";

struct machine {
	char status[512];
	char documents[512];
	struct import_options options;
	struct report report;
	struct import_counts counts;
	char *said;
	size_t said_size;
};

static void write_file(const char *path, const char *text, size_t size)
{
	gzFile file = gzopen(path, "wb");

	REQUIRE(file);
	REQUIRE(size == 0 || gzwrite(file, text, (unsigned)size) == (int)size);
	REQUIRE(gzclose(file) == Z_OK);
}

static void machine_init(struct machine *machine, bool with_documents)
{
	const char *folder = test_temporary_folder();
	char path[600];

	*machine = (struct machine) { 0 };
	snprintf(machine->status, sizeof(machine->status), "%s/status", folder);
	snprintf(machine->documents, sizeof(machine->documents), "%s/doc", folder);
	write_file(machine->status, status, sizeof(status) - 1);
	if (with_documents) {
		mkdir(machine->documents, 0755);
		snprintf(path, sizeof(path), "%s/apt", machine->documents);
		mkdir(path, 0755);
		snprintf(path, sizeof(path), "%s/apt/changelog.Debian.gz", machine->documents);
		write_file(path, changelog, sizeof(changelog) - 1);
	}
	machine->options = (struct import_options) { .status = machine->status, .documents = machine->documents };
	machine->report.out = open_memstream(&machine->said, &machine->said_size);
	REQUIRE(machine->report.out);
}

static int machine_import(struct machine *machine, struct database *database)
{
	struct progress progress;
	FILE *nowhere = fopen("/dev/null", "w");

	REQUIRE(nowhere);
	progress_init(&progress, nowhere);
	int r = import_machine(database->session, &machine->options, &machine->counts, &progress, &machine->report);
	fclose(nowhere);
	fflush(machine->report.out);
	return r;
}

static void machine_release(struct machine *machine)
{
	fclose(machine->report.out);
	free(machine->said);
}

TEST(import, packages_become_projects_with_their_people)
{
	struct database database;
	struct machine machine;
	struct project apt;

	database_open(&database);
	machine_init(&machine, true);
	struct trv_session *s = database.session;
	REQUIRE_OK(machine_import(&machine, &database), trv_error(s));
	CHECK_INT(machine.counts.projects, 2);
	CHECK_INT(machine.counts.people, 3);
	REQUIRE_OK(project_one(s, &apt,
	                       &(struct project_query) {
				       .where = { project_name(TRV_EQ, "apt") },
				       .lead = &(struct person_query) { 0 },
				       .people = &(struct person_query) { .order_by = { person_by_email(TRV_ASC) } },
			       }),
	           trv_error(s));
	CHECK_STR(apt.summary, "commandline package manager");
	CHECK_STR(apt.lead->email, "deity@lists.debian.org");
	CHECK_INT(apt.size, 10240);
	CHECK_INT(apt.created, INT64_C(1672574781000000));
	REQUIRE(apt.people->count == 2);
	CHECK_STR(apt.people->items[1]->email, "joerg@example.org");
	CHECK_STR(apt.people->items[1]->name, "J\xc3\xb6rg");
	machine_release(&machine);
	database_close(&database);
}

TEST(import, closed_bugs_become_finished_tasks_with_their_dates)
{
	struct database database;
	struct machine machine;
	struct task_list tasks;

	database_open(&database);
	machine_init(&machine, true);
	struct trv_session *s = database.session;
	REQUIRE_OK(machine_import(&machine, &database), trv_error(s));
	CHECK_INT(machine.counts.uploads, 2);
	CHECK_INT(machine.counts.converted, 1);
	REQUIRE_OK(task_find(s, &tasks,
	                     &(struct task_query) {
				     .order_by = { task_by_bug(TRV_ASC) },
				     .assignee = &(struct person_query) { 0 },
				     .upload = &(struct upload_query) { 0 },
			     }),
	           trv_error(s));
	REQUIRE(tasks.count == 3);
	CHECK_INT(tasks.items[1].bug, 8);
	CHECK_STR(tasks.items[1].title, "Fix a thing");
	CHECK_INT(tasks.items[1].state, TASK_DONE);
	CHECK_INT(tasks.items[1].closed, INT64_C(1672661181000000));
	CHECK_INT(tasks.items[1].priority, 4);
	CHECK_STR(tasks.items[1].assignee->email, "joerg@example.org");
	CHECK_STR(tasks.items[1].upload->version, "2.6.1");
	CHECK_INT(tasks.items[2].tracker, TRACKER_LAUNCHPAD);
	CHECK_STR(tasks.items[2].upload->version, "2.6.0");
	machine_release(&machine);
	database_close(&database);
}

TEST(import, dependencies_are_resolved_to_what_is_installed)
{
	struct database database;
	struct machine machine;
	struct dependency_list needs;

	database_open(&database);
	machine_init(&machine, false);
	struct trv_session *s = database.session;
	REQUIRE_OK(machine_import(&machine, &database), trv_error(s));
	REQUIRE_OK(dependency_find(s, &needs,
	                           &(struct dependency_query) {
					   .order_by = { dependency_by_project_id(TRV_ASC) },
					   .project = &(struct project_query) { 0 },
					   .target = &(struct project_query) { 0 },
				   }),
	           trv_error(s));
	REQUIRE(needs.count == 2);
	CHECK_STR(needs.items[0].project->name, "apt");
	CHECK_STR(needs.items[0].target->name, "libc6");
	CHECK_STR(needs.items[0].clause, "libc6 (>= 2.34)");
	CHECK_STR(needs.items[1].project->name, "libc6");
	CHECK_STR(needs.items[1].target->name, "apt");
	machine_release(&machine);
	database_close(&database);
}

TEST(import, bad_records_are_reported_with_their_place)
{
	struct database database;
	struct machine machine;

	database_open(&database);
	machine_init(&machine, true);
	REQUIRE_OK(machine_import(&machine, &database), trv_error(database.session));
	CHECK_CONTAINS(machine.said, "/status:20: package \"libc6\" is here twice");
	CHECK_CONTAINS(machine.said, "/status:27: a package without a proper name");
	CHECK_CONTAINS(machine.said, "/status:33: package \"nobody\" has no maintainer");
	CHECK_CONTAINS(machine.said, "changelog.Debian.gz:7: urgency \"odd\" is unknown");
	CHECK_CONTAINS(machine.said, "changelog.Debian.gz:13: version 2.6.0 is left out: the same version is above");
	CHECK_CONTAINS(machine.said, "changelog.Debian.gz:17: version 2.5 is left out: the uploader has no address");
	CHECK_INT(machine.report.count, 6);
	machine_release(&machine);
	database_close(&database);
}

TEST(import, without_changelogs_the_package_database_is_enough)
{
	struct database database;
	struct machine machine;
	uint64_t documents;

	database_open(&database);
	machine_init(&machine, false);
	REQUIRE_OK(machine_import(&machine, &database), trv_error(database.session));
	CHECK_INT(machine.counts.changelogs, 0);
	CHECK_INT(machine.counts.projects, 2);
	CHECK_INT(machine.counts.uploads, 0);
	REQUIRE_OK(document_count(database.session, &documents,
	                          &(struct document_query) {
					  .where = { document_kind(TRV_EQ, DOCUMENT_DESCRIPTION),
	                                             document_body(TRV_CONTAINS, "memory leak") },
				  }),
	           trv_error(database.session));
	CHECK_INT(documents, 1);
	machine_release(&machine);
	database_close(&database);
}

/* What every table's limits would refuse must be dealt with before: a refusal would end the import. */
TEST(import, records_that_are_too_long_never_end_it)
{
	static char text[40000];
	static char many[4000];
	struct database database;
	struct machine machine;
	struct project project;

	memset(many, 'x', sizeof(many) - 1);
	database_open(&database);
	machine_init(&machine, false);
	int size = snprintf(text, sizeof(text),
	                    "Package: long\nSection: %s\nVersion: %s\nDepends: other (= %s)\n"
	                    "Maintainer: %s <a@b>\nDescription: \xc3\xa4%s\n\n"
	                    "Package: other\nMaintainer: A <%s@b>\n\nPackage: %s\nMaintainer: A <a@b>\n",
	                    many, many, many, many, many, many, many);
	REQUIRE(size > 0 && (size_t)size < sizeof(text));
	write_file(machine.status, text, (size_t)size);
	struct trv_session *s = database.session;
	REQUIRE_OK(machine_import(&machine, &database), trv_error(s));
	CHECK_INT(machine.counts.projects, 1);
	CHECK_INT(machine.report.count, 2);
	REQUIRE_OK(project_find_by_name(s, &project, "long"), trv_error(s));
	CHECK_INT(trv_utf8_length(project.summary, strlen(project.summary)), 300);
	CHECK_INT(strlen(project.version), 100);
	machine_release(&machine);
	database_close(&database);
}

TEST(import, a_missing_package_database_is_an_error)
{
	struct database database;
	struct machine machine;

	database_open(&database);
	machine_init(&machine, false);
	machine.options.status = "/nonexistent/status";
	CHECK_STATUS(machine_import(&machine, &database), TRV_ERR_NOT_FOUND);
	CHECK_CONTAINS(machine.said, "/nonexistent/status:1: ");
	machine_release(&machine);
	database_close(&database);
}
