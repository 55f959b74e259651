/* Notices for people. */
#include <inttypes.h>
#include <stdio.h>
#include <trivet/monitor.h>

static const char *const labels[] = {
#define LABEL(name, label) label,
	TRV_NOTICE_MAP(LABEL)
#undef LABEL
};

const char *trv_notice_label(enum trv_notice_kind kind)
{
	return (size_t)kind < TRV_COUNT_OF(labels) ? labels[kind] : "";
}

static int write_text(const struct trv_notice *notice, const char *site, char *text, size_t size)
{
	double ms = (double)notice->nanoseconds / 1e6;
	const char *at = *site ? site : "the library";

	switch (notice->kind) {
	case TRV_NOTICE_SLOW_STATEMENT:
		return snprintf(text, size, "%s: %.1f ms, %" PRIu64 " rows%s%s, from %s: %s", labels[notice->kind], ms,
		                notice->rows, notice->status < 0 ? ", " : "",
		                notice->status < 0 ? trv_status_name(notice->status) : "", at, notice->sql);
	case TRV_NOTICE_SLOW_ACQUIRE:
		return snprintf(text, size, "%s: %.1f ms for a connection%s%s, from %s", labels[notice->kind], ms,
		                notice->status < 0 ? ", " : "",
		                notice->status < 0 ? trv_status_name(notice->status) : "", at);
	default:
		return snprintf(text, size,
		                "%s: %" PRIu64 " times in one session, in %" PRIu64 " sessions so far, from %s: %s; %s",
		                trv_notice_label(notice->kind), notice->count, notice->sessions, at, notice->sql,
		                notice->hint);
	}
}

size_t trv_notice_text(const struct trv_notice *notice, char *text, size_t size)
{
	char site[256];

	if (size == 0)
		return 0;
	trv_site_name(notice->site, site, sizeof(site));
	int length = write_text(notice, site, text, size);
	return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}
