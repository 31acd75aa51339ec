// sdn_cluster: see the header.
#include "apps/sdn/sdn_cluster.h"

#include "apps/sdn/intent_net.h"
#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_role.h"
#include "apps/sdn/sdn_share.h"
#include "apps/tls/tls_swap.h"
#include "core/host/clock.h"
#include "core/host/seed.h"
#include "proto/cluster/cluster_text.h"
#include "proto/http/http_limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define CHANNEL_BYTES    64 // channels' own buffers: http_origin reads pages
#define LOOKS_IN_SILENCE 16

static void cluster_arm(struct sdn_cluster *cluster)
{
	wheel_add(cluster->all->wheel, &cluster->timer,
	          cluster_election_deadline(&cluster->member.election));
}

// text: of etcd's, why it is lost; code: the status of its answer; NULL and 0: neither.
static void cluster_event(struct sdn_cluster *cluster, enum sdn_event_kind kind, const char *text,
                          unsigned code)
{
	sdn_events_add(
	        cluster->all->events,
	        &(struct sdn_event){.kind = kind,
	                            .text = text,
	                            .code = (uint16_t)code,
	                            .generation = cluster_member_generation(&cluster->member),
	                            .switches = cluster->member.share.peer[0].switches});
}

// why: etcd is lost; NULL: it answers.
static void store_note(struct sdn_cluster *cluster, const char *why)
{
	bool was_lost = counter_get(&cluster->metric.store_lost) != 0;

	atomic_store(&cluster->trouble, why);
	if (was_lost == (why != NULL))
		return;
	counter_set(&cluster->metric.store_lost, why != NULL);
	cluster_event(cluster, why ? SDN_EVENT_STORE_LOST : SDN_EVENT_STORE_FOUND, why,
	              why ? cluster->status : 0);
}

// Whether what would happen at a takeover is what the master does.
static void intents_note(struct sdn_cluster *cluster)
{
	bool differ = cluster_election_differs(&cluster->member.election);

	if ((counter_get(&cluster->metric.intents_differ) != 0) == differ)
		return;
	counter_set(&cluster->metric.intents_differ, differ);
	cluster_event(cluster, differ ? SDN_EVENT_INTENTS_DIFFER : SDN_EVENT_INTENTS_SAME, NULL, 0);
}

// How this controller is called in what it reports: of shares the outcome is another one each time
// that these change.
static void outcome_event(struct sdn_cluster *cluster)
{
	const struct cluster_member *member = &cluster->member;

	if (member->is_shared && member->share.generation != 0)
		cluster_event(cluster, SDN_EVENT_SHARE, NULL, 0);
	else if (!member->is_shared && member->election.master)
		cluster_event(cluster, SDN_EVENT_MASTER, NULL, 0);
	else if (!member->is_shared &&
	         (cluster->told_master || cluster->told_shared || cluster->told_generation == 0))
		cluster_event(cluster, SDN_EVENT_STANDBY, NULL, 0);
}

static void outcome_measure(struct sdn_cluster *cluster, mono_t now)
{
	const struct cluster_member *member = &cluster->member;
	struct sdn_cluster_metric *metric = &cluster->metric;

	counter_set(&metric->master, member->election.master);
	counter_set(&metric->generation, cluster_member_generation(member));
	counter_set(&metric->shared, member->is_shared);
	if (member->share.rival && !counter_get(&metric->name_taken))
		cluster_event(cluster, SDN_EVENT_NAME_TAKEN, NULL, 0);
	counter_set(&metric->name_taken, member->share.rival);
	counter_set(&metric->members, cluster_share_members(&member->share, now));
	counter_set(&metric->switches, member->is_shared ? member->share.peer[0].switches : 0);
}

// The network, which the others know by rows that the master of each switch writes.

// Another term: it is written again as a whole, or read.
static void network_turn(struct sdn_cluster *cluster, mono_t now)
{
	cluster->net_since = 0;
	if (!cluster->member.network && (!cluster->member.election.master || cluster->told_master))
		return;
	sdn_snapshots_note_all(&cluster->snapshots);
	if (!cluster->member.network)
		sdn_fabric_adopt(cluster->snapshots.fabric, now);
}

