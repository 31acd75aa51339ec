// race: see the header.
#include "proto/tcpip/tcp/race.h"

enum scope { SCOPE_LINK = 2, SCOPE_SITE = 5, SCOPE_GLOBAL = 14 };

struct policy {
	uint8_t precedence, label;
};

// RFC 6724 section 2.1, the longest prefixes first.
static struct policy policy_of(struct addr addr)
{
	static const struct {
		uint8_t bytes[16], len;
		struct policy policy;
	} table[] = {
	        {{[15] = 1}, 128, {50, 0}},  // ::1
	        {{0}, 96, {1, 3}},           // IPv4-compatible
	        {{0x20, 0x01}, 32, {5, 5}},  // Teredo
	        {{0x20, 0x02}, 16, {30, 2}}, // 6to4
	        {{0x3f, 0xfe}, 16, {1, 12}}, // 6bone
	        {{0xfe, 0xc0}, 10, {1, 11}}, // site-local
	        {{0xfc}, 7, {3, 13}},        // unique local
	};

	if (addr_is_ipv4(addr))
		return (struct policy){35, 4};
	for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
		struct prefix prefix = {addr_from_bytes(table[i].bytes), table[i].len};

		if (addr_prefix_has(prefix, addr))
			return table[i].policy;
	}
	return (struct policy){40, 1};
}

// RFC 6724 sections 3.1 and 3.2.
static enum scope scope_of(struct addr addr)
{
	uint8_t bytes[16];

	addr_to_bytes(addr, bytes);
	if (addr_is_link_local(addr) || (addr_is_ipv4(addr) && bytes[12] == 127) ||
	    policy_of(addr).precedence == 50)
		return SCOPE_LINK;
	return policy_of(addr).label == 11 ? SCOPE_SITE : SCOPE_GLOBAL;
}

// Bits that both have in common, of the 64 that are not an interface's.
static unsigned common_bits(struct addr a, struct addr b)
{
	uint64_t differs = be64_get((be64_t){a.hi ^ b.hi});

	return differs ? (unsigned)__builtin_clzll(differs) : 64;
}

// Whether a goes before b: rules 2, 5, 6, 8 and 9 of RFC 6724 section 6; 1 is the caller's, the
// others are of mobile and tunnelled addresses, which there are none of. Rule 9 is for IPv6 only:
// among IPv4 addresses it would undo the balancing that a DNS server does by their order.
static bool goes_before(const struct race_addr *a, const struct race_addr *b)
{
	struct policy policy_a = policy_of(a->dst), policy_b = policy_of(b->dst);
	bool scope_a = scope_of(a->dst) == scope_of(a->src);
	bool scope_b = scope_of(b->dst) == scope_of(b->src);
	bool label_a = policy_a.label == policy_of(a->src).label;
	bool label_b = policy_b.label == policy_of(b->src).label;

	if (scope_a != scope_b)
		return scope_a;
	if (label_a != label_b)
		return label_a;
	if (policy_a.precedence != policy_b.precedence)
		return policy_a.precedence > policy_b.precedence;
	if (scope_of(a->dst) != scope_of(b->dst))
		return scope_of(a->dst) < scope_of(b->dst);
	return !addr_is_ipv4(a->dst) && !addr_is_ipv4(b->dst) &&
	       common_bits(a->dst, a->src) > common_bits(b->dst, b->src);
}

static void sort(struct race_addr *addrs, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		struct race_addr moved = addrs[i];
		unsigned to = i;

		for (; to > 0 && goes_before(&moved, &addrs[to - 1]); to--)
			addrs[to] = addrs[to - 1];
		addrs[to] = moved;
	}
}

// The first from number `from` on of this family; n: there is none.
static unsigned find_family(const struct race_addr *addrs, unsigned from, unsigned n, bool ipv4)
{
	while (from < n && addr_is_ipv4(addrs[from].dst) != ipv4)
		from++;
	return from;
}

// Each place gets the next address of the other family than the place before, if there is one.
static void interleave(struct race_addr *addrs, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		unsigned at = find_family(addrs, i, n, !addr_is_ipv4(addrs[i - 1].dst));
		struct race_addr moved;

		if (at == n)
			return;
		moved = addrs[at];
		for (; at > i; at--)
			addrs[at] = addrs[at - 1];
		addrs[i] = moved;
	}
}

void race_order(struct race_addr *addrs, unsigned n)
{
	assert(n <= RACE_ADDRS);
	sort(addrs, n);
	interleave(addrs, n);
}

void race_init(struct race *race, unsigned len, mono_t now)
{
	assert(len > 0 && len <= RACE_ADDRS);
	*race = (struct race){.len = len, .began = now, .due = now};
}

int race_next(struct race *race, mono_t now)
{
	if (race->next == race->len || !mono_due(race->due, now))
		return -1;
	race->began = now;
	race->due = mono_add(now, RACE_DELAY_US);
	return (int)race->next++;
}

void race_failed(struct race *race)
{
	race->failed++;
	race->due = mono_earlier(race->due, mono_add(race->began, RACE_DELAY_MIN_US));
}
