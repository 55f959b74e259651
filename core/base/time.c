/*
 * Dates, times and timestamps. Calendar arithmetic after H. Hinnant, "chrono-compatible
 * low-level date algorithms" (days_from_civil, civil_from_days). The parsers are by
 * hand: they are in the way of every row that is read from ISO text, and sscanf costs
 * several times as much.
 */
#include <time.h>
#include <trivet/driver.h>
#include <trivet/status.h>
#include <trivet/types.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY TRV_DAY_MICROSECONDS

#define DAYS_PER_ERA 146097 /* 400 years */
#define DAYS_TO_1970 719468 /* since 0000-03-01 */
#define MAX_YEAR 6000000 /* any int32 date is nearer to 1970 */

int64_t trv_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

uint64_t trv_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* --- the calendar ------------------------------------------------------------------------- */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0 ? 1 : 0);
}

/* Years begin in March here, so that the leap day is the last of its year. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = floor_divide(year, 400);
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static void civil_from_days(int64_t days, struct trv_civil *civil)
{
	days += DAYS_TO_1970;
	int64_t era = floor_divide(days, DAYS_PER_ERA);
	int64_t day_of_era = days - era * DAYS_PER_ERA;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	civil->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	civil->month = (int)(month < 10 ? month + 3 : month - 9);
	civil->year = (int32_t)(year_of_era + era * 400 + (civil->month <= 2));
}

static bool is_day(int year, int month, int day)
{
	return year >= -MAX_YEAR && year <= MAX_YEAR && month >= 1 && month <= 12 && day >= 1 &&
	       day <= month_days(year, month);
}

static bool is_time(int hour, int minute, int second)
{
	return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

int trv_date_make(int32_t *date, int year, int month, int day)
{
	if (!is_day(year, month, day))
		return TRV_ERR_VALUE;
	int64_t days = days_from_civil(year, month, day);
	if (days < INT32_MIN || days > INT32_MAX)
		return TRV_ERR_VALUE;
	*date = (int32_t)days;
	return 0;
}

struct trv_civil trv_date_civil(int32_t date)
{
	struct trv_civil civil = { 0 };

	civil_from_days(date, &civil);
	return civil;
}

/* days * DAY + time. `time` may be outside of the day, as an offset makes it. */
static int join_timestamp(int64_t *timestamp, int64_t days, int64_t time)
{
	int64_t start;
	int64_t sum;

	days += floor_divide(time, DAY);
	time -= floor_divide(time, DAY) * DAY;
	/* The first day that int64 reaches begins before the smallest one, so count back from its end. */
	if (days < 0) {
		days++;
		time -= DAY;
	}
	if (__builtin_mul_overflow(days, DAY, &start) || __builtin_add_overflow(start, time, &sum))
		return TRV_ERR_VALUE;
	*timestamp = sum;
	return 0;
}

int trv_timestamp_make(int64_t *timestamp, const struct trv_civil *civil)
{
	if (!is_day(civil->year, civil->month, civil->day) || !is_time(civil->hour, civil->minute, civil->second) ||
	    civil->microsecond < 0 || civil->microsecond >= SECOND)
		return TRV_ERR_VALUE;
	int64_t time = civil->hour * HOUR + civil->minute * MINUTE + civil->second * SECOND + civil->microsecond;
	return join_timestamp(timestamp, days_from_civil(civil->year, civil->month, civil->day), time);
}

struct trv_civil trv_timestamp_civil(int64_t timestamp)
{
	struct trv_civil civil;
	int64_t days = floor_divide(timestamp, DAY);
	/* days * DAY would overflow for the smallest timestamps; the remainder does not. */
	int64_t time = timestamp % DAY;

	if (time < 0)
		time += DAY;
	civil_from_days(days, &civil);
	civil.hour = (int)(time / HOUR);
	civil.minute = (int)(time / MINUTE % 60);
	civil.second = (int)(time / SECOND % 60);
	civil.microsecond = (int)(time % SECOND);
	return civil;
}

/* --- writing ------------------------------------------------------------------------------ */

/* Writes `value` with at least `width` digits; returns the end. */
static char *write_number(char *to, uint64_t value, unsigned width)
{
	char digits[20];
	unsigned count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value || count < width);
	while (count > 0)
		*to++ = digits[--count];
	return to;
}

static char *write_date(char *to, const struct trv_civil *civil)
{
	int year = civil->year;

	if (year < 0)
		*to++ = '-';
	to = write_number(to, (uint64_t)(year < 0 ? -year : year), 4);
	*to++ = '-';
	to = write_number(to, (uint64_t)civil->month, 2);
	*to++ = '-';
	return write_number(to, (uint64_t)civil->day, 2);
}

static char *write_time(char *to, uint64_t time)
{
	to = write_number(to, time / HOUR, 2);
	*to++ = ':';
	to = write_number(to, time / MINUTE % 60, 2);
	*to++ = ':';
	to = write_number(to, time / SECOND % 60, 2);
	if (time % SECOND) {
		*to++ = '.';
		to = write_number(to, time % SECOND, 6);
	}
	return to;
}

static size_t end_text(char *text, char *end)
{
	*end = '\0';
	return (size_t)(end - text);
}

size_t trv_date_format(int32_t date, char text[TRV_TIME_TEXT])
{
	struct trv_civil civil = trv_date_civil(date);

	return end_text(text, write_date(text, &civil));
}

