// sdn_conf: the section sdn of the configuration.
#ifndef APPS_SDN_SDN_CONF_H
#define APPS_SDN_SDN_CONF_H

#include "apps/sdn/intent_conf.h"
#include "apps/tls/tls_conf.h"
#include "core/addr.h"
#include "core/host/conf.h"
#include "proto/openflow/of_conn.h"
#include "proto/sdn/sdn_learn.h"
#include "proto/sdn/sdn_learn_flow.h"

struct service_listen;

struct sdn_tls_conf {
	uint64_t port;
	struct tls_conf files;
	bool enabled, datapath_names;
};

#define SDN_CLUSTER_ENDPOINTS 8

// TLS to etcd. What is not given is "".
struct sdn_cluster_tls_conf {
	bool enabled;
	const char *ca, *certificate, *key, *name;
};

struct sdn_cluster_conf {
	struct conf_list endpoints; // of const char *; none: there is no cluster
	const char *name, *key;
	uint64_t ttl_ms;
	bool share;
	struct sdn_cluster_tls_conf *tls;
};

struct sdn_conf {
	uint64_t port, cookie, max_switches, max_hosts, max_ports, hosts_per_port;
	uint64_t floods_per_s, moves_per_s, ageing_s, idle_s;
	uint64_t echo_s, timeout_s;
	struct conf_list versions; // of const char *
	struct intent_conf *intents;
	struct sdn_tls_conf *tls;                  // NULL only in tests: none
	struct sdn_cluster_conf *cluster;          // likewise
	struct sdn_api_conf *api;                  // likewise; api/sdn_api.h
	struct conf_list edge_ports, dhcp_servers; // of const char *
	bool topology, proxy;
};

extern const struct conf_section sdn_conf_section;

// What several keys show together, for struct service.
void sdn_conf_check(const void *conf, struct conf *to);

// The ports, for struct service.
unsigned sdn_conf_listens(const void *conf, struct service_listen *to);

static inline bool sdn_conf_is_tls(const struct sdn_conf *conf)
{
	return conf->tls && conf->tls->enabled;
}

// Whether switches may connect without TLS: not when both would be at one port.
static inline bool sdn_conf_is_plain(const struct sdn_conf *conf)
{
	return !sdn_conf_is_tls(conf) || conf->tls->port != conf->port;
}

static inline bool sdn_conf_is_cluster(const struct sdn_conf *conf)
{
	return conf->cluster && conf->cluster->endpoints.len > 0;
}

// Reads "10.0.0.1:2379" or "[fd00::1]:2379".
bool sdn_conf_endpoint(const char *text, struct addr *addr, uint16_t *port) MUST_CHECK;

// What intents contradict in the rest of the configuration.
void sdn_conf_check_intents(const struct sdn_conf *conf, const struct intent_conf *intents,
                            struct conf *to);

// Whether a list of places, such as edge_ports, has the port of the switch.
bool sdn_conf_has_place(const struct conf_list *places, uint64_t datapath_id, uint32_t port) PURE;

// The engines' settings.
uint32_t sdn_conf_versions(const struct sdn_conf *conf);
struct of_conn_limits sdn_conf_limits(const struct sdn_conf *conf);
struct sdn_learn_conf sdn_conf_learn(const struct sdn_conf *conf, uint64_t seed);
extern const char *const sdn_conf_tls_section; // "sdn.tls"
struct sdn_learn_flow_conf sdn_conf_flow(const struct sdn_conf *conf);

#endif