// Only who is master of a switch may say what is known of it. Where they are shared that is who
// the list of shares names, which therefore must not have changed when the rows are written.
static bool network_may_write(struct cluster_member *member, struct cluster_request *request)
{
	const struct cluster_ask *ask = &request->ask;

	if (ask->put)
		return ask->record.owner != 0 &&
		       (!member->network || ask->record.generation == member->share.generation);
	request->fence = member->share_revision;
	return member->network && member->share_revision != 0;
}

// What of it the request is about: one master of all writes with its beats.
static void network_ask(struct sdn_cluster *cluster, mono_t now)
{
	struct cluster_request *request = cluster->request;

	if (!cluster->snapshots.fabric)
		return;
	cluster->net_newest = 0;
	request->net = cluster->member.network || !cluster->member.election.master;
	request->net_since = cluster->net_since;
	if ((cluster->member.network || !request->net) &&
	    network_may_write(&cluster->member, request))
		sdn_snapshots_put(&cluster->snapshots, request, now);
	if (cluster->snapshots.out_len == 0)
		request->fence = 0;
}

static void network_row(struct sdn_cluster *cluster, uint64_t revision, struct span text,
                        mono_t now)
{
	if (!cluster->snapshots.fabric || !cluster->request->net)
		return;
	if (revision > cluster->net_newest)
		cluster->net_newest = revision;
	sdn_snapshots_take(&cluster->snapshots, text, now);
}

// answer NULL: there was none.
static void network_note(struct sdn_cluster *cluster, const struct cluster_answer *answer,
                         mono_t now)
{
	bool written = answer && (answer->written || (cluster->member.network && !answer->refused));

	sdn_snapshots_written(&cluster->snapshots, written, now);
	if (!answer)
		return;
	if (answer->revision + 1 < cluster->net_since)
		cluster->net_since = 0; // the store has lost what it had
	else if (cluster->net_newest != 0)
		cluster->net_since = cluster->net_newest + !answer->more;
}

void sdn_cluster_changed(struct sdn_cluster *cluster, const struct sdn_change *change)
{
	if (!cluster->snapshots.fabric)
		return;
	sdn_snapshots_note(&cluster->snapshots, change->end.datapath_id);
	if (change->peer.datapath_id != 0)
		sdn_snapshots_note(&cluster->snapshots, change->peer.datapath_id);
}

void sdn_cluster_attend(struct sdn_cluster *cluster, uint64_t datapath_id, bool attended)
{
	cluster_member_attend(&cluster->member, datapath_id, attended);
}

// What the store's rows say about the network, and what this controller has to say of it.
static void share_note(struct sdn_cluster *cluster, mono_t now)
{
	struct cluster_member *member = &cluster->member;
	struct sdn_fabric *fabric = cluster->snapshots.fabric;
	uint64_t changes = member->share.changes + member->tree;

	if (!member->network)
		return;
	sdn_share_looked(&fabric->forward, cluster->asked);
	if (changes != cluster->applied)
		sdn_fabric_share(fabric, member, now);
	cluster->applied = member->share.changes + member->tree;
	sdn_share_settle(&fabric->forward, member);
	if (cluster_member_key_is_due(member, now)) {
		uint64_t key[] = {seed_os(), seed_os()};

		sdn_share_sign(&fabric->forward, member, (const uint8_t *)key, now);
	}
}

// Has the roles asked for again when the outcome is another one.
static void outcome_note(struct sdn_cluster *cluster, mono_t now)
{
	const struct cluster_member *member = &cluster->member;
	uint64_t generation = cluster_member_generation(member);
	bool master = member->election.master;

	outcome_measure(cluster, now);
	if (member->is_shared == cluster->told_shared && generation == cluster->told_generation &&
	    (master == cluster->told_master || member->is_shared))
		return;
	outcome_event(cluster);
	counter_add(&cluster->metric.terms, master || member->is_shared);
	if (cluster->snapshots.fabric)
		network_turn(cluster, now);
	cluster->told_master = master;
	cluster->told_shared = member->is_shared;
	cluster->told_generation = generation;
	sdn_role_tell_all(cluster->all, now);
}

