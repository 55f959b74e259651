/* The socket on which a program answers who watches it. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *folder(void)
{
	static const char *made;

	made = made ? made : test_temporary_folder();
	return made;
}

static const char *socket_path(void)
{
	static char path[108];

	snprintf(path, sizeof(path), "%s/watch.sock", folder());
	return path;
}

static void open_watched(struct world *w)
{
	world_open(w, (struct trv_options) { .pool.size = 2, .monitor.socket = socket_path() });
}

/* The descriptor, or -1. */
static int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (made >= 0 && connect(made, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(made);
		return -1;
	}
	return made;
}

static void say(int socket, const char *text, size_t size)
{
	REQUIRE(send(socket, text, size, MSG_NOSIGNAL) == (ssize_t)size);
}

/* Takes what is there up to the end mark, and no more: another answer may follow. False: nothing came. */
static bool hear_some(int socket, char *text, size_t *size, size_t room)
{
	struct pollfd wait = { .fd = socket, .events = POLLIN };
	ssize_t there = poll(&wait, 1, 5000) > 0 ? recv(socket, text + *size, room - *size - 1, MSG_PEEK) : 0;

	if (there <= 0)
		return false;
	text[*size + (size_t)there] = '\0';
	const char *mark = strstr(text, "# EOF\n");
	size_t wanted = mark ? (size_t)(mark + 6 - text) - *size : (size_t)there;
	ssize_t got = recv(socket, text + *size, wanted, 0);
	*size += got > 0 ? (size_t)got : 0;
	text[*size] = '\0';
	return got > 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), length = strlen(end);

	return size >= length && strcmp(text + size - length, end) == 0;
}

/* One answer, as far as its end mark or the end of what comes. */
static const char *hear(struct world *w, int socket)
{
	size_t room = 1 << 20, size = 0;
	char *text = trv_arena_zero(trv_session_arena(w->s), 1, room);

	REQUIRE(text);
	while (!ends_with(text, "# EOF\n") && hear_some(socket, text, &size, room))
		;
	return text;
}

static const char *ask(struct world *w, const char *request)
{
	int socket = dial(socket_path());

	REQUIRE(socket >= 0);
	say(socket, request, strlen(request));
	const char *answer = hear(w, socket);
	close(socket);
	return answer;
}

TEST(endpoint, it_tells_of_the_pool_the_sessions_and_the_statements)
{
	struct author author;
	struct world w;

	open_watched(&w);
	for (int64_t id = 1; id <= 11; id++)
		REQUIRE_OK(author_get(w.s, &author, id), trv_error(w.s));
	REQUIRE_OK(trv_begin(w.s, NULL), trv_error(w.s));
	const char *answer = ask(&w, "snapshot\n");
	REQUIRE_OK(trv_rollback(w.s), trv_error(w.s));
	CHECK(strncmp(answer, "trivet\tprotocol=1\t", 18) == 0);
	CHECK(ends_with(answer, "\n# EOF\n"));
	CHECK_CONTAINS(answer, "\nprocess\tpid=");
	CHECK_CONTAINS(answer, "\tprogram=test-monitor\t");
	CHECK_CONTAINS(answer, "\npool\tsize=2\toverflow=0\tidle=0\tused=1\t");
	CHECK_CONTAINS(answer, "\nhistogram\tname=query\tcount=");
	CHECK_CONTAINS(answer, "\nholder\tsession=");
	CHECK_CONTAINS(answer, "it_tells_of_the_pool_the_sessions_and_the_statements+0x");
	CHECK_CONTAINS(answer, "\tcalls=11\trows=11\terrors=0\t");
	/* Another may be there of a machine that was slow. */
	CHECK_CONTAINS(answer, "\nnotice\tnumber=");
	CHECK_CONTAINS(answer, "\tkind=repeated\t");
	world_close(&w);
}

TEST(endpoint, only_so_many_statements_are_told_as_are_asked_for)
{
	struct author author;
	struct world w;

	open_watched(&w);
	REQUIRE_OK(author_get(w.s, &author, 1), trv_error(w.s));
	const char *answer = ask(&w, "snapshot 1\r\n"), *first = strstr(answer, "\nstatement\t");
	REQUIRE(first);
	CHECK(!strstr(first + 1, "\nstatement\t"));
	CHECK_CONTAINS(answer, "\nstatements\tknown=");
	world_close(&w);
}

TEST(endpoint, metrics_are_one_text)
{
	struct world w;

	open_watched(&w);
	const char *answer = ask(&w, "metrics\n");
	CHECK_CONTAINS(answer, "trivet_pool_size 2\n");
	CHECK_CONTAINS(answer, "trivet_notices_total{kind=\"repeated\"} 0\n");
	CHECK(strstr(answer, "# EOF\n") == answer + strlen(answer) - 6);
	world_close(&w);
}

