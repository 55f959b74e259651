#include "top.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

/* --- comparing ------------------------------------------------------------------------------------ */

static const struct top_statement *find(const struct top_snapshot *snapshot, const char *shape)
{
	for (size_t i = 0; i < snapshot->statement_count; i++)
		if (strcmp(snapshot->statements[i].shape, shape) == 0)
			return &snapshot->statements[i];
	return NULL;
}

static double per_second(uint64_t now, uint64_t before, double seconds)
{
	return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

static void push_rate(struct top_view *view, double rate)
{
	if (view->rate_count == TOP_HISTORY)
		memmove(view->rates, view->rates + 1, (TOP_HISTORY - 1) * sizeof(view->rates[0]));
	else
		view->rate_count++;
	view->rates[view->rate_count - 1] = rate;
}

void top_compare(struct top_view *view, struct top_snapshot *now, const struct top_snapshot *before)
{
	double rows = 0;

	if (!before)
		return;
	double seconds = (double)(now->monotonic - before->monotonic) / 1e9;
	for (size_t i = 0; i < now->statement_count; i++) {
		struct top_statement *statement = &now->statements[i];
		const struct top_statement *old = find(before, statement->shape);

		statement->rate = per_second(statement->calls, old ? old->calls : 0, seconds);
		rows += per_second(statement->rows, old ? old->rows : 0, seconds);
	}
	view->row_rate = rows;
	view->acquire_rate = per_second(now->acquired, before->acquired, seconds);
	push_rate(view, per_second(now->histograms[TOP_QUERY].count, before->histograms[TOP_QUERY].count, seconds));
}

/* --- sorting -------------------------------------------------------------------------------------- */

static double mean_of(const struct top_statement *statement)
{
	return statement->calls ? (double)statement->total / (double)statement->calls : 0;
}

static double weight(const struct top_statement *statement, enum top_sort sort)
{
	switch (sort) {
	case TOP_SORT_CALLS:
		return (double)statement->calls;
	case TOP_SORT_MEAN:
		return mean_of(statement);
	case TOP_SORT_WORST:
		return (double)statement->worst;
	case TOP_SORT_ROWS:
		return (double)statement->rows;
	case TOP_SORT_REPEATED:
		return (double)statement->repeated;
	default:
		return (double)statement->total;
	}
}

/* By insertion: those that weigh the same stay in their order, so that the screen is quiet. */
void top_sort(struct top_snapshot *snapshot, enum top_sort sort)
{
	for (size_t i = 1; i < snapshot->statement_count; i++) {
		struct top_statement moved = snapshot->statements[i];
		size_t at = i;

		for (; at > 0 && weight(&snapshot->statements[at - 1], sort) < weight(&moved, sort); at--)
			snapshot->statements[at] = snapshot->statements[at - 1];
		snapshot->statements[at] = moved;
	}
}

/* --- lines ------------------------------------------------------------------------------------------ */

enum style {
	PLAIN,
	TITLE,
	HEADING,
	FAINT,
	GOOD,
	WARM,
	BAD,
	KEY,
};

static const char *const codes[] = {
	[PLAIN] = "\033[0m",   [TITLE] = "\033[0;1;97;44m", [HEADING] = "\033[0;1;96m", [FAINT] = "\033[0;90m",
	[GOOD] = "\033[0;92m", [WARM] = "\033[0;93m",       [BAD] = "\033[0;1;91m",     [KEY] = "\033[0;97m",
};

struct screen {
	const struct top_view *view;
	FILE *out;
	size_t column, line;
	enum style style;
	bool last; /* the line at the bottom is being drawn */
};

/* The line at the bottom is for the keys. */
static bool is_full(const struct screen *screen)
{
	return screen->view->height && !screen->last && screen->line + 1 >= screen->view->height;
}

static bool has_room(const struct screen *screen, size_t lines)
{
	return !screen->view->height || screen->line + lines < screen->view->height;
}

static void set_style(struct screen *screen, enum style style)
{
	if (screen->view->colour && screen->style != style)
		fputs(codes[style], screen->out);
	screen->style = style;
}

/* Cut at the right edge. A byte that continues a character takes no column. */
static void put(struct screen *screen, enum style style, const char *text)
{
	if (is_full(screen))
		return;
	set_style(screen, style);
	for (; *text; text++) {
		bool begins = ((unsigned char)*text & 0xc0) != 0x80;

		if (begins && screen->column >= screen->view->width)
			return;
		screen->column += begins;
		fputc(*text, screen->out);
	}
}

__attribute__((format(printf, 3, 4))) static void print(struct screen *screen, enum style style, const char *format,
                                                        ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	put(screen, style, text);
}

static void pad_to(struct screen *screen, enum style style, size_t column)
{
	while (screen->column < column && screen->column < screen->view->width && !is_full(screen))
		put(screen, style, " ");
}

static void end_line(struct screen *screen)
{
	if (is_full(screen))
		return;
	set_style(screen, PLAIN);
	fputs(screen->view->colour ? "\033[K\n" : "\n", screen->out);
	screen->column = 0;
	screen->line++;
}

/* --- numbers and bars ------------------------------------------------------------------------------- */

struct text {
	char at[24];
};

static struct text duration(double nanoseconds, bool unicode)
{
	struct text text;

	if (nanoseconds < 1e3)
		snprintf(text.at, sizeof(text.at), "%.0f ns", nanoseconds);
	else if (nanoseconds < 1e6)
		snprintf(text.at, sizeof(text.at), "%.3g %s", nanoseconds / 1e3, unicode ? "µs" : "us");
	else if (nanoseconds < 1e9)
		snprintf(text.at, sizeof(text.at), "%.3g ms", nanoseconds / 1e6);
	else
		snprintf(text.at, sizeof(text.at), "%.1f s", nanoseconds / 1e9);
	return text;
}

static struct text amount(double number)
{
	struct text text;

	if (number < 10 && number > 0 && number != floor(number))
		snprintf(text.at, sizeof(text.at), "%.1f", number);
	else if (number < 1e5)
		snprintf(text.at, sizeof(text.at), "%.0f", number);
	else if (number < 1e7)
		snprintf(text.at, sizeof(text.at), "%.0fk", number / 1e3);
	else
		snprintf(text.at, sizeof(text.at), "%.0fM", number / 1e6);
	return text;
}

/* Right-aligned, whatever bytes its characters have. */
static void put_right(struct screen *screen, enum style style, size_t width, const char *text)
{
	size_t columns = 0;

	for (const char *at = text; *at; at++)
		columns += ((unsigned char)*at & 0xc0) != 0x80;
	pad_to(screen, style, screen->column + (columns < width ? width - columns : 0));
	put(screen, style, text);
}

static void put_bar(struct screen *screen, enum style style, size_t width, double part)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	size_t units = part > 0 ? (size_t)(part * (double)width * 8 + 0.5) : 0, end = screen->column + width;

	if (units > width * 8)
		units = width * 8;
	for (size_t i = 0; i < units / 8; i++)
		put(screen, style, screen->view->unicode ? "█" : "#");
	if (screen->view->unicode)
		put(screen, style, eighths[units % 8]);
	else if (units % 8 >= 4)
		put(screen, style, "#");
	while (screen->column < end && screen->column < screen->view->width && !is_full(screen))
		put(screen, FAINT, screen->view->unicode ? "·" : ".");
}

