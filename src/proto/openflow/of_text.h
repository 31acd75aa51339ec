// of_text: a message as text, in the manner of `ovs-ofctl ofp-print`: a line with the members that
// its rows name, and a line for each item of a multipart. of_text.c has numbers and bytes,
// of_text_list.c lists and matches, of_text_error.c the names of errors.
#ifndef OPENFLOW_OF_TEXT_H
#define OPENFLOW_OF_TEXT_H

#include "proto/openflow/of_kind.h"

struct of_text {
	struct fill out; // bad: text is missing at the end
	uint8_t v;       // of the message
	bool bare;       // the next value is the only one of its item: without its name
	bool first;      // the next name is the first of its item: without a blank
};

void of_text_put(struct of_text *text, const char *fmt, ...) PRINTF(2, 3);

// " name=", of a nested member the last part.
void of_text_name(struct of_text *text, const struct of_row *row);

void of_text_number(struct of_text *text, const struct of_row *row, uint64_t value);
void of_text_port(struct of_text *text, uint32_t port);
void of_text_address(struct of_text *text, const struct of_row *row, const uint8_t *bytes);
void of_text_ip(struct of_text *text, const uint8_t *bytes, size_t len);
void of_text_mac(struct of_text *text, const uint8_t *bytes);
void of_text_quoted(struct of_text *text, const struct of_bytes *bytes);
void of_text_hex(struct of_text *text, const struct of_bytes *bytes);

void of_text_rows(struct of_text *text, const struct of_row *rows, const uint8_t *host);
void of_text_item(struct of_text *text, enum of_family number, const void *item);
void of_text_list(struct of_text *text, const struct of_row *row, const struct of_list *items);
void of_text_properties(struct of_text *text, const struct of_row *row, const uint8_t *member);
void of_text_match(struct of_text *text, const struct of_match *match);
void of_text_stats(struct of_text *text, const struct of_row *row, const struct of_stats *stats);
void of_text_error(struct of_text *text, const struct of_error *error);

#endif
