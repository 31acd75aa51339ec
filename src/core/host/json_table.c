// json_table: columns are as wide as their widest cell; numbers stand to the right. On a
// terminal only the last column gives way, as its texts are the long ones: help, paths.
#include "core/host/json_table.h"

#include <stdlib.h>
#include <string.h>

#define CELL_BYTES  512
#define COLUMNS_MAX 10 // of a table; rows with more become blocks
#define WRAP_MIN    24 // columns of a terminal that a text is wrapped into, at least
#define HEADING     "\033[1m"
#define BELOW       4 // where a text begins that stands below its row

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

// The sequence that a cell begins with, in colour; NULL for the terminal's own style.
static const char *state_style(const char *key, const char *text)
{
	static const struct {
		const char *state, *style;
	} states[] = {
	        {"ok", "\033[32m"},
	        {"up", "\033[32m"},
	        {"served", "\033[32m"},
	        {"warning", "\033[33m"},
	        {"older than its file", "\033[33m"},
	        {"failed", "\033[1;31m"},
	        {"lost", "\033[1;31m"},
	        {"down", "\033[1;31m"},
	        {"not served", "\033[1;31m"},
	};

	if (strcmp(key, "error") == 0)
		return "\033[1;31m";
	for (size_t i = 0; i < ARRAY_LEN(states) && strcmp(key, "state") == 0; i++)
		if (strcmp(text, states[i].state) == 0)
			return states[i].style;
	return NULL;
}

static void begin_style(struct json_table_look look, const char *style, FILE *out)
{
	if (look.colour && style)
		fputs(style, out);
}

static void end_style(struct json_table_look look, const char *style, FILE *out)
{
	begin_style(look, style ? "\033[m" : NULL, out);
}

// Whether the reply is a text, of many lines, and nothing else.
static bool is_text(const json_t *reply)
{
	const char *text = json_string_value(json_object_get(reply, "text"));

	return text && json_object_size(reply) == 1 && strchr(text, '\n');
}

// Prints a text whose first line begins at the column `indent`, as do those that follow
// it. Words longer than a line are cut.
static void put_text(const char *text, size_t indent, size_t columns, FILE *out)
{
	size_t room = columns > indent ? columns - indent : 0, used = 0;

	if (room < WRAP_MIN) {
		fputs(text, out);
		return;
	}
	while (*text) {
		size_t len = strcspn(text, " ");

		if (used && used + 1 + len > room) {
			fprintf(out, "\n%*s", (int)indent, "");
			used = 0;
		}
		len = size_min(len, room);
		used += (size_t)fprintf(out, "%s%.*s", used ? " " : "", (int)len, text);
		text += len;
		text += *text == ' ';
	}
}

// "key  value" lines of all that is no table.
static void print_pairs(const json_t *object, struct json_table_look look, FILE *out)
{
	char text[CELL_BYTES];
	const char *style;
	size_t width = 0;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (!is_rows(value) && strlen(key) > width)
			width = strlen(key);
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		if (is_rows(value))
			continue;
		begin_style(look, HEADING, out);
		fprintf(out, "%-*s  ", (int)width, key);
		end_style(look, HEADING, out);
		style = state_style(key, cell_text(value, text));
		begin_style(look, style, out);
		put_text(text, width + 2, look.columns, out);
		end_style(look, style, out);
		fputc('\n', out);
	}
}

static void print_blocks(const json_t *rows, struct json_table_look look, FILE *out)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (i)
			fputc('\n', out);
		json_table_print(row, look, out);
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

struct table {
	struct column column[COLUMNS_MAX];
	size_t len;
	struct json_table_look look;
	size_t last; // where the last column's cells begin
	bool below;  // on a line of their own
};

// A line of cells; row NULL is the heading. Nothing is padded at its end.
static void print_line(const struct table *table, const json_t *row, FILE *out)
{
	char text[CELL_BYTES];
	const char *style;

	for (size_t i = 0; i < table->len; i++) {
		const struct column *column = &table->column[i];
		bool last = i + 1 == table->len;
		const char *cell =
		        row ? cell_text(json_object_get(row, column->key), text) : column->key;

		if (last && table->below)
			fprintf(out, "\n%*s", BELOW, "");
		else if (i)
			fputs("  ", out);
		style = row ? state_style(column->key, cell) : HEADING;
		begin_style(table->look, style, out);
		if (last && column->width < 0)
			put_text(cell, table->last, table->look.columns, out);
		else if (table->below && i + 2 == table->len && column->width < 0)
			fputs(cell, out);
		else
			fprintf(out, "%*s", column->width, cell);
		end_style(table->look, style, out);
	}
	fputc('\n', out);
}

// Decides where the last column stands; false when the others alone are too wide.
static bool table_fit(struct table *table)
{
	const struct column *last = &table->column[table->len - 1];
	size_t width = 0, columns = table->look.columns;

	for (size_t i = 0; i + 1 < table->len; i++)
		width += (size_t)abs(table->column[i].width) + 2;
	table->last = width;
	if (columns == 0 || width + (size_t)abs(last->width) <= columns)
		return true;
	if (last->width > 0)
		return false;
	if (width + WRAP_MIN <= columns)
		return true;
	table->below = true;
	table->last = BELOW;
	return table->len > 1 && width <= columns + 2;
}

// Whether a table is one row of numbers, which do not say of what they are.
static bool is_nameless(const json_t *rows)
{
	const char *key;
	json_t *value;

	json_object_foreach (json_array_get(rows, 0), key, value)
		if (!json_is_number(value))
			return false;
	return json_array_size(rows) == 1;
}

static void print_rows(const json_t *rows, struct json_table_look look, FILE *out)
{
	json_t *first = json_array_get(rows, 0), *value, *row;
	struct table table = {.look = look};
	const char *key;
	size_t i;

	if (json_object_size(first) > COLUMNS_MAX) {
		print_blocks(rows, look, out);
		return;
	}
	json_object_foreach (first, key, value) {
		int width = (int)column_width(rows, key);

		table.column[table.len++] =
		        (struct column){key, json_is_number(value) ? width : -width};
	}
	if (table.len && !table_fit(&table)) {
		print_blocks(rows, look, out);
		return;
	}
	print_line(&table, NULL, out);
	json_array_foreach (rows, i, row)
		print_line(&table, row, out);
}

void json_table_print(const json_t *reply, struct json_table_look look, FILE *out)
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
		print_pairs(reply, look, out);
	json_object_foreach ((json_t *)(uintptr_t)reply, key, value) {
		if (!is_rows(value))
			continue;
		if (begun)
			fputc('\n', out);
		if (is_nameless(value))
			fprintf(out, "%s:\n", key);
		print_rows(value, look, out);
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
