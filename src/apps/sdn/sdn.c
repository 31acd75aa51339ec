// sdn: the service of wadi-sdn. All that is known of the network belongs to one worker, which has
// every connection: sdn_switches.c. The control thread has the events and the commands.
#include "apps/sdn/sdn.h"

#include "apps/sdn/api/sdn_api.h"
#include "apps/sdn/intent_verify.h"
#include "apps/sdn/plan.h"
#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_report.h"
#include "apps/tls/tls_swap.h"
#include "core/host/conf_json.h"
#include "core/host/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RESIGN_LOOKS   50
#define RESIGN_LOOK_NS 10000000

struct sdn {
	const struct sdn_conf *conf;
	const struct service_env *env;
	struct sdn_events events;
	struct sdn_switches *switches;
	struct sdn_report report;
	struct intent_verify verify;
	struct swap intents; // of struct intent_set
	struct sdn_tls_conf tls_conf;
	struct tls_swap tls; // zeros: no TLS
	uint64_t configurations;
	json_t *intents_json; // the intents in force, as configured
	struct sdn_api *api;  // NULL: off
};

static const struct tls_offer tls_offer = {.section = "sdn.tls"};

static int tls_begin(struct sdn *sdn, struct why *why)
{
	swap_init(&sdn->tls.shared, NULL);
	if (!sdn_conf_is_tls(sdn->conf))
		return 0;
	sdn->tls_conf = *sdn->conf->tls;
	return tls_swap_open(&sdn->tls, &sdn->conf->tls->files, &tls_offer, sdn->env, why);
}

static const json_t *sdn_intents_json(void *ctx)
{
	const struct sdn *sdn = ctx;

	return sdn->intents_json;
}

// Puts intents in force. Each switch that intents are for, or were, is compared with them again.
static int sdn_intents_set(void *ctx, const struct intent_conf *intents, struct why *why)
{
	struct sdn *sdn = ctx;
	struct intent_set *set = intent_apply_set(intents, sdn->configurations + 1);
	json_t *json = conf_json(&intent_conf_section, intents);

	if (!set || !json) {
		intent_apply_set_free(set);
		json_decref(json);
		return why_no_memory(why, "intents");
	}
	sdn->configurations++;
	intent_apply_set_free(
	        swap_publish(&sdn->intents, set, sdn->env->pipelines, sdn->env->workers_len));
	json_decref(sdn->intents_json);
	sdn->intents_json = json;
	return 0;
}

static int api_begin(struct sdn *sdn, struct why *why)
{
	const struct sdn_api_owner owner = {.conf = sdn->conf,
	                                    .env = sdn->env,
	                                    .events = &sdn->events,
	                                    .intents = &sdn->intents,
	                                    .intents_json = sdn_intents_json,
	                                    .intents_set = sdn_intents_set,
	                                    .ctx = sdn};

	if (sdn->conf->api->endpoint.port == 0)
		return 0;
	return sdn_api_open(&sdn->api, sdn->conf->api, &owner, why);
}

static void sdn_close(void *state)
{
	struct sdn *sdn = state;

	sdn_api_close(sdn->api);
	sdn_events_close(&sdn->events);
	intent_apply_set_free(swap_read(&sdn->intents));
	tls_swap_close(&sdn->tls);
	json_decref(sdn->intents_json);
	free(sdn);
}

static int sdn_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	struct sdn *sdn;
	int err;

	if (env->workers_len != 1)
		return why_fail(why, -EINVAL,
		                "workers is %u: what is known of the network belongs to one "
		                "worker; set it to 1",
		                env->workers_len);
	sdn = line_alloc(1, sizeof(*sdn));
	if (!sdn)
		return why_no_memory(why, "the controller");
	memset(sdn, 0, sizeof(*sdn));
	sdn->conf = conf;
	sdn->env = env;
	swap_init(&sdn->tls.shared, NULL);
	sdn->configurations = 1;
	swap_init(&sdn->intents, intent_apply_set(sdn->conf->intents, sdn->configurations));
	sdn->intents_json = conf_json(&intent_conf_section, sdn->conf->intents);
	err = sdn_events_open(&sdn->events, env->loop);
	if (err || !swap_read(&sdn->intents) || !sdn->intents_json)
		err = why_no_memory(why, "events and intents");
	err = err ? err : tls_begin(sdn, why);
	err = err ? err : api_begin(sdn, why);
	if (err) {
		sdn_close(sdn);
		return err;
	}
	*state = sdn;
	return 0;
}

