// ask: see the header.
#include "apps/bench/ask.h"

#include "apps/bench/query_file.h"
#include "proto/bench/query_mix.h"

#include <errno.h>
#include <limits.h>

#define DNS_PORT 53

// Two runs ask the same.
#define SYNTHETIC_SEED 1

static bool check_target(const char *text, struct why *why)
{
	struct target target;

	why_set(why, "is not an address with or without a port, such as 192.0.2.1:53 or "
	             "[2001:db8::1]:53");
	return target_parse(text, DNS_PORT, &target) && !addr_is_any(target.addr) &&
	       !addr_is_multicast(target.addr);
}

static bool check_target_ipv6(const char *text, struct why *why)
{
	struct target target;

	if (*text == '\0')
		return true;
	why_set(why, "is not an IPv6 address with or without a port, such as 2001:db8::1 or "
	             "[2001:db8::1]:53");
	return target_parse(text, DNS_PORT, &target) && !addr_is_any(target.addr) &&
	       !addr_is_multicast(target.addr) && !addr_is_ipv4(target.addr);
}

static bool check_from(const char *text, struct why *why)
{
	struct addr addr;

	why_set(why, "is not an IP address");
	return addr_parse(text, &addr) && !addr_is_any(addr) && !addr_is_multicast(addr);
}

static bool check_zone(const char *text, struct why *why)
{
	static const uint8_t root[1];
	struct dns_name name;
	const char *sentence;

	if (dns_name_parse(&name, text, strlen(text), root, &sentence))
		return true;
	why_set(why, "is not a domain name: %s", sentence);
	return false;
}

static bool check_types(const char *text, struct why *why)
{
	struct query_mix mix;

	why_set(why, "is not a list of types with weights, such as A:70,AAAA:30");
	return query_mix_types(&mix, text);
}

static const char *const orders[] = {
        [PICKER_LISTED] = "listed", [PICKER_UNIFORM] = "uniform", [PICKER_ZIPF] = "zipf", NULL};

static const char *const transports[] = {
        [ASK_UDP] = "udp", [ASK_TCP] = "tcp", [ASK_TCP_EACH] = "tcp-each", NULL};

#define AT(member) offsetof(struct ask_conf, member)

