// table: a reply of the control socket, any reply, as aligned text for people.
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include "core/base.h"
#include "core/json.h"

#include <stdio.h>

// Prints the object's single values as "key  value" lines, then each list of
// objects as a table with a heading line; wide ones as one block each row.
void table_print(const json_t *reply, FILE *out);

#endif