static int sdn_files(void *state, const void *conf, struct sandbox *sandbox, struct why *why)
{
	const struct sdn_conf *with = conf;

	int err = sdn_api_files(with->api, sandbox, why);

	if (!err && sdn_conf_is_tls(with))
		err = tls_conf_files(&with->tls->files, sandbox, why);
	if (!err && sdn_conf_is_cluster(with) && with->cluster->tls->enabled)
		err = sdn_cluster_files(with->cluster->tls, sandbox, why);
	return err;
}

static int sdn_reload(void *state, const void *conf, bool all, json_t *reply, struct why *why)
{
	struct sdn *sdn = state;
	const struct sdn_conf *with = conf;
	struct tls_context *context = NULL;
	int err = 0;

	if (sdn->tls_conf.enabled) {
		context = tls_swap_context(&with->tls->files, &tls_offer, why);
		if (!context)
			return -EINVAL;
	}
	if (sdn->api)
		err = sdn_api_reload(sdn->api, with->api, why);
	err = err ? err : sdn_intents_set(sdn, with->intents, why);
	if (err) {
		tls_context_put(context);
		return err;
	}
	if (context)
		tls_swap_reload(&sdn->tls, context);
	json_object_set_new(reply, "switches_declared",
	                    json_integer((json_int_t)with->intents->switches.len));
	return 0;
}

static void sdn_clock_set(void *state)
{
	struct sdn *sdn = state;

	if (sdn->api)
		sdn_api_clock_set(sdn->api);
}

static int sdn_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct sdn *sdn = state;

	sdn->switches = sdn_switches_open(sdn->conf, &sdn->events, worker, why);
	if (!sdn->switches)
		return -ENOMEM;
	sdn->switches->intents = &sdn->intents;
	sdn->switches->tls = &sdn->tls.shared;
	if (sdn->api && sdn_api_worker_open(sdn->api, sdn->switches, worker, why)) {
		sdn_switches_close(sdn->switches);
		return -EINVAL;
	}
	log_info("TCP has %u I/O pages, for %u busy switches", sdn->switches->pages,
	         sdn_switches_paged(sdn->switches));
	intent_verify_init(&sdn->verify, sdn->switches, worker->pipeline);
	sdn_report_init(&sdn->report, sdn->switches, worker->pipeline);
	return 0;
}

static void sdn_worker_close(void *state, struct service_worker *worker)
{
	struct sdn *sdn = state;

	sdn_report_fini(&sdn->report);
	intent_verify_fini(&sdn->verify);
	if (sdn->api)
		sdn_api_worker_close(sdn->api);
	sdn_switches_close(sdn->switches);
	sdn->switches = NULL;
}

static int run_switches(void *state, const char *const *args, unsigned args_len, json_t *reply,
                        struct why *why)
{
	struct sdn *sdn = state;

	return sdn_report_switches(&sdn->report, reply, why);
}

static int run_hosts(void *state, const char *const *args, unsigned args_len, json_t *reply,
                     struct why *why)
{
	struct sdn *sdn = state;

	return sdn_report_hosts(&sdn->report, args_len ? args[0] : NULL, reply, why);
}

static int run_switch_ports(void *state, const char *const *args, unsigned args_len, json_t *reply,
                            struct why *why)
{
	struct sdn *sdn = state;

	return sdn_report_ports(&sdn->report, args[0], reply, why);
}

static int run_links(void *state, const char *const *args, unsigned args_len, json_t *reply,
                     struct why *why)
{
	struct sdn *sdn = state;

	return sdn_report_links(&sdn->report, reply, why);
}

static int run_cluster(void *state, const char *const *args, unsigned args_len, json_t *reply,
                       struct why *why)
{
	struct sdn *sdn = state;

	return sdn_report_cluster(&sdn->report, reply, why);
}

static int run_events(void *state, const char *const *args, unsigned args_len, json_t *reply,
                      struct why *why)
{
	struct sdn *sdn = state;

	sdn_events_report(&sdn->events, reply);
	return 0;
}

static int run_verify(void *state, const char *const *args, unsigned args_len, json_t *reply,
                      struct why *why)
{
	struct sdn *sdn = state;

	return intent_verify_run(&sdn->verify, reply, why);
}

