/* trivet top: the terminal, the keys and the time. */
#include "command.h"
#include "top.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct top {
	const char *path;
	bool once;
	struct top_view view;
	struct top_snapshot now, before;
	bool has_before;
};

/* --- the terminal --------------------------------------------------------------------------------- */

static struct termios saved_terminal;
static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/* The alternate screen without a cursor; keys come one by one. */
static bool enter_screen(void)
{
	struct sigaction action = { .sa_handler = stop };
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &saved_terminal) < 0)
		return false;
	raw = saved_terminal;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	fputs("\033[?1049h\033[?25l", stdout);
	return true;
}

static void leave_screen(void)
{
	fputs("\033[0m\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
}

static void measure_terminal(struct top_view *view)
{
	struct winsize size;

	view->width = 160;
	view->height = 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
		return;
	view->width = size.ws_col;
	view->height = size.ws_row;
}

/* --- one picture -------------------------------------------------------------------------------------- */

static int refuse(const struct top *top, const char *why)
{
	command_fail("top: '%s': %s", top->path, why);
	fputs("trivet: a program answers where its option .monitor.socket says, or TRIVET_MONITOR in its "
	      "environment:\n"
	      "trivet:     TRIVET_MONITOR=/tmp/program.sock ./program\n"
	      "trivet:     trivet top /tmp/program.sock\n",
	      stderr);
	return EXIT_FINDINGS;
}

/* Each look is a client of its own: one that is silent for long, as while it is paused, is not kept. */
static bool look(struct top *top)
{
	struct top_snapshot next;
	int socket = top_connect(top->path);
	bool there = socket >= 0 && top_read(socket, &next);

	if (socket >= 0)
		close(socket);
	if (!there)
		return false;
	if (top->has_before)
		top_release(&top->before);
	top->before = top->now;
	top->has_before = top->now.text != NULL;
	top->now = next;
	top_compare(&top->view, &top->now, top->has_before ? &top->before : NULL);
	return true;
}

static void show(struct top *top)
{
	top_sort(&top->now, top->view.sort);
	if (!top->once) {
		measure_terminal(&top->view);
		fputs("\033[H", stdout);
	}
	top_draw(&top->view, &top->now, stdout);
	fflush(stdout);
}

/* --- keys ------------------------------------------------------------------------------------------- */

/* False: it was the last. */
static bool obey(struct top *top, char key)
{
	static const char sorts[] = {
#define SORT_KEY(key, name, title) key,
		TOP_SORT_MAP(SORT_KEY)
#undef SORT_KEY
	};
	const char *sort = memchr(sorts, key, sizeof(sorts));

	if (key == 'q' || key == 'Q')
		return false;
	if (sort)
		top->view.sort = (enum top_sort)(sort - sorts);
	else if (key == ' ')
		top->view.paused = !top->view.paused;
	else if (key == '+' && top->view.interval < 60)
		top->view.interval *= 2;
	else if (key == '-' && top->view.interval > 0.2)
		top->view.interval /= 2;
	return true;
}

/* Until it is time to look again. False: the user has seen enough. */
static bool wait_for_keys(struct top *top)
{
	double left = top->view.interval;

	while (left > 0 && !stopped) {
		struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };
		int step = left < 0.1 ? (int)(left * 1000) + 1 : 100;
		char key;

		if (poll(&keys, 1, step) > 0) {
			ssize_t got = read(STDIN_FILENO, &key, 1);

			if (got <= 0 || !obey(top, key))
				return false;
			show(top);
		}
		left -= (double)step / 1000;
	}
	return !stopped;
}

/* --- the command ------------------------------------------------------------------------------------ */

