// conf: values and defaults, every kind of mistake with its exact sentence,
// --set, and the printed table.
#include "harness.h"

#include "core/host/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct door {
	const char *name;
	struct conf_list keys;
	uint64_t width;
};

struct roof {
	const char *plan;
	bool flat;
};

struct house {
	uint64_t floors;
	unsigned colour;
	struct conf_list doors;
	struct roof *roof;
	const char *owner;
};

static bool check_even(const char *text, struct why *why)
{
	why_set(why, "has an odd length");
	return strlen(text) % 2 == 0;
}

static const struct conf_key door_keys[] = {
        {"name", CONF_STRING, offsetof(struct door, name), .min = 1, .max = 8, .help = "Its name."},
        {"keys", CONF_STRINGS, offsetof(struct door, keys), "", .max = 3, .check = check_even,
         .help = "Who may open it."},
        {"width", CONF_UNSIGNED, offsetof(struct door, width), "80", 60, 200, .help = "In cm."},
        {0},
};
static const struct conf_section door = {sizeof(struct door), door_keys};

static const struct conf_key roof_keys[] = {
        {"plan", CONF_PATH, offsetof(struct roof, plan), "", .help = "The drawing."},
        {"flat", CONF_BOOL, offsetof(struct roof, flat), "false", .help = "Whether it is flat."},
        {0},
};
static const struct conf_section roof = {sizeof(struct roof), roof_keys};

static const char *const colours[] = {"white", "sand", "blue", NULL};
static const struct conf_key house_keys[] = {
        {"floors", CONF_UNSIGNED, offsetof(struct house, floors), "1", 1, 9,
         .help = "How many storeys the house has, counted from the ground and without the "
                 "cellar, which nobody looks at."},
        {"colour", CONF_ENUM, offsetof(struct house, colour), "sand", .choices = colours,
         .live = true, .help = "Of the walls."},
        {"doors", CONF_SECTIONS, offsetof(struct house, doors), .min = 1, .max = 3,
         .section = &door, .help = "At least one."},
        {"roof", CONF_SECTION, offsetof(struct house, roof), .section = &roof, .help = "On top."},
        {"owner", CONF_STRING, offsetof(struct house, owner), "", .check = check_even,
         .help = "Who lives there."},
        {0},
};
static const struct conf_section house = {sizeof(struct house), house_keys};

static struct conf conf;
static struct why why;

static int open_text(const char *text, const char *set)
{
	struct conf_source source = {"etc/house.json", &set, set ? 1 : 0};

	why.text[0] = '\0';
	return conf_open_text(&conf, &house, &source, text, strlen(text), &why);
}

static void test_values_and_defaults(void **state)
{
	const struct house *h;
	const struct door *doors;

	assert_int_equal(
	        open_text("{\"floors\": 3, \"colour\": \"blue\","
	                  " \"doors\": [{\"name\": \"front\", \"keys\": [\"ann\", \"bobo\"]},"
	                  "             {\"name\": \"back\", \"keys\": \"zoe!\"}],"
	                  " \"roof\": {\"plan\": \"plans/roof\", \"flat\": true}}",
	                  NULL),
	        -EINVAL); // "ann" is odd
	assert_string_equal(why.text,
	                    "etc/house.json:1: doors[0].keys[0]: \"ann\" has an odd length");
	assert_int_equal(
	        open_text("{\"floors\": 3, \"colour\": \"blue\","
	                  " \"doors\": [{\"name\": \"front\", \"keys\": [\"anna\", \"bobo\"]},"
	                  "             {\"name\": \"back\", \"keys\": \"zoe!\"}],"
	                  " \"roof\": {\"plan\": \"plans/roof\", \"flat\": true}}",
	                  NULL),
	        0);
	h = conf.values;
	doors = h->doors.items;
	assert_int_equal(h->floors, 3);
	assert_int_equal(h->colour, 2);
	assert_int_equal(h->doors.len, 2);
	assert_string_equal(doors[0].name, "front");
	assert_int_equal(doors[0].keys.len, 2);
	assert_string_equal(((const char **)doors[0].keys.items)[1], "bobo");
	assert_int_equal(doors[0].width, 80);
	assert_int_equal(doors[1].keys.len, 1);
	assert_string_equal(((const char **)doors[1].keys.items)[0], "zoe!");
	assert_true(h->roof->flat);
	assert_string_equal(h->roof->plan, "etc/plans/roof");
	assert_string_equal(h->owner, "");
	conf_close(&conf);
}

