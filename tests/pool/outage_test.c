/* The server goes away and comes back under load. */
#include "fixture.h"
#include "proxy.h"

#define THREADS 50

struct load {
	struct pool_test *test;
	_Atomic int stop;
	_Atomic uint64_t good, bad;
	_Atomic uint64_t last_good[THREADS]; /* when */
};

struct worker {
	struct load *load;
	pthread_t thread;
	unsigned number;
};

#define KINDS 8

/* The messages of the errors, each once, and how many of each. */
static struct {
	pthread_mutex_t lock;
	char message[KINDS][200];
	unsigned count[KINDS];
} errors = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void note_error(const struct trv_error *error)
{
	pthread_mutex_lock(&errors.lock);
	for (size_t i = 0; i < KINDS; i++) {
		if (!errors.count[i])
			snprintf(errors.message[i], sizeof(errors.message[i]), "%.190s", error->message);
		if (strncmp(errors.message[i], error->message, 190) == 0) {
			errors.count[i]++;
			break;
		}
	}
	pthread_mutex_unlock(&errors.lock);
}

static void show_errors(void)
{
	for (size_t i = 0; i < KINDS && errors.count[i]; i++)
		test_note("%u times: %s", errors.count[i], errors.message[i]);
	memset(errors.count, 0, sizeof(errors.count));
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct load *load = worker->load;
	struct trv_session *session = session_of(load->test);

	while (!atomic_load(&load->stop)) {
		if (poke(session) < 0) {
			note_error(trv_error(session));
			atomic_fetch_add(&load->bad, 1);
			pass(1);
			continue;
		}
		atomic_fetch_add(&load->good, 1);
		atomic_store(&load->last_good[worker->number], trv_monotonic());
	}
	trv_session_close(session);
	return NULL;
}

static void start_load(struct load *load, struct worker *workers, struct pool_test *test)
{
	memset(load, 0, sizeof(*load));
	load->test = test;
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker) { .load = load, .number = i };
		REQUIRE(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
	}
}

static void end_load(struct load *load, struct worker *workers)
{
	atomic_store(&load->stop, 1);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	show_errors();
}

/* Whether every thread was served since then. */
struct moment {
	struct load *load;
	uint64_t at;
};

static bool are_all_served(void *argument)
{
	struct moment *moment = argument;

	for (unsigned i = 0; i < THREADS; i++)
		if (atomic_load(&moment->load->last_good[i]) < moment->at)
			return false;
	return true;
}

static double until_all_served(struct load *load)
{
	struct moment moment = { load, trv_monotonic() };

	CHECK(await(are_all_served, &moment));
	return since(moment.at);
}

TEST(pool_outage, a_restarted_server_serves_fifty_threads_again_within_two_seconds)
{
	struct pool_test t;
	struct load load;
	struct worker workers[THREADS];
	double worst = 0;

	need_server();
	pool_open(&t, (struct trv_pool_options) { .size = 10, .acquire_ms = 10000 });
	start_load(&load, workers, &t);
	for (int i = 0; i < 3; i++) {
		until_all_served(&load);
		server_kill();
		server_again();
		double took = until_all_served(&load);
		worst = took > worst ? took : worst;
	}
	end_load(&load, workers);
	test_note("all of %d threads served again within %.0f ms; %llu calls succeeded, %llu failed", THREADS, worst,
	          (unsigned long long)load.good, (unsigned long long)load.bad);
	CHECK(worst < 2000);
	/* what was under way is lost: about one call for each connection and restart */
	CHECK(load.bad <= 40);
	pool_close(&t);
}

/* 50 threads that lost their connections, and a server that is away for a second. */
TEST(pool_outage, attempts_to_connect_are_capped_and_jittered)
{
	struct pool_test t;
	struct proxy proxy;
	struct load load;
	struct worker workers[THREADS];

	need_server();
	pool_open_url(&t, proxy_start(&proxy), (struct trv_options) { .pool = { .size = 50, .acquire_ms = 10000 } });
	start_load(&load, workers, &t);
	until_all_served(&load);
	atomic_store(&proxy.mode, PROXY_REFUSE);
	unsigned before = atomic_load(&proxy.accepted);
	proxy_cut(&proxy);
	pass(1000);
	unsigned attempts = atomic_load(&proxy.accepted) - before;
	atomic_store(&proxy.mode, PROXY_PASS);
	double took = until_all_served(&load);
	unsigned after = atomic_load(&proxy.accepted) - before - attempts;
	end_load(&load, workers);
	test_note("%u attempts in an outage of 1 s, %u connections after it, all threads served after %.0f ms",
	          attempts, after, took);
	CHECK(attempts >= 2);
	CHECK(attempts <= TRV__CONNECTS + 12);
	CHECK(took < 2000);
	CHECK(after <= 60);
	pool_close(&t);
	proxy_stop(&proxy);
}
