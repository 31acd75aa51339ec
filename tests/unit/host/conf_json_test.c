// conf_json: values become JSON that a configuration could have, and that makes the same values
// again.
#include "harness.h"

#include "core/host/conf_json.h"

struct inner {
	const char *name;
	uint64_t number;
};
struct outer {
	bool flag;
	uint64_t number;
	unsigned choice;
	const char *text;
	struct conf_list texts, inners;
	struct inner *inner;
};

#define INNER(member) offsetof(struct inner, member)
#define OUTER(member) offsetof(struct outer, member)

static const char *const choices[] = {"first", "second", NULL};
static const struct conf_key inner_keys[] = {
        {"name", CONF_STRING, INNER(name), "", .help = "Name."},
        {"number", CONF_UNSIGNED, INNER(number), "7", 0, 100, .help = "Number."},
        {0},
};
static const struct conf_section inner = {sizeof(struct inner), inner_keys};
static const struct conf_key outer_keys[] = {
        {"flag", CONF_BOOL, OUTER(flag), "false", .help = "Flag."},
        {"number", CONF_UNSIGNED, OUTER(number), "5", 0, 100, .help = "Number."},
        {"choice", CONF_ENUM, OUTER(choice), "first", .choices = choices, .help = "Choice."},
        {"text", CONF_STRING, OUTER(text), "", .help = "Text."},
        {"texts", CONF_STRINGS, OUTER(texts), "", .help = "Texts."},
        {"inners", CONF_SECTIONS, OUTER(inners), "", .section = &inner, .help = "Inners."},
        {"inner", CONF_SECTION, OUTER(inner), .section = &inner, .help = "Inner."},
        {0},
};
static const struct conf_section outer = {sizeof(struct outer), outer_keys};

static const struct {
	const char *in, *out;
} cases[] = {
        {"{}", "{}"},
        {"{\"flag\":false,\"number\":5,\"choice\":\"first\",\"text\":\"\",\"texts\":[]}", "{}"},
        {"{\"flag\":true,\"number\":0,\"choice\":\"second\",\"text\":\"x\"}", NULL},
        {"{\"texts\":\"one\"}", "{\"texts\":[\"one\"]}"},
        {"{\"texts\":[\"one\",\"two\"],\"inners\":[{\"name\":\"a\"},{\"number\":8},{}],\"inner\":{"
         "\"name\":\"b\"}}",
         NULL},
        {"{\"inner\":{\"number\":7}}", "{}"},
};

static void test_values(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct conf_source source = {.file_place = "test"};
		const char *want = cases[i].out ? cases[i].out : cases[i].in;
		struct conf conf;
		struct why why;
		json_t *json;
		char *text;

		assert_int_equal(conf_open_text(&conf, &outer, &source, cases[i].in,
		                                strlen(cases[i].in), &why),
		                 0);
		json = conf_json(&outer, conf.values);
		text = json_dumps(json, JSON_COMPACT);
		assert_string_equal(text, want);
		free(text);
		json_decref(json);
		conf_close(&conf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