static const struct conf_key keys[] = {
        {"to", CONF_STRING, AT(to), "", .check = check_target,
         .help = "The server: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT."},
        {"to_ipv6", CONF_STRING, AT(to_ipv6), "", .check = check_target_ipv6,
         .help = "The server's IPv6 address, with its port or without, to which ipv6_share of the "
                 "queries go; to is then an IPv4 address."},
        {"ipv6_share", CONF_UNSIGNED, AT(ipv6_share), "0", 0, 100,
         .help = "Percent of the sources of each worker, and so of the queries, that ask to_ipv6. "
                 "With 16 sources that is in steps of 6.25 %, with 128 of less than 1 %."},
        {"from", CONF_STRINGS, AT(from), "", .max = ASK_FROM_MAX, .check = check_from,
         .help = "Addresses that queries come from, of those that the port has; those of the other "
                 "family than the server's are not used. None: its address on the way to the "
                 "server."},
        {"queries", CONF_PATH, AT(queries), "", .max = PATH_MAX - 1,
         .help = "The file of queries. In dnsperf's form: a line \"NAME TYPE\", and behind it, as "
                 "far as it is wanted of the answer: the response code, such as NXDOMAIN, the "
                 "number of records, and the address of an A or AAAA record among them; * is any. "
                 "Or a packet capture in the format of pcap or pcapng: its UDP queries to port 53, "
                 "as they "
                 "are."},
        {"timing", CONF_BOOL, AT(timing), "false",
         .help = "Whether the queries of a capture are asked at their times, once, instead of at a "
                 "rate or with a window; duration limits it."},
        {"echo", CONF_UNSIGNED, AT(echo), "0", 0, QUERY_ECHO_MAX,
         .help = "Bytes of datagrams that the other end sends back as they are, as the service "
                 "reflect and echo (RFC 862) do, at least 12; 0: DNS."},
        {"zone", CONF_STRING, AT(zone), "", .max = 255, .check = check_zone,
         .help = "Instead of a file: synthetic names below this zone."},
        {"label", CONF_STRING, AT(label), "n", .max = 32,
         .help = "What the numbers of synthetic names have before them: n0, n1 and so on."},
        {"names", CONF_UNSIGNED, AT(names), "1000", 1, 50000000, .help = "Synthetic names."},
        {"types", CONF_STRING, AT(types), "A", .max = 255, .check = check_types,
         .help = "Types of synthetic queries with their weights, such as A:70,AAAA:20,MX:10."},
        {"do_share", CONF_UNSIGNED, AT(do_share), "0", 0, 100,
         .help = "Percent of the synthetic queries that have the bit DO, unless dnssec gives it to "
                 "all."},
        {"random_labels", CONF_BOOL, AT(random_labels), "false",
         .help = "Whether each query has a random label before its name, as in an attack on the "
                 "names of a zone that do not exist. Not for captures."},
        {"order", CONF_ENUM, AT(order), "listed", .choices = orders,
         .help = "Whether queries are asked in their order (listed) or at random, each with the "
                 "same probability (uniform), or by Zipf's law, the first most often (zipf)."},
        {"rate", CONF_UNSIGNED, AT(rate), "0", 0, 1000000000,
         .help = "Queries a second of all workers together (open loop): each is due at its time, "
                 "however fast the server answers, and its latency counts from then. 0: as many as "
                 "the window lets go."},
        {"window", CONF_UNSIGNED, AT(window), "100", 1, ASKER_SLOTS_MAX / 2,
         .help = "Queries in flight, of all workers together, when there is no rate (closed loop): "
                 "an answer, or a timeout, makes room for the next."},
        {"find_max", CONF_BOOL, AT(find_max), "false",
         .help = "Whether the highest rate is searched for at which at most loss_ppm of the "
                 "queries "
                 "are lost, from rate on, or from 1000 a second."},
        {"loss_ppm", CONF_UNSIGNED, AT(loss_ppm), "1000", 0, 999999,
         .help = "Millionths of the queries that may be lost at the rate that find_max finds."},
        {"precision_ppm", CONF_UNSIGNED, AT(precision_ppm), "10000", 1000, 500000,
         .help = "Millionths of the rate to which each search of find_max narrows it."},
        {"searches", CONF_UNSIGNED, AT(searches), "5", 1, RATE_SEARCH_REPEATS_MAX,
         .help = "Searches of find_max, of which the mean and its confidence interval are the "
                 "result."},
        {"duration", CONF_UNSIGNED, AT(duration_s), "10", 1, 86400,
         .help = "Seconds of a measurement."},
        {"warm_up", CONF_UNSIGNED, AT(warm_up_ms), "1000", 0, 600000,
         .help = "Milliseconds of queries before the measurement, which do not count."},
        {"timeout", CONF_UNSIGNED, AT(timeout_ms), "1000", 1, ASKER_TIMEOUT_MAX_US / MS_US,
         .help = "Milliseconds after which a query counts as lost."},
        {"transport", CONF_ENUM, AT(transport), "udp", .choices = transports,
         .help = "UDP; TCP on connections that stay open, of which each worker has as many as it "
                 "has sources, with queries one behind the other (tcp); or TCP with a connection "
                 "for each query (tcp-each), whose handshake is part of the latency."},
        {"sources", CONF_UNSIGNED, AT(sources), "16", 1, ASK_SOURCES_MAX,
         .help = "Ports that each worker asks from; a power of two is used of those whose answers "
                 "the device brings to the worker."},
        {"edns", CONF_UNSIGNED, AT(edns), "1232", 0, UINT16_MAX,
         .help = "Bytes of an answer that queries allow by EDNS; 0: queries without EDNS."},
        {"dnssec", CONF_BOOL, AT(dnssec), "false",
         .help = "Whether queries have the bit DO of EDNS."},
        {"recursion", CONF_BOOL, AT(recursion), "false",
         .help = "Whether queries have the bit RD."},
        {"json", CONF_BOOL, AT(json), "false", .help = "Whether the result is printed as JSON."},
        {0},
};

const struct conf_section ask_conf_section = {sizeof(struct ask_conf), keys};

// The texts have passed the checks of their keys. Addresses of another family than the server's
// are those of another run.
static void take_way(struct ask *ask, struct ask_way *way, const char *to)
{
	const char *const *from = ask->conf->from.items;
	bool sound = target_parse(to, DNS_PORT, &way->target);

	for (size_t i = 0; i < ask->conf->from.len && sound; i++) {
		struct addr *addr = &way->from[way->from_len];

		sound = addr_parse(from[i], addr);
		way->from_len += addr_is_ipv4(*addr) == addr_is_ipv4(way->target.addr);
	}
	assert(sound);
	(void)sound;
	ask->ways_len++;
}

