#include "changelog.h"

#include "input.h"
#include <trivet/types.h>

static struct changelog reader;

static void open_text(struct input *input, const char *text)
{
	input_init(input, text, strlen(text));
	reader = changelog_open(&input->source, &input->arena, &input->report);
}

#define TRAILER " -- Matthias Klose <doko@debian.org>  Mon, 02 Jan 2023 13:06:21 +0100\n"

static const char sound[] = "bash (5.2.15-2) unstable; urgency=MEDIUM\n"
			    "\n"
			    "  * Remove one more pdf file without source. Closes: #1024598.\n"
			    "  * d/copyright: Convert to machine-readable format,\n"
			    "    adding missing info.\n"
			    "\n" TRAILER "\n"
			    "bash (5.2-1) frozen unstable; binary-only=yes, urgency=low (HIGH for some)\n"
			    "\n"
			    "  [ Someone Else ]\n"
			    "  * New upstream release.\n"
			    "\n"
			    " -- Someone Else <ELSE@example.org>  Wed, 28 Sep 2022 16:50:07 +0200\n";

TEST(changelog, entries_are_read_newest_first)
{
	struct changelog_entry entry;
	struct input input;

	open_text(&input, sound);
	REQUIRE_STATUS(changelog_next(&reader, &entry), 1);
	CHECK_STR(entry.package, "bash");
	CHECK_STR(entry.version, "5.2.15-2");
	CHECK_STR(entry.distribution, "unstable");
	CHECK_STR(entry.urgency, "medium");
	CHECK_STR(entry.name, "Matthias Klose");
	CHECK_STR(entry.email, "doko@debian.org");
	CHECK_INT(entry.changes, 2);
	CHECK_INT(entry.line, 1);
	CHECK_INT(entry.date, INT64_C(1672661181000000));
	REQUIRE_STATUS(changelog_next(&reader, &entry), 1);
	CHECK_STR(entry.distribution, "frozen unstable");
	CHECK_STR(entry.urgency, "low");
	CHECK_STR(entry.email, "ELSE@example.org");
	CHECK_INT(entry.changes, 1);
	CHECK_INT(entry.line, 9);
	CHECK_STATUS(changelog_next(&reader, &entry), 0);
	CHECK_STR(input_said(&input), "");
	input_release(&input);
}

static struct changelog_entry bugs_of(struct input *input, const char *changes)
{
	static char text[2048];
	struct changelog_entry entry;

	snprintf(text, sizeof(text), "a (1) unstable; urgency=low\n\n%s\n" TRAILER, changes);
	open_text(input, text);
	REQUIRE_STATUS(changelog_next(&reader, &entry), 1);
	return entry;
}

TEST(changelog, closed_bugs_carry_what_was_changed)
{
	struct input input;
	struct changelog_entry entry = bugs_of(&input, "  * Fix the build on musl (Helmut Grohne). Closes: #1023053.\n"
	                                               "  * Drop \"sh\" (closes: Bug#12,\n"
	                                               "    bug 13,#14; LP: #1900001)\n"
	                                               "    - No more. (Closes: 15) and others (Closes: #16)\n");

	REQUIRE(entry.bug_count == 7);
	CHECK_INT(entry.bugs[0].number, 1023053);
	CHECK_STR(entry.bugs[0].title, "Fix the build on musl (Helmut Grohne).");
	CHECK_INT(entry.bugs[1].number, 12);
	CHECK_INT(entry.bugs[2].number, 13);
	CHECK_INT(entry.bugs[3].number, 14);
	CHECK_STR(entry.bugs[3].title, "Drop \"sh\"");
	CHECK_INT(entry.bugs[4].number, 1900001);
	CHECK_INT(entry.bugs[4].tracker, CHANGELOG_LAUNCHPAD);
	CHECK_STR(entry.bugs[4].title, "Drop \"sh\"");
	CHECK_INT(entry.bugs[5].number, 15);
	CHECK_STR(entry.bugs[5].title, "No more.");
	CHECK_INT(entry.bugs[6].number, 16);
	CHECK_STR(entry.bugs[6].title, "and others");
	input_release(&input);
}

TEST(changelog, a_change_that_only_names_the_bug_is_its_own_title)
{
	struct input input;
	struct changelog_entry entry = bugs_of(&input, "  * Closes: #77.\n");

	REQUIRE(entry.bug_count == 1);
	CHECK_STR(entry.bugs[0].title, "Closes: #77.");
	input_release(&input);
}

