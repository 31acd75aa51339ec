// acd: the steps of each address in time; see the header.
#include "proto/tcpip/acd.h"

#include "proto/tcpip/arp.h"
#include "proto/tcpip/ipv6.h"
#include "proto/tcpip/mld.h"
#include "proto/tcpip/ndp.h"

// RFC 5227 section 1.1, and RFC 4861 section 10 for IPv6.
#define ANNOUNCEMENTS      2
#define ANNOUNCE_US        (2 * SEC_US)
#define DEFEND_INTERVAL_US (10 * SEC_US)
#define PROBES4            3
#define PROBES6            1 // RFC 4862 section 5.1, DupAddrDetectTransmits
#define PROBE_WAIT_US      SEC_US
#define PROBE_MIN_US       SEC_US
#define PROBE_MAX_US       (2 * SEC_US)
#define ANNOUNCE_WAIT_US   (2 * SEC_US)
#define FAILURES_MAX       10 // then RATE_LIMIT_INTERVAL between searches
#define RATE_LIMIT_US      (60 * SEC_US)

// While an address is used already, a host that has it is to be found soon.
#define FAST_PROBE_MIN_US     (300 * MS_US)
#define FAST_PROBE_MAX_US     (400 * MS_US)
#define FAST_ANNOUNCE_WAIT_US (500 * MS_US)

// Two hosts that gave an address up to each other search again at different times.
#define RETRY_MIN_US (10 * SEC_US)
#define RETRY_MAX_US (20 * SEC_US)

// How often a worker looks for what others wrote on the board.
#define LOOK_US       SEC_US
#define LOOK_PROBE_US (100 * MS_US)

static enum iface_addr_state state_of(const struct iface *iface, unsigned i)
{
	return (enum iface_addr_state)atomic_load_explicit(&iface->board->addr[i].state,
	                                                   memory_order_acquire);
}

static bool is_used(const struct iface *iface, unsigned i)
{
	enum iface_addr_state state = state_of(iface, i);

	return state == IFACE_ADDR_USED ||
	       (state == IFACE_ADDR_PROBED && iface->acd.check != STACK_CHECK_FIRST);
}

static void use_ipv4(struct iface *iface, struct prefix prefix)
{
	struct iface_ipv4 *ipv4 = &iface->ipv4[iface->ipv4_len++];

	ipv4->addr = addr_ipv4(prefix.addr);
	ipv4->mask = addr_prefix_mask4(prefix.len);
	// RFC 3021: a link of two hosts has no broadcast address of its own.
	ipv4->broadcast.be = prefix.len >= 31 ? UINT32_MAX : ipv4->addr.be | ~ipv4->mask.be;
}

// Has the data path see the addresses that are used, in the order of the configuration.
static void use_addresses(struct iface *iface)
{
	struct acd *acd = &iface->acd;

	acd->version = atomic_load_explicit(&iface->board->version, memory_order_acquire);
	iface->ipv4_len = iface->ipv6_len = 0;
	for (unsigned i = 0; i < acd->len; i++) {
		if (!is_used(iface, i))
			continue;
		if (addr_is_ipv4(acd->addr[i].prefix.addr))
			use_ipv4(iface, acd->addr[i].prefix);
		else
			iface->ipv6[iface->ipv6_len++] = acd->addr[i].prefix;
	}
}

static uint32_t conflicts_of(const struct iface *iface, unsigned i)
{
	return atomic_load_explicit(&iface->board->addr[i].conflicts, memory_order_acquire);
}

static void set_state(struct iface *iface, unsigned i, enum iface_addr_state state, mono_t due)
{
	iface->acd.addr[i].sent = 0;
	iface->acd.addr[i].due = due;
	iface->acd.addr[i].seen = conflicts_of(iface, i);
	atomic_store_explicit(&iface->board->addr[i].state, (uint8_t)state, memory_order_release);
	atomic_fetch_add_explicit(&iface->board->version, 1, memory_order_acq_rel);
	use_addresses(iface);
}

static mono_t after(struct iface *iface, mono_t now, uint64_t min_us, uint64_t max_us)
{
	return mono_add(now, min_us + rand_below(&iface->rand, max_us - min_us + 1));
}

static void announce(struct iface *iface, struct addr addr)
{
	if (addr_is_ipv4(addr))
		arp_announce(iface, addr_ipv4(addr));
	else
		ndp_announce(iface, addr);
}

