// json_table: columns are as wide as their widest cell; numbers stand to the right.
#include "core/host/json_table.h"

#include <string.h>

#define CELL_BYTES  512
#define COLUMNS_MAX 10 // of a table; rows with more become blocks

// A value in a few words: lists joined by spaces, nothing as "-".
static char *cell_text(const json_t *value, char text[CELL_BYTES])
{
	size_t len = 0, i;
	json_t *item;

	text[0] = '\0';
	if (json_is_string(value))
		snprintf(text, CELL_BYTES, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(text, CELL_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, CELL_BYTES, "%.1f", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(text, CELL_BYTES, "%s", json_is_true(value) ? "yes" : "no");
	json_array_foreach (value, i, item) {
		if (!json_is_string(item) || len >= CELL_BYTES - 1)
			continue;
		len += (size_t)snprintf(text + len, CELL_BYTES - len, "%s%s", len ? " " : "",
		                        json_string_value(item));
	}
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '?';
	if (*text == '\0')
		strcpy(text, "-");
	return text;
}

static bool is_rows(const json_t *value)
{
	return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

// Whether the reply is a text, of many lines, and nothing else.
static bool is_text(const json_t *reply)
{
	const char *text = json_string_value(json_object_get(reply, "text"));

	return text && json_object_size(reply) == 1 && strchr(text, '\n');
}

// "key  value" lines of all that is no table.
static void print_pairs(const json_t *object, FILE *out)
{
	char text[CELL_BYTES];
	size_t width = 0;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (!is_rows(value) && strlen(key) > width)
			width = strlen(key);
	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (!is_rows(value))
			fprintf(out, "%-*s  %s\n", (int)width, key, cell_text(value, text));
}

static void print_blocks(const json_t *rows, FILE *out)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (i)
			fputc('\n', out);
		json_table_print(row, out);
	}
}

// The widest cell of a column, its heading included.
static size_t column_width(const json_t *rows, const char *key)
{
	char text[CELL_BYTES];
	size_t width = strlen(key), i;
	json_t *row;

	json_array_foreach (rows, i, row) {
		size_t len = strlen(cell_text(json_object_get(row, key), text));

		if (len > width)
			width = len;
	}
	return width;
}

struct column {
	const char *key;
	int width; // negative: stands to the left, as printf has it
};

// A line of cells; row NULL is the heading. Nothing is padded at its end.
static void print_line(const struct column *columns, size_t len, const json_t *row, FILE *out)
{
	char text[CELL_BYTES];

	for (size_t i = 0; i < len; i++) {
		const char *cell = row ? cell_text(json_object_get(row, columns[i].key), text)
		                       : columns[i].key;
		bool last_left = i + 1 == len && columns[i].width < 0;

		fprintf(out, "%s%*s", i ? "  " : "", last_left ? 0 : columns[i].width, cell);
	}
	fputc('\n', out);
}

static void print_rows(const json_t *rows, FILE *out)
{
	json_t *first = json_array_get(rows, 0), *value, *row;
	struct column columns[COLUMNS_MAX];
	size_t len = 0, i;
	const char *key;

	if (json_object_size(first) > COLUMNS_MAX) {
		print_blocks(rows, out);
		return;
	}
	json_object_foreach (first, key, value) {
		int width = (int)column_width(rows, key);

		columns[len++] = (struct column){key, json_is_number(value) ? width : -width};
	}
	print_line(columns, len, NULL, out);
	json_array_foreach (rows, i, row)
		print_line(columns, len, row, out);
}

void json_table_print(const json_t *reply, FILE *out)
{
	bool begun = false;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)reply, key, value)
		begun |= !is_rows(value);
	if (is_text(reply)) {
		fputs(json_string_value(json_object_get(reply, "text")), out);
		return;
	}
	if (begun)
		print_pairs(reply, out);
	json_object_foreach ((json_t *)(uintptr_t)reply, key, value) {
		if (!is_rows(value))
			continue;
		if (begun)
			fputc('\n', out);
		print_rows(value, out);
		begun = true;
	}
}

// Of rows that count something, those that count nothing.
static void remove_zeros(json_t *rows)
{
	for (size_t i = json_array_size(rows); i-- > 0;) {
		const json_t *count = json_object_get(json_array_get(rows, i), "count");

		if (json_is_integer(count) && json_integer_value(count) == 0)
			json_array_remove(rows, i);
	}
}

void json_table_hide_zeros(json_t *reply)
{
	const char *key;
	json_t *value;

	json_object_foreach (reply, key, value) {
		if (!is_rows(value))
			continue;
		remove_zeros(value);
		if (json_array_size(value) == 0)
			json_object_set_new(reply, key, json_string("none so far"));
	}
}