TEST(changelog, a_bug_is_closed_once_and_mere_mentions_close_nothing)
{
	struct input input;
	struct changelog_entry entry =
		bugs_of(&input, "  * One (Closes: #5)\n  * Two (Closes: #5)\n  * See #6, help: #7, Closes: #0,\n"
	                        "    discloses: #8, Closes: nothing, LP: 9, Closes: #99999999999999999999\n");

	REQUIRE(entry.bug_count == 1);
	CHECK_INT(entry.bugs[0].number, 5);
	CHECK_STR(entry.bugs[0].title, "One");
	input_release(&input);
}

/* Reads all entries; returns how many were sound. */
static int count_entries(void)
{
	struct changelog_entry entry;
	int count = 0;

	while (changelog_next(&reader, &entry) == 1)
		count++;
	return count;
}

TEST(changelog, a_malformed_entry_is_reported_and_the_next_one_is_read)
{
	static const struct {
		const char *text;
		const char *said;
	} wrong[] = {
		{ "a (1) unstable; urgency=low\n\n  * x\n\n", "tracker: input:1: version 1 has no" },
		{ "a (1) unstable; urgency=low\n -- A B <a@b>  some day\n",
		  "tracker: input:2: \"some day\" is no date" },
		{ "a (1) unstable; urgency=low\n -- A B  Mon, 02 Jan 2023 13:06:21 +0100\n",
		  "tracker: input:2: not a \" --" },
		{ "a (1) unstable; urgency=low\n -- A B <>  Mon, 02 Jan 2023 13:06:21 +0100\n",
		  "tracker: input:2: not a" },
		{ "a (1) unstable; urgency=low\n --\n", "tracker: input:2: not a" },
		{ "a (1) unstable\n  * x\n", "tracker: input:1: not the heading" },
		{ "a 1 unstable; urgency=low\n", "tracker: input:1: not the heading" },
		{ "a (1 unstable; urgency=low\n", "tracker: input:1: not the heading" },
		{ "a (1);\n", "tracker: input:1: not the heading" },
	};

	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++) {
		static char text[1024];
		struct input input;

		snprintf(text, sizeof(text), "%sb (2) unstable; urgency=low\n\n  * y\n\n" TRAILER, wrong[i].text);
		open_text(&input, text);
		CHECK_INT(count_entries(), 1);
		CHECK_CONTAINS(input_said(&input), wrong[i].said);
		CHECK_INT(input.report.count, 1);
		input_release(&input);
	}
}

TEST(changelog, remarks_are_passed_over_and_the_oldest_formats_end_it)
{
	static char text[2048];
	struct input input;

	snprintf(text, sizeof(text),
	         "# a comment\n%s\n# Older entries have been removed.\nvim: set et\n"
	         "Changes in dpkg 0.93.27:\n\n* Old things\nbash (0.1) unstable; urgency=low\n",
	         sound);
	open_text(&input, text);
	CHECK(changelog_recognises(&input.source));
	CHECK_INT(count_entries(), 2);
	CHECK_STR(input_said(&input), "tracker: input:19: what follows is in a format before 1996 and left out\n");
	input_release(&input);
}

TEST(changelog, a_line_without_indent_inside_an_entry_does_not_end_it)
{
	struct input input;

	open_text(&input, "a (1) unstable; urgency=low\n  * Do not\nInclude shared libraries\nor more\n" TRAILER);
	CHECK_INT(count_entries(), 1);
	CHECK_STR(input_said(&input), "tracker: input:3: lines without indent inside version 1 are left out\n");
	input_release(&input);
}

TEST(changelog, other_changelogs_are_not_recognised)
{
	static const char *const others[] = {
		"",
		"\n\n",
		"2023-01-14  Nick Clifton  <nickc@redhat.com>\n",
		"# Changelog\n## 1.0\n",
		"<!DOCTYPE html>\n",
	};

	for (size_t i = 0; i < TRV_COUNT_OF(others); i++) {
		struct input input;

		open_text(&input, others[i]);
		CHECK(!changelog_recognises(&input.source));
		CHECK_INT(count_entries(), 0);
		input_release(&input);
	}
}

TEST(changelog, every_cut_and_every_damaged_byte_is_survived)
{
	char text[sizeof(sound)];
	struct input input;

	for (size_t cut = 0; cut < sizeof(sound); cut++) {
		input_init(&input, sound, cut);
		reader = changelog_open(&input.source, &input.arena, &input.report);
		CHECK(count_entries() <= 2);
		input_release(&input);
	}
	for (int i = 0; i < 2000; i++) {
		memcpy(text, sound, sizeof(sound));
		for (int k = 0; k < 4; k++)
			text[test_random() % (sizeof(sound) - 1)] = (char)test_random();
		input_init(&input, text, sizeof(sound) - 1);
		reader = changelog_open(&input.source, &input.arena, &input.report);
		CHECK(count_entries() <= 4);
		input_release(&input);
	}
}
