// top_figures: see the header. Rows are recognized by their names, as an appliance that was started
// again with another configuration has others.
#include "apps/ctl/top_figures.h"

#include <stdio.h>

static const char *const series_names[TOP_SERIES] = {
        [TOP_RX_PKTS] = "packets in", [TOP_TX_PKTS] = "packets out", [TOP_RX_BITS] = "bits in",
        [TOP_TX_BITS] = "bits out",   [TOP_QUERIES] = "queries",     [TOP_REPLIES] = "replies",
        [TOP_DROPS] = "drops",        [TOP_OPENED] = "connections",
};

static uint64_t number_of(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

static void text_of(const json_t *object, const char *key, char text[TOP_NAME_BYTES])
{
	const char *value = json_string_value(json_object_get(object, key));

	snprintf(text, TOP_NAME_BYTES, "%s", value ? value : "");
}

// What a count was at the last sample becomes a rate; `us` is the time since then, 0: there is
// none.
static void count_take(struct top_count *count, uint64_t total, uint64_t us)
{
	uint64_t more = total > count->total ? total - count->total : 0;

	// To the nearest: one in a sample of a little more than a second is seen.
	count->per_s = us ? (uint64_t)((double)more * SEC_US / (double)us + 0.5) : 0;
	count->total = total;
}

// The count of that name, which stands at `hint` unless rows came or went; or NULL.
static struct top_count *counts_find(struct top_counts *counts, unsigned hint, const char *name)
{
	if (hint < counts->len && strcmp(counts->item[hint].name, name) == 0)
		return &counts->item[hint];
	for (unsigned i = 0; i < counts->len; i++)
		if (strcmp(counts->item[i].name, name) == 0)
			return &counts->item[i];
	return NULL;
}

// Counts are listed from their first sample that is not zero.
static void counts_take(struct top_counts *counts, unsigned hint, const char *name, uint64_t total,
                        uint64_t us)
{
	struct top_count *count = counts_find(counts, hint, name);

	if (!count && total && counts->len < TOP_COUNTS_MAX) {
		count = &counts->item[counts->len++];
		*count = (struct top_count){.total = 0};
		snprintf(count->name, sizeof(count->name), "%s", name);
	}
	if (count)
		count_take(count, total, us);
}

static void past_add(uint32_t past[TOP_HISTORY], unsigned *len, uint64_t value)
{
	if (*len == TOP_HISTORY) {
		memmove(past, past + 1, (TOP_HISTORY - 1) * sizeof(*past));
		--*len;
	}
	past[(*len)++] = (uint32_t)u64_min(value, UINT32_MAX);
}

// The first sample has no rate.
static void series_take(struct top_figures *figures, enum top_series_kind kind, uint64_t total,
                        uint64_t us)
{
	struct top_series *series = &figures->series[kind];

	series->name = series_names[kind];
	count_take(&series->count, total, us);
	if (us)
		past_add(series->past, &series->past_len,
		         series->count.per_s /
		                 (kind == TOP_RX_BITS || kind == TOP_TX_BITS ? 1000 : 1));
}

static uint64_t sum_of(const json_t *rows, const char *key)
{
	uint64_t sum = 0;
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		sum += number_of(row, key);
	return sum;
}

static void workers_take(struct top_figures *figures, const json_t *rows, uint64_t us)
{
	json_t *row;
	size_t i;

	figures->workers_len = size_min(json_array_size(rows), TOP_WORKERS_MAX);
	json_array_foreach (rows, i, row) {
		if (i == TOP_WORKERS_MAX)
			break;
		count_take(&figures->workers[i].rx, number_of(row, "rx_pkts"), us);
		count_take(&figures->workers[i].tx, number_of(row, "tx_pkts"), us);
		count_take(&figures->workers[i].sleeps, number_of(row, "sleeps"), us);
	}
	series_take(figures, TOP_RX_PKTS, sum_of(rows, "rx_pkts"), us);
	series_take(figures, TOP_TX_PKTS, sum_of(rows, "tx_pkts"), us);
	series_take(figures, TOP_RX_BITS, 8 * sum_of(rows, "rx_bytes"), us);
	series_take(figures, TOP_TX_BITS, 8 * sum_of(rows, "tx_bytes"), us);
}

static void stages_take(struct top_figures *figures, const json_t *rows, uint64_t us)
{
	json_t *row;
	size_t i;

	figures->stages_len = (unsigned)size_min(json_array_size(rows), ARRAY_LEN(figures->stages));
	json_array_foreach (rows, i, row) {
		struct top_stage *stage = &figures->stages[i];

		if (i == figures->stages_len)
			break;
		text_of(row, "stage", stage->pkts.name);
		count_take(&stage->pkts, number_of(row, "pkts"), us);
		stage->cycles_per_pkt = number_of(row, "cycles_per_pkt");
	}
}

static void ports_take(struct top_figures *figures, const json_t *rows, uint64_t us)
{
	json_t *row;
	size_t i;

	figures->ports_len = (unsigned)size_min(json_array_size(rows), TOP_PORTS_MAX);
	json_array_foreach (rows, i, row) {
		struct top_port *port = &figures->ports[i];

		if (i == figures->ports_len)
			break;
		text_of(row, "name", port->name);
		text_of(row, "state", port->state);
		port->up = json_is_true(json_object_get(row, "link_up"));
		port->pages = number_of(row, "pages");
		port->pages_free = number_of(row, "pages_free");
		count_take(&port->missed, number_of(row, "rx_missed"), us);
	}
}

static void drops_take(struct top_figures *figures, const json_t *rows, uint64_t us)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *name = json_string_value(json_object_get(row, "name"));

		if (name)
			counts_take(&figures->drops, (unsigned)i, name, number_of(row, "count"),
			            us);
	}
	series_take(figures, TOP_DROPS, sum_of(rows, "count"), us);
}

