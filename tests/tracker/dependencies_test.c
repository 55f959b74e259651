#include "dependencies.h"

#include "input.h"

static struct dependency_clauses parse(struct input *input, const char *value)
{
	struct deb822_field field = { .name = "Depends", .value = value, .line = 7 };
	struct dependency_clauses clauses;

	INPUT(input, "");
	REQUIRE_OK(dependencies_parse(&clauses, &field, "status", &input->arena, &input->report), NULL);
	return clauses;
}

TEST(dependencies, clauses_keep_their_text_and_give_their_names)
{
	struct input input;
	struct dependency_clauses clauses = parse(&input, "passwd, gpgv (>= 2.0) | gpgv2,libc6 (>= 2.34)");

	REQUIRE(clauses.count == 3);
	CHECK_STR(clauses.items[0].names[0], "passwd");
	CHECK_STR(clauses.items[1].text, "gpgv (>= 2.0) | gpgv2");
	REQUIRE(clauses.items[1].name_count == 2);
	CHECK_STR(clauses.items[1].names[0], "gpgv");
	CHECK_STR(clauses.items[1].names[1], "gpgv2");
	CHECK_STR(clauses.items[2].names[0], "libc6");
	CHECK_STR(input_said(&input), "");
	input_release(&input);
}

TEST(dependencies, architectures_profiles_and_qualifiers_are_passed_over)
{
	struct input input;
	struct dependency_clauses clauses = parse(
		&input, "python3:any, libc6.1 [alpha ia64], g++ (<< 13) [amd64] <!nocheck> <cross>,\n libstdc++6,");

	REQUIRE(clauses.count == 4);
	CHECK_STR(clauses.items[0].names[0], "python3");
	CHECK_STR(clauses.items[1].names[0], "libc6.1");
	CHECK_STR(clauses.items[2].names[0], "g++");
	CHECK_STR(clauses.items[3].names[0], "libstdc++6");
	CHECK_STR(input_said(&input), "");
	input_release(&input);
}

TEST(dependencies, a_malformed_clause_is_reported_and_the_others_stay)
{
	static const char *const wrong[] = { "libc6 (>= 2", "a b",    "x", "| libc6", "libc6 |",
		                             "libc6 ()",    "(>= 1)", "",  "li$c" };

	for (size_t i = 0; i < TRV_COUNT_OF(wrong); i++) {
		char value[64];
		struct input input;

		snprintf(value, sizeof(value), "first, %s, last", wrong[i]);
		struct dependency_clauses clauses = parse(&input, value);
		CHECK_INT(clauses.count, 2);
		CHECK_INT(input.report.count, 1);
		CHECK_CONTAINS(input_said(&input), "tracker: status:7: Depends: cannot read ");
		input_release(&input);
	}
}

TEST(dependencies, an_empty_field_has_no_clauses)
{
	struct input input;

	CHECK_INT(parse(&input, "").count, 0);
	CHECK_INT(input.report.count, 0);
	input_release(&input);
}

TEST(dependencies, every_damaged_byte_of_a_database_is_survived)
{
	static const char sound[] = "Package: apt\nDepends: libc6 (>= 2.34), gpgv | gpgv2 [amd64] <!nocheck>\n"
				    "Description: x\n .\n y\n\nPackage: b\nDepends: python3:any\n";

	for (int i = 0; i < 3000; i++) {
		char text[sizeof(sound)];
		struct deb822_paragraph paragraph;
		struct dependency_clauses clauses;
		struct input input;

		memcpy(text, sound, sizeof(sound));
		for (int k = 0; k < 3; k++)
			text[test_random() % (sizeof(sound) - 1)] = (char)test_random();
		input_init(&input, text, sizeof(sound) - 1);
		struct deb822 reader = deb822_open(&input.source, &input.arena, &input.report);
		while (deb822_next(&reader, &paragraph) == 1) {
			const struct deb822_field *field = deb822_field(&paragraph, "Depends");

			if (field)
				CHECK_OK(dependencies_parse(&clauses, field, "input", &input.arena, &input.report),
				         NULL);
		}
		input_release(&input);
	}
}
