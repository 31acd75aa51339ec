// acl: see the header. Compiled, a list is the sorted addresses at which it changes
// its mind, beginning with "not in it": an address is in the list when an odd number
// of them lie at or below it.
#include "core/acl.h"

#include "core/be.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

struct acl {
	size_t len;
	u128 edge[];
};

// A prefix with its first and last address.
struct entry {
	u128 first, last;
	uint32_t text; // its number
	uint8_t len;   // in bits of an IPv6 address
	bool out;      // "!"
};

#define IPV4_FIRST ((u128)0xffff << 32)
#define IPV4_LEN   96 // bits of an IPv6 address before the IPv4 address
#define NO_TEXT    UINT32_MAX

static u128 key_of(const uint8_t address[16])
{
	be64_t halves[2];

	memcpy(halves, address, sizeof(halves));
	return (u128)be64_get(halves[0]) << 64 | be64_get(halves[1]);
}

// The bits behind a length.
static u128 rest_of(unsigned len)
{
	return len == 0 ? ~(u128)0 : ((u128)1 << (128 - len)) - 1;
}

static struct entry entry_of(u128 first, unsigned len, bool out)
{
	return (struct entry){first, first | rest_of(len), NO_TEXT, (uint8_t)len, out};
}

// Digits of a number up to max, or -1.
static int parse_len(const char *text, int max)
{
	int len = 0;

	if (*text == '\0' || strlen(text) > 3)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		len = len * 10 + (*text - '0');
	}
	return len <= max ? len : -1;
}

static bool malformed(struct why *why)
{
	why_set(why,
	        "is not a prefix, such as 192.0.2.0/24 or 2001:db8::/32, nor an address, any or "
	        "none");
	return false;
}

// Says what the prefix would be without the bits behind its length.
static bool host_bits(const struct entry *entry, bool ipv4, struct why *why)
{
	u128 first = entry->first & ~rest_of(entry->len);
	be64_t halves[2] = {be64((uint64_t)(first >> 64)), be64((uint64_t)first)};
	char text[INET6_ADDRSTRLEN];

	inet_ntop(ipv4 ? AF_INET : AF_INET6, (const uint8_t *)halves + (ipv4 ? 12 : 0), text,
	          sizeof(text));
	why_set(why, "has bits set behind its length; write %s/%d", text,
	        entry->len - (ipv4 ? IPV4_LEN : 0));
	return false;
}

// "192.0.2.0/24" or an address alone.
static bool parse_prefix(const char *text, struct entry *entry, struct why *why)
{
	char address[INET6_ADDRSTRLEN];
	uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
	const char *slash = strchr(text, '/');
	size_t text_len = slash ? (size_t)(slash - text) : strlen(text);
	bool ipv4 = memchr(text, ':', text_len) == NULL;
	int len = ipv4 ? 32 : 128;

	if (text_len >= sizeof(address))
		return malformed(why);
	memcpy(address, text, text_len);
	address[text_len] = '\0';
	if (inet_pton(ipv4 ? AF_INET : AF_INET6, address, ipv4 ? bytes + 12 : bytes) != 1)
		return malformed(why);
	if (slash)
		len = parse_len(slash + 1, len);
	if (len < 0) {
		why_set(why, "has a length that is not from 0 to %d", ipv4 ? 32 : 128);
		return false;
	}
	*entry = entry_of(key_of(bytes), (unsigned)(ipv4 ? len + IPV4_LEN : len), false);
	if (!ipv4 && entry->len >= IPV4_LEN && entry->first >> 32 == IPV4_FIRST >> 32) {
		why_set(why, "is a prefix of IPv4; write it without ::ffff:");
		return false;
	}
	if (entry->first & rest_of(entry->len))
		return host_bits(entry, ipv4, why);
	return true;
}

// One text: one entry, or with "any" and "none" two. Their number, or 0 and why.
static unsigned parse_text(const char *text, struct entry entries[2], struct why *why)
{
	bool out = *text == '!', any = strcmp(text + out, "any") == 0;

	if (any || strcmp(text + out, "none") == 0) {
		if (out) {
			why_set(why, "takes no !: write %s", any ? "none" : "any");
			return 0;
		}
		entries[0] = entry_of(0, 0, !any);
		entries[1] = entry_of(IPV4_FIRST, IPV4_LEN, !any);
		return 2;
	}
	if (!parse_prefix(text + out, &entries[0], why))
		return 0;
	entries[0].out = out;
	return 1;
}

