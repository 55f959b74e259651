/* trivet top: what it makes of an answer, and what a user sees. */
#include "fixture.h"

#include "../../codegen/top.h"
#include <stdlib.h>
#include <sys/wait.h>

static char *copy_of(const char *text)
{
	char *copy = malloc(strlen(text) + 1);

	REQUIRE(copy);
	return strcpy(copy, text);
}

/* What is drawn of an answer, or NULL where it is none. To be freed. */
static char *drawn(const char *answer, struct top_view view)
{
	static struct top_snapshot snapshot;
	char *text = NULL;
	size_t size = 0;

	if (top_parse(&snapshot, copy_of(answer))) {
		FILE *out = open_memstream(&text, &size);

		REQUIRE(out);
		top_compare(&view, &snapshot, NULL);
		top_sort(&snapshot, view.sort);
		top_draw(&view, &snapshot, out);
		fclose(out);
	}
	top_release(&snapshot);
	return text;
}

static const struct top_view plain = { .width = 160 };

#define HEAD "trivet\tprotocol=1\tversion=9\n"

TEST(top, fields_and_kinds_that_it_does_not_know_are_passed_over)
{
	char *text = drawn(HEAD "news\tof=tomorrow\nprocess\tpid=7\tprogram=it\tmood=good\tdriver=toy\n"
	                        "pool\tsize=4\tused=3\twaiting=2\nno fields at all\n\n\t\t\n=\t=\n# EOF\n",
	                   plain);

	REQUIRE(text);
	CHECK_CONTAINS(text, "it   pid 7   toy");
	CHECK_CONTAINS(text, "3 of 4 used   2 waiting");
	free(text);
}

TEST(top, what_is_no_snapshot_is_refused)
{
	CHECK(drawn("HTTP/1.1 200 OK\n# EOF\n", plain) == NULL);
	CHECK(drawn("error\tmessage=no\n# EOF\n", plain) == NULL);
	CHECK(drawn("trivet\tprotocol=2\tversion=9\n# EOF\n", plain) == NULL);
	CHECK(drawn("", plain) == NULL);
}

TEST(top, nothing_that_a_terminal_obeys_comes_through)
{
	char *text = drawn(HEAD "process\tprogram=\033[2Jevil\r\007\x7f\xc2\x9b\x9b\tdriver=\\\033\n"
	                        "statement\tshape=1\tcalls=1\tsql=SELECT \\n\033]0;x\007\tsite=\x1b(0\n# EOF\n",
	                   plain);

	REQUIRE(text);
	for (const char *at = text; *at; at++)
		if (!CHECK((unsigned char)*at >= 0x20 || *at == '\n') || !CHECK(*at != 0x7f))
			break;
	CHECK(!strstr(text, "\xc2\x9b"));
	free(text);
}

TEST(top, no_line_is_wider_than_the_terminal_and_no_screen_higher)
{
	static char answer[60000];
	size_t length = (size_t)snprintf(answer, sizeof(answer), HEAD);

	for (int i = 0; i < 100; i++)
		length += (size_t)snprintf(answer + length, sizeof(answer) - length,
		                           "holder\tsession=%d\theld_ns=%d\tsite=p(f+0x%d)\n"
		                           "statement\tshape=%d\tcalls=%d\ttotal_ns=%d\tsite=p(function_%d+0x1)"
		                           "\tsql=SELECT a, b, c, d, e, f, g, h, i FROM t WHERE x IN (?, ?, ?, ?)\n"
		                           "notice\tkind=repeated\tsql=SELECT\thint=do something else\n",
		                           i, i * 1000, i, i, i, i * 100000, i);
	for (size_t width = 1; width < 200; width += 37)
		for (size_t height = 1; height < 80; height += 13) {
			char *text = drawn(answer, (struct top_view) { .width = width,
			                                               .height = height,
			                                               .unicode = false,
			                                               .sort = TOP_SORT_CALLS });
			size_t lines = 0, column = 0;

			REQUIRE(text);
			for (const char *at = text; *at; at++) {
				column = *at == '\n' ? 0 : column + 1;
				lines += *at == '\n';
				if (!CHECK(column <= width))
					break;
			}
			CHECK_INT(lines, height - 1);
			free(text);
		}
}

