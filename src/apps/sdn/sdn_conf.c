// sdn_conf: see the header.
#include "apps/sdn/sdn_conf.h"

#include "apps/boot/boot.h"
#include "apps/sdn/api/sdn_api.h"
#include "core/why.h"
#include "proto/cluster/cluster_etcd.h"
#include "proto/openflow/of_version.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_PER_SWITCH 512 // that are learned from

// The version that is spelled so; 0: none.
static uint8_t version_parse(const char *text)
{
	static const uint8_t versions[] = {OF10, OF13, OF14, OF15};

	for (unsigned i = 0; i < ARRAY_LEN(versions); i++)
		if (strcmp(text, of_version_name(versions[i])) == 0)
			return versions[i];
	return 0;
}

static bool check_version(const char *text, struct why *why)
{
	why_set(why, "is not 1.0, 1.3, 1.4 or 1.5");
	return version_parse(text) != 0;
}

bool sdn_conf_endpoint(const char *text, struct addr *addr, uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
	char host[ADDR_TEXT_BYTES], *end;
	unsigned long value;

	if (brackets) {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(host) || colon[1] < '1' || colon[1] > '9')
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	value = strtoul(colon + 1, &end, 10);
	*port = (uint16_t)value;
	return *end == '\0' && value <= UINT16_MAX && addr_parse(host, addr) &&
	       !addr_is_any(*addr) && addr_is_ipv4(*addr) == !brackets;
}

static bool check_endpoint(const char *text, struct why *why)
{
	struct addr addr;
	uint16_t port;

	why_set(why, "is no address with a port, such as 10.53.0.1:2379 or [fd53::1]:2379");
	return sdn_conf_endpoint(text, &addr, &port);
}

