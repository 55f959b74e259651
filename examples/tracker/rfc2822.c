#include "rfc2822.h"

#include <string.h>
#include <strings.h>
#include <trivet/status.h>
#include <trivet/types.h>

static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

static const char *const weekdays[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

static const struct {
	const char *name;
	int hours;
} zones[] = {
	{ "UTC", 0 },  { "GMT", 0 },  { "UT", 0 },   { "Z", 0 },    { "EDT", -4 }, { "EST", -5 },
	{ "CDT", -5 }, { "CST", -6 }, { "MDT", -6 }, { "MST", -7 }, { "PDT", -7 }, { "PST", -8 },
};

/* RFC 2822 knows no years before 1900; the last one that all engines keep may not end in any zone. */
#define FIRST_YEAR 1900
#define LAST_YEAR 9998

static void skip_space(const char **text)
{
	*text += strspn(*text, " \t");
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A number of `least` to `most` digits. */
static bool take_number(const char **text, int least, int most, int *number)
{
	int digits = 0;

	*number = 0;
	while (digits < most && is_digit((*text)[digits]))
		*number = *number * 10 + ((*text)[digits++] - '0');
	*text += digits;
	return digits >= least && !is_digit(**text);
}

static bool take(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

/* The index of the name in front of `text`, full names ("March", "Tuesday") included; -1 if it is none. */
static int take_name(const char **text, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strncasecmp(*text, names[i], 3) != 0)
			continue;
		while (is_letter(**text))
			++*text;
		return (int)i;
	}
	return -1;
}

static bool take_day(const char **text, struct trv_civil *civil)
{
	if (take_name(text, weekdays, TRV_COUNT_OF(weekdays)) >= 0 && !take(text, ','))
		return false;
	skip_space(text);
	if (!take_number(text, 1, 2, &civil->day))
		return false;
	skip_space(text);
	civil->month = take_name(text, months, TRV_COUNT_OF(months)) + 1;
	skip_space(text);
	if (civil->month == 0 || !take_number(text, 4, 4, &civil->year))
		return false;
	return civil->year >= FIRST_YEAR && civil->year <= LAST_YEAR;
}

static bool take_time(const char **text, struct trv_civil *civil)
{
	skip_space(text);
	if (!take_number(text, 1, 2, &civil->hour) || !take(text, ':') || !take_number(text, 2, 2, &civil->minute))
		return false;
	if (take(text, ':') && !take_number(text, 2, 2, &civil->second))
		return false;
	if (civil->second == 60) /* a leap second; our days have none */
		civil->second = 59;
	return true;
}

/* "+0130", or a name. */
static bool take_zone(const char **text, int *minutes)
{
	int sign = **text == '-' ? -1 : 1;
	int number;

	if (**text == '+' || **text == '-') {
		++*text;
		if (!take_number(text, 4, 4, &number) || number % 100 > 59 || number > 2400)
			return false;
		*minutes = sign * (number / 100 * 60 + number % 100);
		return true;
	}
	for (size_t i = 0; i < TRV_COUNT_OF(zones); i++) {
		size_t size = strlen(zones[i].name);

		if (strncasecmp(*text, zones[i].name, size) == 0 && !is_letter((*text)[size])) {
			*text += size;
			*minutes = zones[i].hours * 60;
			return true;
		}
	}
	return false;
}

static bool is_end(const char *text)
{
	skip_space(&text);
	return *text == '\0' || (*text == '(' && text[strlen(text) - 1] == ')');
}

int rfc2822_parse(const char *text, int64_t *timestamp)
{
	struct trv_civil civil = { 0 };
	int64_t local;
	int minutes;

	skip_space(&text);
	if (!take_day(&text, &civil) || !take_time(&text, &civil))
		return TRV_ERR_VALUE;
	skip_space(&text);
	if (!take_zone(&text, &minutes) || !is_end(text))
		return TRV_ERR_VALUE;

	int r = trv_timestamp_make(&local, &civil);
	if (r < 0)
		return r;
	*timestamp = local - minutes * INT64_C(60000000);
	return 0;
}