TEST(top, rubbish_is_parsed_without_harm)
{
	static const char pieces[][24] = { "statement",
		                           "\t",
		                           "=",
		                           "\n",
		                           "\\",
		                           "calls=",
		                           "18446744073709551616",
		                           "-1",
		                           "histogram\tname=query",
		                           "buckets=1,2,,3,x",
		                           "notice\t",
		                           "kind=repeated",
		                           "holder\t",
		                           "replica\t",
		                           "sql=",
		                           "\xff\xfe",
		                           "%n%s",
		                           "SELECT  FROM " };

	for (int round = 0; round < 3000; round++) {
		char answer[1200] = HEAD;
		size_t count = (size_t)(test_random() % 40);

		for (size_t i = 0; i < count; i++)
			strcat(answer, pieces[test_random() % TRV_COUNT_OF(pieces)]);
		free(drawn(answer, (struct top_view) { .width = 100, .height = 30, .colour = true, .unicode = true }));
	}
}

/* --- the command ---------------------------------------------------------------------------------------- */

static int run_top(struct world *w, const char *arguments, const char **ret_output)
{
	char command[600];
	char *out = trv_arena_zero(trv_session_arena(w->s), 1, 100000);

	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 '%s' top %s 2>&1 < /dev/null", getenv("TRIVET_TEST_COMMAND"),
	         arguments);
	FILE *pipe = popen(command, "r");
	REQUIRE(pipe && out);
	size_t size = fread(out, 1, 99999, pipe);
	out[size] = '\0';
	*ret_output = out;
	return WEXITSTATUS(pclose(pipe));
}

TEST(top, one_snapshot_shows_all_parts)
{
	char arguments[200], path[108];
	struct author author;
	const char *output;
	struct world w;

	snprintf(path, sizeof(path), "%s/top.sock", test_temporary_folder());
	world_open(&w, (struct trv_options) { .pool.size = 2, .monitor.socket = path });
	for (int64_t id = 1; id <= 11; id++)
		REQUIRE_OK(author_get(w.s, &author, id), trv_error(w.s));
	REQUIRE_OK(trv_begin(w.s, NULL), trv_error(w.s));
	snprintf(arguments, sizeof(arguments), "--once '%s'", path);
	CHECK_INT(run_top(&w, arguments, &output), 0);
	REQUIRE_OK(trv_rollback(w.s), trv_error(w.s));
	CHECK_CONTAINS(output, "test-monitor");
	CHECK_CONTAINS(output, "1 of 2 used");
	CHECK_CONTAINS(output, "  test__run_top_one_snap");
	CHECK_CONTAINS(output, "N+1 in 1");
	CHECK_CONTAINS(output, "author_get_many");
	CHECK(!strchr(output, '\033'));
	world_close(&w);
}

TEST(top, a_socket_is_named_by_its_path_or_by_its_url)
{
	static const char *const schemes[] = { "", "unix:", "unix://" };
	char arguments[200], path[108];
	const char *output;
	struct world w;

	snprintf(path, sizeof(path), "%s/url.sock", test_temporary_folder());
	world_open(&w, (struct trv_options) { .pool.size = 2, .monitor.socket = path });
	for (size_t i = 0; i < TRV_COUNT_OF(schemes); i++) {
		snprintf(arguments, sizeof(arguments), "--once '%s%s'", schemes[i], path);
		if (!CHECK_INT(run_top(&w, arguments, &output), 0))
			test_note("%s", arguments);
		CHECK_CONTAINS(output, "test-monitor");
	}
	world_close(&w);
}

TEST(top, a_url_of_something_else_is_refused_with_the_way_out)
{
	static const char *const databases[] = { "postgresql://u:CANARY@h/db", "mariadb://u:CANARY@h/db",
		                                 "sqlite:///CANARY.db", "sqlite:CANARY.db" };
	const char *output;
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	for (size_t i = 0; i < TRV_COUNT_OF(databases); i++) {
		CHECK_INT(run_top(&w, databases[i], &output), 2);
		CHECK_CONTAINS(output, "a database's URL");
		CHECK_CONTAINS(output, "TRIVET_MONITOR");
		CHECK_CONTAINS(output, "trivet top unix:/tmp/program.sock");
		CHECK(!strstr(output, "CANARY"));
	}
	CHECK_INT(run_top(&w, "unix:", &output), 2);
	CHECK_CONTAINS(output, "unix:///PATH");
	CHECK_INT(run_top(&w, "unix://elsewhere/tmp/program.sock", &output), 2);
	CHECK_CONTAINS(output, "unix:///PATH");
	world_close(&w);
}

TEST(top, what_cannot_be_watched_is_said_with_the_way_out)
{
	const char *output;
	struct world w;

	world_open(&w, (struct trv_options) { .pool.size = 1 });
	CHECK_INT(run_top(&w, "--once /nowhere/at/all.sock", &output), 1);
	CHECK_CONTAINS(output, "TRIVET_MONITOR");
	CHECK_INT(run_top(&w, "--once", &output), 2);
	CHECK_INT(run_top(&w, "--interval 0 /nowhere/at/all.sock", &output), 2);
	world_close(&w);
}
