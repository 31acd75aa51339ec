// of_text: numbers, addresses and bytes as text.
#include "proto/openflow/of_text.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#define HEX_MAX_BYTES 64 // of opaque bytes, the rest is not printed

void of_text_put(struct of_text *text, const char *fmt, ...)
{
	size_t left = fill_left(&text->out);
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf((char *)text->out.p, left, fmt, args);
	va_end(args);
	if (text->out.bad || len < 0 || (size_t)len >= left)
		text->out.bad = true; // what was cut is overwritten by nothing
	else
		text->out.p += len;
}

void of_text_name(struct of_text *text, const struct of_row *row)
{
	const char *last = strrchr(row->name, '.');

	if (!text->bare)
		of_text_put(text, "%s%s=", text->first ? "" : " ", last ? last + 1 : row->name);
	text->bare = text->first = false;
}

// The word of a number; NULL if it has none.
static const char *word_find(const char *words, unsigned index, int *len)
{
	while (words && index > 0) {
		words = strchr(words, ' ');
		words = words ? words + 1 : NULL;
		index--;
	}
	if (!words)
		return NULL;
	*len = (int)(strchr(words, ' ') ? strchr(words, ' ') - words : (long)strlen(words));
	return *len == 1 && *words == '-' ? NULL : words;
}

static void names_put(struct of_text *text, const char *words, uint64_t value)
{
	int len = 0;
	const char *word = value < 64 ? word_find(words, (unsigned)value, &len) : NULL;

	if (word)
		of_text_put(text, "%.*s", len, word);
	else if (value == OF_EXPERIMENTER)
		of_text_put(text, "EXPERIMENTER");
	else
		of_text_put(text, "%lu", value);
}

static void bits_put(struct of_text *text, const char *words, uint64_t value)
{
	const char *between = "";

	if (value == 0)
		of_text_put(text, "0");
	for (unsigned bit = 0; bit < 64; bit++) {
		int len = 0;
		const char *word = value >> bit & 1 ? word_find(words, bit, &len) : NULL;

		if (!word)
			continue;
		of_text_put(text, "%s%.*s", between, len, word);
		value &= ~(UINT64_C(1) << bit);
		between = "|";
	}
	if (value)
		of_text_put(text, "%s0x%lx", between, value);
}

static void reserved_put(struct of_text *text, uint32_t port)
{
	static const char *const names[] = {"UNSET", "IN_PORT",    "TABLE", "NORMAL", "FLOOD",
	                                    "ALL",   "CONTROLLER", "LOCAL", "ANY"};

	of_text_put(text, "%s", names[port - OF_PORT_UNSET]);
}

void of_text_port(struct of_text *text, uint32_t port)
{
	if (port >= OF_PORT_UNSET)
		reserved_put(text, port);
	else
		of_text_put(text, "%u", port);
}

static void any_put(struct of_text *text, unsigned size, uint64_t value)
{
	if (value == UINT64_MAX >> (64 - 8 * size))
		of_text_put(text, "ANY");
	else
		of_text_put(text, "%lu", value);
}

static void group_put(struct of_text *text, uint32_t group)
{
	if (group == OF_GROUP_ANY || group == OF_GROUP_ALL)
		of_text_put(text, "%s", group == OF_GROUP_ANY ? "ANY" : "ALL");
	else
		of_text_put(text, "%u", group);
}

void of_text_number(struct of_text *text, const struct of_row *row, uint64_t value)
{
	if (row->form == OF_FORM_NONZERO && value == 0)
		return;
	of_text_name(text, row);
	switch (row->form) {
	case OF_FORM_HEX:
		of_text_put(text, "0x%lx", value);
		break;
	case OF_FORM_PORT:
		of_text_port(text, (uint32_t)value);
		break;
	case OF_FORM_GROUP:
		group_put(text, (uint32_t)value);
		break;
	case OF_FORM_ANY:
		any_put(text, row->size, value);
		break;
	case OF_FORM_NAMES:
		names_put(text, row->more, value);
		break;
	case OF_FORM_BITS:
		bits_put(text, row->more, value);
		break;
	default:
		of_text_put(text, "%lu", value);
		break;
	}
}

void of_text_mac(struct of_text *text, const uint8_t *b)
{
	of_text_put(text, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

void of_text_ip(struct of_text *text, const uint8_t *bytes, size_t len)
{
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, ip, sizeof(ip));
	of_text_put(text, "%s", ip);
}

void of_text_address(struct of_text *text, const struct of_row *row, const uint8_t *bytes)
{
	of_text_name(text, row);
	if (row->form == OF_FORM_MAC)
		of_text_mac(text, bytes);
	else
		of_text_ip(text, bytes, 4);
}

// As in JSON, but bytes that are not printable ASCII in hex: a peer's text is not to reach a
// terminal as it is.
void of_text_quoted(struct of_text *text, const struct of_bytes *bytes)
{
	of_text_put(text, "\"");
	for (uint32_t i = 0; i < bytes->len; i++) {
		uint8_t c = bytes->p[i];

		if (c < 0x20 || c >= 0x7f)
			of_text_put(text, "\\x%02x", c);
		else
			of_text_put(text, c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	of_text_put(text, "\"");
}

void of_text_hex(struct of_text *text, const struct of_bytes *bytes)
{
	of_text_put(text, "%u:", bytes->len);
	for (uint32_t i = 0; i < bytes->len && i < HEX_MAX_BYTES; i++)
		of_text_put(text, "%02x", bytes->p[i]);
	if (bytes->len > HEX_MAX_BYTES)
		of_text_put(text, "...");
}