static void test_an_absent_section_has_its_defaults(void **state)
{
	const struct house *h;

	assert_int_equal(open_text("{\"doors\": [{\"name\": \"d\"}]}", NULL), 0);
	h = conf.values;
	assert_int_equal(h->floors, 1);
	assert_int_equal(h->colour, 1);
	assert_string_equal(h->roof->plan, "");
	assert_false(h->roof->flat);
	conf_close(&conf);
}

static void test_an_absolute_path_stays(void **state)
{
	const struct house *h;

	assert_int_equal(
	        open_text("{\"doors\": [{\"name\": \"d\"}], \"roof\": {\"plan\": \"/a\"}}", NULL),
	        0);
	h = conf.values;
	assert_string_equal(h->roof->plan, "/a");
	conf_close(&conf);
}

#define DOOR "\"doors\": [{\"name\": \"d\"}]"

static void test_mistakes_are_told_with_their_place(void **state)
{
	static const struct {
		const char *text, *set, *why;
	} bad[] = {
	        {"", NULL,
	         "etc/house.json:1: this file is empty; a configuration is a section {...}"},
	        {" \t\r\n", NULL,
	         "etc/house.json:1: this file is empty; a configuration is a section {...}"},
	        {"5", NULL, "etc/house.json:1: must be a section {...}, not a whole number"},
	        {"{\n\"floors\": }", NULL,
	         "etc/house.json:2: this is not JSON: unexpected token near '}'"},
	        {"[]", NULL, "etc/house.json:1: must be a section {...}, not a list"},
	        {"{}", NULL, "etc/house.json:1: doors: this key is required: At least one."},
	        {"{\n " DOOR ",\n \"flors\": 2}", NULL,
	         "etc/house.json:3: flors: is not a known key; did you mean \"floors\"?"},
	        {"{" DOOR ",\n\"cellar\\u000awine\": 2}", NULL,
	         "etc/house.json:1: cellar?wine: is not a known key; known here: floors, colour, "
	         "doors, roof, owner"},
	        {"{" DOOR ", \"floors\": \"2\"}", NULL,
	         "etc/house.json:1: floors: must be a whole number, not a string"},
	        {"{" DOOR ", \"floors\": 2.5}", NULL,
	         "etc/house.json:1: floors: must be a whole number, not a fraction"},
	        {"{" DOOR ",\n\n\"floors\": 10}", NULL,
	         "etc/house.json:3: floors: must be from 1 to 9, not 10"},
	        {"{" DOOR ", \"floors\": -1}", NULL,
	         "etc/house.json:1: floors: must be from 1 to 9, not -1"},
	        {"{" DOOR ", \"floors\": 99999999999999999999}", NULL,
	         "etc/house.json:1: this is not JSON: too big integer near '99999999999999999999'"},
	        {"{" DOOR ", \"colour\": \"red\"}", NULL,
	         "etc/house.json:1: colour: must be \"white\", \"sand\" or \"blue\", not \"red\""},
	        {"{" DOOR ", \"colour\": true}", NULL,
	         "etc/house.json:1: colour: must be \"white\", \"sand\" or \"blue\", not true or "
	         "false"},
	        {"{" DOOR ", \"owner\": 5}", NULL,
	         "etc/house.json:1: owner: must be a string, not a whole number"},
	        {"{" DOOR ", \"owner\": \"abc\"}", NULL,
	         "etc/house.json:1: owner: \"abc\" has an odd length"},
	        {"{" DOOR ", \"roof\": null}", NULL,
	         "etc/house.json:1: roof: must be a section {...}, not null"},
	        {"{" DOOR ",\n\"roof\": {\n\"flat\": 1}}", NULL,
	         "etc/house.json:3: roof.flat: must be true or false, not a whole number"},
	        {"{\"doors\": {}}", NULL,
	         "etc/house.json:1: doors: must be a list [...] of sections, not an object"},
	        {"{\"doors\": []}", NULL,
	         "etc/house.json:1: doors: must hold 1 to 3 sections, not 0"},
	        {"{\"doors\": [7]}", NULL,
	         "etc/house.json:1: doors[0]: must be a section {...}, not a whole number"},
	        {"{\"doors\": [\n{\"name\": \"a\"},\n{\"width\": 90}]}", NULL,
	         "etc/house.json:3: doors[1].name: this key is required: Its name."},
	        {"{\"doors\": [\n{\"name\": \"a\"},\n{\"width\": 90,\n\n\"name\": \"\"}]}", NULL,
	         "etc/house.json:5: doors[1].name: must be 1 to 8 bytes long, not 0"},
	        {"{\"doors\": [{\"name\": \"a\", \"keys\": 3}]}", NULL,
	         "etc/house.json:1: doors[0].keys: must be a string or a list of strings, not a "
	         "whole number"},
	        {"{\"doors\": [{\"name\": \"a\",\n\"keys\": [\"aa\",\n\"bb\",\n4]}]}", NULL,
	         "etc/house.json:4: doors[0].keys[2]: must be a string, not a whole number"},
	        {"{\"doors\": [{\"name\": \"a\", \"keys\": [\"\",\"\",\"\",\"\"]}]}", NULL,
	         "etc/house.json:1: doors[0].keys: must hold 0 to 3 strings, not 4"},
	        {"{" DOOR ",\n\"roof\": {\"flat\": true,\n\"flat\": false}}", NULL,
	         "etc/house.json:3: roof.flat: this key stands here a second time"},
	        {"{" DOOR "}", "floors=0", "--set floors=0: floors: must be from 1 to 9, not 0"},
	        {"{" DOOR "}", "floors=many",
	         "--set floors=many: floors: must be a whole number, not a string"},
	        {"{" DOOR "}", "roof.flat=maybe",
	         "--set roof.flat=maybe: roof.flat: must be true or false, not a string"},
	        {"{" DOOR "}", "doors[0].nam=x",
	         "--set doors[0].nam=x: doors[0].nam: is not a known key; did you mean \"name\"?"},
	        {"{" DOOR "}", "doors[0].keys[0]=abc",
	         "--set doors[0].keys[0]=abc: doors[0].keys[0]: \"abc\" has an odd length"},
	        {"{" DOOR "}", "floors", "--set floors: must be KEY=VALUE"},
	        {"{" DOOR "}", "flo\nors", "--set flo?ors: must be KEY=VALUE"},
	        {"{" DOOR "}", "caf\xe9", "--set caf?: must be KEY=VALUE"},
	        {"{" DOOR "}", "=3", "--set =3: must be KEY=VALUE"},
	        {"{" DOOR "}", "floors[0]=1", "--set floors[0]=1: only a list can have an index"},
	        {"{" DOOR "}", "doors[x].name=1",
	         "--set doors[x].name=1: an index is written [0], [1] and so on"},
	        {"{" DOOR "}", "doors[-1].name=1",
	         "--set doors[-1].name=1: an index is written [0], [1] and so on"},
	        {"{" DOOR "}", "doors[2].name=b",
	         "--set doors[2].name=b: the index is beyond the list's end"},
	        {"{" DOOR "}", "doors.name=b",
	         "--set doors.name=b: there are no keys below that one"},
	        {"{" DOOR "}", "floors.x=b", "--set floors.x=b: there are no keys below that one"},
	        {"{" DOOR "}", "doors[0]x=b",
	         "--set doors[0]x=b: expected \".\" or \"=\" behind the index"},
	        {"{\"doors\": 4}", "doors[0].name=b",
	         "--set doors[0].name=b: the configuration has no list there (and 1 more error)"},
	        {"{\"doors\": [4]}", "doors[0].name=b",
	         "--set doors[0].name=b: the configuration has no section there (and 1 more "
	         "error)"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(open_text(bad[i].text, bad[i].set), -EINVAL);
		assert_string_equal(why.text, bad[i].why);
		assert_null(conf.values);
	}
}

static void test_options_override_the_file(void **state)
{
	static const char *const sets[] = {
	        "floors=2",
	        "floors=7",
	        "colour=white",
	        "roof.flat=true",
	        "roof.plan=r=1",
	        "doors[0].name=x",
	        "doors[0].keys[1]=bobo",
	        "doors[1].name=new",
	        "doors[1].keys=anna",
	        "owner=12",
	};
	struct conf_source source = {NULL, sets, ARRAY_LEN(sets)};
	static const char text[] =
	        "{\"floors\": 3, \"doors\": [{\"name\": \"d\", \"keys\": \"ab\"}]}";
	const struct house *h;
	const struct door *doors;

	assert_int_equal(conf_open_text(&conf, &house, &source, text, strlen(text), &why), 0);
	h = conf.values;
	doors = h->doors.items;
	assert_int_equal(h->floors, 7);
	assert_int_equal(h->colour, 0);
	assert_true(h->roof->flat);
	assert_string_equal(h->roof->plan, "r=1");
	assert_string_equal(h->owner, "12"); // a string key takes any text
	assert_int_equal(h->doors.len, 2);
	assert_string_equal(doors[0].name, "x");
	assert_string_equal(((const char **)doors[0].keys.items)[0], "ab");
	assert_string_equal(((const char **)doors[0].keys.items)[1], "bobo");
	assert_string_equal(doors[1].name, "new");
	assert_string_equal(((const char **)doors[1].keys.items)[0], "anna");
	conf_close(&conf);
}

static void test_messages_call_the_source_what_it_is_called(void **state)
{
	static const struct {
		const char *text, *set, *why;
	} cases[] = {
	        {"{" DOOR ",\n\"floors\":0}", "owner=x",
	         "the store:2: floors: must be from 1 to 9, not 0"},
	        {"{", "owner=x", "the store:1: this is not JSON"},
	        {"{" DOOR "}", "floors=0", "node 1: floors: must be from 1 to 9, not 0"},
	        {"{" DOOR "}", "floors[0]=1", "node 1: only a list can have an index"},
	        {"{" DOOR "}", "fl=1", "node 1: fl: is not a known key"},
	};
	static const char *const places[] = {NULL, "node 1"};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *sets[] = {"roof.flat=true", cases[i].set};
		struct conf_source source = {"f", sets, 2, "the store", places};

		assert_int_equal(conf_open_text(&conf, &house, &source, cases[i].text,
		                                strlen(cases[i].text), &why),
		                 -EINVAL);
		if (strncmp(why.text, cases[i].why, strlen(cases[i].why)) != 0)
			assert_string_equal(why.text, cases[i].why);
	}
}