static void probe(struct iface *iface, unsigned i, mono_t now)
{
	struct acd_addr *at = &iface->acd.addr[i];
	bool ipv4 = addr_is_ipv4(at->prefix.addr), first = iface->acd.check == STACK_CHECK_FIRST;

	if (at->sent == (ipv4 ? PROBES4 : PROBES6)) {
		at->failures = 0;
		set_state(iface, i, IFACE_ADDR_USED, now);
		return;
	}
	if (ipv4)
		arp_probe(iface, addr_ipv4(at->prefix.addr));
	else
		ndp_probe(iface, at->prefix.addr, iface->acd.nonce);
	at->sent++;
	if (!ipv4)
		at->due = mono_add(now, NEIGH_RETRANS_US);
	else if (at->sent < PROBES4)
		at->due = after(iface, now, first ? PROBE_MIN_US : FAST_PROBE_MIN_US,
		                first ? PROBE_MAX_US : FAST_PROBE_MAX_US);
	else
		at->due = mono_add(now, first ? ANNOUNCE_WAIT_US : FAST_ANNOUNCE_WAIT_US);
}

// The step of one address that is due.
static void step(struct iface *iface, unsigned i, mono_t now)
{
	struct acd_addr *at = &iface->acd.addr[i];

	if (state_of(iface, i) == IFACE_ADDR_HELD)
		set_state(iface, i, IFACE_ADDR_PROBED, now);
	if (state_of(iface, i) == IFACE_ADDR_PROBED)
		probe(iface, i, now);
	if (state_of(iface, i) != IFACE_ADDR_USED)
		return;
	announce(iface, at->prefix.addr);
	at->due = ++at->sent < ANNOUNCEMENTS ? mono_add(now, ANNOUNCE_US) : MONO_NEVER;
}

// Gives up an address that another host turned out to have.
static void hold(struct iface *iface, unsigned i, mono_t now)
{
	struct acd_addr *at = &iface->acd.addr[i];
	mono_t retry = after(iface, now, RETRY_MIN_US, RETRY_MAX_US);

	if (at->failures < FAILURES_MAX)
		at->failures++;
	else
		retry = mono_add(now, RATE_LIMIT_US);
	set_state(iface, i, IFACE_ADDR_HELD, retry);
}

// Acts on the conflicts that any worker noted since a search began.
static void read_conflicts(struct iface *iface, mono_t now)
{
	for (unsigned i = 0; i < iface->acd.len; i++) {
		if (state_of(iface, i) == IFACE_ADDR_PROBED &&
		    iface->acd.addr[i].seen != conflicts_of(iface, i))
			hold(iface, i, now);
	}
}

static void report_groups(struct iface *iface, mono_t now)
{
	struct acd *acd = &iface->acd;

	if (!mono_due(acd->report_due, now))
		return;
	mld_announce(iface);
	acd->report_due = ++acd->reports < ANNOUNCEMENTS ? mono_add(now, ANNOUNCE_US) : MONO_NEVER;
}

static void arm(struct iface *iface, mono_t now)
{
	struct acd *acd = &iface->acd;
	mono_t next = acd->decides ? acd->report_due : mono_add(now, LOOK_US);

	for (unsigned i = 0; i < acd->len; i++) {
		if (acd->decides)
			next = mono_earlier(next, acd->addr[i].due);
		if (iface->shared && state_of(iface, i) == IFACE_ADDR_PROBED)
			next = mono_earlier(next, mono_add(now, LOOK_PROBE_US));
	}
	wheel_add(iface->wheel, &acd->timer, next);
}

static void run(struct iface *iface, mono_t now)
{
	struct acd *acd = &iface->acd;

	if (acd->decides) {
		if (acd->hold)
			read_conflicts(iface, now);
		for (unsigned i = 0; i < acd->len && addr_is_ipv4(acd->addr[i].prefix.addr); i++)
			if (mono_due(acd->addr[i].due, now))
				step(iface, i, now);
		report_groups(iface, now);
		for (unsigned i = 0; i < acd->len; i++)
			if (mono_due(acd->addr[i].due, now))
				step(iface, i, now);
	} else if (acd->version !=
	           atomic_load_explicit(&iface->board->version, memory_order_acquire)) {
		use_addresses(iface);
	}
	arm(iface, now);
}

static void on_timer(struct wheel_timer *timer, mono_t now)
{
	run(CONTAINER_OF(timer, struct iface, acd.timer), now);
}

// The groups of all IPv6 addresses, used or not: each group once.
static void join_groups(struct iface *iface)
{
	const struct acd *acd = &iface->acd;

	iface->groups_len = 0;
	for (unsigned i = acd->link_local; i < acd->len; i++) {
		struct addr group = ipv6_solicited_group(acd->addr[i].prefix.addr);

		if (!iface_in_group(iface, group))
			iface->groups[iface->groups_len++] = group;
	}
}