// A master that ends leaves its place to others; that etcd answers is not waited for long.
static void sdn_drain(void *state)
{
	struct sdn *sdn = state;
	struct sdn_cluster *cluster = sdn->switches->cluster;

	if (!cluster || !sdn_cluster_holds(cluster) ||
	    !mailbox_post(&sdn->env->pipelines[0]->mailbox, sdn_cluster_resign, cluster))
		return;
	for (unsigned i = 0; i < RESIGN_LOOKS && sdn_cluster_holds(cluster); i++)
		nanosleep(&(struct timespec){.tv_nsec = RESIGN_LOOK_NS}, NULL);
}

static void sdn_resume(void *state)
{
	struct sdn *sdn = state;
	struct sdn_cluster *cluster = sdn->switches->cluster;

	if (cluster && !mailbox_post(&sdn->env->pipelines[0]->mailbox, sdn_cluster_stay, cluster))
		log_warning("sdn.cluster: worker 0 takes no calls: this controller stays out");
}

static const struct service_command commands[] = {
        {"switches", "", 0, 0, "The switches that are connected, and what they do.", run_switches},
        {"hosts", "[N]", 0, 1, "Which host is at which port of which switch: 1000 of them, or N.",
         run_hosts},
        {"switch-ports", "DATAPATH", 1, 1, "The ports of a switch.", run_switch_ports},
        {"links", "", 0, 0,
         "The ports of switches and where each leads: links, edges, those that are not known yet; "
         "with sdn.topology.",
         run_links},
        {"events", "", 0, 0,
         "The last 256 events, newest first: switches that came, left, "
         "were refused, ports that went down.",
         run_events},
        {"cluster", "", 0, 0,
         "Whether this controller is master, and which one is, or its share of the switches; with "
         "sdn.cluster.",
         run_cluster},
        {"verify", "", 0, 0,
         "Reads the tables of switches with intents, and lists what differs from what is intended.",
         run_verify},
        {0},
};

static int run_plan(const struct tool_call *call)
{
	const struct sdn_conf *conf = call->conf;

	return plan_print(conf->intents, conf->topology, call->values, stdout, stderr);
}

static const struct service_tool tools[] = {
        {"plan",
         {"[-c FILE] [--against FILE] [--openflow VERSION]", "[-c FILE] --packet PACKET"},
         "Prints what the intents of a configuration would change on switches, or what becomes of "
         "a packet, without a switch.",
         .options = &plan_options,
         .run = run_plan},
        {0},
};

// clang-format off
#define AT(member) offsetof(struct sdn_switches, member)
#define SDN(name, kind, help) {"sdn", NULL, NULL, #name, help, kind, AT(metric.name)},
#define LEARN(name, help) {"sdn_hosts", NULL, NULL, #name, help, METRIC_COUNTER, AT(learn.metric.name)},
#define OF(name, help) {"openflow", NULL, NULL, #name, help, METRIC_COUNTER, AT(of_metric.name)},