static void test_a_whole_configuration_may_come_from_options(void **state)
{
	static const char *const sets[] = {"doors=[{\"name\": \"d\"}]"};
	struct conf_source source = {NULL, sets, 1};

	assert_int_equal(conf_open(&conf, &house, &source, &why), 0);
	conf_close(&conf);
	source.sets_len = 0;
	assert_int_equal(conf_open(&conf, &house, &source, &why), -EINVAL);
	assert_string_equal(why.text, "configuration: doors: this key is required: At least one.");
}

static void test_a_file(void **state)
{
	char name[] = "/tmp/wadi-conf-XXXXXX";
	struct conf_source source = {name, NULL, 0};
	char expected[128];
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{" DOOR "}", strlen("{" DOOR "}")), strlen("{" DOOR "}"));
	close(fd);
	assert_int_equal(conf_open(&conf, &house, &source, &why), 0);
	conf_close(&conf);
	unlink(name);
	assert_int_equal(conf_open(&conf, &house, &source, &why), -ENOENT);
	snprintf(expected, sizeof(expected),
	         "%s: the configuration cannot be read: No such file or directory", name);
	assert_string_equal(why.text, expected);
	source.file = "/";
	assert_int_equal(conf_open(&conf, &house, &source, &why), -EISDIR);
}

