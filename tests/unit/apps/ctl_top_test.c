// ctl_top: from replies to the lines of `wadi-ctl top`, to the letter, at several sizes: the files
// ctl_top/COLUMNSxROWS.txt. What a terminal makes of them is tests/net/top.sh's.
#include "harness.h"

#include "apps/ctl/top_layout.h"

#include <stdio.h>
#include <stdlib.h>

static struct {
	json_t *before, *after;
	struct top_figures *figures;
	mono_t now;
} t;

static json_t *file_of(const char *name)
{
	char path[256];
	json_t *value;

	snprintf(path, sizeof(path), "%s/%s", CTL_TOP, name);
	value = json_load_file(path, 0, NULL);
	assert_non_null(value);
	return value;
}

static int setup(void **state)
{
	t.before = file_of("before.json");
	t.after = file_of("after.json");
	t.figures = calloc(1, sizeof(*t.figures));
	t.now = (mono_t){SEC_US};
	return t.figures ? 0 : -1;
}

static int teardown(void **state)
{
	json_decref(t.before);
	json_decref(t.after);
	free(t.figures);
	return 0;
}

// A copy of `from` whose numbers have gone `times` as far as those of `to` have.
static json_t *mixed(const json_t *from, const json_t *to, unsigned times)
{
	json_t *copy, *value;
	const char *key;
	size_t i;

	if (json_is_integer(from))
		return json_integer(json_integer_value(from) +
		                    times * (json_integer_value(to) - json_integer_value(from)));
	if (json_is_array(from)) {
		copy = json_array();
		json_array_foreach (from, i, value)
			json_array_append_new(copy, mixed(value, json_array_get(to, i), times));
		return copy;
	}
	if (!json_is_object(from))
		return json_deep_copy(from);
	copy = json_object();
	json_object_foreach ((json_t *)(uintptr_t)from, key, value)
		json_object_set_new(copy, key, mixed(value, json_object_get(to, key), times));
	return copy;
}

// Takes the replies as they are after so many seconds' worth of packets.
static void take(unsigned times)
{
	json_t *all = mixed(t.before, t.after, times);
	const struct top_replies replies = {
	        json_object_get(all, "status"), json_object_get(all, "stats"),
	        json_object_get(all, "drops"), json_object_get(all, "ports")};

	top_figures_take(t.figures, &replies, t.now);
	t.now = mono_add(t.now, SEC_US);
	json_decref(all);
}

// Half a minute of a load that rises and falls, and ends at one time the fixture's.
static void take_some(void)
{
	static const unsigned loads[] = {0, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1, 0,
	                                 0, 7, 0, 7, 1, 1, 2, 2, 3, 3, 4, 4, 5, 1};
	unsigned times = 0;

	take(0);
	for (size_t i = 0; i < ARRAY_LEN(loads); i++)
		take(times += loads[i]);
}

static char *laid_out(const struct top_view *view, unsigned columns, unsigned rows, bool ascii)
{
	struct screen screen;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(screen_init(&screen, rows, columns), 0);
	screen.ascii = ascii;
	top_layout(t.figures, view, &screen);
	for (unsigned row = 0; row < rows; row++) {
		screen_print_row(&screen, row, false, out);
		fputc('\n', out);
	}
	fclose(out);
	screen_fini(&screen);
	return text;
}

static char *text_of_file(const char *path)
{
	static char text[200000];
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	assert_int_equal(len, strlen(text));
	return text;
}

// With WADI_WRITE in the environment, the file is written.
static void same_as_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", CTL_TOP, name);
	if (getenv("WADI_WRITE")) {
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	assert_string_equal(text, text_of_file(path));
}

static void screens_of_all_sizes_are_as_they_were_drawn(void **state)
{
	static const struct {
		unsigned columns, rows;
		const char *name;
	} sizes[] = {{80, 24, "80x24.txt"}, {40, 12, "40x12.txt"}, {200, 60, "200x60.txt"}};
	const struct top_view view = {.place = "/run/wadi/dns.sock", .keys = true};

	take_some();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char *text = laid_out(&view, sizes[i].columns, sizes[i].rows, false);

		same_as_file(sizes[i].name, text);
		free(text);
	}
}