// A name or key of printable ASCII, without spaces.
static bool check_word(const char *text, struct why *why)
{
	why_set(why, "has a character that is no letter, digit or sign of ASCII");
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

#define CLUSTER_TLS(member) offsetof(struct sdn_cluster_tls_conf, member)

static const struct conf_key cluster_tls_keys[] = {
        {"enabled", CONF_BOOL, CLUSTER_TLS(enabled), "false",
         .help = "Whether etcd is asked by HTTPS."},
        {"ca", CONF_PATH, CLUSTER_TLS(ca), "", .max = PATH_MAX - 1,
         .help = "Certificates in PEM form: those of etcd have to lead to one of them."},
        {"certificate", CONF_PATH, CLUSTER_TLS(certificate), "", .max = PATH_MAX - 1,
         .help = "This controller's certificate in PEM form, for an etcd with "
                 "--client-cert-auth."},
        {"key", CONF_PATH, CLUSTER_TLS(key), "", .max = PATH_MAX - 1,
         .help = "The certificate's key in PEM form."},
        {"name", CONF_STRING, CLUSTER_TLS(name), "", .max = TLS_NAME_MAX, .check = check_word,
         .help = "A name that the certificates of etcd have to have; without it every one that "
                 "leads to ca is taken."},
        {0},
};
static const struct conf_section cluster_tls_section = {sizeof(struct sdn_cluster_tls_conf),
                                                        cluster_tls_keys};

#define CLUSTER(member) offsetof(struct sdn_cluster_conf, member)

static const struct conf_key cluster_keys[] = {
        {"endpoints", CONF_STRINGS, CLUSTER(endpoints), "", .max = SDN_CLUSTER_ENDPOINTS,
         .check = check_endpoint,
         .help = "The members of etcd, 3.4 or later, by which controllers agree on a master, as "
                 "ADDRESS:PORT; none: this controller is alone."},
        {"name", CONF_STRING, CLUSTER(name), "", .max = CLUSTER_NAME_BYTES, .check = check_word,
         .help = "The name of this controller, which no other one of the cluster has."},
        {"key", CONF_STRING, CLUSTER(key), "/wadi/sdn/master", 1, CLUSTER_ETCD_KEY_BYTES,
         .check = check_word,
         .help = "The key in etcd: one for all controllers of the same switches."},
        {"ttl_ms", CONF_UNSIGNED, CLUSTER(ttl_ms), "600", 200, 60000,
         .help = "Milliseconds without a sign of the master until another controller takes its "
                 "place."},
        {"share", CONF_BOOL, CLUSTER(share), "false",
         .help = "Whether each controller is master of its share of the switches, up to 16 of "
                 "them; without it one is master of all, and the others stand by. All of them "
                 "have the same value."},
        {"tls", CONF_SECTION, CLUSTER(tls), .section = &cluster_tls_section,
         .help = "TLS between this controller and etcd."},
        {0},
};
static const struct conf_section cluster_section = {sizeof(struct sdn_cluster_conf), cluster_keys};

// "0x1:3".
static bool place_parse(const char *text, uint64_t *datapath_id, uint32_t *port)
{
	const char *colon = strrchr(text, ':');
	char datapath[32] = "", *end;
	unsigned long number;

	if (!colon || (size_t)(colon - text) >= sizeof(datapath) || colon[1] < '0' ||
	    colon[1] > '9')
		return false;
	memcpy(datapath, text, (size_t)(colon - text));
	number = strtoul(colon + 1, &end, 10);
	*port = (uint32_t)number;
	return *end == '\0' && number > 0 && number <= OF_PORT_MAX &&
	       intent_conf_datapath(datapath, datapath_id);
}

static bool check_place(const char *text, struct why *why)
{
	uint64_t datapath_id;
	uint32_t port;

	why_set(why, "is not a datapath id and the number of a port, such as 0x1:3");
	return place_parse(text, &datapath_id, &port);
}

bool sdn_conf_has_place(const struct conf_list *places, uint64_t datapath_id, uint32_t port)
{
	const char *const *texts = places->items;
	uint64_t datapath;
	uint32_t number;

	for (size_t i = 0; i < places->len; i++)
		if (place_parse(texts[i], &datapath, &number) && datapath == datapath_id &&
		    number == port)
			return true;
	return false;
}

#define SDN(member) offsetof(struct sdn_conf, member)

#define TLS(member) offsetof(struct sdn_tls_conf, member)

static const struct conf_key tls_keys[] = {
        {"enabled", CONF_BOOL, TLS(enabled), "false", .help = "Whether switches connect by TLS."},
        {"port", CONF_UNSIGNED, TLS(port), "6653", 1, 65535,
         .help = "The TCP port for TLS. If it is also sdn.port, switches without TLS are refused."},
        {"datapath_names", CONF_BOOL, TLS(datapath_names), "false",
         .help = "Whether a switch's certificate has to have its datapath id, 16 hexadecimal "
                 "digits in lower case, as a name: so no switch can take the place of another."},
        TLS_CONF_KEYS(TLS(files)),
        {0},
};
static const struct conf_section tls_section = {sizeof(struct sdn_tls_conf), tls_keys};

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, SDN(port), "6653", 1, 65535,
         .help = "The TCP port to which switches connect."},
        {"versions", CONF_STRINGS, SDN(versions), "", .max = 4, .check = check_version,
         .help = "The versions of OpenFlow that are spoken, of which the highest that a switch "
                 "speaks too is used; without it 1.0, 1.3, 1.4 and 1.5."},
        {"cookie", CONF_UNSIGNED, SDN(cookie), "2002871401", 1, UINT32_MAX,
         .help = "The upper 32 bits of the cookies of this controller's flows. Flows with others "
                 "are not changed."},
        {"max_switches", CONF_UNSIGNED, SDN(max_switches), "1024", 1, 1 << 16,
         .help = "Switches at a time; connections beyond it are reset."},
        {"max_hosts", CONF_UNSIGNED, SDN(max_hosts), "131072", 1, 1 << 24,
         .help = "Places of hosts at a time, of all switches: one for each switch that sees the "
                 "host. Beyond it the one that was silent for longest is forgotten."},
        {"max_ports", CONF_UNSIGNED, SDN(max_ports), "65536", 1, 1 << 24,
         .help = "Ports at which hosts are learned, of all switches."},
        {"hosts_per_port", CONF_UNSIGNED, SDN(hosts_per_port), "4096", 1, 1 << 24,
         .help = "Hosts that are learned at a port of a switch. Frames of others are forwarded, "
                 "without flows."},
        {"floods_per_s", CONF_UNSIGNED, SDN(floods_per_s), "1000", 0, 1000000,
         .help = "Frames a second of a port that are flooded: broadcast, multicast, and those to "
                 "unknown hosts. Others are dropped, as sdn.storm."},
        {"moves_per_s", CONF_UNSIGNED, SDN(moves_per_s), "5", 1, 1000000,
         .help = "How often a second a host may be seen at another port. Frames beyond it are "
                 "dropped, as sdn.flapping: there is a loop, or an address is used twice."},
        {"ageing_s", CONF_UNSIGNED, SDN(ageing_s), "300", 2, 65535,
         .help = "Seconds until a host that sends nothing is forgotten. Flows live for half of "
                 "it, so that a host that sends is seen again."},
        {"idle_s", CONF_UNSIGNED, SDN(idle_s), "60", 0, 65535,
         .help = "Seconds until a flow that no frame matches is removed; 0: not before ageing_s "
                 "ends it."},
        {"topology", CONF_BOOL, SDN(topology), "true",
         .help = "Whether the switches are one network: links between them are found by LLDP, "
                 "frames take shortest paths, and are flooded along a spanning tree, so that "
                 "there may be loops. Without it each switch is by itself, and a loop storms."},
        {"proxy", CONF_BOOL, SDN(proxy), "true",
         .help = "Whether the controller answers ARP requests and neighbour solicitations for "
                 "hosts that it knows, on switches that learn, with topology."},
        {"edge_ports", CONF_STRINGS, SDN(edge_ports), "", .max = 4096, .check = check_place,
         .help = "Ports that lead to hosts for certain, as DATAPATH:PORT, such as 0x1:3: they are "
                 "not probed, and in use at once when they have a link. With topology."},
        {"dhcp_servers", CONF_STRINGS, SDN(dhcp_servers), "", .max = 4096, .check = check_place,
         .help = "Ports of DHCP servers, likewise: hosts are believed to have the addresses that "
                 "these grant."},
        {"echo_s", CONF_UNSIGNED, SDN(echo_s), "5", 1, 3600,
         .help = "Seconds of silence until a switch is asked for a sign of life."},
        {"timeout_s", CONF_UNSIGNED, SDN(timeout_s), "5", 1, 3600,
         .help = "Seconds in which the sign of life has to come, and in which a switch has to "
                 "read what is sent to it; then the connection ends."},
        {"tls", CONF_SECTION, SDN(tls), .section = &tls_section,
         .help = "Switches that connect by TLS (ovs-vsctl set-controller BRIDGE "
                 "ssl:ADDRESS:PORT)."},
        {"cluster", CONF_SECTION, SDN(cluster), .section = &cluster_section,
         .help = "Several controllers of the same switches, of which one is master and the others "
                 "stand by."},
        {"intents", CONF_SECTION, SDN(intents), .live = true, .section = &intent_conf_section,
         .help = "What the network is to be: networks, access lists, limits, routers. Switches "
                 "that are not declared in it learn."},
        {"api", CONF_SECTION, SDN(api), .section = &sdn_api_section,
         .help = "The REST interface for programs, and a page for people, by HTTP."},
        {0},
};
const struct conf_section sdn_conf_section = {sizeof(struct sdn_conf), keys};