// All reports of a text, one a line, with "warning: " before the text of a warning.
static const char *reported(const char *text, const char *const *sets, size_t sets_len)
{
	static char all[1 << 16];
	struct conf_source source = {"etc/house.json", sets, sets_len};
	size_t len = 0;

	all[0] = '\0';
	conf_read_text(&conf, &house, &source, text, strlen(text));
	for (const struct conf_report *report = conf.reports; report; report = report->next)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s: %s%s\n", report->place,
		                        report->warning ? "warning: " : "", report->text);
	assert_true(len < sizeof(all));
	assert_int_equal(conf_settle(&conf, &why), conf.errors ? -EINVAL : 0);
	return all;
}

static void test_all_mistakes_are_reported(void **state)
{
	static const char *const sets[] = {"roof.flat=perhaps", "cellar=1", "floors", "owner=anna"};

	assert_string_equal(
	        reported("{\n\"floors\": 0,\n\"floors\": 11,\n\"owner\": 5,\n"
	                 "\"doors\": [7,\n{\"keys\": [1,\"abc\",\"abcd\"],\n"
	                 "\"width\": 5}],\n"
	                 "\"roof\": [],\n\"colour\": \"red\"}",
	                 sets, ARRAY_LEN(sets)),
	        "etc/house.json:3: floors: this key stands here a second time\n"
	        "--set roof.flat=perhaps: the configuration has no section there\n"
	        "--set cellar=1: cellar: is not a known key; did you mean \"colour\"?\n"
	        "--set floors: must be KEY=VALUE\n"
	        "etc/house.json:3: floors: must be from 1 to 9, not 11\n"
	        "etc/house.json:9: colour: must be \"white\", \"sand\" or \"blue\", not "
	        "\"red\"\n"
	        "etc/house.json:5: doors[0]: must be a section {...}, not a whole number\n"
	        "etc/house.json:6: doors[1].name: this key is required: Its name.\n"
	        "etc/house.json:6: doors[1].keys[0]: must be a string, not a whole number\n"
	        "etc/house.json:6: doors[1].keys[1]: \"abc\" has an odd length\n"
	        "etc/house.json:7: doors[1].width: must be from 60 to 200, not 5\n"
	        "etc/house.json:8: roof: must be a section {...}, not a list\n");
	assert_int_equal(conf.errors, 12);
	assert_string_equal(why.text,
	                    "etc/house.json:3: floors: this key stands here a second time "
	                    "(and 11 more errors)");
	conf_close(&conf);
}

