// of_print: a message as text, for people.
#ifndef OPENFLOW_OF_PRINT_H
#define OPENFLOW_OF_PRINT_H

#include "proto/openflow/of_msg.h"

// Memory that is enough for the text of every message.
#define OF_PRINT_BYTES (4 << 20)

// Appends the message of len bytes as lines, each with its newline: type, version, transaction id
// and members; then an item of a multipart on each line. Of a message that is refused, the reason
// and where. out->bad: the text was cut.
void of_print(struct fill *out, const void *bytes, size_t len);

#endif