static const struct metric_row rows[] = {
	SDN(switches, METRIC_GAUGE, "switches that are connected")
	SDN(connects, METRIC_COUNTER, "switches that completed the handshake")
	SDN(disconnects, METRIC_COUNTER, "of these, those that are gone")
	SDN(refused, METRIC_COUNTER, "connections that were refused; events says why")
	SDN(packet_ins, METRIC_COUNTER, "packet-ins received")
	SDN(forwarded, METRIC_COUNTER, "of these, sent to the port of their host")
	SDN(flooded, METRIC_COUNTER, "of these, sent to all ports")
	SDN(flow_mods, METRIC_COUNTER, "flows that were made")
	SDN(packet_outs, METRIC_COUNTER, "packet-outs sent")
	SDN(checks, METRIC_COUNTER, "times that the flows of a switch were read")
	SDN(flows_kept, METRIC_COUNTER, "flows read that are as they should be")
	SDN(flows_deleted, METRIC_COUNTER, "flows read and deleted, as they are wrong")
	SDN(flows_foreign, METRIC_COUNTER, "flows read that another owner has")
	SDN(errors, METRIC_COUNTER, "errors reported by switches")
	SDN(table_full, METRIC_COUNTER, "of these, for lack of room for a flow")
	SDN(tls_handshakes, METRIC_COUNTER, "handshakes of TLS that were completed")
	SDN(tls_failed, METRIC_COUNTER, "connections of TLS that failed; events says why")
	LEARN(learned, "hosts that were new at a switch")
	LEARN(moved, "hosts that were at another port than before")
	LEARN(aged, "hosts forgotten since they were silent for ageing_s")
	LEARN(evicted, "hosts forgotten since max_hosts are known")
	LEARN(refused, "hosts not learned: hosts_per_port of the port are known, or too many ports")
	OF(messages, "messages received")
	OF(malformed, "messages that are malformed, and answered by an error")
	OF(wrong_version, "messages of another version than was negotiated")
	OF(early, "messages before the handshake was complete")
	OF(stray, "replies without a request")
	OF(unanswered, "echo requests and malformed messages without an answer, as too many or too long")
	OF(timeouts, "requests without a reply")
	{0},
};
#define FABRIC(name, kind, help) {"sdn_topology", NULL, NULL, #name, help, kind, offsetof(struct sdn_fabric_metric, name)},
static const struct metric_row fabric_rows[] = {
	FABRIC(links, METRIC_GAUGE, "links between switches, in both directions")
	FABRIC(hosts, METRIC_GAUGE, "hosts that are known")
	FABRIC(probes, METRIC_COUNTER, "LLDP probes sent")
	FABRIC(probes_seen, METRIC_COUNTER, "LLDP probes that arrived and were accepted")
	FABRIC(answered, METRIC_COUNTER, "ARP requests and neighbour solicitations that were answered")
	{0},
};
#define CLUSTER(name, kind, help) {"sdn_cluster", NULL, NULL, #name, help, kind, offsetof(struct sdn_cluster_metric, name)},
static const struct metric_row cluster_rows[] = {
	CLUSTER(master, METRIC_GAUGE, "1: this controller is master, or gives the shares")
	CLUSTER(shared, METRIC_GAUGE, "1: each controller is master of its share of the switches")
	CLUSTER(switches, METRIC_GAUGE, "of which this controller is master, where they are shared")
	CLUSTER(members, METRIC_GAUGE, "controllers that share the switches and are there, this one included")
	CLUSTER(name_taken, METRIC_GAUGE, "1: another controller has the name of this one")
	CLUSTER(generation, METRIC_GAUGE, "of the master's term, or of the shares")
	CLUSTER(store_lost, METRIC_GAUGE, "1: etcd does not answer")
	CLUSTER(intents_differ, METRIC_GAUGE, "1: the master has other intents than this controller, which stands by")
	CLUSTER(terms, METRIC_COUNTER, "times that this controller became master, or got another generation, or shares changed")
	CLUSTER(requests, METRIC_COUNTER, "requests to etcd")
	CLUSTER(failed, METRIC_COUNTER, "of these, those without an answer of use")
	{0},
};
#define EVENT(name, help) {"sdn_events", NULL, NULL, #name, help, METRIC_COUNTER, offsetof(struct sdn_events, metric.name)},
static const struct metric_row event_rows[] = {
	EVENT(taken, "events for the log")
	EVENT(lost, "events not logged, since too many waited")
	{0},
};

#define DROP(NAME, name, help) {"sdn." name, help},
static const struct service_drop drops[] = {SDN_DROP_LIST(DROP) SDN_FRAME_FAULTS(DROP)
                                            SDN_LLDP_FAULTS(DROP) SDN_FORWARD_DROPS(DROP) {0}};
// clang-format on

static unsigned sdn_metrics(void *state, struct metric_source *sources)
{
	struct sdn *sdn = state;
	unsigned len = 2;

	sources[0] = (struct metric_source){.rows = rows, .len = 1, .of = {sdn->switches}};
	sources[1] = (struct metric_source){.rows = event_rows, .len = 1, .of = {&sdn->events}};
	if (sdn->switches->fabric)
		sources[len++] = (struct metric_source){
		        .rows = fabric_rows, .len = 1, .of = {&sdn->switches->fabric->metric}};
	if (sdn->switches->cluster)
		sources[len++] = (struct metric_source){
		        .rows = cluster_rows, .len = 1, .of = {&sdn->switches->cluster->metric}};
	if (sdn->api)
		len += sdn_api_metrics(sdn->api, &sources[len]);
	return len + sdn_report_metrics(&sdn->report, &sources[len]);
}

