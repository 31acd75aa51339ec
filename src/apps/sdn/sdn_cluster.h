// sdn_cluster: this controller as one of several, of which one is master (proto/cluster): carries
// the requests of the election to etcd and back, over HTTP on the worker's own TCP, and has the
// switches asked for roles (sdn_role.h) when the outcome changes. Belongs to the worker, like the
// switches.
#ifndef APPS_SDN_SDN_CLUSTER_H
#define APPS_SDN_SDN_CLUSTER_H

#include "apps/http/http_origin.h"
#include "apps/sdn/sdn_switches.h"
#include "proto/cluster/cluster_etcd.h"

#define SDN_CLUSTER_HOST_BYTES 64

struct sdn_cluster_metric {
	counter_t master, generation, store_lost, intents_differ; // gauges
	counter_t terms, requests, failed;
};

// A member of etcd.
struct sdn_cluster_endpoint {
	struct http_origin *origin;
	char host[SDN_CLUSTER_HOST_BYTES];
};

struct sdn_cluster {
	struct sdn_switches *all;
	struct cluster_election election;
	const char *key;
	struct channels *channels;
	struct http_limits limits;
	struct wheel_timer timer;
	struct tls_context *tls; // NULL: without
	struct sdn_cluster_endpoint endpoint[SDN_CLUSTER_ENDPOINTS];
	unsigned endpoints_len, at; // at: that is asked
	struct cluster_ask ask;
	struct http_origin_call call; // of `ask`
	uint32_t body_len, reply_len;
	unsigned status;
	bool told_master; // of which roles were asked for
	uint64_t told_generation;
	struct sdn_cluster_metric metric;
	const char *_Atomic trouble; // why etcd is lost, while it is; for the control thread
	uint8_t body[CLUSTER_ETCD_BODY_BYTES];
	uint8_t reply[CLUSTER_ETCD_REPLY_BYTES + 1]; // one more: it is too long
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

// A mailbox_fn of the worker, with the cluster as ctx: gives the mastership up, so that another
// controller need not wait for silence.
void sdn_cluster_resign(void *ctx, mono_t now);

#endif