static void request_failed(struct sdn_cluster *cluster, const char *why, mono_t now)
{
	counter_add(&cluster->metric.failed, 1);
	cluster->at = (cluster->at + 1) % cluster->endpoints_len;
	network_note(cluster, NULL, now);
	cluster_member_fail(&cluster->member, now);
	// One request that is lost is no reason to wake someone.
	if (cluster->member.election.failed > cluster->endpoints_len)
		store_note(cluster, why);
}

static void on_response(struct http_origin_call *call, const struct http_response *response,
                        mono_t now)
{
	CONTAINER_OF(call, struct sdn_cluster, call)->status = response->status;
}

static void on_content(struct http_origin_call *call, struct span piece, mono_t now)
{
	struct sdn_cluster *cluster = CONTAINER_OF(call, struct sdn_cluster, call);
	size_t len = size_min(span_left(&piece), cluster->reply_size - cluster->reply_len);

	memcpy(cluster->reply + cluster->reply_len, piece.p, len);
	cluster->reply_len += len;
}

static void on_row(void *ctx, struct span name, uint64_t revision, struct span text, mono_t now)
{
	struct sdn_cluster *cluster = ctx;

	if (cluster_text_take(&name, "net/"))
		network_row(cluster, revision, text, now);
	else
		cluster_member_row(&cluster->member, name, revision, text, now);
}

// False: the reply is none.
static bool reply_read(struct sdn_cluster *cluster, struct cluster_answer *answer, mono_t now)
{
	struct span body = span_of(cluster->reply, cluster->reply_len);
	struct cluster_etcd_reader reader = {.room = fill_of(cluster->text, cluster->reply_size),
	                                     .row = on_row,
	                                     .ctx = cluster,
	                                     .now = now};

	return cluster->reply_len < cluster->reply_size &&
	       cluster_etcd_answer(body, cluster->key, cluster->request, &reader, answer);
}

static void on_done(struct http_origin_call *call, enum http_origin_end end, const char *why,
                    mono_t now)
{
	struct sdn_cluster *cluster = CONTAINER_OF(call, struct sdn_cluster, call);
	struct cluster_answer answer;
	bool is_read = false;

	if (end == HTTP_ORIGIN_DONE && cluster->status == 200 &&
	    reply_read(cluster, &answer, now)) {
		store_note(cluster, NULL);
		network_note(cluster, &answer, now);
		cluster_member_answer(&cluster->member, &answer, now);
		intents_note(cluster);
		is_read = true;
	} else if (end != HTTP_ORIGIN_DONE) {
		request_failed(cluster, why, now);
	} else {
		request_failed(cluster,
		               cluster->status == 200 ? "its answer is not as expected"
		                                      : "it refuses the request",
		               now);
	}
	outcome_note(cluster, now);
	if (is_read)
		share_note(cluster, now);
	cluster_arm(cluster);
}

static void request_send(struct sdn_cluster *cluster)
{
	static const struct http_origin_field fields[] = {{"Content-Type", "application/json"}};
	struct fill out = fill_of(cluster->body, cluster->body_size);

	cluster_etcd_ask(&out, cluster->key, cluster->request);
	assert(!out.bad);
	cluster->reply_len = 0;
	cluster->status = 0;
	cluster->call = (struct http_origin_call){.request = {.method = "POST",
	                                                      .target = CLUSTER_ETCD_TARGET,
	                                                      .fields = fields,
	                                                      .fields_len = ARRAY_LEN(fields),
	                                                      .content = cluster->body,
	                                                      .content_len = fill_len(&out)},
	                                          .response = on_response,
	                                          .content = on_content,
	                                          .done = on_done};
	counter_add(&cluster->metric.requests, 1);
	http_origin_begin(cluster->endpoint[cluster->at].origin, &cluster->call);
}

static uint64_t digest_now(const struct sdn_cluster *cluster)
{
	const struct intent_set *set = intent_net_set(cluster->all);

	return set ? set->digest : 0;
}