// Of any first n sources the share is as near to the one that is wanted as it can be from below.
static int take_ways(struct ask *ask, struct why *why)
{
	const struct ask_conf *conf = ask->conf;
	unsigned share = (unsigned)conf->ipv6_share;

	take_way(ask, &ask->way[0], conf->to);
	if ((*conf->to_ipv6 != '\0') != (share > 0))
		return why_fail(why, -EINVAL,
		                "dns.to_ipv6 and dns.ipv6_share belong together: the address, and "
		                "how many percent of the queries go there");
	if (share == 0)
		return 0;
	if (!addr_is_ipv4(ask->way[0].target.addr))
		return why_fail(why, -EINVAL,
		                "dns.to: has to be an IPv4 address beside dns.to_ipv6");
	take_way(ask, &ask->way[1], conf->to_ipv6);
	for (unsigned i = 0; i < SOURCE_CANDIDATES; i++)
		ask->way_of[i] = (i + 1) * share / 100 > i * share / 100;
	// As many are used as the largest power of two among them.
	for (unsigned i = 0; i < 1U << (63 - __builtin_clzll(conf->sources)); i++)
		if (ask->way_of[i])
			return 0;
	return why_fail(why, -EINVAL, "dns.sources: are too few for an ipv6_share of %u %%", share);
}

static int add_synthetic(struct ask *ask, const struct query_form *form, struct why *why)
{
	const struct ask_conf *conf = ask->conf;
	struct query_mix mix = {.zone = conf->zone,
	                        .label = conf->label,
	                        .names = conf->names,
	                        .seed = SYNTHETIC_SEED,
	                        .do_percent = conf->dnssec ? 0 : (unsigned)conf->do_share};
	bool sound = query_mix_types(&mix, conf->types);

	assert(sound);
	(void)sound;
	return query_mix_add(&ask->set, form, &mix, why);
}

static int add_queries(struct ask *ask, struct why *why)
{
	const struct ask_conf *conf = ask->conf;
	bool dnssec = conf->dnssec || conf->do_share;
	const struct query_form form = {
	        .udp_bytes = (uint16_t)(dnssec && !conf->edns ? DNS_UDP_OUR_SIZE : conf->edns),
	        .dnssec_ok = conf->dnssec,
	        .recursion = conf->recursion,
	        .random_label = conf->random_labels};
	int err;

	if (conf->echo) {
		err = query_set_add_echo(&ask->set, conf->echo);
		return err ? why_fail(why, err, "dns.echo: is less than %d", QUERY_ECHO_MIN) : 0;
	}
	if ((*conf->queries == '\0') == (*conf->zone == '\0'))
		return why_fail(why, -EINVAL,
		                "a file of queries or a zone of synthetic names is needed, and "
		                "not both");
	if (*conf->zone)
		return add_synthetic(ask, &form, why);
	err = query_file_read(&ask->set, &form, conf->queries, why);
	if (!err && ask->set.len == 0)
		return why_fail(why, -EINVAL, "%s: there is no query in it", conf->queries);
	if (!err && conf->timing && !ask->set.at_us)
		return why_fail(why, -EINVAL, "%s: is no capture, so its queries have no times",
		                conf->queries);
	return err;
}

int ask_open(struct ask *ask, const struct ask_conf *conf, unsigned workers_len, struct why *why)
{
	int err;

	*ask = (struct ask){.conf = conf, .workers_len = workers_len};
	err = take_ways(ask, why);
	if (err)
		return err;
	if (conf->rate && conf->rate < workers_len)
		return why_fail(why, -EINVAL,
		                "dns.rate: is less than one a second for each worker");
	if (conf->transport != ASK_UDP && conf->echo)
		return why_fail(why, -EINVAL, "dns.echo: is for UDP only");
	err = add_queries(ask, why);
	if (!err && conf->order == PICKER_ZIPF && zipf_open(&ask->zipf, (uint32_t)ask->set.len))
		return why_no_memory(why, "%zu queries", ask->set.len);
	return err;
}

const char *ask_transport_name(const struct ask_conf *conf)
{
	return transports[conf->transport];
}

uint32_t ask_slots(const struct ask_conf *conf, unsigned workers_len)
{
	uint64_t in_flight = conf->window;

	if (conf->find_max || conf->timing)
		in_flight = ASK_FIND_MAX_SLOTS;
	else if (conf->rate)
		in_flight = conf->rate * conf->timeout_ms / 1000;
	return (uint32_t)u64_min(in_flight / workers_len * 5 / 4 + 1, ASKER_SLOTS_MAX);
}

void ask_close(struct ask *ask)
{
	query_set_close(&ask->set);
	zipf_close(&ask->zipf);
}