// The class within which `ppm` millionths are; the number of classes when all are empty.
static unsigned class_of(const uint64_t *counts, unsigned classes, uint32_t ppm)
{
	uint64_t all = 0, seen = 0;
	unsigned i;

	for (i = 0; i < classes; i++)
		all += counts[i];
	for (i = 0; i < classes && all; i++) {
		seen += counts[i];
		if ((double)seen * 1e6 >= (double)all * ppm)
			return i;
	}
	return classes;
}

static void latency_take(struct top_latency *latency, const json_t *rows, uint64_t us)
{
	uint64_t *recent = latency->recent[latency->next];
	unsigned at;
	json_t *row;
	size_t i;

	latency->classes = (unsigned)size_min(json_array_size(rows), TOP_CLASSES_MAX);
	json_array_foreach (rows, i, row) {
		const char *within = json_string_value(json_object_get(row, "within"));
		uint64_t total = number_of(row, "count");

		if (i == latency->classes)
			break;
		snprintf(latency->within[i], sizeof(latency->within[i]), "%s",
		         within ? within : "?");
		recent[i] = us && total > latency->total[i] ? total - latency->total[i] : 0;
		latency->total[i] = total;
	}
	if (us == 0)
		return;
	at = class_of(recent, latency->classes, 990000);
	past_add(latency->past, &latency->past_len, at == latency->classes ? 0 : at + 1);
	latency->next = (latency->next + 1) % TOP_LATENCY_TICKS;
}

const char *top_figures_latency(const struct top_figures *figures, uint32_t ppm)
{
	const struct top_latency *latency = &figures->latency;
	uint64_t sum[TOP_CLASSES_MAX] = {0};
	unsigned at;

	for (unsigned i = 0; i < TOP_LATENCY_TICKS; i++)
		for (unsigned k = 0; k < latency->classes; k++)
			sum[k] += latency->recent[i][k];
	at = class_of(sum, latency->classes, ppm);
	return at < latency->classes ? latency->within[at] : "-";
}

// Times since 1970 and the like say nothing beside rates.
static bool is_time(const char *key)
{
	size_t len = strlen(key);

	return len > 2 && strcmp(key + len - 2, "_s") == 0;
}

// "replies_by_rcode" is short for rows that are labelled by their rcode, "replies_by_size" for
// those that are by bytes.
static const char *table_name(const char *table, const char *label)
{
	return *label && strstr(table, "_by_") ? label : table;
}

// A row with a label has a count; without one, each of its columns is a count.
static void own_row_take(struct top_figures *figures, const char *table, const json_t *row,
                         unsigned *at, uint64_t us)
{
	const char *key, *label = NULL, *labelled_by = "";
	char name[TOP_NAME_BYTES];
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)row, key, value) {
		if (json_is_string(value) && !label && strcmp(key, "help") != 0) {
			label = json_string_value(value);
			labelled_by = key;
		}
		if (!json_is_integer(value) || is_time(key))
			continue;
		snprintf(name, sizeof(name), "%s %s", table_name(table, labelled_by),
		         label ? label : key);
		counts_take(&figures->own, (*at)++, name, number_of(row, key), us);
		if (label)
			return;
	}
}

// All tables but those that every appliance has.
static void own_take(struct top_figures *figures, const json_t *stats, uint64_t us)
{
	static const char *const known[] = {"appliance", "workers", "tcp", "latency", "stages"};
	const char *table;
	json_t *rows, *row;
	unsigned at = 0;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)stats, table, rows) {
		bool own = true;

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			own &= strcmp(known[k], table) != 0;
		json_array_foreach (rows, i, row)
			if (own)
				own_row_take(figures, table, row, &at, us);
	}
}

// What the first service that counts them has been asked, and has answered.
static void questions_take(struct top_figures *figures, const json_t *stats, uint64_t us)
{
	static const struct {
		const char *table, *asked, *answered;
	} services[] = {{"dns", "queries", "replies"}, {"http", "requests", "answers"}};

	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		const json_t *row = json_array_get(json_object_get(stats, services[i].table), 0);

		if (!row)
			continue;
		series_take(figures, TOP_QUERIES, number_of(row, services[i].asked), us);
		if (json_object_get(row, services[i].answered))
			series_take(figures, TOP_REPLIES, number_of(row, services[i].answered), us);
		return;
	}
}

void top_figures_take(struct top_figures *figures, const struct top_replies *replies, mono_t now)
{
	const json_t *stats = replies->stats, *tcp = json_object_get(stats, "tcp");
	uint64_t pid = number_of(replies->status, "pid"), us = 0;

	if (figures->samples && pid == figures->pid)
		us = mono_until(figures->taken, now);
	else
		figures->samples = figures->drops.len = figures->own.len = 0;
	figures->samples++;
	figures->taken = now;
	figures->pid = pid;
	text_of(replies->status, "name", figures->name);
	text_of(replies->status, "version", figures->version);
	figures->uptime_s = number_of(replies->status, "uptime_s");
	figures->connections = sum_of(tcp, "open");
	workers_take(figures, json_object_get(stats, "workers"), us);
	stages_take(figures, json_object_get(stats, "stages"), us);
	latency_take(&figures->latency, json_object_get(stats, "latency"), us);
	series_take(figures, TOP_OPENED, sum_of(tcp, "opened"), us);
	drops_take(figures, json_object_get(replies->drops, "drops"), us);
	ports_take(figures, json_object_get(replies->ports, "ports"), us);
	questions_take(figures, stats, us);
	own_take(figures, stats, us);
}

bool top_figures_has(const struct top_figures *figures, enum top_series_kind kind)
{
	return figures->series[kind].name != NULL;
}
