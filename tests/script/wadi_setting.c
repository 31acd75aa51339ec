// wadi_setting: settings of Linux's as they apply to wadi's TCP. Some change it; others are
// accepted with the values that describe it, or whatever their value, because they are of
// parts that it does not have. The rest is refused.
#include "wadi_internal.h"

#include "proto/tcpip/tcp/tcp_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTING_WSCALE_MAX  14
#define SETTING_RETRIES_MAX 20

// The last number of "4096 131072 6291456".
static bool setting_last(const char *value, uint64_t *number)
{
	const char *last = strrchr(value, ' ');
	char *end;

	last = last ? last + 1 : value;
	*number = strtoull(last, &end, 0);
	return end != last && *end == '\0';
}

static bool set_option(struct wadi *wadi, uint8_t option, const char *value)
{
	uint64_t number;

	if (!setting_last(value, &number))
		return false;
	wadi->tcp->options =
	        (uint8_t)(number ? wadi->tcp->options | option : wadi->tcp->options & ~option);
	return true;
}

static bool set_timestamps(struct wadi *wadi, const char *value)
{
	return set_option(wadi, TCP_OPTION_TS, value);
}

static bool set_sack(struct wadi *wadi, const char *value)
{
	return set_option(wadi, TCP_OPTION_SACK_PERMITTED, value);
}

static bool set_window_scaling(struct wadi *wadi, const char *value)
{
	return set_option(wadi, TCP_OPTION_WSCALE, value);
}

// The scale by which Linux can offer a buffer of that size; the buffer itself is wadi's.
static bool set_rmem(struct wadi *wadi, const char *value)
{
	uint8_t shift = 0;
	uint64_t bytes;

	if (!setting_last(value, &bytes))
		return false;
	while (shift < SETTING_WSCALE_MAX && bytes >> (shift + 16) > 0)
		shift++;
	wadi->tcp->wscale = shift;
	return true;
}

// It is sent again after 1 s, 2 s, ..., and then waited for once more.
uint64_t wadi_syn_timeout_us(unsigned retries)
{
	return ((UINT64_C(2) << retries) - 1) * TCP_RTO_INITIAL_US;
}

static bool set_syn_retries(struct wadi *wadi, const char *value)
{
	uint64_t retries;

	if (!setting_last(value, &retries) || retries > SETTING_RETRIES_MAX)
		return false;
	wadi->syn_timeout_us = wadi_syn_timeout_us((unsigned)retries);
	return true;
}

// FreeBSD's: scaled windows and timestamps.
static bool set_rfc1323(struct wadi *wadi, const char *value)
{
	return set_option(wadi, TCP_OPTION_TS | TCP_OPTION_WSCALE, value);
}

static bool set_ecn(struct wadi *wadi, const char *value)
{
	uint64_t number;

	if (!setting_last(value, &number) || number > TCP_ECN_ANSWER)
		return false;
	wadi->tcp->ecn = (uint8_t)number;
	return true;
}

// The bits of Linux: 1 of clients, 2 of listeners; 0x400 switches it on for each listener. 0x200
// would take data without a cookie, which wadi does not.
static bool set_fast_open(struct wadi *wadi, const char *value)
{
	uint64_t bits;

	if (!setting_last(value, &bits) || (bits & 0x200))
		return false;
	wadi->fast_open = (bits & 0x402) == 0x402;
	return true;
}

// "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4", and after a comma the key before.
static bool set_fast_open_key(struct wadi *wadi, const char *value)
{
	struct tcp_fast_keys *keys = &wadi->tcp->fast_keys;
	unsigned word[4];

	for (unsigned n = 0; n < ARRAY_LEN(keys->key); n++) {
		if (sscanf(value, "%8x-%8x-%8x-%8x", &word[0], &word[1], &word[2], &word[3]) != 4)
			return false;
		for (unsigned i = 0; i < HASH_SIP_KEY_BYTES; i++)
			keys->key[n][i] = (uint8_t)(word[i / 4] >> 8 * (i % 4));
		if (strchr(value, ','))
			value = strchr(value, ',') + 1;
	}
	keys->fixed = true;
	return true;
}