// What was refused has its default, so that further checks find sound values.
static void test_refused_values_are_replaced(void **state)
{
	const struct house *h;
	const struct door *doors;

	reported("{\"floors\": 0, \"owner\": 5, \"roof\": 7, \"colour\": 4, \"doors\": "
	         "[{\"keys\": [1, \"abcd\"]}, 3]}",
	         NULL, 0);
	h = conf.values;
	doors = h->doors.items;
	assert_int_equal(h->floors, 1);
	assert_int_equal(h->colour, 1);
	assert_string_equal(h->owner, "");
	assert_string_equal(h->roof->plan, "");
	assert_int_equal(h->doors.len, 2);
	assert_string_equal(doors[0].name, "");
	assert_int_equal(doors[0].keys.len, 2);
	assert_string_equal(((const char **)doors[0].keys.items)[0], "");
	assert_string_equal(((const char **)doors[0].keys.items)[1], "abcd");
	assert_int_equal(doors[1].width, 80);
	conf_close(&conf);
}

static void test_reports_are_bounded(void **state)
{
	static char text[8192];
	size_t len = (size_t)snprintf(text, sizeof(text), "{" DOOR);

	for (unsigned i = 0; i < 3 * CONF_REPORTS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",\n\"x%u\": 1", i);
	snprintf(text + len, sizeof(text) - len, "}");
	reported(text, NULL, 0);
	assert_int_equal(conf.reports_len, CONF_REPORTS_MAX);
	assert_int_equal(conf.errors, 3 * CONF_REPORTS_MAX);
	conf_close(&conf);
}

// What later checks report, at keys of the file, of an option, and of none.
static void test_reports_of_other_checks(void **state)
{
	static const char *const sets[] = {"owner=anna"};
	struct conf_source source = {"h.json", sets, 1};
	static const char text[] = "{\"doors\": [{\"name\": \"a\"},\n{\"name\": \"b\"}]}";

	conf_read_text(&conf, &house, &source, text, strlen(text));
	conf_warning(&conf, conf_path(&conf, "doors[%d].name", 1), "is %s", "short");
	assert_false(conf_has_error(&conf, "doors[1]"));
	conf_error(&conf, "owner", "is away");
	conf_error(&conf, "roof.plan", "is missing");
	assert_true(conf_has_error(&conf, "owner"));
	assert_true(conf_has_error(&conf, "roof"));
	assert_false(conf_has_error(&conf, "own"));
	assert_string_equal(conf_place(&conf, "doors[1]"), "h.json:2");
	assert_string_equal(conf.reports->place, "h.json:2");
	assert_string_equal(conf.reports->text, "doors[1].name: is short");
	assert_string_equal(conf.reports->next->place, "--set owner=anna");
	assert_string_equal(conf.reports->next->next->text, "roof.plan: is missing");
	assert_int_equal(conf.errors, 2);
	assert_int_equal(conf_settle(&conf, &why), -EINVAL);
	assert_string_equal(why.text, "--set owner=anna: owner: is away (and 1 more error)");
	conf_close(&conf);
}