static void cluster_fire(struct wheel_timer *timer, mono_t now)
{
	struct sdn_cluster *cluster = CONTAINER_OF(timer, struct sdn_cluster, timer);
	struct cluster_request *request;

	// First: an answer that waits since before we were away must not count as one of now.
	if (cluster_election_is_late(&cluster->member.election, now)) {
		http_origin_cancel(cluster->endpoint[cluster->at].origin, &cluster->call);
		request_failed(cluster, "it does not answer in time", now);
		outcome_note(cluster, now);
	}
	cluster->member.election.digest = digest_now(cluster);
	request = cluster_member_next(&cluster->member, now);
	if (request) {
		cluster->request = request;
		cluster->asked = now;
		network_ask(cluster, now);
		request_send(cluster);
	}
	cluster_arm(cluster);
}

void sdn_cluster_fenced(struct sdn_cluster *cluster, uint64_t generation, mono_t now)
{
	cluster_election_fenced(&cluster->member.election, generation, now);
	cluster_arm(cluster);
}

void sdn_cluster_connect(struct sdn_cluster *cluster, uint64_t datapath_id, bool connected)
{
	cluster_member_connect(&cluster->member, datapath_id, connected);
}

void sdn_cluster_resign(void *ctx, mono_t now)
{
	struct sdn_cluster *cluster = ctx;

	cluster_member_leave(&cluster->member, now);
	cluster_arm(cluster);
}

void sdn_cluster_stay(void *ctx, mono_t now)
{
	struct sdn_cluster *cluster = ctx;

	cluster_member_stay(&cluster->member, now);
	cluster_arm(cluster);
}

static int worker_connect(void *ctx, const struct channels_connect_conf *conf,
                          struct channel **channel, mono_t now)
{
	return channels_connect(((struct sdn_cluster *)ctx)->channels, conf, channel, now);
}

static int endpoint_open(struct sdn_cluster *cluster, const char *text, struct why *why)
{
	struct sdn_cluster_endpoint *endpoint = &cluster->endpoint[cluster->endpoints_len];
	const char *tls_name = cluster->all->conf->cluster->tls->name;
	struct http_origin_conf conf = {
	        .connect = worker_connect,
	        .connect_ctx = cluster,
	        .server = {.timeout_us = cluster->member.election.conf.answer_us},
	        .host = endpoint->host,
	        .tls = cluster->tls,
	        .limits = &cluster->limits,
	        .wheel = cluster->all->wheel};

	if (*tls_name)
		conf.tls_name = tls_name;
	if (!sdn_conf_endpoint(text, &conf.server.remote, &conf.server.remote_port))
		return why_fail(why, -EINVAL, "sdn.cluster.endpoints: %s is no address and port",
		                text);
	snprintf(endpoint->host, sizeof(endpoint->host), "%s", text);
	endpoint->origin = http_origin_open(&conf, why);
	if (!endpoint->origin)
		return -ENOMEM;
	cluster->endpoints_len++;
	return 0;
}

static int tls_begin(struct sdn_cluster *cluster, struct why *why)
{
	static const struct tls_offer offer = {.section = "sdn.cluster.tls", .client = true};
	const struct sdn_cluster_tls_conf *conf = cluster->all->conf->cluster->tls;
	struct tls_certificate_conf own = {conf->certificate, conf->key, ""};
	const struct tls_conf files = {.client_ca = conf->ca,
	                               .certificates = {&own, *conf->certificate != '\0'}};

	if (!conf->enabled)
		return 0;
	cluster->tls = tls_swap_context(&files, &offer, why);
	return cluster->tls ? 0 : -EINVAL;
}

static int cluster_connect(struct sdn_cluster *cluster, struct why *why)
{
	const struct sdn_cluster_conf *conf = cluster->all->conf->cluster;
	const struct service_worker *worker = cluster->all->worker;
	const struct channels_conf channels = {.tcp = stack_tcp(worker->stack),
	                                       .wheel = cluster->all->wheel,
	                                       .metric = worker->metric,
	                                       .channels = 2 * SDN_CLUSTER_ENDPOINTS,
	                                       .buffer_bytes = CHANNEL_BYTES};
	const char *const *texts = conf->endpoints.items;
	int err = 0;

	cluster->channels = channels_open(&channels);
	if (!cluster->channels)
		return why_no_memory(why, "connections to etcd");
	for (size_t i = 0; i < conf->endpoints.len && !err; i++)
		err = endpoint_open(cluster, texts[i], why);
	return err;
}