// A setting of wadi's own.
static bool set_uto(struct wadi *wadi, const char *value)
{
	wadi->uto = strcmp(value, "0") != 0;
	return true;
}

// More than the engine's own is taken for it, which grows by itself.
void wadi_receive_bytes(struct wadi *wadi, int64_t bytes)
{
	if (bytes < TCP_RCV_BYTES)
		tcp_window_limit(wadi->tcp, (uint32_t)bytes);
}

void wadi_quick_ack(struct sock *sock, bool quick)
{
	struct tcp_conn *conn = sock->conn;

	if (!conn)
		return;
	conn->flags =
	        quick ? conn->flags & ~(uint32_t)TCP_CONN_REPLIES : conn->flags | TCP_CONN_REPLIES;
	conn->quick_acks = quick ? TCP_QUICK_ACKS : 0;
	tcp_touch(conn);
	wadi_turn(sock->wadi);
}

void wadi_fast_open(struct sock *sock, uint32_t most)
{
	sock->fast_open = most;
	if (sock->listener)
		sock->listener->fast_max = most;
}

static bool set_keep(const char *value, int64_t *to)
{
	uint64_t number;

	if (!setting_last(value, &number) || number == 0 || number > INT16_MAX)
		return false;
	*to = (int64_t)number;
	return true;
}

static bool set_keep_idle(struct wadi *wadi, const char *value)
{
	return set_keep(value, &wadi->keep_idle_s);
}

static bool set_keep_interval(struct wadi *wadi, const char *value)
{
	return set_keep(value, &wadi->keep_interval_s);
}

static bool set_keep_probes(struct wadi *wadi, const char *value)
{
	return set_keep(value, &wadi->keep_probes) && wadi->keep_probes <= INT8_MAX;
}

// FreeBSD's times are in milliseconds.
static bool set_bsd_keep(const char *value, int64_t *to)
{
	uint64_t ms;

	if (!setting_last(value, &ms) || ms < 1000 || ms % 1000 || ms / 1000 > INT16_MAX)
		return false;
	*to = (int64_t)(ms / 1000);
	return true;
}

static bool set_bsd_keep_idle(struct wadi *wadi, const char *value)
{
	return set_bsd_keep(value, &wadi->keep_idle_s);
}

static bool set_bsd_keep_interval(struct wadi *wadi, const char *value)
{
	return set_bsd_keep(value, &wadi->keep_interval_s);
}

static bool set_bsd_keep_init(struct wadi *wadi, const char *value)
{
	int64_t seconds;

	if (!set_bsd_keep(value, &seconds))
		return false;
	wadi->syn_timeout_us = (uint64_t)seconds * SEC_US;
	return true;
}

static bool set_bsd_recvspace(struct wadi *wadi, const char *value)
{
	uint64_t bytes;

	if (!setting_last(value, &bytes) || bytes == 0 || bytes > INT32_MAX)
		return false;
	wadi->bsd_recvspace = (int64_t)bytes;
	return true;
}

struct setting {
	const char *name;
	bool (*set)(struct wadi *wadi, const char *value);
};

static const struct setting settings_set[] =
        {
                {"timestamps", set_timestamps},         {"sack", set_sack},
                {"window_scaling", set_window_scaling}, {"rmem", set_rmem},
                {"syn_retries", set_syn_retries},       {"ecn", set_ecn},
                {"keepalive_time", set_keep_idle},      {"keepalive_intvl", set_keep_interval},
                {"keepalive_probes", set_keep_probes},  {"fastopen", set_fast_open},
                {"fastopen_key", set_fast_open_key},    {"user_timeout_option", set_uto},
},
                            settings_bsd[] = {
                                    {"rfc1323", set_rfc1323},
                                    {"sack.enable", set_sack},
                                    {"ecn.enable", set_ecn},
                                    {"keepidle", set_bsd_keep_idle},
                                    {"keepintvl", set_bsd_keep_interval},
                                    {"keepcnt", set_keep_probes},
                                    {"keepinit", set_bsd_keep_init},
                                    {"recvspace", set_bsd_recvspace},
};