bool acl_check(const char *text, struct why *why)
{
	struct entry entries[2];

	return parse_text(text, entries, why) != 0;
}

// A prefix comes before those that it holds; the one without text is IPv4's own and
// comes before an equal one.
static int entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return (x->text != NO_TEXT) - (y->text != NO_TEXT);
}

// From here on, addresses are in the list or not.
static void add_edge(struct acl *acl, u128 at, bool in)
{
	if ((acl->len & 1) == in)
		return;
	if (acl->len && acl->edge[acl->len - 1] == at)
		acl->len--;
	else
		acl->edge[acl->len++] = at;
}

// Walks the sorted entries as nested brackets: `open` holds the prefixes that cover the
// current address, each inside the one before it.
static void add_edges(struct acl *acl, const struct entry *entries, size_t len)
{
	const struct entry *open[130]; // one for each length, and one that is none
	unsigned depth = 0;

	for (size_t i = 0; i <= len; i++) {
		while (depth && (i == len || open[depth - 1]->last < entries[i].first)) {
			u128 behind = open[--depth]->last + 1;

			if (behind) // there are addresses behind the last
				add_edge(acl, behind, depth && !open[depth - 1]->out);
		}
		if (i == len)
			break;
		if (depth && open[depth - 1]->len == entries[i].len)
			depth--; // the same prefix again
		open[depth++] = &entries[i];
		add_edge(acl, entries[i].first, !entries[i].out);
	}
}

// Says which texts contradict each other, if two do.
static bool agree(const struct entry *entries, size_t len, const char *const *texts,
                  struct why *why)
{
	for (size_t i = 1; i < len; i++) {
		const struct entry *a = &entries[i - 1], *b = &entries[i];

		if (a->first != b->first || a->len != b->len || a->out == b->out ||
		    a->text == NO_TEXT)
			continue;
		why_set(why, "\"%s\" and \"%s\" contradict each other", texts[a->text],
		        texts[b->text]);
		return false;
	}
	return true;
}

// Parses all texts; the number of entries, or 0 and why.
static size_t parse_texts(const char *const *texts, size_t len, struct entry *entries,
                          struct why *why)
{
	struct why sentence;
	size_t at = 0;

	// ::/0 and its like are of IPv6 alone, though IPv4 lies within.
	entries[at++] = entry_of(IPV4_FIRST, IPV4_LEN, true);
	for (size_t i = 0; i < len; i++) {
		unsigned n = parse_text(texts[i], entries + at, &sentence);

		if (n == 0) {
			why_set(why, "\"%s\" %s", texts[i], sentence.text);
			return 0;
		}
		while (n-- > 0)
			entries[at++].text = (uint32_t)i;
	}
	qsort(entries, at, sizeof(entries[0]), entry_cmp);
	return agree(entries, at, texts, why) ? at : 0;
}

struct acl *acl_new(const char *const *texts, size_t len, struct why *why)
{
	struct entry *entries;
	struct acl *acl = NULL;
	size_t n;

	if (len > ACL_TEXTS_MAX) {
		why_set(why, "%zu entries are more than the %d that a list may have", len,
		        ACL_TEXTS_MAX);
		return NULL;
	}
	why_no_memory(why, "the list");
	entries = malloc((2 * len + 1) * sizeof(entries[0]));
	if (!entries)
		return NULL;
	n = parse_texts(texts, len, entries, why);
	if (n)
		acl = malloc(sizeof(*acl) + 2 * n * sizeof(acl->edge[0]));
	if (acl) {
		acl->len = 0;
		add_edges(acl, entries, n);
	}
	free(entries);
	return acl;
}

void acl_free(struct acl *acl)
{
	free(acl);
}

bool acl_match(const struct acl *acl, const uint8_t address[16])
{
	u128 key = key_of(address);
	const u128 *edge = acl->edge;
	size_t left = acl->len;

	if (left == 0)
		return false;
	// Halves without a branch that could be mispredicted.
	while (left > 1) {
		edge += edge[left / 2 - 1] <= key ? left / 2 : 0;
		left -= left / 2;
	}
	edge += *edge <= key;
	return (edge - acl->edge) & 1;
}

bool acl_is_any(const struct acl *acl)
{
	return acl->len == 1 && acl->edge[0] == 0;
}
