#include "bench.hpp"

#include <cstdio>
#include <ctime>
#include <iostream>
#include <sstream>
#include <unistd.h>

namespace bench
{

// --- timestamps -------------------------------------------------------------------------------------------------

static int64_t days_from_civil(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int digits(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

int64_t parse_moment(const char *text)
{
	int64_t seconds = days_from_civil(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2)) * 86400 +
	                  digits(text + 11, 2) * 3600 + digits(text + 14, 2) * 60 + digits(text + 17, 2);
	int64_t fraction = 0, scale = 1000000;

	if (text[19] == '.')
		for (const char *next = text + 20; *next >= '0' && *next <= '9' && scale > 1; next++) {
			fraction = fraction * 10 + (*next - '0');
			scale /= 10;
		}
	return seconds * 1000000 + fraction * scale;
}

std::string format_moment(int64_t us)
{
	int64_t seconds = us / 1000000, days = seconds / 86400 + 719468;
	int64_t era = days / 146097, day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	int64_t values[] = { year_of_era + era * 400 + (month >= 10),
		             month + (month < 10 ? 3 : -9),
		             day_of_year - (153 * month + 2) / 5 + 1,
		             seconds / 3600 % 24,
		             seconds / 60 % 60,
		             seconds % 60,
		             us % 1000000 };
	static const int widths[] = { 4, 2, 2, 2, 2, 2, 6 };
	static const char separators[] = "-- ::.";
	char text[27];
	char *end = text;

	for (int i = 0; i < 7; i++) {
		for (int k = widths[i] - 1; k >= 0; k--, values[i] /= 10)
			end[k] = (char)('0' + values[i] % 10);
		end += widths[i];
		if (i < 6)
			*end++ = separators[i];
	}
	return std::string(text, (size_t)(end - text));
}

// --- the clock ----------------------------------------------------------------------------------------------------

static int64_t now(clockid_t clock)
{
	timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

void Run::start()
{
	cpu -= now(CLOCK_PROCESS_CPUTIME_ID);
	wall -= now(CLOCK_MONOTONIC);
}

void Run::stop()
{
	wall += now(CLOCK_MONOTONIC);
	cpu += now(CLOCK_PROCESS_CPUTIME_ID);
}

// --- the program --------------------------------------------------------------------------------------------------

static std::string decoded(const std::string &text)
{
	std::string result;

	for (size_t i = 0; i < text.size(); i++)
		if (text[i] == '%' && i + 2 < text.size()) {
			result += (char)std::stoi(text.substr(i + 1, 2), nullptr, 16);
			i += 2;
		} else {
			result += text[i];
		}
	return result;
}

// Cuts `text` at the first of `mark`; returns what was before it, or nothing.
static std::string cut(std::string &text, const std::string &mark)
{
	size_t at = text.find(mark);
	if (at == std::string::npos)
		return "";
	std::string before = text.substr(0, at);
	text.erase(0, at + mark.size());
	return before;
}

static Url parse(const std::string &engine, std::string text)
{
	Url url;

	url.engine = engine;
	if (engine == "sqlite") {
		cut(text, ":");
		url.file = text;
		return url;
	}
	cut(text, "://");
	std::string login = cut(text, "@");
	url.user = decoded(cut(login, ":"));
	url.password = decoded(login);
	std::string place = cut(text, "/");
	url.host = place.find(':') == std::string::npos ? place : cut(place, ":");
	url.port = url.host == place ? "" : place;
	url.database = text.find('?') == std::string::npos ? text : cut(text, "?");
	std::string name = cut(text, "=");
	(name == "socket" ? url.socket : url.folder) = name.empty() ? "" : decoded(text);
	return url;
}

static FILE *answers;

// Some libraries print what they think to the standard output: it becomes the standard error for them.
static void take_output()
{
	answers = fdopen(dup(STDOUT_FILENO), "w");
	setvbuf(answers, nullptr, _IOLBF, 0);
	dup2(STDERR_FILENO, STDOUT_FILENO);
}

static std::string one_line(std::string text)
{
	for (char &c : text)
		if (c == '\n')
			c = ' ';
	return text.substr(0, 300);
}

static void answer(Side &side, const std::string &line)
{
	std::istringstream words(line);
	std::string verb, name;
	Run run;

	words >> verb >> name >> run.size >> run.times;
	if (!run.workload(side, name))
		throw Missing();
	fprintf(answers, "ok %.1f %.1f %llu\n", (double)run.wall / 1000, (double)run.cpu / 1000,
	        (unsigned long long)run.checksum);
}

int main(const char *name, int count, char **arguments, const std::function<std::unique_ptr<Side>(const Url &)> &make)
{
	std::map<std::string, std::string> options;
	std::unique_ptr<Side> side;
	std::string line;

	for (int i = 1; i + 1 < count; i += 2)
		options[arguments[i]] = arguments[i + 1];
	take_output();
	try {
		side = make(parse(options["--engine"], options["--url"]));
		side->engine = options["--engine"];
		fprintf(answers, "ready %s %s\n", name, side->version().c_str());
	} catch (const std::exception &failure) {
		fprintf(answers, "none %s\n", one_line(failure.what()).c_str());
		return 0;
	}
	while (std::getline(std::cin, line)) {
		try {
			answer(*side, line);
		} catch (const Missing &) {
			fprintf(answers, "none\n");
		} catch (const std::exception &failure) {
			fprintf(answers, "error %s\n", one_line(failure.what()).c_str());
		}
	}
	return 0;
}

} // namespace bench