// The values that are accepted, " " before and after each; NULL: any.
struct setting_fixed {
	const char *name, *values;
};

// Behind "net.inet.tcp." of FreeBSD.
static const struct setting_fixed settings_bsd_fixed[] = {
        {"blackhole", " 0 "},
        {"cc.algorithm", " newreno cubic "},
        {"do_prr", " 1 "},
        {"do_prr_conservative", NULL},
        {"drop_synfin", " 0 "},
        {"ecn.maxretries", NULL},
        {"fast_finwait2_recycle", " 0 "},
        {"finwait2_timeout", NULL},
        {"functions_default", " freebsd "},
        {"hostcache.enable", NULL},
        {"hostcache.purge", NULL},
        {"hostcache.purgenow", NULL},
        {"icmp_may_rst", " 1 "},
        {"initcwnd_segments", " 10 "},
        {"insecure_ack", " 0 "},
        {"insecure_rst", " 0 "},
        {"insecure_syn", " 0 "},
        {"maxtcptw", NULL},
        {"minmss", NULL},
        {"mssdflt", " 536 "},
        {"nolocaltimewait", " 0 "},
        {"path_mtu_discovery", " 1 "},
        {"pmtud_blackhole_detection", NULL},
        {"recvbuf_auto", NULL},
        {"recvbuf_max", NULL},
        {"rexmit_drop_options", " 0 "},
        {"rexmit_initial", " 1000 "},
        {"rexmit_min", " 200 "},
        {"rexmit_slop", " 0 200 "},
        {"rfc3042", " 1 "},
        {"rfc3390", " 1 "},
        {"rfc3465", NULL},
        {"rfc6675_pipe", " 1 "},
        {"sack.globalmaxholes", NULL},
        {"sack.maxholes", NULL},
        {"sendbuf_auto", NULL},
        {"sendbuf_max", NULL},
        {"sendspace", NULL},
        {"syncookies", " 0 1 "},
        {"syncookies_only", " 0 "},
        {"tso", NULL},
        {"v6mssdflt", " 1220 "},
};

// Behind "net.ipv4.tcp_".
static const struct setting_fixed settings_fixed[] = {
        {"abc", NULL},
        {"abort_on_overflow", " 0 "},
        {"adv_win_scale", NULL},
        {"autocorking", NULL},
        {"backlog_ack_defer", NULL},
        {"base_mss", NULL},
        {"challenge_ack_limit", NULL},
        {"child_ehash_entries", NULL},
        {"comp_sack_delay_ns", NULL},
        {"comp_sack_nr", NULL},
        {"comp_sack_slack_ns", NULL},
        {"congestion_control", " reno cubic "},
        {"dsack", " 1 "},
        {"early_retrans", " 0 3 4 "},
        {"ecn_fallback", NULL},
        {"fack", " 0 "},
        {"fastopen_blackhole_timeout_sec", NULL},
        {"frto", " 0 1 2 "},
        {"fwmark_accept", " 0 "},
        {"invalid_ratelimit", " 500 "},
        {"l3mdev_accept", " 0 "},
        {"limit_output_bytes", NULL},
        {"low_latency", NULL},
        {"max_orphans", NULL},
        {"max_reordering", NULL},
        {"max_syn_backlog", NULL},
        {"max_tw_buckets", NULL},
        {"mem", NULL},
        {"min_rtt_wlen", NULL},
        {"min_tso_segs", NULL},
        {"moderate_rcvbuf", NULL},
        {"mtu_probe_floor", NULL},
        {"mtu_probing", " 0 1 "},
        {"no_metrics_save", NULL},
        {"no_ssthresh_metrics_save", NULL},
        {"notsent_lowat", " 4294967295 -1 0xffffffff "},
        {"orphan_retries", NULL},
        {"pacing_ca_ratio", NULL},
        {"pacing_ss_ratio", NULL},
        {"pingpong_thresh", NULL},
        {"plb_enabled", " 0 "},
        {"probe_interval", NULL},
        {"probe_threshold", NULL},
        {"recovery", " 0 1 "},
        {"reflect_tos", " 0 "},
        {"reordering", " 3 "},
        {"retrans_collapse", NULL},
        {"retries1", NULL},
        {"rfc1337", NULL}, // TIME-WAIT is never assassinated
        {"rto_max_ms", " 60000 120000 "},
        {"rto_min_us", " 200000 "},
        {"rtt_rack", NULL},
        {"shrink_window", " 0 "},
        {"slow_start_after_idle", NULL},
        {"stdurg", NULL}, // urgent data is not set apart
        {"syn_linear_timeouts", " 0 "},
        {"synack_retries", NULL},
        {"syncookies", " 0 1 "},
        {"thin_linear_timeouts", " 0 "},
        {"tso_allow", NULL},
        {"tso_rtt_log", NULL},
        {"tso_win_divisor", NULL},
        {"tw_reuse", " 1 2 "}, // by newer timestamps, after a second
        {"tw_reuse_delay", " 1000 "},
        {"wmem", NULL},
        {"workaround_signed_windows", NULL},
};

