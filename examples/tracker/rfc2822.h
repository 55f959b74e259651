/*
 * Dates as in mail and in changelogs: "Mon, 02 Jan 2023 13:06:21 +0100".
 */
#ifndef TRACKER_RFC2822_H
#define TRACKER_RFC2822_H

#include <trivet/common.h>

/*
 * Reads a date into microseconds since 1970, UTC. The day of the week and the seconds may be
 * missing, the zone may be one of RFC 2822's names, a comment in brackets may follow.
 * TRV_ERR_VALUE for anything else, for days that do not exist and for years before 1900.
 */
TRV_MUST_CHECK int rfc2822_parse(const char *text, int64_t *timestamp);

#endif
