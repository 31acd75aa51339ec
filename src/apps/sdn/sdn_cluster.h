// sdn_cluster: this controller as one of several, of which one is master of all switches, or each
// of its share (proto/cluster): carries the requests to etcd and back, over HTTP on the worker's
// own TCP, and has the switches asked for roles (sdn_role.h) when the outcome changes. Belongs to
// the worker, like the switches.
#ifndef APPS_SDN_SDN_CLUSTER_H
#define APPS_SDN_SDN_CLUSTER_H

#include "apps/http/http_origin.h"
#include "apps/sdn/sdn_snapshots.h"
#include "apps/sdn/sdn_switches.h"
#include "proto/cluster/cluster_etcd.h"

#define SDN_CLUSTER_HOST_BYTES 64

struct sdn_cluster_metric {
	counter_t master, generation, store_lost, intents_differ; // gauges
	counter_t shared, members, switches, name_taken;
	counter_t terms, requests, failed;
};

// A member of etcd.
struct sdn_cluster_endpoint {
	struct http_origin *origin;
	char host[SDN_CLUSTER_HOST_BYTES];
};

struct sdn_cluster {
	struct sdn_switches *all;
	struct cluster_member member;
	const char *key;
	struct channels *channels;
	struct http_limits limits;
	struct wheel_timer timer;
	struct tls_context *tls; // NULL: without
	struct sdn_cluster_endpoint endpoint[SDN_CLUSTER_ENDPOINTS];
	unsigned endpoints_len, at;      // at: that is asked
	struct cluster_request *request; // that is out
	struct http_origin_call call;    // of it
	struct sdn_snapshots snapshots;  // with topology
	mono_t asked;                    // the request that is out was sent
	uint64_t applied;                // changes of rows and of the tree that the fabric has
	uint64_t net_since, net_newest;  // rows of the network: not read from there; read
	size_t reply_len;
	unsigned status;
	bool told_master, told_shared; // of which roles were asked for
	uint64_t told_generation;
	struct sdn_cluster_metric metric;
	const char *_Atomic trouble;  // why etcd is lost, while it is; for the control thread
	uint8_t *body, *reply, *text; // of a request, a response, a row in that
	size_t body_size, reply_size; // of the reply: one more, when it is too long
};

// Names the files of TLS to the sandbox. 0 or negative errno with a sentence in why.
int sdn_cluster_files(const struct sdn_cluster_tls_conf *conf, struct sandbox *sandbox,
                      struct why *why) MUST_CHECK;

// NULL with a sentence in why. all is borrowed.
struct sdn_cluster *sdn_cluster_open(struct sdn_switches *all, struct why *why) MUST_CHECK;
// The worker has ended. NULL is allowed.
void sdn_cluster_close(struct sdn_cluster *cluster);

// Another controller is the switch's master; generation: the other's, 0: not known.
void sdn_cluster_fenced(struct sdn_cluster *cluster, uint64_t generation, mono_t now);

// "master" or "standby"; where switches are shared "leader", who gives the shares, or "member".
static inline const char *sdn_cluster_role(bool master, bool shared)
{
	if (shared)
		return master ? "leader" : "member";
	return master ? "master" : "standby";
}

// The switch is connected to this controller; it is not any more.
void sdn_cluster_connect(struct sdn_cluster *cluster, uint64_t datapath_id, bool connected);

// This controller acts at the switch, or does not any more.
void sdn_cluster_attend(struct sdn_cluster *cluster, uint64_t datapath_id, bool attended);

// Whether the network is shared with other controllers, by switch.
static inline bool sdn_cluster_is_shared(const struct sdn_cluster *cluster)
{
	return cluster && cluster->member.network;
}

// The topology has changed: what the others know of it is to be written again.
void sdn_cluster_changed(struct sdn_cluster *cluster, const struct sdn_change *change);

// A mailbox_fn of the worker, with the cluster as ctx: gives up what this controller is master of,
// so that others need not wait for silence. Control thread: whether it is master of anything still.
void sdn_cluster_resign(void *ctx, mono_t now);
// Likewise: takes part again.
void sdn_cluster_stay(void *ctx, mono_t now);
static inline bool sdn_cluster_holds(const struct sdn_cluster *cluster)
{
	return counter_get(&cluster->metric.master) || counter_get(&cluster->metric.switches);
}

#endif