static void put_spark(struct screen *screen, enum style style, double part)
{
	static const char *const levels[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { " ", ".", ".", ":", ":", "+", "+", "#", "#" };
	int level = part > 0 ? 1 + (int)(part * 7.999) : 0;

	put(screen, style, (screen->view->unicode ? levels : plain)[level > 8 ? 8 : level]);
}

/* --- SQL and call sites on one line ------------------------------------------------------------------- */

/* "tracker(show+0x1f)" as "show+0x1f". */
static void put_site(struct screen *screen, enum style style, const char *site, size_t width)
{
	const char *open = strchr(site, '(');
	size_t end = screen->column + width, length = strlen(site);

	if (!*site)
		put(screen, FAINT, "(the library)");
	for (const char *at = open && site[length - 1] == ')' ? open + 1 : site; *at && *at != ')'; at++)
		if (screen->column + 1 < end)
			print(screen, style, "%c", *at);
	pad_to(screen, PLAIN, end);
}

static bool is_list_item(const char *at)
{
	return strncmp(at, ", ?", 3) == 0;
}

/* Behind a long list of columns, which the statement begins with at `sql`; `sql` itself where there is none. */
static const char *skip_columns(const char *sql)
{
	const char *from = strncmp(sql, "SELECT ", 7) == 0 ? strstr(sql, " FROM ") : NULL;
	const char *inner = from ? strstr(sql + 7, "SELECT ") : NULL;

	return from && from - sql > 24 && (!inner || inner > from) ? from : sql;
}

/* What tells statements apart fits on a line: no quotes, no column lists, no long key lists. */
static void put_sql(struct screen *screen, enum style style, const char *sql)
{
	const char *dots = screen->view->unicode ? "…" : "...";

	if (!*sql)
		put(screen, FAINT, "(all others together)");
	while (*sql) {
		const char *rest = skip_columns(sql);

		if (rest != sql) {
			print(screen, style, "SELECT %s", dots);
			sql = rest;
		} else if (is_list_item(sql) && is_list_item(sql + 3)) {
			put(screen, style, dots);
			while (is_list_item(sql))
				sql += 3;
		} else {
			if (*sql != '"' && *sql != '`')
				print(screen, style, "%.*s", 1, sql);
			sql++;
		}
	}
}

/* --- the parts ---------------------------------------------------------------------------------------- */

static void draw_title(struct screen *screen, const struct top_snapshot *snapshot)
{
	time_t now = (time_t)(snapshot->now / 1000000);
	struct tm local;
	char clock[16] = "";

	if (localtime_r(&now, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	print(screen, TITLE, " trivet top   %s   pid %llu   %s", snapshot->program, (unsigned long long)snapshot->pid,
	      snapshot->driver);
	size_t right = screen->view->width > 34 ? screen->view->width - 34 : 0;
	pad_to(screen, TITLE, right);
	if (screen->view->interval > 0)
		print(screen, TITLE, "%s every %.3g s   %s ", screen->view->paused ? "  PAUSED," : "         ",
		      screen->view->interval, clock);
	else
		print(screen, TITLE, "                   %s ", clock);
	pad_to(screen, TITLE, screen->view->width);
	end_line(screen);
}

static void draw_pool(struct screen *screen, const struct top_snapshot *snapshot)
{
	double part = snapshot->size ? (double)snapshot->used / (double)snapshot->size : 0;
	enum style style = part >= 1 ? BAD : part > 0.7 ? WARM : GOOD;

	put(screen, HEADING, "Pool     ");
	put_bar(screen, style, 24, part);
	print(screen, style, " %llu", (unsigned long long)snapshot->used);
	print(screen, PLAIN, " of %llu used", (unsigned long long)snapshot->size);
	print(screen, snapshot->waiting ? BAD : PLAIN, "   %llu waiting", (unsigned long long)snapshot->waiting);
	print(screen, PLAIN, "   %llu idle", (unsigned long long)snapshot->idle);
	if (snapshot->connecting)
		print(screen, WARM, "   %llu connecting", (unsigned long long)snapshot->connecting);
	if (snapshot->suspended)
		put(screen, BAD, "   suspended");
	print(screen, snapshot->timeouts ? BAD : PLAIN, "   %llu timeouts", (unsigned long long)snapshot->timeouts);
	if (snapshot->leaks)
		print(screen, BAD, "   %llu leaks", (unsigned long long)snapshot->leaks);
	if (screen->view->interval > 0)
		print(screen, PLAIN, "   %s acquires/s", amount(screen->view->acquire_rate).at);
	end_line(screen);
}

static void draw_replicas(struct screen *screen, const struct top_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->replica_count; i++) {
		const struct top_replica *replica = &snapshot->replicas[i];
		double part = replica->size ? (double)replica->used / (double)replica->size : 0;

		print(screen, HEADING, "Replica %llu", (unsigned long long)replica->index + 1);
		put_bar(screen, replica->in_use ? GOOD : FAINT, 23, part);
		print(screen, PLAIN, " %llu of %llu used   %llu waiting", (unsigned long long)replica->used,
		      (unsigned long long)replica->size, (unsigned long long)replica->waiting);
		if (!replica->in_use)
			put(screen, BAD, "   set aside");
		print(screen, replica->behind ? WARM : PLAIN, "   %s behind",
		      duration((double)replica->behind, screen->view->unicode).at);
		end_line(screen);
	}
}

static void draw_load(struct screen *screen, const struct top_snapshot *snapshot)
{
	const struct top_view *view = screen->view;
	size_t shown = view->rate_count < 24 ? view->rate_count : 24;
	double most = 0;

	put(screen, HEADING, "Load     ");
	for (size_t i = view->rate_count - shown; i < view->rate_count; i++)
		most = view->rates[i] > most ? view->rates[i] : most;
	pad_to(screen, PLAIN, screen->column + 24 - shown);
	for (size_t i = view->rate_count - shown; i < view->rate_count; i++)
		put_spark(screen, GOOD, most > 0 ? view->rates[i] / most : 0);
	if (shown)
		print(screen, PLAIN, " %s statements/s   %s rows/s", amount(view->rates[view->rate_count - 1]).at,
		      amount(view->row_rate).at);
	print(screen, PLAIN, "   %s statements", amount((double)snapshot->histograms[TOP_QUERY].count).at);
	print(screen, PLAIN, " of %zu shapes", snapshot->known);
	end_line(screen);
}

/* The tallest bucket is as high as the line, the others as the root of their part; none that has anything is flat. */
static void draw_buckets(struct screen *screen, const struct top_histogram *histogram)
{
	uint64_t most = 1;

	for (size_t i = 0; i < TOP_BUCKETS; i++)
		most = histogram->buckets[i] > most ? histogram->buckets[i] : most;
	for (size_t i = 0; i < TOP_BUCKETS; i++)
		put_spark(screen,
		          i < 10   ? GOOD
		          : i < 18 ? WARM
		                   : BAD,
		          sqrt((double)histogram->buckets[i] / (double)most));
}

static void draw_histogram(struct screen *screen, const char *name, const struct top_histogram *histogram)
{
	const double times[] = { (double)histogram->p50, (double)histogram->p90, (double)histogram->p99,
		                 (double)histogram->max };
	size_t start = screen->column;

	print(screen, PLAIN, "%-8s", name);
	put_right(screen, PLAIN, 8, amount((double)histogram->count).at);
	for (size_t i = 0; i < 4; i++)
		put_right(screen, i == 3 ? FAINT : PLAIN, 10, duration(times[i], screen->view->unicode).at);
	pad_to(screen, PLAIN, start + 60);
	draw_buckets(screen, histogram);
	end_line(screen);
}

static void draw_histograms(struct screen *screen, const struct top_snapshot *snapshot)
{
	static const char *const names[] = { "acquire", "connect", "hold", "query" };

	if (!has_room(screen, 6))
		return;
	put(screen, HEADING, "Times       count       p50       p90       p99       max   ");
	pad_to(screen, HEADING, 60);
	put(screen, HEADING, screen->view->unicode ? "1µs       1ms       1s" : "1us       1ms       1s");
	end_line(screen);
	for (size_t i = 0; i < TOP_HISTOGRAMS; i++)
		draw_histogram(screen, names[i], &snapshot->histograms[i]);
}

static void draw_holders(struct screen *screen, const struct top_snapshot *snapshot, size_t most)
{
	put(screen, HEADING, "Sessions that hold a connection");
	if (!snapshot->holder_count)
		put(screen, FAINT, "   none");
	end_line(screen);
	for (size_t i = 0; i < snapshot->holder_count && i < most && has_room(screen, 2); i++) {
		const struct top_holder *holder = &snapshot->holders[i];
		enum style style = holder->held > 1000000000 ? BAD : holder->held > 100000000 ? WARM : PLAIN;

		put_right(screen, style, 9, duration((double)holder->held, screen->view->unicode).at);
		put(screen, PLAIN, "  ");
		put_site(screen, KEY, holder->site, 40);
		print(screen, FAINT, "session %s", holder->session);
		end_line(screen);
	}
}

static void draw_statement(struct screen *screen, const struct top_statement *statement, double all)
{
	double part = all > 0 ? (double)statement->total / all : 0;
	bool unicode = screen->view->unicode;
	uint64_t runs = statement->hits + statement->misses;

	put_bar(screen, part > 0.5 ? BAD : part > 0.2 ? WARM : GOOD, 8, part);
	print(screen, PLAIN, "%4.0f%%", part * 100);
	put_right(screen, PLAIN, 8, amount(screen->view->interval > 0 ? statement->rate : (double)statement->calls).at);
	put_right(screen, PLAIN, 9, duration(mean_of(statement), unicode).at);
	put_right(screen, statement->worst > 100000000 ? WARM : PLAIN, 9,
	          duration((double)statement->worst, unicode).at);
	put_right(screen, PLAIN, 7,
	          amount(statement->calls ? (double)statement->rows / (double)statement->calls : 0).at);
	print(screen, PLAIN, "%5.0f%%", runs ? 100.0 * (double)statement->hits / (double)runs : 0);
	put_right(screen, statement->errors ? BAD : FAINT, 5, amount((double)statement->errors).at);
	put_right(screen, statement->repeated ? BAD : FAINT, 5,
	          statement->repeated ? amount((double)statement->repeated).at
	          : unicode           ? "·"
	                              : "-");
	put(screen, PLAIN, "  ");
	put_site(screen, FAINT, statement->site, 24);
	put_sql(screen, KEY, statement->sql);
	end_line(screen);
}

static void draw_statements(struct screen *screen, const struct top_snapshot *snapshot, size_t kept_back)
{
	static const char *const titles[] = {
#define TOP_TITLE(key, name, title) title,
		TOP_SORT_MAP(TOP_TITLE)
#undef TOP_TITLE
	};
	double all = 0;

	if (!has_room(screen, kept_back + 3))
		return;
	for (size_t i = 0; i < snapshot->statement_count; i++)
		all += (double)snapshot->statements[i].total;
	print(screen, HEADING, "Time          %s     mean    worst   rows  plan  err  N+1  called from",
	      screen->view->interval > 0 ? "calls/s" : "  calls");
	pad_to(screen, HEADING, 88);
	print(screen, HEADING, "statement, by %s", titles[screen->view->sort]);
	end_line(screen);
	for (size_t i = 0; i < snapshot->statement_count && has_room(screen, kept_back + 1); i++)
		draw_statement(screen, &snapshot->statements[i], all);
}

static void draw_notice(struct screen *screen, const struct top_notice *notice)
{
	bool repeated = strcmp(notice->kind, "repeated") == 0;
	time_t when = (time_t)(notice->when / 1000000);
	struct tm local;
	char clock[16] = "";

	if (localtime_r(&when, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	print(screen, FAINT, "%s  ", clock);
	if (repeated)
		print(screen, BAD, "N+1 in %s session%s", amount((double)notice->sessions).at,
		      notice->sessions == 1 ? "" : "s");
	else
		print(screen, WARM, "%-14s", notice->kind);
	if (!repeated)
		put_right(screen, WARM, 8, duration((double)notice->took, screen->view->unicode).at);
	pad_to(screen, PLAIN, 34);
	put_site(screen, FAINT, notice->site, 24);
	if (strncmp(notice->status, "TRV_ERR", 7) == 0)
		print(screen, BAD, "%s ", notice->status);
	if (*notice->sql)
		put_sql(screen, KEY, notice->sql);
	end_line(screen);
	if (*notice->hint && has_room(screen, 1)) {
		pad_to(screen, PLAIN, 10);
		put(screen, GOOD, notice->hint);
		end_line(screen);
	}
}

static void draw_notices(struct screen *screen, const struct top_snapshot *snapshot)
{
	if (!has_room(screen, 2))
		return;
	put(screen, HEADING, "Noticed: slow, or repeated");
	if (!snapshot->notice_count)
		put(screen, FAINT, "   nothing");
	end_line(screen);
	for (size_t i = 0; i < snapshot->notice_count && has_room(screen, 1); i++)
		draw_notice(screen, &snapshot->notices[i]);
}

static void draw_keys(struct screen *screen)
{
	static const struct {
		char key;
		const char *title;
	} keys[] = {
#define TOP_KEY(key, name, title) { key, title },
		TOP_SORT_MAP(TOP_KEY)
#undef TOP_KEY
	};

	while (screen->line + 1 < screen->view->height)
		end_line(screen);
	screen->last = true;
	put(screen, TITLE, " sort:");
	for (size_t i = 0; i < TOP_SORT_COUNT; i++)
		print(screen, TITLE, " %c %s ", keys[i].key, keys[i].title);
	put(screen, TITLE, "  space pause   + - slower, faster   q quit");
	pad_to(screen, TITLE, screen->view->width);
	set_style(screen, PLAIN);
}

void top_draw(const struct top_view *view, const struct top_snapshot *snapshot, FILE *out)
{
	struct screen screen = { .view = view, .out = out };
	size_t tenth = view->height / 10, below = view->height ? 2 + view->height / 5 : 0;

	draw_title(&screen, snapshot);
	draw_pool(&screen, snapshot);
	draw_replicas(&screen, snapshot);
	draw_load(&screen, snapshot);
	end_line(&screen);
	draw_histograms(&screen, snapshot);
	end_line(&screen);
	draw_holders(&screen, snapshot, view->height ? 2 + tenth : TOP_HOLDERS);
	end_line(&screen);
	draw_statements(&screen, snapshot, below + 1);
	end_line(&screen);
	draw_notices(&screen, snapshot);
	if (view->height)
		draw_keys(&screen);
}