static void a_lost_server_is_named_and_figures_stay(void **state)
{
	const struct top_view view = {.place = "/run/wadi/dns.sock",
	                              .lost = "/run/wadi/dns.sock: Connection refused",
	                              .lost_s = 7};
	char *text;

	take_some();
	text = laid_out(&view, 80, 24, true);
	same_as_file("lost.txt", text);
	free(text);
}

// The picture in docs/control.md, four columns further to the right.
static void the_document_has_the_same_screen(void **state)
{
	const struct top_view view = {.place = "/run/wadi/dns.sock", .keys = true};
	char *text, *shifted = NULL, *line, *save;
	size_t len;
	FILE *out = open_memstream(&shifted, &len);

	take_some();
	text = laid_out(&view, 80, 24, false);
	for (line = text; (save = strchr(line, '\n')) != NULL; line = save + 1)
		fprintf(out, "%s%.*s\n", save > line ? "    " : "", (int)(save - line), line);
	fclose(out);
	assert_non_null(strstr(text_of_file(CONTROL_MD), shifted));
	free(shifted);
	free(text);
}

// No size of screen makes the layout leave it: under ASan that would be seen.
static void every_size_is_laid_out(void **state)
{
	const struct top_view view = {.place = "/run/wadi/dns.sock", .lost = "x"};

	take_some();
	for (unsigned rows = 1; rows < 50; rows += 3)
		for (unsigned columns = 1; columns < 250; columns += 7)
			free(laid_out(&view, columns, rows, false));
}

static void the_first_sample_has_no_rates(void **state)
{
	const struct top_view view = {.place = "x"};
	char *text;

	take(0);
	text = laid_out(&view, 80, 24, false);
	assert_non_null(strstr(text, "\npackets in           -/s\n"));
	free(text);
	take(1);
	text = laid_out(&view, 80, 24, false);
	assert_non_null(strstr(text, "\npackets in     620.0 k/s"));
	free(text);
}

static void a_restart_makes_no_rate_of_counters_that_fell(void **state)
{
	take(5);
	take(6);
	assert_int_equal(t.figures->series[TOP_RX_PKTS].count.per_s, 620000);
	json_object_set_new(json_object_get(t.before, "status"), "pid", json_integer(1));
	json_object_set_new(json_object_get(t.after, "status"), "pid", json_integer(1));
	take(0);
	assert_int_equal(t.figures->samples, 1);
	assert_int_equal(t.figures->series[TOP_RX_PKTS].past_len, 1);
	take(2);
	assert_int_equal(t.figures->series[TOP_RX_PKTS].count.per_s, 1240000);
	assert_int_equal(t.figures->drops.item[0].per_s, 2000);
}

// Sums that fall without a restart, as gauges do, have no rate.
static void what_falls_has_no_rate(void **state)
{
	take(3);
	take(1);
	assert_int_equal(t.figures->series[TOP_RX_PKTS].count.per_s, 0);
	take(2);
	assert_int_equal(t.figures->series[TOP_RX_PKTS].count.per_s, 620000);
}

static void the_history_keeps_the_newest(void **state)
{
	for (unsigned i = 0; i < TOP_HISTORY + 10; i++)
		take(i);
	assert_int_equal(t.figures->series[TOP_DROPS].past_len, TOP_HISTORY);
	assert_int_equal(t.figures->latency.past_len, TOP_HISTORY);
	take(TOP_HISTORY + 12);
	assert_int_equal(t.figures->series[TOP_DROPS].past[TOP_HISTORY - 1], 3 * 1003);
	assert_int_equal(t.figures->series[TOP_DROPS].past[TOP_HISTORY - 2], 1003);
}

static void percentiles_are_of_the_last_samples(void **state)
{
	assert_string_equal(top_figures_latency(t.figures, 500000), "-");
	take(0);
	assert_string_equal(top_figures_latency(t.figures, 500000), "-");
	take(1);
	assert_string_equal(top_figures_latency(t.figures, 500000), "8 us");
	assert_string_equal(top_figures_latency(t.figures, 990000), "32 us");
	assert_string_equal(top_figures_latency(t.figures, 1000000), "longer");
	for (unsigned i = 0; i < TOP_LATENCY_TICKS; i++)
		take(1);
	assert_string_equal(top_figures_latency(t.figures, 500000), "-");
}