static void add(struct acd *acd, struct prefix prefix)
{
	acd->addr[acd->len++] = (struct acd_addr){.prefix = prefix, .due = MONO_NEVER};
}

void acd_init(struct iface *iface, const struct stack_iface_conf *conf, bool decides)
{
	struct acd *acd = &iface->acd;

	*acd = (struct acd){.decides = decides,
	                    .check = conf->check,
	                    .hold = conf->hold,
	                    .nonce = rand_u64(&iface->rand),
	                    .report_due = MONO_NEVER};
	wheel_timer_init(&acd->timer, on_timer);
	for (unsigned i = 0; i < conf->ipv4_len; i++)
		add(acd, conf->ipv4[i]);
	acd->link_local = acd->len;
	if (conf->ipv6_len)
		add(acd, iface_link_local(iface));
	for (unsigned i = 0; i < conf->ipv6_len; i++)
		add(acd, conf->ipv6[i]);
	join_groups(iface);
	use_addresses(iface);
}

void acd_fini(struct iface *iface)
{
	wheel_del(iface->wheel, &iface->acd.timer);
}

// No host of the link has an address by itself that is a whole prefix: it is routed here,
// maybe to several servers.
static bool is_checked(const struct acd *acd, struct prefix prefix)
{
	return acd->check != STACK_CHECK_OFF && prefix.len < (addr_is_ipv4(prefix.addr) ? 32 : 128);
}

void acd_start(struct iface *iface, mono_t now)
{
	struct acd *acd = &iface->acd;
	uint64_t wait_us = acd->check == STACK_CHECK_FIRST ? PROBE_WAIT_US : 0;

	for (unsigned i = 0; i < acd->len && acd->decides; i++) {
		if (is_checked(acd, acd->addr[i].prefix))
			set_state(iface, i, IFACE_ADDR_PROBED, after(iface, now, 0, wait_us));
		else
			acd->addr[i].due = now;
	}
	if (iface->has_ipv6)
		acd->report_due = now;
	if (acd->decides || iface->shared)
		run(iface, now);
}

void acd_relink(struct iface *iface, mono_t now)
{
	struct acd *acd = &iface->acd;

	for (unsigned i = 0; i < acd->len; i++) {
		if (state_of(iface, i) != IFACE_ADDR_USED)
			continue;
		acd->addr[i].sent = 0;
		acd->addr[i].due = now;
	}
	if (iface->has_ipv6)
		acd->addr[acd->link_local].prefix = iface_link_local(iface);
	join_groups(iface);
	use_addresses(iface);
	acd->reports = 0;
	if (iface->has_ipv6)
		acd->report_due = now;
	if (acd->decides)
		run(iface, now);
}

static int find_any(const struct iface *iface, struct addr addr)
{
	for (unsigned i = 0; i < iface->acd.len; i++)
		if (addr_eq(iface->acd.addr[i].prefix.addr, addr))
			return (int)i;
	return -1;
}

int acd_find(const struct iface *iface, struct addr addr)
{
	int i = find_any(iface, addr);

	return i < 0 || state_of(iface, (unsigned)i) == IFACE_ADDR_HELD ? -1 : i;
}

bool acd_is_probed(const struct iface *iface, int index)
{
	return index >= 0 && state_of(iface, (unsigned)index) == IFACE_ADDR_PROBED;
}

bool acd_is_held(const struct iface *iface, struct addr addr)
{
	int i = find_any(iface, addr);

	return i >= 0 && !is_used(iface, (unsigned)i);
}

// RFC 5227 section 2.4 (c): an address in use is defended for ever, so that one forged
// message does not end a server; RFC 4862 leaves this case open.
void acd_conflict(struct iface *iface, int index, struct mac mac, mono_t now)
{
	struct acd_addr *at = &iface->acd.addr[index];
	struct iface_board_addr *noted = &iface->board->addr[index];

	atomic_store_explicit(&noted->mac, mac.bits, memory_order_relaxed);
	atomic_fetch_add_explicit(&noted->conflicts, 1, memory_order_acq_rel);
	if (state_of(iface, (unsigned)index) == IFACE_ADDR_USED && mono_due(at->defend, now)) {
		at->defend = mono_add(now, DEFEND_INTERVAL_US);
		announce(iface, at->prefix.addr);
	}
	if (iface->acd.decides && state_of(iface, (unsigned)index) == IFACE_ADDR_PROBED)
		run(iface, now);
}