TEST(endpoint, its_file_is_for_the_owner_only_and_goes_with_the_database)
{
	struct stat status;
	struct world w;

	open_watched(&w);
	REQUIRE(lstat(socket_path(), &status) == 0);
	CHECK(S_ISSOCK(status.st_mode));
	CHECK_INT(status.st_mode & 0777, 0600);
	world_close(&w);
	CHECK(lstat(socket_path(), &status) < 0 && errno == ENOENT);
}

/* In a child with another user's rights: 0 it was answered, 1 refused at the door, 2 sent away. */
static int ask_as_nobody(void)
{
	char answer[64];
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(3);
		int socket = dial(socket_path());
		if (socket < 0)
			_exit(1);
		(void)!send(socket, "metrics\n", 8, MSG_NOSIGNAL);
		_exit(recv(socket, answer, sizeof(answer), 0) > 0 ? 0 : 2);
	}
	REQUIRE(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(endpoint, other_users_are_refused)
{
	struct world w;

	if (geteuid() != 0)
		SKIP("only root can be somebody else");
	open_watched(&w);
	REQUIRE(chmod(folder(), 0711) == 0);
	CHECK_INT(ask_as_nobody(), 1);
	/* even where the file's mode lets them in */
	REQUIRE(chmod(socket_path(), 0666) == 0);
	CHECK_INT(ask_as_nobody(), 2);
	CHECK_CONTAINS(ask(&w, "metrics\n"), "# EOF");
	world_close(&w);
}

TEST(endpoint, rubbish_harms_nobody)
{
	static const char *const requests[] = { "\n",
		                                "snapshotted\n",
		                                "GET / HTTP/1.1\r\n\r\n",
		                                "snapshot -5\n",
		                                "snapshot 99999999999999999999\n",
		                                "%n%n%s%s\n",
		                                "metrics metrics\n" };
	char junk[4096];
	struct world w;

	open_watched(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(requests); i++)
		CHECK_CONTAINS(ask(&w, requests[i]), "# EOF\n");
	for (int round = 0; round < 50; round++) {
		int socket = dial(socket_path());

		for (size_t i = 0; i < sizeof(junk); i++)
			junk[i] = (char)test_random();
		if (socket >= 0) {
			(void)!send(socket, junk, (size_t)(test_random() % sizeof(junk)), MSG_NOSIGNAL);
			close(socket);
		}
	}
	/* a line without an end is not waited for for ever */
	int socket = dial(socket_path());
	REQUIRE(socket >= 0);
	memset(junk, 'x', sizeof(junk));
	(void)!send(socket, junk, sizeof(junk), MSG_NOSIGNAL);
	CHECK_STR(hear(&w, socket), "");
	close(socket);
	CHECK_CONTAINS(ask(&w, "snapshot\n"), "# EOF\n");
	world_close(&w);
}

TEST(endpoint, two_clients_are_served_side_by_side)
{
	struct world w;

	open_watched(&w);
	int one = dial(socket_path()), other = dial(socket_path());
	REQUIRE(one >= 0 && other >= 0);
	say(one, "snap", 4);
	say(other, "metrics\nsnapshot\n", 17);
	CHECK_CONTAINS(hear(&w, other), "trivet_pool_size");
	say(one, "shot\n", 5);
	CHECK_CONTAINS(hear(&w, one), "\npool\t");
	CHECK_CONTAINS(hear(&w, other), "\npool\t");
	close(one);
	say(other, "metrics\n", 8);
	CHECK_CONTAINS(hear(&w, other), "trivet_pool_size");
	close(other);
	world_close(&w);
}

TEST(endpoint, its_clients_are_bounded_and_those_who_wait_block_nobody)
{
	int sockets[20];
	struct author author;
	struct world w;

	open_watched(&w);
	for (size_t i = 0; i < TRV_COUNT_OF(sockets); i++) {
		sockets[i] = dial(socket_path());
		/* asks a hundred times and takes nothing */
		for (int times = 0; sockets[i] >= 0 && times < 100; times++)
			if (send(sockets[i], "metrics\n", 8, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
				break;
	}
	REQUIRE_OK(author_get(w.s, &author, 1), trv_error(w.s));
	for (size_t i = 0; i < TRV_COUNT_OF(sockets); i++)
		if (sockets[i] >= 0)
			close(sockets[i]);
	int socket = -1;
	const char *answer = "";
	for (int tries = 0; tries < 100 && !*answer; tries++) {
		/* the places of those who went are free as soon as it has seen that */
		socket = dial(socket_path());
		if (socket >= 0 && send(socket, "metrics\n", 8, MSG_NOSIGNAL) == 8)
			answer = hear(&w, socket);
		if (socket >= 0)
			close(socket);
	}
	CHECK_CONTAINS(answer, "trivet_pool_size");
	world_close(&w);
}

/* --- whose place it is -------------------------------------------------------------------------------- */

static int open_second(const char *path, struct trv_error *error)
{
	struct trv_db *db = NULL;
	int r = trv_open(
		&db, &(struct trv_options) { .url = world_url(), .models = &library_models, .monitor.socket = path },
		error);

	trv_close(db);
	return r;
}

TEST(endpoint, one_that_is_served_is_not_taken_away)
{
	struct trv_error error = { 0 };
	struct world w;

	open_watched(&w);
	CHECK_STATUS(open_second(socket_path(), &error), TRV_ERR_MISUSE);
	CHECK_CONTAINS(error.message, "another program serves there");
	CHECK_CONTAINS(ask(&w, "metrics\n"), "# EOF");
	world_close(&w);
}

TEST(endpoint, what_a_dead_program_left_is_replaced)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct world w;
	int dead = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path());
	REQUIRE(dead >= 0 && bind(dead, (struct sockaddr *)&address, sizeof(address)) == 0);
	close(dead);
	open_watched(&w);
	CHECK_CONTAINS(ask(&w, "metrics\n"), "# EOF");
	world_close(&w);
}

TEST(endpoint, what_is_no_socket_is_left_alone)
{
	struct trv_error error = { 0 };
	struct stat status;
	char path[200], text[8] = "";

	snprintf(path, sizeof(path), "%s/precious", folder());
	FILE *file = fopen(path, "w");
	REQUIRE(file);
	fputs("keep", file);
	fclose(file);
	CHECK_STATUS(open_second(path, &error), TRV_ERR_IO);
	CHECK_CONTAINS(error.message, "something else is there");
	file = fopen(path, "r");
	REQUIRE(file && fgets(text, sizeof(text), file));
	fclose(file);
	CHECK_STR(text, "keep");
	CHECK(stat(path, &status) == 0 && S_ISREG(status.st_mode));
	CHECK_STATUS(open_second("/nowhere/at/all.sock", &error), TRV_ERR_IO);
}

TEST(endpoint, a_path_may_have_the_process_number_and_a_bound)
{
	struct trv_error error = { 0 };
	char path[200], shown[200], endless[300];
	struct world w;
	struct stat status;

	snprintf(path, sizeof(path), "%s/w-%%p.sock", folder());
	snprintf(shown, sizeof(shown), "%s/w-%ld.sock", folder(), (long)getpid());
	world_open(&w, (struct trv_options) { .pool.size = 1, .monitor.socket = path });
	CHECK(lstat(shown, &status) == 0);
	world_close(&w);
	memset(endless, 'x', sizeof(endless) - 1);
	endless[0] = '/';
	endless[sizeof(endless) - 1] = '\0';
	CHECK_STATUS(open_second(endless, &error), TRV_ERR_LIMIT);
}

TEST(endpoint, the_environment_can_ask_for_it_and_is_no_reason_to_fail)
{
	struct trv_error error = { 0 };
	struct world w;

	setenv("TRIVET_MONITOR", socket_path(), 1);
	world_open(&w, (struct trv_options) { .pool.size = 1 });
	CHECK_CONTAINS(ask(&w, "metrics\n"), "# EOF");
	CHECK_OK(open_second(NULL, &error), &error);
	CHECK_CONTAINS(ask(&w, "metrics\n"), "# EOF");
	unsetenv("TRIVET_MONITOR");
	world_close(&w);
}

TEST(endpoint, a_child_of_fork_leaves_its_parent_s_socket_alone)
{
	struct world w;
	int status = -1;

	open_watched(&w);
	pid_t child = fork();
	if (child == 0) {
		trv_session_close(w.s);
		trv_close(w.db);
		_exit(0);
	}
	REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
	CHECK_INT(status, 0);
	CHECK_CONTAINS(ask(&w, "metrics\n"), "# EOF");
	world_close(&w);
}

TEST(endpoint, no_secret_is_told)
{
	struct book_list found;
	struct trv_value value;
	struct world w;

	world_open(&w,
	           (struct trv_options) { .pool.size = 1, .monitor = { .socket = socket_path(), .slow_query_ms = 1 } });
	REQUIRE_OK(book_find(w.s, &found, &(struct book_query) { .where = { book_secret(TRV_EQ, CANARY) } }),
	           trv_error(w.s));
	CHECK_INT(found.count, AUTHORS * BOOKS);
	REQUIRE_OK(trv_sql_value(w.s, &value, TRV_INT64,
	                         "SELECT count(*) FROM book a, book b, book c WHERE a.secret = '" CANARY "'", NULL, 0),
	           trv_error(w.s));
	CHECK(trv_exec(w.s, NULL, "UPDATE nowhere SET secret = '" CANARY "'", NULL, 0) < 0);
	const char *answer = ask(&w, "snapshot\n");
	CHECK_CONTAINS(answer, "secret = ?");
	CHECK(!strstr(answer, CANARY));
	CHECK(!strstr(ask(&w, "metrics\n"), CANARY));
	CHECK(!strstr(answer, world_url()));
	world_close(&w);
}