const char *const sdn_conf_tls_section = "sdn.tls";

static void tls_check(const struct sdn_tls_conf *tls, struct conf *to)
{
	if (!tls->enabled)
		return;
	tls_conf_check(&tls->files, sdn_conf_tls_section, to);
	if (*tls->files.client_ca)
		return;
	if (tls->datapath_names)
		conf_error(to, "sdn.tls.datapath_names",
		           "needs sdn.tls.client_ca, to which certificates have to lead");
	else
		conf_warning(to, "sdn.tls.client_ca",
		             "is not given: whoever reaches the port is served as a switch");
}

static void cluster_check(const struct sdn_conf *sdn, struct conf *to)
{
	const struct sdn_cluster_conf *cluster = sdn->cluster;
	const struct sdn_cluster_tls_conf *tls = cluster->tls;

	if (!*cluster->name)
		conf_error(to, "sdn.cluster.name",
		           "is missing: give each controller of the cluster a name of its own");
	if (cluster->share && sdn->topology && sdn->intents->switches.len > 0)
		conf_error(to, "sdn.cluster.share",
		           "is for switches that learn, or are each by itself: declare none in "
		           "sdn.intents, or set sdn.topology to false");
	if (cluster->share && sdn->max_switches > CLUSTER_SWITCHES_MAX)
		conf_error(to, "sdn.cluster.share", "is for %u switches: set sdn.max_switches",
		           CLUSTER_SWITCHES_MAX);
	if (!tls->enabled)
		return;
	if (!*tls->ca && !conf_has_error(to, "sdn.cluster.tls.ca"))
		conf_error(to, "sdn.cluster.tls.ca",
		           "is missing: give the certificates to which those of etcd lead");
	if (!*tls->certificate != !*tls->key)
		conf_error(to, *tls->key ? "sdn.cluster.tls.certificate" : "sdn.cluster.tls.key",
		           "is missing: a certificate and its key belong together");
}

