#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All files are reached through the open folder, so a name cannot lead out of it. */
static int open_folder(const char *folder)
{
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool is_plain(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static bool same_bytes(int file, const char *data, size_t size)
{
	char chunk[16384];
	size_t at = 0;

	for (;;) {
		ssize_t got = read(file, chunk, sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 && at == size;
		if ((size_t)got > size - at || memcmp(chunk, data + at, (size_t)got) != 0)
			return false;
		at += (size_t)got;
	}
}

static bool is_current(int folder, const char *name, const char *data, size_t size)
{
	int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;
	bool current;

	if (file < 0)
		return false;
	current = fstat(file, &status) == 0 && S_ISREG(status.st_mode) && same_bytes(file, data, size);
	close(file);
	return current;
}

bool output_is_current(const char *folder, const char *name, const char *data, size_t size)
{
	int place = is_plain(name) ? open_folder(folder) : -1;
	bool current = place >= 0 && is_current(place, name, data, size);

	if (place >= 0)
		close(place);
	return current;
}

static int write_all(int file, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(file, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

/* Into a file beside it, which then takes its name: nobody sees half of it. */
static int replace(int folder, const char *name, const char *data, size_t size)
{
	char other[300];
	int length = snprintf(other, sizeof(other), ".%s.%ld", name, (long)getpid());
	int file, failure;

	if (length < 0 || (size_t)length >= sizeof(other)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlinkat(folder, other, 0);
	file = openat(folder, other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (file < 0)
		return -1;
	failure = write_all(file, data, size) < 0 ? errno : 0;
	if (close(file) < 0 && !failure)
		failure = errno;
	if (!failure && renameat(folder, other, folder, name) < 0)
		failure = errno;
	if (!failure)
		return 0;
	unlinkat(folder, other, 0);
	errno = failure;
	return -1;
}

int output_write(const char *folder, const char *name, const char *data, size_t size)
{
	int place, r, failure;

	if (!is_plain(name)) {
		errno = EINVAL;
		return -1;
	}
	place = open_folder(folder);
	if (place < 0)
		return -1;
	r = is_current(place, name, data, size) ? 0 : replace(place, name, data, size);
	failure = errno;
	close(place);
	errno = failure;
	return r;
}