static int watch(struct top *top)
{
	bool there = look(top);

	if (!there)
		return refuse(top, "it gave no answer that trivet top understands");
	if (top->once) {
		show(top);
		return EXIT_DONE;
	}
	if (!enter_screen())
		return command_fail("top: this is no terminal; --once prints one snapshot");
	do {
		show(top);
		if (!wait_for_keys(top))
			break;
		there = top->view.paused || look(top);
	} while (there);
	leave_screen();
	return there ? EXIT_DONE : command_fail("top: '%s': the program has ended", top->path);
}

static int run(struct top *top)
{
	int socket = top_connect(top->path);

	if (socket < 0)
		return refuse(top, strerror(errno));
	close(socket);
	int code = watch(top);
	top_release(&top->now);
	if (top->has_before)
		top_release(&top->before);
	return code;
}

static void choose_looks(struct top *top, double seconds)
{
	const char *no_colour = getenv("NO_COLOR");

	setlocale(LC_CTYPE, "");
	top->view.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	top->view.colour = !top->once && !(no_colour && *no_colour);
	top->view.interval = top->once ? 0 : seconds;
	measure_terminal(&top->view);
	if (top->once)
		top->view.height = 0;
}

/* "unix:PATH" and "unix:///PATH" are the socket's URL; NULL: one of something else. */
static const char *path_of(const char *text)
{
	static const char scheme[] = "unix:";

	if (strncmp(text, scheme, sizeof(scheme) - 1) != 0)
		return strstr(text, "://") || strncmp(text, "sqlite:", 7) == 0 ? NULL : text;
	text += sizeof(scheme) - 1;
	if (strncmp(text, "//", 2) != 0)
		return *text ? text : NULL;
	/* Between the second and the third slash is a host, and a socket is on none but this. */
	return text[2] == '/' ? text + 2 : NULL;
}

/* A password is in front of the @, so no more of it is shown than the scheme. */
static int refuse_url(const struct command *self, const char *url)
{
	if (strncmp(url, "unix:", 5) == 0)
		return command_misuse(self, "'%s' names no socket: it is unix:PATH or unix:///PATH", url);
	return command_misuse(self,
	                      "'%.*s:...' is a database's URL: what is watched is a program that uses it, by its "
	                      "socket (TRIVET_MONITOR=/tmp/program.sock ./program; trivet top unix:/tmp/program.sock)",
	                      (int)strcspn(url, ":"), url);
}

static int start(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = { { "once", no_argument, NULL, 'o' },
		                                 { "interval", required_argument, NULL, 'i' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	struct top *top = calloc(1, sizeof(*top));
	double seconds = 1;
	int option, code = EXIT_DONE;

	if (!top)
		return command_fail("top: out of memory");
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1 && code == EXIT_DONE) {
		if (option == 'o')
			top->once = true;
		else if (option == 'i')
			seconds = strtod(optarg, NULL);
		if (option == 'h' || option == '?') {
			free(top);
			return option == 'h' ? command_help(self) : EXIT_USAGE;
		}
	}
	if (argc - optind != 1)
		code = command_misuse(self, "the socket of a program is missing");
	else if (!path_of(argv[optind]))
		code = refuse_url(self, argv[optind]);
	else if (!(seconds >= 0.1 && seconds <= 3600))
		code = command_misuse(self, "an interval is 0.1 to 3600 seconds");
	if (code == EXIT_DONE) {
		top->path = path_of(argv[optind]);
		choose_looks(top, seconds);
		code = run(top);
	}
	free(top);
	return code;
}

const struct command command_top = {
	.name = "top",
	.arguments = "[--once] [--interval SECONDS] SOCKET",
	.summary = "watch a running program: its pool, sessions, slow and repeated statements",
	.help = "  --once              print one snapshot, without colours, and end\n"
		"  --interval SECONDS  between two looks (1)\n"
		"\n"
		"The program answers on a Unix socket: its option .monitor.socket, or TRIVET_MONITOR in\n"
		"its environment. SOCKET is its path, or its URL: unix:/tmp/program.sock.\n"
		"Keys: t c m w r n sort, space pauses, + and - change the interval, q quits.\n",
	.run = start,
};