unsigned sdn_conf_listens(const void *conf, struct service_listen *to)
{
	const struct sdn_conf *sdn = conf;
	unsigned len = 0;

	if (sdn_conf_is_plain(sdn))
		to[len++] = (struct service_listen){.key = "sdn.port", .port = (uint16_t)sdn->port};
	if (sdn_conf_is_tls(sdn))
		to[len++] = (struct service_listen){.key = "sdn.tls.port",
		                                    .port = (uint16_t)sdn->tls->port};
	return len + sdn_api_listens(sdn->api, &to[len]);
}

void sdn_conf_check_intents(const struct sdn_conf *conf, const struct intent_conf *intents,
                            struct conf *to)
{
	intent_conf_check(intents, "sdn.intents", to);
}

void sdn_conf_check(const void *conf, struct conf *to)
{
	const struct sdn_conf *sdn = conf;

	tls_check(sdn->tls, to);
	if (sdn_conf_is_cluster(sdn))
		cluster_check(sdn, to);
	if (sdn->idle_s > sdn->ageing_s / 2)
		conf_warning(to, "sdn.idle_s",
		             "is more than half of sdn.ageing_s, which ends "
		             "each flow earlier");
	sdn_conf_check_intents(sdn, sdn->intents, to);
	sdn_api_check(sdn, to);
	if (sdn->max_hosts < sdn->hosts_per_port)
		conf_warning(to, "sdn.hosts_per_port",
		             "is more than sdn.max_hosts: one port can push out the hosts of all");
}

uint32_t sdn_conf_versions(const struct sdn_conf *conf)
{
	const char *const *texts = conf->versions.items;
	uint32_t versions = 0;

	for (size_t i = 0; i < conf->versions.len; i++)
		versions |= OF_VERSION_BIT(version_parse(texts[i]));
	return versions ? versions : OF_VERSION_ALL;
}

struct of_conn_limits sdn_conf_limits(const struct sdn_conf *conf)
{
	struct of_conn_limits limits = of_conn_limits_default;

	limits.silence_us = conf->echo_s * SEC_US;
	limits.answer_us = conf->timeout_s * SEC_US;
	return limits;
}

struct sdn_learn_conf sdn_conf_learn(const struct sdn_conf *conf, uint64_t seed)
{
	return (struct sdn_learn_conf){.switches = (uint32_t)conf->max_switches,
	                               .hosts = (uint32_t)conf->max_hosts,
	                               .ports = (uint32_t)conf->max_ports,
	                               .hosts_per_port = (uint32_t)conf->hosts_per_port,
	                               .ports_per_switch = PORTS_PER_SWITCH,
	                               .floods_per_s = (uint32_t)conf->floods_per_s,
	                               .moves_per_s = (uint32_t)conf->moves_per_s,
	                               .ageing_us = conf->ageing_s * SEC_US,
	                               .seed = seed};
}

struct sdn_learn_flow_conf sdn_conf_flow(const struct sdn_conf *conf)
{
	return (struct sdn_learn_flow_conf){.owner = (uint32_t)conf->cookie,
	                                    .idle_s = (uint16_t)conf->idle_s,
	                                    .hard_s = (uint16_t)(conf->ageing_s / 2)};
}
