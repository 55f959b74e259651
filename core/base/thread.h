/* Threads of the library's own. */
#ifndef TRIVET_BASE_THREAD_H
#define TRIVET_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts a thread that has all signals blocked: they are the program's. 0 or an errno. */
int trv__thread_start(pthread_t *thread, bool detached, void *(*run)(void *argument), void *argument);

#endif
