#include "project.h"

#include <string.h>
#include <trivet/plugin.h>

/* --- people ------------------------------------------------------------------------ */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without the quotes of "Klose, Matthias" <...> and with single spaces. */
static char *tidy_name(struct trv_arena *arena, const char *name)
{
	char *tidy = trv_arena_bytes(arena, strlen(name) + 1);
	char *end = tidy;

	if (!tidy)
		return NULL;
	for (; *name; name++) {
		if (*name == '"')
			continue;
		if (!is_space(*name))
			*end++ = *name;
		else if (end > tidy && end[-1] != ' ')
			*end++ = ' ';
	}
	if (end > tidy && end[-1] == ' ')
		end--;
	*end = '\0';
	return tidy;
}

static char *tidy_email(struct trv_arena *arena, const char *email)
{
	size_t size = strlen(email);

	while (size > 0 && is_space(*email)) {
		email++;
		size--;
	}
	while (size > 0 && is_space(email[size - 1]))
		size--;

	char *tidy = trv_arena_copy(arena, email, size);
	for (char *c = tidy; c && *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	}
	return tidy;
}

/* Something, one @, something; nothing that a header line could not carry. */
static bool is_address(const char *email)
{
	const char *at = strchr(email, '@');

	if (!at || at == email || at[1] == '\0' || strchr(at + 1, '@'))
		return false;
	return strpbrk(email, " \t\r\n<>,\"") == NULL;
}

static int normalise_email(struct person *person, struct trv_arena *arena)
{
	char *email = tidy_email(arena, person->email ? person->email : "");

	if (!email)
		return TRV_ERR_NOMEM;
	if (!is_address(email))
		return TRV_ERR_VALUE;
	person->email = email;
	return 0;
}

static int normalise_name(struct person *person, struct trv_arena *arena)
{
	char *name = tidy_name(arena, person->name ? person->name : "");

	if (name && *name == '\0' && person->email)
		name = trv_arena_copy(arena, person->email, strcspn(person->email, "@"));
	if (!name)
		return TRV_ERR_NOMEM;
	person->name = name;
	return 0;
}

int person_normalise(struct person *person, struct trv_arena *arena)
{
	int r = normalise_email(person, arena);

	return r < 0 ? r : normalise_name(person, arena);
}

static int normalise_person(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns,
                            void *context)
{
	struct trv_arena *arena = trv_session_arena(session);
	struct person *person = row;
	int r = 0;

	(void)model;
	(void)context;
	if (columns & PERSON_EMAIL)
		r = normalise_email(person, arena);
	if (r == 0 && columns & PERSON_NAME)
		r = normalise_name(person, arena);
	if (r == TRV_ERR_VALUE)
		return trv_session_fail(session, r, "person.email: not an address");
	if (r < 0)
		return trv_session_fail(session, r, "%s", trv_status_message(r));
	return 0;
}

/* An insert names only the columns that are written as zero: all of the row counts. */
static int normalise_new_person(struct trv_session *session, const struct trv_model *model, void *row, uint64_t columns,
                                void *context)
{
	(void)columns;
	return normalise_person(session, model, row, trv_model_all(model), context);
}

/* --- projects ----------------------------------------------------------------------- */

int project_find_by_name(struct trv_session *session, struct project *project, const char *name)
{
	int r = project_one(session, project, &(struct project_query) { .where = { project_name(TRV_EQ, name) } });

	if (r == TRV_ERR_NOT_FOUND)
		return trv_session_fail(session, r, "there is no project '%s'", name);
	return r;
}

/* A project that needs itself could never be set up. */
static int refuse_self_dependency(struct trv_session *session, const struct trv_model *model, void *row,
                                  uint64_t columns, void *context)
{
	const struct dependency *dependency = row;

	(void)model;
	(void)columns;
	(void)context;
	if (dependency->project_id == dependency->target_id)
		return trv_session_fail(session, TRV_ERR_VALUE, "dependency.target: a project cannot need itself");
	return 0;
}

static const struct trv_hook project_hooks[] = {
	{ "person", TRV_BEFORE_INSERT, normalise_new_person, NULL },
	{ "person", TRV_BEFORE_UPDATE, normalise_person, NULL },
	{ "dependency", TRV_BEFORE_INSERT, refuse_self_dependency, NULL },
	{ 0 },
};

const struct trv_plugin project_plugin = {
	TRV_PLUGIN_HEADER, .name = "project", .version = "1.0", .models = &project_models, .hooks = project_hooks,
};