static void sdn_status(void *state, json_t *reply)
{
	struct sdn *sdn = state;

	json_object_set_new(reply, "switches",
	                    json_integer((json_int_t)counter_get(&sdn->switches->metric.switches)));
}

static void sdn_describe(void *state, char *text, size_t size)
{
	const struct sdn *sdn = state;
	char tls[64] = "", plain[64] = "", at[128] = "";

	if (sdn_conf_is_plain(sdn->conf))
		snprintf(plain, sizeof(plain), " %ju", (uintmax_t)sdn->conf->port);
	if (sdn_conf_is_tls(sdn->conf))
		snprintf(tls, sizeof(tls), "%s %ju by TLS", *plain ? " and" : "",
		         (uintmax_t)sdn->conf->tls->port);
	if (sdn->api)
		sdn_api_text(sdn->api, at, sizeof(at));
	snprintf(text, size, "controlling OpenFlow switches that connect to TCP port%s%s%s%s",
	         plain, tls, *at ? ", page and REST at " : "", at);
}

static void tls_health(const struct sdn *sdn, struct health *health)
{
	int64_t left_h = (tls_swap_expires_s(&sdn->tls) - (int64_t)time(NULL)) / 3600;

	if (left_h < 0)
		health_add(health, "sdn.tls", HEALTH_WARNING,
		           "a certificate has expired, and switches refuse it: write a new one and "
		           "reload");
	else
		health_add(health, "sdn.tls",
		           left_h < (int64_t)sdn->tls_conf.files.expiry_warning_h ? HEALTH_WARNING
		                                                                  : HEALTH_OK,
		           "the first certificate expires in %jd hours", (intmax_t)left_h);
}

static void cluster_health(const struct sdn_cluster *cluster, struct health *health)
{
	const char *trouble = atomic_load(&cluster->trouble);
	bool master = counter_get(&cluster->metric.master);
	const char *role = sdn_cluster_role(master, counter_get(&cluster->metric.shared));

	if (trouble)
		health_add(health, "sdn.cluster", HEALTH_WARNING,
		           "etcd does not answer (%s): this controller goes on as %s, and none "
		           "takes the master's place until a majority of etcd's members is there "
		           "again",
		           trouble, role);
	else if (counter_get(&cluster->metric.name_taken))
		health_add(health, "sdn.cluster", HEALTH_WARNING,
		           "another controller has the name of this one: one of the two gets no "
		           "switches; give each a sdn.cluster.name of its own, and restart it");
	else if (counter_get(&cluster->metric.intents_differ))
		health_add(health, "sdn.cluster", HEALTH_WARNING,
		           "the master has other intents than this controller: give both the same, "
		           "or switches change when it takes the master's place");
	else
		health_add(health, "sdn.cluster", HEALTH_OK, "this controller is %s", role);
}

static void pages_health(const struct sdn_switches *all, struct health *health)
{
	uint64_t switches = counter_get(&all->metric.switches);

	if (switches > sdn_switches_paged(all))
		health_add(
		        health, "sdn.pages", HEALTH_WARNING,
		        "%ju switches are connected, and TCP has I/O pages for %u busy ones: set "
		        "ports[].pages to %u or more",
		        (uintmax_t)switches, sdn_switches_paged(all), sdn_switches_pages(switches));
	else
		health_add(health, "sdn.pages", HEALTH_OK, "TCP has I/O pages for %u busy switches",
		           sdn_switches_paged(all));
}

static void sdn_health(void *state, struct health *health)
{
	const struct sdn *sdn = state;

	if (sdn->switches->cluster)
		cluster_health(sdn->switches->cluster, health);

	if (sdn->tls_conf.enabled)
		tls_health(sdn, health);
	pages_health(sdn->switches, health);
}

const struct service sdn_service = {
        .name = "sdn",
        .section = &sdn_conf_section,
        .help = "Switches, hosts and limits.",
        .check = sdn_conf_check,
        .listens = sdn_conf_listens,
        .files = sdn_files,
        .reload = sdn_reload,
        .open = sdn_open,
        .close = sdn_close,
        .worker_open = sdn_worker_open,
        .worker_close = sdn_worker_close,
        .drain = sdn_drain,
        .resume = sdn_resume,
        .commands = commands,
        .tools = tools,
        .drops = drops,
        .status = sdn_status,
        .health = sdn_health,
        .clock_set = sdn_clock_set,
        .metrics = sdn_metrics,
        .describe = sdn_describe,
};
