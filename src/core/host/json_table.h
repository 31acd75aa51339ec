// json_table: the reply to any command as aligned text for people: on a guest's console,
// and in wadi-ctl.
#ifndef CORE_HOST_JSON_TABLE_H
#define CORE_HOST_JSON_TABLE_H

#include "core/base.h"
#include "core/host/json.h"

#include <stdio.h>

struct json_table_look {
	unsigned columns; // of a line; 0: it has any length
	bool colour;      // ANSI's sequences stand around headings, keys and states
};

// Prints the object's single values as "key  value" lines, then each list of
// objects as a table with a heading line; wide ones as one block each row. The list's name
// stands above a table of one row that has only numbers.
// A reply that is only a "text" of several lines is printed as it is.
//
// Lines are up to `columns` long, so that a terminal does not cut them: the text in a
// table's last column goes on below itself, or stands below its row. 0: a row is a line
// of any length, for programs.
void json_table_print(const json_t *reply, struct json_table_look look, FILE *out);

// Removes rows whose "count" is zero.
void json_table_hide_zeros(json_t *reply);

#endif