// Beginnings of names that have no meaning for one stack with one interface.
static const char *const settings_other[] = {
        "net.core.",
        "net.ipv4.conf.",
        "net.ipv6.conf.",
        "net.ipv4.route.",
        "net.ipv6.route.",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.icmp_",
        "net.ipv6.icmp.",
        "net.ipv4.ip_nonlocal_bind",
        "net.ipv4.min_",
        "net.ipv6.auto_flowlabels",
        "net.ipv4.ip_forward",
        "kernel.",
        "vm.",
        "kern.ipc.",
        "net.inet.icmp.",
        "net.inet.ip.",
};

static bool setting_has(const char *values, const char *value)
{
	const char *at = strstr(values, value);
	size_t len = strlen(value);

	return at && len > 0 && at > values && at[-1] == ' ' && at[len] == ' ';
}

// The tables of one system.
struct setting_system {
	const char *prefix;
	const struct setting *set;
	size_t set_len;
	const struct setting_fixed *fixed;
	size_t fixed_len;
};

static const struct setting_system systems[] = {
        {"net.ipv4.tcp_", settings_set, ARRAY_LEN(settings_set), settings_fixed,
         ARRAY_LEN(settings_fixed)},
        {"net.inet.tcp.", settings_bsd, ARRAY_LEN(settings_bsd), settings_bsd_fixed,
         ARRAY_LEN(settings_bsd_fixed)},
};

static int setting_of(const struct setting_system *system, struct wadi *wadi, const char *name,
                      const char *value, struct why *why)
{
	for (size_t i = 0; i < system->set_len; i++) {
		if (strcmp(system->set[i].name, name) != 0)
			continue;
		if (system->set[i].set(wadi, value))
			return 0;
		return why_fail(why, -ENOSYS, "%s%s cannot be %.60s", system->prefix, name, value);
	}
	for (size_t i = 0; i < system->fixed_len; i++) {
		const char *values = system->fixed[i].values;

		if (strcmp(system->fixed[i].name, name) != 0)
			continue;
		if (!values || setting_has(values, value))
			return 0;
		return why_fail(why, -ENOSYS, "wadi's TCP does not have what %s%s=%.60s asks for",
		                system->prefix, name, value);
	}
	return why_fail(why, -ENOSYS, "the setting %s%.60s is not known here", system->prefix,
	                name);
}

int wadi_setting(void *ctx, const char *name, const char *value, struct why *why)
{
	struct wadi *wadi = ctx;

	for (unsigned i = 0; i < ARRAY_LEN(systems); i++) {
		size_t len = strlen(systems[i].prefix);

		if (strncmp(name, systems[i].prefix, len) != 0)
			continue;
		wadi->bsd = wadi->bsd || systems[i].set == settings_bsd;
		return setting_of(&systems[i], wadi, name + len, value, why);
	}
	for (unsigned i = 0; i < ARRAY_LEN(settings_other); i++)
		if (strncmp(name, settings_other[i], strlen(settings_other[i])) == 0)
			return 0;
	if (strcmp(name, "net.ipv4.ip_no_pmtu_disc") == 0 && strcmp(value, "0") == 0)
		return 0;
	return why_fail(why, -ENOSYS, "the setting %.60s is not known here", name);
}
