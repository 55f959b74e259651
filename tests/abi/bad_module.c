/* Modules with something wrong with them; which one is CASE. */
#include <stdlib.h>
#include <trivet/module.h>

#define ANOTHER_ABI 1
#define ANOTHER_SIZE 2
#define LACKS_OPERATION 3
#define NO_SYMBOL 4
#define A_FUNCTION 5
#define NOTHING 6
#define UNRESOLVED 7
#define PLUGIN_ABI 8
#define PLUGIN_SIZE 9
#define EVIL 10
#define TOO_SMALL 11

#if CASE == EVIL
/* What would have happened tells the test that it did. */
__attribute__((constructor)) static void run_at_once(void)
{
	setenv("TRIVET_TEST_EVIL", "ran", 1);
}
#endif

#if CASE == A_FUNCTION
TRV_API void trivet_driver_module(void);
void trivet_driver_module(void)
{
}

#elif CASE == NOTHING
TRV_MODULE_SYMBOL extern const struct trv_driver *const trivet_driver_module;
const struct trv_driver *const trivet_driver_module = NULL;

#elif CASE == TOO_SMALL
TRV_API extern const int trivet_driver_module;
const int trivet_driver_module = 1;

#elif CASE == UNRESOLVED
int trivet_test_nowhere(void);
TRV_API int trivet_test_module(void);
int trivet_test_module(void)
{
	return trivet_test_nowhere();
}

#elif CASE == PLUGIN_ABI || CASE == PLUGIN_SIZE
static const struct trv_plugin plugin = {
	.abi = TRV_PLUGIN_ABI + (CASE == PLUGIN_ABI),
	.size = sizeof(plugin) - 8 * (CASE == PLUGIN_SIZE),
	.name = "bad",
};
TRV_PLUGIN_MODULE(plugin);

#elif CASE == NO_SYMBOL
TRV_API int trivet_test_module(void);
int trivet_test_module(void)
{
	return 0;
}

#else
static const char *const schemes[] = { "bad", NULL };
static const struct trv_dialect dialect = { .size = sizeof(dialect), .name = "bad" };
static const struct trv_driver driver = {
	.abi = TRV_DRIVER_ABI + (CASE == ANOTHER_ABI),
	.size = sizeof(driver) + 8 * (CASE == ANOTHER_SIZE),
	.name = "bad",
	.schemes = schemes,
	.dialect = &dialect,
};
TRV_DRIVER_MODULE(driver);
#endif
