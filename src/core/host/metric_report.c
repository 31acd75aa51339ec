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

// Prometheus's text, or OpenMetrics.
struct text {
	FILE *out;
	bool open;
};

static bool is_histogram(const struct metric_row *row)
{
	return row->kind == METRIC_BYTES || row->kind == METRIC_TIME;
}

// A column, of seconds by its whole unit.
static void print_column(const char *name, FILE *out)
{
	size_t len = strlen(name);

	if (len > 2 && strcmp(name + len - 2, "_s") == 0)
		fprintf(out, "_%.*s_seconds", (int)len - 2, name);
	else
		fprintf(out, "_%s", name);
}

// "wadi_drops": a column's name that begins with its table's does not repeat it.
static void print_family(const struct metric_row *row, const struct text *text)
{
	const char *name = row->name;
	size_t len;

	assert(row->table);
	len = strlen(row->table);
	if (strncmp(name, row->table, len) == 0 && name[len] == '_')
		name += len + 1;
	fprintf(text->out, "wadi_%s", row->table);
	if (is_histogram(row))
		fputs(row->kind == METRIC_TIME ? "_seconds" : "_bytes", text->out);
	else if (strcmp(name, "count") != 0)
		print_column(name, text->out);
}

// As a sample has it: "wadi_drops_total".
static void print_name(const struct metric_row *row, const struct text *text)
{
	print_family(row, text);
	if (row->kind == METRIC_COUNTER)
		fputs("_total", text->out);
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

// The struct by which samples of a source differ, if they do.
static void print_each(const struct metric_source *source, unsigned i, unsigned *labels, FILE *out)
{
	char number[16];

	if (!source->each)
		return;
	snprintf(number, sizeof(number), "%u", i);
	print_label(source->each, source->names ? source->names[i] : number, labels, out);
}

static struct range range_at(const struct metric_source *source, unsigned i)
{
	return source->each ? (struct range){&source->of[i], 1} : all_of(source);
}

static void print_sample(const struct metric_source *source, const struct metric_row *row,
                         unsigned i, const struct text *text)
{
	unsigned labels = 0;
	uint64_t value;

	if (!row_value(row, range_at(source, i), &value))
		return;
	print_name(row, text);
	print_each(source, i, &labels, text->out);
	if (row->label)
		print_label(row->label, row->value, &labels, text->out);
	fprintf(text->out, "%s %ju\n", labels ? "}" : "", (uintmax_t)value);
}

// Times in seconds, exactly; OpenMetrics has a fraction in each bound.
static void print_value(const struct metric_row *row, uint64_t value, bool fraction, FILE *out)
{
	unsigned digits = 6, rest = (unsigned)(value % SEC_US);

	if (row->kind == METRIC_BYTES) {
		fprintf(out, fraction ? "%ju.0" : "%ju", (uintmax_t)value);
		return;
	}
	fprintf(out, "%ju", (uintmax_t)(value / SEC_US));
	for (; digits > 1 && rest % 10 == 0; digits--)
		rest /= 10;
	if (rest || fraction)
		fprintf(out, ".%0*u", (int)digits, rest);
}

static void print_bucket(const struct metric_source *source, const struct metric_row *row,
                         unsigned i, uint64_t count, const struct text *text)
{
	unsigned labels = 0;

	print_family(row, text);
	fputs("_bucket", text->out);
	print_each(source, i, &labels, text->out);
	fprintf(text->out, "%sle=\"", labels ? "," : "{");
	if (row->bound == METRIC_NO_BOUND)
		fputs("+Inf", text->out);
	else
		print_value(row, row->bound, text->open, text->out);
	fprintf(text->out, "\"} %ju\n", (uintmax_t)count);
}

// "_sum" or "_count".
static void print_total(const struct metric_source *source, const struct metric_row *row,
                        unsigned i, const char *suffix, const struct text *text)
{
	unsigned labels = 0;

	print_family(row, text);
	fputs(suffix, text->out);
	print_each(source, i, &labels, text->out);
	fputs(labels ? "} " : " ", text->out);
}

static bool same_metric(const struct metric_row *a, const struct metric_row *b)
{
	return strcmp(a->table, b->table) == 0 && strcmp(a->name, b->name) == 0;
}

// Classes are cumulative here, and the count is read once, so that it is that of the last class.
static void print_histogram(const struct metric_source *source, const struct metric_row *first,
                            unsigned i, const struct text *text)
{
	const struct metric_row *row = first;
	uint64_t count = 0, sum = sum_at(range_at(source, i), first->by);
	struct metric_row rest = *first;

	for (; row->table && same_metric(row, first); row++) {
		count += sum_at(range_at(source, i), row->offset);
		print_bucket(source, row, i, count, text);
		rest.bound = row->bound;
	}
	if (rest.bound != METRIC_NO_BOUND) {
		rest.bound = METRIC_NO_BOUND;
		print_bucket(source, &rest, i, count, text);
	}
	print_total(source, first, i, "_sum", text);
	print_value(first, sum, false, text->out);
	fputc('\n', text->out);
	print_total(source, first, i, "_count", text);
	fprintf(text->out, "%ju\n", (uintmax_t)count);
}

// What a family is; rows of a table with a label have help texts of their own, which label values
// stand for.
static void print_help(const struct metric_row *row, FILE *out)
{
	if (!row->label && row->help)
		print_text(row->help, out);
	else if (is_histogram(row))
		fprintf(out, "%s, by their %s", row->help ? row->help : row->table,
		        row->kind == METRIC_TIME ? "time" : "bytes");
	else if (row->label)
		fprintf(out, "%s: %s, by %s", row->table, row->name, row->label);
	else
		fprintf(out, "%s: %s", row->table, row->name);
}

// All samples of one metric stand together, behind what is said of it. OpenMetrics names the
// family, and Prometheus's text the samples.
static void print_metric(const struct metric_source *source, const struct metric_row *first,
                         const struct text *text)
{
	static const char *const types[] = {
	        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge",
	        [METRIC_RATIO] = "gauge",     [METRIC_DIFFERENCE] = "gauge",
	        [METRIC_BYTES] = "histogram", [METRIC_TIME] = "histogram",
	};
	void (*name)(const struct metric_row *, const struct text *) =
	        text->open ? print_family : print_name;
	unsigned structs = source->each ? source->len : 1;

	fputs("# HELP ", text->out);
	name(first, text);
	fputc(' ', text->out);
	print_help(first, text->out);
	fputs("\n# TYPE ", text->out);
	name(first, text);
	fprintf(text->out, " %s\n", types[first->kind]);
	for (unsigned i = 0; is_histogram(first) && i < structs; i++)
		print_histogram(source, first, i, text);
	for (const struct metric_row *row = first; row->table && !is_histogram(first); row++)
		for (unsigned i = 0; same_metric(row, first) && i < structs; i++)
			print_sample(source, row, i, text);
}

static void print_all(const struct metric_source *source, const struct text *text)
{
	for (const struct metric_row *row = source->rows; row->table; row++) {
		const struct metric_row *before = source->rows;

		while (before < row && !same_metric(before, row))
			before++;
		if (before == row)
			print_metric(source, row, text);
	}
}

void metric_report_prometheus(const struct metric_source *source, FILE *out)
{
	print_all(source, &(struct text){out, false});
}

void metric_report_openmetrics(const struct metric_source *source, FILE *out)
{
	print_all(source, &(struct text){out, true});
}
