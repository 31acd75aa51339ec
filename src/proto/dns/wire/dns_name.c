// dns_name: walks, comparisons and the text form of names.
#include "proto/dns/wire/dns_name.h"
#include "proto/dns/wire/dns_escape.h"

// Bytes that need no escape in a name's text: all but control characters, blank, dot and
// backslash.
static const uint8_t plain[256] = {
        [0x21 ... '-'] = 1,
        ['/' ... '['] = 1,
        [']' ... 0x7e] = 1,
        [0x80 ... 0xff] = 1,
};

static inline uint8_t byte_lower(uint8_t c)
{
	return (uint8_t)(c - 'A') < 26 ? c | 0x20 : c;
}

static inline uint64_t word_load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

size_t dns_name_len(const uint8_t *wire)
{
	size_t at = 0;

	while (wire[at])
		at += 1 + wire[at];
	return at + 1;
}

unsigned dns_name_labels(const uint8_t *wire)
{
	unsigned labels = 0;

	for (; *wire; wire += 1 + *wire)
		labels++;
	return labels;
}

// Whether len bytes are equal, ignoring case; both sides have at least len bytes.
static bool bytes_eq(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t i = 0;

	for (; i + 8 <= len; i += 8)
		if (dns_lower_u64(word_load(a + i)) != dns_lower_u64(word_load(b + i)))
			return false;
	for (; i < len; i++)
		if (byte_lower(a[i]) != byte_lower(b[i]))
			return false;
	return true;
}

bool dns_name_eq(const uint8_t *a, const uint8_t *b)
{
	size_t len = dns_name_len(a);

	return len == dns_name_len(b) && bytes_eq(a, b, len);
}

bool dns_name_under(const uint8_t *name, const uint8_t *apex)
{
	size_t len = dns_name_len(name), apex_len = dns_name_len(apex);

	while (len > apex_len) {
		len -= 1 + name[0];
		name += 1 + name[0];
	}
	return len == apex_len && bytes_eq(name, apex, len);
}

// Stores where each label starts; returns the number of labels, without the root label.
static unsigned label_starts(const uint8_t *wire, uint8_t starts[DNS_LABELS_MAX])
{
	unsigned labels = 0;

	for (size_t at = 0; wire[at]; at += 1 + wire[at])
		starts[labels++] = (uint8_t)at;
	return labels;
}

// Compares two labels. A label that is a prefix of the other sorts first.
static int label_cmp(const uint8_t *a, const uint8_t *b)
{
	size_t common = size_min(a[0], b[0]);

	for (size_t i = 1; i <= common; i++)
		if (byte_lower(a[i]) != byte_lower(b[i]))
			return (int)byte_lower(a[i]) - (int)byte_lower(b[i]);
	return (int)a[0] - (int)b[0];
}

int dns_name_cmp(const uint8_t *a, const uint8_t *b)
{
	uint8_t a_starts[DNS_LABELS_MAX], b_starts[DNS_LABELS_MAX];
	unsigned a_left = label_starts(a, a_starts), b_left = label_starts(b, b_starts);

	while (a_left && b_left) {
		int order = label_cmp(a + a_starts[--a_left], b + b_starts[--b_left]);

		if (order)
			return order;
	}
	return (int)a_left - (int)b_left;
}

size_t dns_name_lower(uint8_t *to, const uint8_t *from)
{
	size_t len = dns_name_len(from), i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t word = dns_lower_u64(word_load(from + i));

		memcpy(to + i, &word, sizeof(word));
	}
	for (; i < len; i++)
		to[i] = byte_lower(from[i]);
	return len;
}

// Parses one label up to its dot or the end, and writes it without its length byte. Returns
// the number of characters read; 0, with *why, when it is malformed.
static size_t label_parse(struct fill *to, const char *text, size_t len, const char **why)
{
	size_t i = 0;
	uint8_t *start = to->p;

	while (i < len && text[i] != '.') {
		uint8_t byte = (uint8_t)text[i];
		size_t read = plain[byte];

		if (byte == '\\')
			read = dns_escape_parse(text + i, len - i, &byte);
		if (!read) {
			*why = text[i] == '\\' ? "a backslash in a name is followed by one "
			                         "character or by three digits up to 255"
			                       : "blanks and control characters in a name "
			                         "are written as \\DDD";
			return 0;
		}
		fill_u8(to, byte);
		i += read;
	}
	if (to->bad)
		*why = "the name is longer than 255 bytes";
	else if (to->p - start > DNS_LABEL_MAX_BYTES)
		*why = "a label of the name is longer than 63 bytes";
	else if (i == 0)
		*why = "a label of the name is empty";
	else
		return i;
	return 0;
}

// Parses labels up to the end of the text. Returns whether the text ends with a dot. Sets the
// fill bad, with *why, when the text is malformed.
static bool labels_parse(struct fill *to, const char *text, size_t len, const char **why)
{
	for (size_t at = 0; at < len;) {
		uint8_t *length = fill_take(to, 1);
		size_t read = label_parse(to, text + at, len - at, why);

		if (!read) {
			to->bad = true;
			return false;
		}
		*length = (uint8_t)(to->p - length - 1);
		at += read;
		if (at < len && ++at == len)
			return true;
	}
	return false;
}

bool dns_name_parse(struct dns_name *name, const char *text, size_t len, const uint8_t *origin,
                    const char **why)
{
	static const uint8_t root[1] = {0};
	// One byte is reserved for the root label.
	struct fill to = fill_of(name->wire, DNS_NAME_MAX_BYTES - 1);
	const uint8_t *end;
	size_t end_len;

	if (len == 0) {
		*why = "the name is empty";
		return false;
	}
	if (len == 1 && text[0] == '.')
		end = root;
	else
		end = labels_parse(&to, text, len, why) ? root : origin;
	if (to.bad)
		return false;
	if (!end) {
		*why = "the name is relative and there is no origin: end it with a dot";
		return false;
	}
	end_len = dns_name_len(end);
	if (fill_len(&to) + end_len > DNS_NAME_MAX_BYTES) {
		*why = "the name with its origin is longer than 255 bytes";
		return false;
	}
	memcpy(to.p, end, end_len);
	name->len = (uint8_t)(fill_len(&to) + end_len);
	return true;
}

// Writes one byte of a label as text; returns the number of characters written.
static size_t byte_text(uint8_t byte, char *text)
{
	size_t len = 0;

	if (byte <= ' ' || byte >= 0x7f)
		return dns_escape_build(byte, text);
	if (strchr(".\\\"();@$", byte))
		text[len++] = '\\';
	text[len++] = (char)byte;
	return len;
}

char *dns_name_text(const uint8_t *wire, char text[DNS_NAME_TEXT_BYTES])
{
	size_t len = 0;

	for (; *wire; wire += 1 + *wire) {
		for (unsigned i = 1; i <= *wire; i++)
			len += byte_text(wire[i], text + len);
		text[len++] = '.';
	}
	if (len == 0)
		text[len++] = '.';
	text[len] = 0;
	return text;
}