// Replies are the other side's: of any type, and without any member.
static void replies_of_any_form_are_taken(void **state)
{
	static const char *const replies[] = {
	        "{}",
	        "[]",
	        "{\"drops\": 5, \"ports\": {}, \"workers\": \"x\", \"latency\": [1, [], {}]}",
	        "{\"drops\": [{}, {\"name\": 7}, {\"name\": \"\\u00e4\\u001b[2J\", \"count\": "
	        "-5}, {\"name\": \"\\u00e4\\u001b[2J\", \"count\": 7}],"
	        "\"own\": [[], {\"a\": \"b\", \"c\": 9223372036854775807}], \"tcp\": [{\"open\": "
	        "true}]}",
	};
	const struct top_view view = {.place = "\033[2J"};

	for (size_t i = 0; i < 2 * ARRAY_LEN(replies); i++) {
		json_t *reply = json_loads(replies[i / 2], 0, NULL);
		const struct top_replies all = {reply, reply, reply, reply};
		char *text;

		assert_non_null(reply);
		top_figures_take(t.figures, &all, t.now);
		t.now = mono_add(t.now, SEC_US);
		text = laid_out(&view, 80, 40, true);
		assert_null(strchr(text, '\033'));
		free(text);
		json_decref(reply);
	}
}

// A sample takes a little more than a second.
static void one_in_a_sample_is_seen(void **state)
{
	json_t *none = json_object(),
	       *drops = json_loads("{\"drops\": [{\"name\": \"a.b\", \"count\": 7}]}", 0, NULL);
	const struct top_replies all = {none, none, drops, none};
	json_t *count =
	        json_object_get(json_array_get(json_object_get(drops, "drops"), 0), "count");

	top_figures_take(t.figures, &all, t.now);
	json_integer_set(count, 8);
	top_figures_take(t.figures, &all, mono_add(t.now, SEC_US + 4 * MS_US));
	assert_int_equal(t.figures->drops.item[0].per_s, 1);
	json_decref(drops);
	json_decref(none);
}

// Names that differ at their ends are told apart at 80 columns.
static void long_names_keep_their_ends(void **state)
{
	static const char stats[] =
	        "{\"replies_by_transport\": [{\"transport\": \"UDP over IPv4\", \"count\": 4}, "
	        "{\"transport\": \"UDP over IPv6\", \"count\": 6}], \"replies_by_size\": "
	        "[{\"bytes\": "
	        "\"up to 511\", \"count\": 3}], \"replies_with\": [{\"mark\": \"truncated\", "
	        "\"count\": 2}]}";
	const struct top_view view = {.place = "/run/wadi/dns.sock"};
	json_t *none = json_object(), *own = json_loads(stats, 0, NULL);
	const struct top_replies all = {none, own, none, none};
	char *text;

	assert_non_null(own);
	top_figures_take(t.figures, &all, t.now);
	text = laid_out(&view, 80, 40, true);
	assert_non_null(strstr(text, "\nUDP over IPv4 "));
	assert_non_null(strstr(text, "\nUDP over IPv6 "));
	assert_non_null(strstr(text, "\nbytes up to 511 "));
	assert_non_null(strstr(text, "\ntruncated "));
	free(text);
	json_decref(own);
	json_decref(none);
}

#define TOP_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TOP_TEST(screens_of_all_sizes_are_as_they_were_drawn),
	        TOP_TEST(a_lost_server_is_named_and_figures_stay),
	        TOP_TEST(the_document_has_the_same_screen),
	        TOP_TEST(every_size_is_laid_out),
	        TOP_TEST(the_first_sample_has_no_rates),
	        TOP_TEST(a_restart_makes_no_rate_of_counters_that_fell),
	        TOP_TEST(what_falls_has_no_rate),
	        TOP_TEST(the_history_keeps_the_newest),
	        TOP_TEST(percentiles_are_of_the_last_samples),
	        TOP_TEST(replies_of_any_form_are_taken),
	        TOP_TEST(long_names_keep_their_ends),
	        TOP_TEST(one_in_a_sample_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
