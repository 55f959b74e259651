/* What took too long or was done too often: kept for who asks, and told at once. */
#include "base/error.h"
#include "base/hash.h"
#include "monitor/monitor.h"

#include <string.h>

#define MS UINT64_C(1000000)

static uint64_t threshold(unsigned ms, unsigned usual)
{
	if (ms == TRV_NEVER)
		return UINT64_MAX;
	return (ms ? ms : usual) * MS;
}

int trv__monitor_init(struct trv__monitor *monitor, const struct trv_allocator *allocator,
                      const struct trv_monitor_options *options)
{
	monitor->options = *options;
	monitor->options.notices = options->notices ? options->notices : 128;
	monitor->allocator = allocator;
	monitor->slow_query = threshold(options->slow_query_ms, 500);
	monitor->slow_acquire = threshold(options->slow_acquire_ms, 100);
	monitor->repeats = options->repeats ? options->repeats : 10;
	int r = trv__accounts_init(&monitor->accounts, allocator, options->shapes ? options->shapes : 1000);
	if (r < 0)
		return r;
	if (pthread_mutex_init(&monitor->lock, NULL) == 0)
		return 0;
	trv__accounts_release(&monitor->accounts);
	return TRV_ERR_NOMEM;
}

void trv__monitor_release(struct trv__monitor *monitor)
{
	if (!monitor->accounts.rest)
		return;
	trv__accounts_release(&monitor->accounts);
	trv_release(monitor->allocator, monitor->notices);
	pthread_mutex_destroy(&monitor->lock);
}

/* --- making ------------------------------------------------------------------------------------- */

TRV_PRINTF(3, 4) static void format(char *text, size_t size, const char *pattern, ...)
{
	va_list arguments;

	va_start(arguments, pattern);
	trv__text_format(text, size, pattern, arguments);
	va_end(arguments);
}

static void set_hint(struct trv_notice *notice, const char *model)
{
	char *hint = notice->hint;

	if (notice->kind != TRV_NOTICE_REPEATED)
		return;
	if (model)
		format(hint, sizeof(notice->hint),
		       "load it with its parents, `.relation = &(struct %s_query){ 0 }` in their query, or many at "
		       "once with %s_get_many",
		       model, model);
	else
		format(hint, sizeof(notice->hint), "ask once for all: a list of keys, a join or a group");
}

static struct trv_notice notice_of(const struct trv__sight *sight)
{
	struct trv_notice notice = {
		.kind = sight->kind,
		.status = sight->status,
		.when = trv_now(),
		.nanoseconds = sight->nanoseconds,
		.rows = sight->rows,
		.count = sight->count ? sight->count : 1,
		.sessions = 1,
		.shape = sight->shape,
		.site = sight->site,
		.session = sight->session,
	};

	if (sight->sql && !notice.shape)
		notice.shape = XXH3_64bits(sight->sql, strlen(sight->sql));
	trv__text_copy(notice.sql, sizeof(notice.sql), sight->sql);
	set_hint(&notice, sight->model);
	return notice;
}

/* --- keeping, with the lock held ---------------------------------------------------------------- */

static uint64_t kept(const struct trv__monitor *monitor)
{
	return monitor->count < monitor->options.notices ? monitor->count : monitor->options.notices;
}

/* Makes the i-th place the newest, for what is there came again: so it is not the next to be forgotten. */
static struct trv_notice *renew(struct trv__monitor *monitor, uint64_t i)
{
	uint64_t room = monitor->options.notices, newest = (monitor->count - 1) % room;
	struct trv_notice again = monitor->notices[i];

	for (; i != newest; i = (i + 1) % room)
		monitor->notices[i] = monitor->notices[(i + 1) % room];
	monitor->notices[newest] = again;
	return &monitor->notices[newest];
}

/* A line that repeats itself in every session would leave no room for others. */
static struct trv_notice *renew_same(struct trv__monitor *monitor, const struct trv_notice *notice)
{
	for (uint64_t i = 0; i < kept(monitor) && notice->kind == TRV_NOTICE_REPEATED; i++) {
		struct trv_notice *other = &monitor->notices[i];

		if (other->kind == notice->kind && other->site == notice->site && other->shape == notice->shape)
			return renew(monitor, i);
	}
	return NULL;
}

/* Without memory it is only told. */
static bool has_ring(struct trv__monitor *monitor)
{
	if (!monitor->notices)
		monitor->notices =
			trv_allocate(monitor->allocator, monitor->options.notices * sizeof(*monitor->notices));
	return monitor->notices != NULL;
}

static void keep(struct trv__monitor *monitor, struct trv_notice *notice)
{
	struct trv_notice *same = renew_same(monitor, notice);

	notice->number = ++monitor->numbers;
	monitor->by_kind[notice->kind]++;
	if (same)
		notice->sessions = same->sessions + 1;
	else if (has_ring(monitor))
		same = &monitor->notices[monitor->count++ % monitor->options.notices];
	if (same)
		*same = *notice;
}

void trv__monitor_tell(struct trv__monitor *monitor, const struct trv__sight *sight)
{
	struct trv_notice notice = notice_of(sight);

	pthread_mutex_lock(&monitor->lock);
	keep(monitor, &notice);
	pthread_mutex_unlock(&monitor->lock);
	if (monitor->options.notice)
		monitor->options.notice(&notice, monitor->options.notice_argument);
}

/* --- reading -------------------------------------------------------------------------------------- */

size_t trv__monitor_read(struct trv__monitor *monitor, struct trv_notice *notices, size_t max)
{
	pthread_mutex_lock(&monitor->lock);
	size_t all = (size_t)kept(monitor);
	for (size_t i = 0; i < all && i < max; i++)
		notices[i] = monitor->notices[(monitor->count - 1 - i) % monitor->options.notices];
	pthread_mutex_unlock(&monitor->lock);
	return all;
}