size_t trv_time_format(int64_t time, char text[TRV_TIME_TEXT])
{
	char *to = text;

	if (time < 0)
		*to++ = '-';
	return end_text(text, write_time(to, time < 0 ? -(uint64_t)time : (uint64_t)time));
}

size_t trv_timestamp_format(int64_t timestamp, char text[TRV_TIME_TEXT])
{
	struct trv_civil civil = trv_timestamp_civil(timestamp);
	int64_t time = timestamp % DAY;
	char *to = write_date(text, &civil);

	*to++ = 'T';
	to = write_time(to, (uint64_t)(time < 0 ? time + DAY : time));
	*to++ = 'Z';
	return end_text(text, to);
}

/* --- reading ------------------------------------------------------------------------------ */

struct reader {
	const char *at;
	const char *end;
};

static bool skip(struct reader *reader, char a, char b)
{
	if (reader->at == reader->end || (*reader->at != a && *reader->at != b))
		return false;
	reader->at++;
	return true;
}

static bool read_digit(struct reader *reader, int *digit)
{
	if (reader->at == reader->end)
		return false;
	unsigned value = (unsigned char)*reader->at - (unsigned)'0';
	if (value > 9)
		return false;
	reader->at++;
	*digit = (int)value;
	return true;
}

static bool read_two(struct reader *reader, int *number)
{
	int tens;
	int units;

	if (!read_digit(reader, &tens) || !read_digit(reader, &units))
		return false;
	*number = tens * 10 + units;
	return true;
}

/* Four digits, or up to seven for the far years; a sign before it. */
static bool read_year(struct reader *reader, int *year)
{
	bool negative = skip(reader, '-', '-');
	int digit;
	int count = 0;

	if (!negative)
		skip(reader, '+', '+');
	*year = 0;
	for (; count < 7 && read_digit(reader, &digit); count++)
		*year = *year * 10 + digit;
	if (negative)
		*year = -*year;
	return count >= 4;
}

static bool read_date(struct reader *reader, int64_t *days)
{
	int year;
	int month;
	int day;

	if (!read_year(reader, &year) || !skip(reader, '-', '-') || !read_two(reader, &month) ||
	    !skip(reader, '-', '-') || !read_two(reader, &day) || !is_day(year, month, day))
		return false;
	*days = days_from_civil(year, month, day);
	return true;
}

/* One to nine digits, of which six count. */
static bool read_fraction(struct reader *reader, int64_t *microseconds)
{
	int64_t weight = SECOND / 10;
	int digit;
	int count = 0;

	for (; count < 9 && read_digit(reader, &digit); count++) {
		*microseconds += digit * weight;
		weight /= 10;
	}
	return count > 0;
}

/* HH:MM, then optionally the seconds and their fraction. */
static bool read_time(struct reader *reader, int64_t *time)
{
	int hour;
	int minute;
	int second = 0;
	int64_t fraction = 0;

	if (!read_two(reader, &hour) || !skip(reader, ':', ':') || !read_two(reader, &minute))
		return false;
	if (skip(reader, ':', ':')) {
		if (!read_two(reader, &second))
			return false;
		if (skip(reader, '.', '.') && !read_fraction(reader, &fraction))
			return false;
	}
	if (!is_time(hour, minute, second))
		return false;
	*time = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
	return true;
}

/* Z, or +HH, +HHMM, +HH:MM and the same with a minus; nothing is UTC. */
static bool read_offset(struct reader *reader, int64_t *offset)
{
	int hours;
	int minutes = 0;

	*offset = 0;
	if (reader->at == reader->end || skip(reader, 'Z', 'z'))
		return true;
	bool negative = *reader->at == '-';
	if (!skip(reader, '+', '-') || !read_two(reader, &hours))
		return false;
	bool colon = skip(reader, ':', ':');
	if ((colon || reader->at < reader->end) && !read_two(reader, &minutes))
		return false;
	if (!is_time(hours, minutes, 0))
		return false;
	*offset = hours * HOUR + minutes * MINUTE;
	if (negative)
		*offset = -*offset;
	return true;
}

int trv_date_parse(int32_t *date, const char *text, size_t size)
{
	struct reader reader = { text, text + size };
	int64_t days;

	if (!read_date(&reader, &days) || reader.at != reader.end || days < INT32_MIN || days > INT32_MAX)
		return TRV_ERR_VALUE;
	*date = (int32_t)days;
	return 0;
}

int trv_time_parse(int64_t *time, const char *text, size_t size)
{
	struct reader reader = { text, text + size };
	int64_t parsed;

	if (!read_time(&reader, &parsed) || reader.at != reader.end)
		return TRV_ERR_VALUE;
	*time = parsed;
	return 0;
}

int trv_timestamp_parse(int64_t *timestamp, const char *text, size_t size)
{
	struct reader reader = { text, text + size };
	int64_t days;
	int64_t time = 0;
	int64_t offset = 0;

	if (!read_date(&reader, &days))
		return TRV_ERR_VALUE;
	if (skip(&reader, 'T', ' ') || skip(&reader, 't', 't')) {
		if (!read_time(&reader, &time) || !read_offset(&reader, &offset))
			return TRV_ERR_VALUE;
	}
	if (reader.at != reader.end)
		return TRV_ERR_VALUE;
	return join_timestamp(timestamp, days, time - offset);
}
