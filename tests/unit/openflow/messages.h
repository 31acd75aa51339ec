// messages: the cases of messages*.txt. A case is a title after "==", bytes in hex (N:HEX is a
// field of N bytes, zeros at its end), the later versions that have the same bytes after "also:",
// the lines of of_print after ">". "ovs:" and "tshark:" are for tests/net/openflow_text.py.
#ifndef UNIT_OPENFLOW_MESSAGES_H
#define UNIT_OPENFLOW_MESSAGES_H

#include "proto/openflow/of_msg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct messages_case {
	char title[128];
	uint8_t bytes[4096];
	size_t len;
	uint8_t also[4];
	unsigned also_len;
	char text[8192];
};

static char **messages_files;
static int messages_len, messages_at;
static FILE *messages_file;
static char messages_line[8192]; // "== ..." of the next case, if any

static inline void messages_open(int argc, char **argv)
{
	messages_files = argv + 1;
	messages_len = argc - 1;
	assert_true(messages_len > 0);
}

static inline void messages_rewind(void)
{
	if (messages_file)
		fclose(messages_file);
	messages_file = NULL;
	messages_at = 0;
	messages_line[0] = '\0';
}

// The next line that is not empty or a comment; false at the end of the last file.
static inline bool messages_read(void)
{
	for (;;) {
		if (!messages_file) {
			if (messages_at == messages_len)
				return false;
			messages_file = fopen(messages_files[messages_at++], "r");
			assert_non_null(messages_file);
		}
		if (!fgets(messages_line, sizeof(messages_line), messages_file)) {
			fclose(messages_file);
			messages_file = NULL;
		} else if (messages_line[0] != '#' && messages_line[0] != '\n') {
			return true;
		}
	}
}

static inline void messages_hex(struct messages_case *c, const char *word)
{
	size_t start = c->len, size = 0;
	unsigned byte;

	if (strchr(word, ':')) {
		size = strtoul(word, NULL, 10);
		word = strchr(word, ':') + 1;
	}
	for (; sscanf(word, "%2x", &byte) == 1; word += 2)
		c->bytes[c->len++] = (uint8_t)byte;
	if (size)
		c->len = start + size;
	assert_true(c->len <= sizeof(c->bytes));
}

static inline void messages_take(struct messages_case *c)
{
	char *line = messages_line;

	if (!strncmp(line, "also: ", 6)) {
		for (char *word = strtok(line + 6, " \n"); word; word = strtok(NULL, " \n"))
			c->also[c->also_len++] = (uint8_t)atoi(word);
	} else if (!strncmp(line, "> ", 2)) {
		strcat(c->text, line + 2);
	} else if (strncmp(line, "ovs: ", 5) && strncmp(line, "tshark: ", 8)) {
		for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"))
			messages_hex(c, word);
	}
}

// The next case; NULL after the last.
static inline struct messages_case *messages_next(void)
{
	static struct messages_case c;

	if (!messages_line[0] && !messages_read())
		return NULL;
	assert_int_equal(strncmp(messages_line, "== ", 3), 0);
	memset(&c, 0, sizeof(c));
	snprintf(c.title, sizeof(c.title), "%.*s", (int)strcspn(messages_line + 3, "\n"),
	         messages_line + 3);
	for (;;) {
		messages_line[0] = '\0';
		if (!messages_read() || !strncmp(messages_line, "== ", 3))
			break;
		messages_take(&c);
	}
	return &c;
}

// Whether the specification of a version has a type of message.
static inline bool messages_exists(unsigned version, unsigned type)
{
	static const struct {
		unsigned from, to, first, last;
	} types[] = {
	        {OF10, OF15, OF_HELLO, OF_FLOW_MOD},
	        {OF13, OF15, OF_GROUP_MOD, OF_GROUP_MOD},
	        {OF10, OF15, OF_PORT_MOD, OF_PORT_MOD},
	        {OF13, OF15, OF_TABLE_MOD, OF_TABLE_MOD},
	        {OF10, OF15, OF_MULTIPART_REQUEST, OF_BARRIER_REPLY},
	        {OF10, OF13, OF_QUEUE_GET_CONFIG_REQUEST, OF_QUEUE_GET_CONFIG_REPLY},
	        {OF13, OF15, OF_ROLE_REQUEST, OF_METER_MOD},
	        {OF14, OF15, OF_ROLE_STATUS, OF_BUNDLE_ADD_MESSAGE},
	        {OF15, OF15, OF_CONTROLLER_STATUS, OF_CONTROLLER_STATUS},
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (version != 2 && version != 3 && version >= types[i].from &&
		    version <= types[i].to && type >= types[i].first && type <= types[i].last)
			return true;
	return false;
}

static inline bool messages_part_exists(unsigned version, unsigned type)
{
	static const uint8_t last[] = {[OF10] = 5, [OF13] = 13, [OF14] = 16, [OF15] = 19};

	return version != 2 && version != 3 && type <= last[version];
}

#endif
