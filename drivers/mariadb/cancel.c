/*
 * Cancelling, and the fence around it. KILL QUERY goes over a second connection and hits
 * whatever the first one runs when it arrives: one that was meant for a statement that
 * has just ended would hit the next. So a canceller registers while an operation runs,
 * and the next operation waits until all cancellers have their answer. A KILL that finds
 * the connection idle has no effect (measured).
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DIAL_DEADLINE MARIADB_SECOND
/* The server itself tries for two seconds where the victim is just taking a lock (measured: 3 of 1,000). */
#define KILL_DEADLINE (4 * MARIADB_SECOND)

int trv__mariadb_fence_init(struct mariadb_connection *connection, struct trv_error *error)
{
	pthread_condattr_t attributes;

	if (pthread_mutex_init(&connection->fence, NULL) != 0)
		return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
	/* The deadline is of the monotonic clock. */
	bool ready = pthread_condattr_init(&attributes) == 0;
	ready = ready && pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0;
	ready = ready && pthread_cond_init(&connection->quiet, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	if (ready)
		return 0;
	pthread_mutex_destroy(&connection->fence);
	return trv_error_set(error, TRV_ERR_NOMEM, "out of memory");
}

void trv__mariadb_fence_release(struct mariadb_connection *connection)
{
	pthread_mutex_lock(&connection->fence);
	connection->busy = false;
	while (connection->cancellers > 0)
		pthread_cond_wait(&connection->quiet, &connection->fence);
	pthread_mutex_unlock(&connection->fence);
	pthread_cond_destroy(&connection->quiet);
	pthread_mutex_destroy(&connection->fence);
}

/* With the fence held. False: it is too late. */
static bool wait_for_quiet(struct mariadb_connection *connection, uint64_t deadline)
{
	struct timespec until = { .tv_sec = (time_t)(deadline / MARIADB_SECOND),
		                  .tv_nsec = (long)(deadline % MARIADB_SECOND) };

	while (connection->cancellers > 0) {
		if (!deadline)
			pthread_cond_wait(&connection->quiet, &connection->fence);
		else if (pthread_cond_timedwait(&connection->quiet, &connection->fence, &until) == ETIMEDOUT)
			return connection->cancellers == 0;
	}
	return true;
}

int trv__mariadb_enter(struct mariadb_connection *connection, uint64_t deadline, struct trv_error *error)
{
	if (connection->base.broken)
		return trv_error_set(error, TRV_ERR_LOST, "the connection was lost before");
	if (connection->reading)
		return trv_error_set(error, TRV_ERR_MISUSE,
		                     "the rows of another statement are not all read: mariadb reads one at a time");
	if (deadline && trv_monotonic() >= deadline)
		return trv_error_set(error, TRV_ERR_TIMEOUT, "the deadline passed before the statement was sent");
	pthread_mutex_lock(&connection->fence);
	bool quiet = wait_for_quiet(connection, deadline);
	connection->busy = quiet;
	connection->canceled = false;
	pthread_mutex_unlock(&connection->fence);
	if (!quiet)
		return trv_error_set(error, TRV_ERR_TIMEOUT, "the deadline passed while a cancel was under way");
	trv__mariadb_wait_until(deadline);
	return 0;
}

void trv__mariadb_leave(struct mariadb_connection *connection)
{
	pthread_mutex_lock(&connection->fence);
	connection->busy = false;
	pthread_mutex_unlock(&connection->fence);
}

bool trv__mariadb_is_canceled(struct mariadb_connection *connection)
{
	pthread_mutex_lock(&connection->fence);
	bool canceled = connection->canceled;
	pthread_mutex_unlock(&connection->fence);
	return canceled;
}

static int kill_query(const struct mariadb_connection *connection, struct trv_error *error)
{
	char text[48];
	MYSQL *mysql = trv__mariadb_dial(&connection->url, connection->host, trv_monotonic() + DIAL_DEADLINE, error);
	int r = 0;

	if (!mysql)
		return error->code;
	trv__mariadb_wait_until(trv_monotonic() + KILL_DEADLINE);
	snprintf(text, sizeof(text), "KILL QUERY %lu", mysql_thread_id(connection->mysql));
	if (mysql_real_query(mysql, text, strlen(text)) && mysql_errno(mysql) != ER_NO_SUCH_THREAD)
		r = trv__mariadb_fail_connect(mysql, &connection->url.hosts[connection->host], error);
	trv__mariadb_wait_until(trv_monotonic() + MARIADB_SECOND / 10);
	mysql_close(mysql);
	return r;
}

int trv__mariadb_cancel(struct trv_connection *base, struct trv_error *error)
{
	struct mariadb_connection *connection = mariadb_connection_of(base);

	pthread_mutex_lock(&connection->fence);
	bool busy = connection->busy;
	connection->cancellers += busy;
	connection->canceled = connection->canceled || busy;
	pthread_mutex_unlock(&connection->fence);
	if (!busy)
		return 0;
	int r = kill_query(connection, error);
	pthread_mutex_lock(&connection->fence);
	connection->cancellers--;
	pthread_cond_broadcast(&connection->quiet);
	pthread_mutex_unlock(&connection->fence);
	return r;
}
