// services_check: a mistake in an appliance's tables is one sentence at its start.
#include "harness.h"

#include "apps/boot/services_check.h"

#include <errno.h>

#define DROPS(...)                                                                                 \
	(const struct service_drop[])                                                              \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
#define COMMANDS(...)                                                                              \
	(const struct service_command[])                                                           \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
#define TOOLS(...)                                                                                 \
	(const struct service_tool[])                                                              \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

// An appliance of two services, and what is said of it; "" is nothing.
static const struct {
	struct service a, b;
	const char *sentence;
} cases[] = {
        {{.name = "a", .drops = DROPS({"a.full", "it is full"}), .commands = COMMANDS({"flows"})},
         {.name = "b", .drops = DROPS({"b.full", "it is full"}), .tools = TOOLS({"check"})},
         ""},
        {{.name = "a"}, {.name = "a"}, "two services are named a"},
        {{.name = "log"},
         {.name = "b"},
         "two services are named log; every appliance has this one already"},
        {{.name = "a"},
         {.name = "ports"},
         "a service cannot be named ports: the configuration of every appliance has a key of that "
         "name"},
        {{.name = "a", .drops = DROPS({"full"})},
         {.name = "b"},
         "service a: the drop reason full must be named a.SOMETHING"},
        {{.name = "a"},
         {.name = "bee", .drops = DROPS({"bee.full"}, {"beetle.full"})},
         "service bee: the drop reason beetle.full must be named bee.SOMETHING"},
        {{.name = "a", .drops = DROPS({"a.full"}, {"a.full"})},
         {.name = "b"},
         "service a: a.full is among the drop reasons of a already"},
        {{.name = "a", .commands = COMMANDS({"stats"})},
         {.name = "b"},
         "service a: stats is among the commands of every appliance already"},
        {{.name = "a", .commands = COMMANDS({"reload"})},
         {.name = "b"},
         "service a: reload is among the commands of every appliance already"},
        {{.name = "a", .commands = COMMANDS({"flows"})},
         {.name = "b", .commands = COMMANDS({"flow"}, {"flows"})},
         "service b: flows is among the commands of a already"},
        {{.name = "a", .tools = TOOLS({"check"})},
         {.name = "b", .tools = TOOLS({"check"})},
         "service b: check is among the tools of a already"},
        {{.name = "a", .tools = TOOLS({"completion"})},
         {.name = "b"},
         "service a: completion is among the tools of every appliance already"},
};

static void test_tables(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct service *const services[] = {&cases[i].a, &cases[i].b, NULL};
		const struct appliance appliance = {.name = "toys", .services = services};
		struct why why = {""};
		int err = services_check(&appliance, &why);

		assert_string_equal(why.text, cases[i].sentence);
		assert_int_equal(err, *why.text ? -EINVAL : 0);
	}
}

static void test_too_many(void **state)
{
	static char names[BOOT_SERVICES_MAX][4], drop_names[DROP_OWN_MAX + 1][8];
	static struct service service[BOOT_SERVICES_MAX];
	static struct service_drop drops[DROP_OWN_MAX + 2];
	const struct service *list[BOOT_SERVICES_MAX + 1] = {NULL};
	const struct appliance appliance = {.name = "toys", .services = list};
	struct why why;

	for (unsigned i = 0; i < BOOT_SERVICES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "s%u", i);
		service[i].name = names[i];
		list[i] = &service[i];
	}
	assert_int_equal(services_check(&appliance, &why), -EINVAL);
	assert_string_equal(why.text, "there are more than 15 services");
	list[BOOT_SERVICES_MAX - 1] = NULL; // the log makes it full
	assert_int_equal(services_check(&appliance, &why), 0);

	for (unsigned i = 0; i <= DROP_OWN_MAX; i++) {
		snprintf(drop_names[i], sizeof(drop_names[i]), "s0.%u", i);
		drops[i].name = drop_names[i];
	}
	service[0].drops = drops;
	assert_int_equal(services_check(&appliance, &why), -EINVAL);
	assert_non_null(strstr(why.text, " drop reasons"));
	drops[DROP_OWN_MAX].name = NULL;
	assert_int_equal(services_check(&appliance, &why), 0);
}

static const struct metric_row *tables[2]; // of the services

static unsigned metrics_of(unsigned i, struct metric_source *sources)
{
	// Two sources of one service may have the same table.
	sources[0] = sources[1] = (struct metric_source){.rows = tables[i]};
	return 2;
}

static unsigned metrics_a(void *state, struct metric_source *sources)
{
	return metrics_of(0, sources);
}

static unsigned metrics_b(void *state, struct metric_source *sources)
{
	return metrics_of(1, sources);
}

static void test_tables_of_metrics(void **state)
{
	static const struct metric_row flows[] = {
	        {"flows", .name = "x"}, {"flows", .name = "y"}, {0}};
	static const struct metric_row ports[] = {{"ports", .name = "x"}, {0}};
	static const struct metric_row stages[] = {
	        {"ports", .name = "x"}, {"stages", .name = "x"}, {0}};
	static const struct {
		const struct metric_row *a, *b;
		const char *sentence;
	} pairs[] = {
	        {flows, ports, ""},
	        {flows, flows, "service b: flows is among the tables of metrics of a already"},
	        {flows, stages,
	         "service b: stages is among the tables of metrics of every appliance already"},
	};
	static const struct service a = {.name = "a", .metrics = metrics_a};
	static const struct service b = {.name = "b", .metrics = metrics_b};
	struct services services;

	services_init(&services, &(struct appliance){.services = (const struct service *const[]){
	                                                     &a, &b, NULL}});
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct why why = {""};

		tables[0] = pairs[i].a;
		tables[1] = pairs[i].b;
		assert_int_equal(services_check_metrics(&services, &why),
		                 *pairs[i].sentence ? -EINVAL : 0);
		assert_string_equal(why.text, pairs[i].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_tables),
	        cmocka_unit_test(test_too_many),
	        cmocka_unit_test(test_tables_of_metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
