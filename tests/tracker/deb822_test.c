#include "deb822.h"

#include "input.h"

static int next(struct deb822 *reader, struct deb822_paragraph *paragraph)
{
	return deb822_next(reader, paragraph);
}

TEST(deb822, paragraphs_and_their_fields_are_read)
{
	struct deb822_paragraph paragraph;
	struct input input;

	INPUT(&input, "\nPackage: adduser\nVersion:3.134\nEmpty:\n\n\nPackage: zlib1g\n");
	struct deb822 reader = deb822_open(&input.source, &input.arena, &input.report);

	REQUIRE_STATUS(next(&reader, &paragraph), 1);
	CHECK_STR(deb822_value(&paragraph, "package"), "adduser");
	CHECK_STR(deb822_value(&paragraph, "Version"), "3.134");
	CHECK_STR(deb822_value(&paragraph, "Empty"), "");
	CHECK(!deb822_value(&paragraph, "Depends"));
	CHECK_INT(paragraph.line, 2);
	REQUIRE_STATUS(next(&reader, &paragraph), 1);
	CHECK_STR(deb822_value(&paragraph, "Package"), "zlib1g");
	CHECK_INT(paragraph.line, 7);
	CHECK_STATUS(next(&reader, &paragraph), 0);
	CHECK_STR(input_said(&input), "");
	input_release(&input);
}

TEST(deb822, a_value_goes_on_over_indented_lines)
{
	struct deb822_paragraph paragraph;
	struct input input;

	INPUT(&input, "Description: add users\n This is\n .\n  - a list\n .\n\t and a tab\nSection: admin\n");
	struct deb822 reader = deb822_open(&input.source, &input.arena, &input.report);

	REQUIRE_STATUS(next(&reader, &paragraph), 1);
	CHECK_STR(deb822_value(&paragraph, "Description"), "add users\nThis is\n\n - a list\n\n and a tab");
	CHECK_STR(deb822_value(&paragraph, "Section"), "admin");
	CHECK_INT(deb822_field(&paragraph, "Section")->line, 7);
	input_release(&input);
}

TEST(deb822, junk_is_reported_with_its_line_and_left_out)
{
	struct deb822_paragraph paragraph;
	struct input input;

	INPUT(&input, "Package: a\nno colon here\n and its rest\n: no name\nPackage: b\n# a comment\nVersion: 1\n");
	struct deb822 reader = deb822_open(&input.source, &input.arena, &input.report);

	REQUIRE_STATUS(next(&reader, &paragraph), 1);
	CHECK_STR(deb822_value(&paragraph, "Package"), "a");
	CHECK_STR(deb822_value(&paragraph, "Version"), "1");
	CHECK_INT(paragraph.count, 2);
	CHECK_STR(input_said(&input), "tracker: input:2: not a \"Field: value\" line\n"
	                              "tracker: input:4: not a \"Field: value\" line\n"
	                              "tracker: input:5: field \"Package\" is here twice\n");
	CHECK_INT(input.report.count, 3);
	input_release(&input);
}

TEST(deb822, a_file_of_junk_has_no_paragraphs)
{
	struct deb822_paragraph paragraph;
	struct input input;

	INPUT(&input, "\x7f"
	              "ELF\x02\x01\n\n   indented: from the start\n\n");
	struct deb822 reader = deb822_open(&input.source, &input.arena, &input.report);

	CHECK_STATUS(next(&reader, &paragraph), 0);
	CHECK_INT(input.report.count, 2);
	input_release(&input);
}

TEST(deb822, a_file_may_end_without_a_line_feed)
{
	struct deb822_paragraph paragraph;
	struct input input;

	INPUT(&input, "Package: a\nMaintainer: J\xf6rg <j@example.org>");
	struct deb822 reader = deb822_open(&input.source, &input.arena, &input.report);

	REQUIRE_STATUS(next(&reader, &paragraph), 1);
	CHECK_STR(deb822_value(&paragraph, "Maintainer"), "J\xc3\xb6rg <j@example.org>");
	input_release(&input);
}