// What a reload does not take, in a configuration that was read again.
static void test_what_waits_for_a_restart(void **state)
{
	static const struct {
		const char *text, *reports;
	} cases[] = {
	        {"{\"doors\": [{\"name\": \"a\", \"keys\": [\"ab\"]}], \"floors\": 2}", ""},
	        {"{\"doors\": [{\"name\": \"a\", \"keys\": \"ab\"}], \"floors\": 2, \"colour\": "
	         "\"blue\"}",
	         ""},
	        {"{\"doors\": [{\"name\": \"b\",\n\"keys\": [\"ab\", \"cd\"], \"width\": 90}]}",
	         "h.json:1: floors: differs from what runs: restart to take it\n"
	         "h.json:1: doors[0].name: differs from what runs: restart to take it\n"
	         "h.json:2: doors[0].keys: differs from what runs: restart to take it\n"
	         "h.json:2: doors[0].width: differs from what runs: restart to take it\n"},
	        {"{\"doors\": [{\"name\": \"a\", \"keys\": \"ac\"}, {\"name\": \"b\"}], "
	         "\"floors\": "
	         "2,\n\"roof\": {\"flat\": true,\n\"plan\": \"p\"}}",
	         "h.json:1: doors: 2 sections here and 1 in what runs: restart to take them\n"
	         "h.json:1: doors[0].keys: differs from what runs: restart to take it\n"
	         "h.json:3: roof.plan: differs from what runs: restart to take it\n"
	         "h.json:2: roof.flat: differs from what runs: restart to take it\n"},
	};
	struct conf_source source = {.file = "h.json"};
	struct conf running;

	assert_int_equal(conf_open_text(&running, &house, &source, cases[0].text,
	                                strlen(cases[0].text), &why),
	                 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char all[1024] = "";

		conf_read_text(&conf, &house, &source, cases[i].text, strlen(cases[i].text));
		conf_compare(&conf, running.values);
		for (const struct conf_report *r = conf.reports; r; r = r->next) {
			assert_true(r->warning);
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s: %s\n", r->place,
			         r->text);
		}
		assert_string_equal(all, cases[i].reports);
		assert_int_equal(conf_settle(&conf, &why), 0);
		conf_close(&conf);
	}
	conf_close(&running);
}

static char *printed(void (*print)(const struct conf_section *, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(&house, out);
	fclose(out);
	return text;
}

static void test_help_tells_every_key(void **state)
{
	char *text = printed(conf_help);

	assert_string_equal(
	        text,
	        "floors: whole number, 1 to 9, default 1; restart\n"
	        "        How many storeys the house has, counted from the ground and without the\n"
	        "        cellar, which nobody looks at.\n"
	        "colour: \"white\" or \"sand\" or \"blue\", default \"sand\"; reload\n"
	        "        Of the walls.\n"
	        "doors[]: list of sections, 1 to 3, required\n"
	        "        At least one.\n"
	        "doors[].name: string, 1 to 8 bytes, required; restart\n"
	        "        Its name.\n"
	        "doors[].keys: string or list of strings, 0 to 3, default none; restart\n"
	        "        Who may open it.\n"
	        "doors[].width: whole number, 60 to 200, default 80; restart\n"
	        "        In cm.\n"
	        "roof: section\n"
	        "        On top.\n"
	        "roof.plan: path, default none; restart\n"
	        "        The drawing.\n"
	        "roof.flat: true or false, default false; restart\n"
	        "        Whether it is flat.\n"
	        "owner: string, default none; restart\n"
	        "        Who lives there.\n");
	free(text);
}

static void test_the_man_page_escapes_roff(void **state)
{
	char *text = printed(conf_man);
	FILE *out;
	size_t size;

	assert_non_null(strstr(text, ".TP\n\\fBdoors[].width\\fR (whole number, 60 to 200, default "
	                             "80; restart)\nIn cm.\n"));
	free(text);
	out = open_memstream(&text, &size);
	conf_roff(out, ".a-b\\c");
	fclose(out);
	assert_string_equal(text, "\\&.a\\-b\\ec");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_values_and_defaults),
	        cmocka_unit_test(test_an_absent_section_has_its_defaults),
	        cmocka_unit_test(test_an_absolute_path_stays),
	        cmocka_unit_test(test_mistakes_are_told_with_their_place),
	        cmocka_unit_test(test_all_mistakes_are_reported),
	        cmocka_unit_test(test_refused_values_are_replaced),
	        cmocka_unit_test(test_reports_are_bounded),
	        cmocka_unit_test(test_reports_of_other_checks),
	        cmocka_unit_test(test_what_waits_for_a_restart),
	        cmocka_unit_test(test_options_override_the_file),
	        cmocka_unit_test(test_messages_call_the_source_what_it_is_called),
	        cmocka_unit_test(test_a_whole_configuration_may_come_from_options),
	        cmocka_unit_test(test_a_file),
	        cmocka_unit_test(test_help_tells_every_key),
	        cmocka_unit_test(test_the_man_page_escapes_roff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