static void share_begin(struct sdn_cluster *cluster)
{
	uint64_t keys[CLUSTER_KEYS][CLUSTER_KEY_BYTES / sizeof(uint64_t)];

	for (unsigned i = 0; i < CLUSTER_KEYS; i++)
		for (unsigned k = 0; k < ARRAY_LEN(keys[i]); k++)
			keys[i][k] = seed_os();
	sdn_share_begin(&cluster->snapshots.fabric->forward, &cluster->member,
	                (const uint8_t(*)[CLUSTER_KEY_BYTES])keys, (mono_t){0});
}

static int member_begin(struct sdn_cluster *cluster, struct why *why)
{
	const struct sdn_cluster_conf *conf = cluster->all->conf->cluster;
	uint64_t silence_us = conf->ttl_ms * MS_US, switches = cluster->all->conf->max_switches;
	// A member that is slow, as its disk is, still carries the beat out, and before another
	// controller's claim that waits behind it. Only another member is a reason to give up
	// earlier.
	bool net = cluster->all->fabric != NULL;
	uint64_t answer_us = conf->endpoints.len > 1 ? silence_us / 2 : silence_us;
	struct cluster_member_conf member = {
	        .election = {.id = seed_os() | 1,
	                     .silence_us = silence_us,
	                     .beat_us = silence_us / 4,
	                     .look_us = silence_us / LOOKS_IN_SILENCE,
	                     .answer_us = answer_us,
	                     .shares = conf->share},
	        .network = net && conf->share,
	        .switches_max = (uint32_t)size_min(switches, CLUSTER_SWITCHES_MAX),
	        .seed = seed_os()};

	snprintf(member.election.name, sizeof(member.election.name), "%s", conf->name);
	cluster->body_size = cluster_etcd_body_bytes(member.switches_max, net);
	cluster->reply_size = cluster_etcd_reply_bytes(member.switches_max, net) + 1;
	cluster->body = malloc(cluster->body_size);
	cluster->reply = malloc(cluster->reply_size);
	cluster->text = malloc(cluster->reply_size);
	if (!cluster->body || !cluster->reply || !cluster->text ||
	    cluster_member_open(&cluster->member, &member, (mono_t){0}) ||
	    (net && sdn_snapshots_open(&cluster->snapshots, cluster->all->fabric)))
		return why_no_memory(why, "the cluster");
	if (member.network)
		share_begin(cluster);
	return 0;
}

int sdn_cluster_files(const struct sdn_cluster_tls_conf *conf, struct sandbox *sandbox,
                      struct why *why)
{
	int err = sandbox_read(sandbox, conf->ca, why);

	if (!err)
		err = sandbox_read(sandbox, conf->certificate, why);
	return err ? err : sandbox_read(sandbox, conf->key, why);
}

struct sdn_cluster *sdn_cluster_open(struct sdn_switches *all, struct why *why)
{
	struct sdn_cluster *cluster = calloc(1, sizeof(*cluster));

	if (!cluster) {
		why_no_memory(why, "the cluster");
		return NULL;
	}
	cluster->all = all;
	cluster->key = all->conf->cluster->key;
	cluster->limits = http_limits_default;
	wheel_timer_init(&cluster->timer, cluster_fire);
	if (member_begin(cluster, why) || tls_begin(cluster, why) ||
	    cluster_connect(cluster, why)) {
		sdn_cluster_close(cluster);
		return NULL;
	}
	cluster_arm(cluster);
	return cluster;
}

void sdn_cluster_close(struct sdn_cluster *cluster)
{
	if (!cluster)
		return;
	wheel_del(cluster->all->wheel, &cluster->timer);
	for (unsigned i = 0; i < cluster->endpoints_len; i++)
		http_origin_close(cluster->endpoint[i].origin);
	if (cluster->channels)
		channels_close(cluster->channels, clock_kernel());
	tls_context_put(cluster->tls);
	cluster_member_close(&cluster->member);
	sdn_snapshots_close(&cluster->snapshots);
	free(cluster->body);
	free(cluster->reply);
	free(cluster->text);
	free(cluster);
}
