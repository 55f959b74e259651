/*
 * Every directory from the root to the module's own is opened in the one before it,
 * without following links, and checked through its descriptor; then the file. So there is
 * no moment between check and use at which a name could come to mean something else.
 */
#include "plugin/module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int refuse(struct trv_error *error, int code, const char *path, const char *why, const char *hint)
{
	trv_error_set(error, code, "module '%s': %s", path, why);
	trv_error_hint(error, "%s", hint);
	return code;
}

static int refuse_open(struct trv_error *error, const char *path, const char *what, int number)
{
	char why[160];

	if (number == ELOOP || number == ENOTDIR)
		snprintf(why, sizeof(why), "%s is a symbolic link or of another kind", what);
	else
		snprintf(why, sizeof(why), "%s cannot be opened: %s", what, strerror(number));
	bool link = number == ELOOP || number == ENOTDIR;
	return refuse(error, link ? TRV_ERR_PERMISSION : TRV_ERR_IO, path, why,
	              link ? "give the directory's real path, and the file itself instead of a link"
	                   : "build the module, or name the directory in which it is installed");
}

/* `sticky`: that others may write is harmless where only owners rename and remove, as in /tmp. */
static int check_owner(const struct stat *status, bool sticky, const char *what, const char *path,
                       struct trv_error *error)
{
	char why[160];

	if (status->st_uid != 0 && status->st_uid != geteuid()) {
		snprintf(why, sizeof(why), "%s belongs to user %u", what, status->st_uid);
		return refuse(error, TRV_ERR_PERMISSION, path, why,
		              "it must belong to root or to the user who loads it");
	}
	if (status->st_mode & (S_IWGRP | S_IWOTH) && !(sticky && status->st_mode & S_ISVTX)) {
		snprintf(why, sizeof(why), "%s may be written by others (mode %03o)", what, status->st_mode & 0777u);
		return refuse(error, TRV_ERR_PERMISSION, path, why, "take the right away with chmod go-w");
	}
	return 0;
}

static int check_name(const char *name, struct trv_error *error)
{
	size_t length = name ? strlen(name) : 0;

	if (length > 0 && length <= 64 &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == length)
		return 0;
	trv_error_set(error, TRV_ERR_VALUE, "'%.80s' is no name of a module", name ? name : "");
	trv_error_hint(error, "give 1 to 64 letters, digits, _ and -, and the directory apart from it");
	return TRV_ERR_VALUE;
}

static int make_path(char path[TRV__MODULE_PATH], const char *directory, const char *name, struct trv_error *error)
{
	int length = -1;

	if (directory && directory[0] == '/')
		length = snprintf(path, TRV__MODULE_PATH, "%s/module-%s.so", directory, name);
	if (length > 0 && length < TRV__MODULE_PATH)
		return 0;
	trv_error_set(error, TRV_ERR_VALUE, "the directory '%.80s' of module '%s' is not absolute, or too long",
	              directory ? directory : "", name);
	trv_error_hint(error, "give its path from / on");
	return TRV_ERR_VALUE;
}

/* Replaces `*at`, which is closed, by the directory `step` in it. */
static int enter(int *at, const char *step, bool last, const char *path, struct trv_error *error)
{
	char what[80];
	struct stat status;

	snprintf(what, sizeof(what), "folder '%.60s'", step);
	int next = openat(*at, step, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		return refuse_open(error, path, what, errno);
	close(*at);
	*at = next;
	if (fstat(next, &status) < 0)
		return refuse_open(error, path, what, errno);
	return check_owner(&status, !last, what, path, error);
}

/* From the root down to the directory in which the file is. */
static int walk(int *at, const char *path, struct trv_error *error)
{
	const char *end = strrchr(path, '/');
	char step[TRV__MODULE_PATH];
	int r = 0;

	*at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*at < 0)
		return refuse_open(error, path, "the root", errno);
	r = enter(at, ".", strspn(path, "/") > (size_t)(end - path), path, error);
	for (const char *from = path; r == 0 && from < end;) {
		from += strspn(from, "/");
		size_t length = strcspn(from, "/");

		if (from >= end)
			break;
		memcpy(step, from, length);
		step[length] = '\0';
		from += length;
		if (strcmp(step, "..") == 0)
			r = refuse(error, TRV_ERR_VALUE, path, "the directory goes up with '..'",
			           "give the directory's real path");
		else
			r = enter(at, step, from + strspn(from, "/") > end, path, error);
	}
	return r;
}

static int open_file(struct trv__module_file *file, int directory, struct trv_error *error)
{
	/* without O_NONBLOCK, opening a pipe of that name would wait for its other end */
	int descriptor =
		openat(directory, strrchr(file->path, '/') + 1, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int r = 0;

	if (descriptor < 0)
		return refuse_open(error, file->path, "the file", errno);
	if (fstat(descriptor, &file->status) < 0)
		r = refuse_open(error, file->path, "the file", errno);
	else if (!S_ISREG(file->status.st_mode))
		r = refuse(error, TRV_ERR_PERMISSION, file->path, "it is not a regular file",
		           "put the module itself there");
	else
		r = check_owner(&file->status, false, "the file", file->path, error);
	if (r < 0)
		close(descriptor);
	else
		file->descriptor = descriptor;
	return r;
}

int trv__module_find(struct trv__module_file *file, const char *directory, const char *name, struct trv_error *error)
{
	int at = -1;
	int r = check_name(name, error);

	if (r == 0)
		r = make_path(file->path, directory, name, error);
	if (r == 0)
		r = walk(&at, file->path, error);
	if (r == 0)
		r = open_file(file, at, error);
	if (at >= 0)
		close(at);
	return r;
}
