// metric_report: see the header.
#include "core/host/metric_report.h"

// A counter of another thread, or a plain number of ours.
static uint64_t value_at(const void *of, size_t offset)
{
	return __atomic_load_n((const uint64_t *)(const void *)((const char *)of + offset),
	                       __ATOMIC_RELAXED);
}

// `of` is one of the source's structs, or all of them.
struct range {
	const void *const *of;
	unsigned len;
};

static uint64_t sum_at(struct range range, size_t offset)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < range.len; i++)
		sum += value_at(range.of[i], offset);
	return sum;
}

// False when there is no value: a ratio without a divisor. The subtrahend is read first,
// so that a burst that is counted meanwhile does not make a difference negative.
static bool row_value(const struct metric_row *row, struct range range, uint64_t *value)
{
	uint64_t by = 0;

	if (row->kind == METRIC_RATIO || row->kind == METRIC_DIFFERENCE)
		by = sum_at(range, row->by);
	*value = sum_at(range, row->offset);
	if (row->kind == METRIC_DIFFERENCE)
		*value -= u64_min(by, *value);
	if (row->kind != METRIC_RATIO)
		return true;
	*value = by ? *value / by : 0;
	return by != 0;
}

static struct range all_of(const struct metric_source *source)
{
	return (struct range){source->of, source->len};
}

uint64_t metric_report_sum(const struct metric_source *source, const struct metric_row *row)
{
	uint64_t value;

	(void)row_value(row, all_of(source), &value);
	return value;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

// The end of the columns that make one row.
static const struct metric_row *row_end(const struct metric_row *first)
{
	const struct metric_row *row = first;

	while (row->table && strcmp(row->table, first->table) == 0 &&
	       same_text(row->value, first->value))
		row++;
	return row;
}

static void add_columns(const struct metric_row *row, const struct metric_row *end,
                        struct range range, json_t *object)
{
	uint64_t value;

	for (; row < end; row++)
		json_object_set_new(object, row->name,
		                    row_value(row, range, &value) ? json_integer((json_int_t)value)
		                                                  : json_null());
}

static json_t *row_json(const struct metric_row *row, struct range range, json_t *object)
{
	if (row->label)
		json_object_set_new(object, row->label, json_string(row->value));
	add_columns(row, row_end(row), range, object);
	if (row->label && row->help)
		json_object_set_new(object, "help", json_string(row->help));
	return object;
}

static json_t *struct_name(const struct metric_source *source, unsigned i)
{
	return source->names ? json_text(source->names[i]) : json_integer(i);
}

static json_t *table_of(json_t *reply, const char *name)
{
	json_t *rows = json_object_get(reply, name);

	if (!rows) {
		rows = json_array();
		json_object_set_new(reply, name, rows);
	}
	return rows;
}

void metric_report_json(const struct metric_source *source, json_t *reply)
{
	for (const struct metric_row *row = source->rows; row->table; row = row_end(row)) {
		json_t *rows = table_of(reply, row->table);

		if (!source->each)
			json_array_append_new(rows, row_json(row, all_of(source), json_object()));
		for (unsigned i = 0; source->each && i < source->len; i++) {
			json_t *object = json_object();

			json_object_set_new(object, source->each, struct_name(source, i));
			json_array_append_new(
			        rows, row_json(row, (struct range){&source->of[i], 1}, object));
		}
	}
}

void metric_report_columns(const struct metric_source *source, json_t *object)
{
	const struct metric_row *end = source->rows;

	while (end->table)
		end++;
	add_columns(source->rows, end, all_of(source), object);
}

// "wadi_drops_total": a column's name that begins with its table's does not repeat it.
static void print_name(const struct metric_row *row, FILE *out)
{
	size_t len = strlen(row->table);
	const char *name = row->name;

	if (strncmp(name, row->table, len) == 0 && name[len] == '_')
		name += len + 1;
	fprintf(out, "wadi_%s", row->table);
	if (strcmp(name, "count") != 0)
		fprintf(out, "_%s", name);
	if (row->kind == METRIC_COUNTER)
		fputs("_total", out);
}

static void print_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", out);
			continue;
		}
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

// A label, behind a comma if it is not the first.
static void print_label(const char *label, const char *value, unsigned *labels, FILE *out)
{
	fprintf(out, "%s%s=\"", (*labels)++ ? "," : "{", label);
	print_text(value, out);
	fputc('"', out);
}

static void print_sample(const struct metric_source *source, const struct metric_row *row,
                         unsigned i, FILE *out)
{
	struct range range = source->each ? (struct range){&source->of[i], 1} : all_of(source);
	unsigned labels = 0;
	char number[16];
	uint64_t value;

	if (!row_value(row, range, &value))
		return;
	print_name(row, out);
	snprintf(number, sizeof(number), "%u", i);
	if (source->each)
		print_label(source->each, source->names ? source->names[i] : number, &labels, out);
	if (row->label)
		print_label(row->label, row->value, &labels, out);
	fprintf(out, "%s %ju\n", labels ? "}" : "", (uintmax_t)value);
}

static bool same_metric(const struct metric_row *a, const struct metric_row *b)
{
	return strcmp(a->table, b->table) == 0 && strcmp(a->name, b->name) == 0;
}

// All samples of one metric stand together, behind what is said of it.
static void print_metric(const struct metric_source *source, const struct metric_row *first,
                         FILE *out)
{
	static const char *const types[] = {[METRIC_COUNTER] = "counter",
	                                    [METRIC_GAUGE] = "gauge",
	                                    [METRIC_RATIO] = "gauge",
	                                    [METRIC_DIFFERENCE] = "gauge"};

	if (!first->label && first->help) {
		fputs("# HELP ", out);
		print_name(first, out);
		fprintf(out, " %s\n", first->help);
	}
	fputs("# TYPE ", out);
	print_name(first, out);
	fprintf(out, " %s\n", types[first->kind]);
	for (const struct metric_row *row = first; row->table; row++)
		for (unsigned i = 0;
		     same_metric(row, first) && i < (source->each ? source->len : 1); i++)
			print_sample(source, row, i, out);
}

void metric_report_prometheus(const struct metric_source *source, FILE *out)
{
	for (const struct metric_row *row = source->rows; row->table; row++) {
		const struct metric_row *before = source->rows;

		while (before < row && !same_metric(before, row))
			before++;
		if (before == row)
			print_metric(source, row, out);
	}
}
