// top_talkers: see the header.
#include "apps/boot/top_talkers.h"

#include "core/host/clock.h"
#include "core/host/seed.h"
#include "core/line.h"
#include "proto/tcpip/sender.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_US (2 * SEC_US)
#define TEXT_BYTES  1100 // of a key, such as a name of 255 bytes with escapes

static const char *const by_names[] = {[TALKERS_CLIENT] = "client",
                                       [TALKERS_PREFIX] = "prefix",
                                       [TALKERS_NAME] = "name",
                                       [TALKERS_ZONE] = "zone"};

// Else keys are addresses.
static bool is_by_text(enum talkers_by by)
{
	return by == TALKERS_NAME || by == TALKERS_ZONE;
}

// A pipeline_watch_fn.
static void count_packets(void *ctx, struct pkt *const *pkts, unsigned n, mono_t now)
{
	struct top_talkers_job *job = ctx;
	bool prefix = job->all->by == TALKERS_PREFIX;
	struct talkers_item items[PIPELINE_BURST];
	struct addr senders[PIPELINE_BURST];
	unsigned len = 0;

	for (unsigned i = 0; i < n; i++) {
		struct addr *sender = &senders[len];

		if (!sender_of(pkt_data(pkts[i]), pkts[i]->len, sender))
			continue;
		if (prefix)
			*sender = addr_prefix_of(*sender, TALKERS_PREFIX_IPV4, TALKERS_PREFIX_IPV6);
		items[len++] = (struct talkers_item){(const uint8_t *)sender, sizeof(*sender),
		                                     pkt_total_len(pkts[i])};
	}
	talkers_add(job->talkers, items, len);
}
_Static_assert(PIPELINE_BURST <= TALKERS_BURST, "a burst is counted at once");

// A mailbox_fn of the worker.
static void job_run(void *ctx, mono_t now)
{
	struct top_talkers_job *job = ctx;
	const struct top_talkers *all = job->all;
	bool on = atomic_load_explicit(&job->on, memory_order_acquire);

	if (job->counts == on)
		return;
	job->counts = on;
	if (all->of)
		all->of->count(&job->worker->attached.worker[all->service],
		               on ? job->talkers : NULL, all->by);
	else if (on)
		pipeline_watch_add(&job->worker->pipeline, &job->watch);
	else
		pipeline_watch_del(&job->worker->pipeline, &job->watch);
}

// Has all workers begin, or end. False: a mailbox is full, and its worker does as before.
static bool ask_all(struct top_talkers *all, bool on)
{
	bool asked = true;

	for (unsigned i = 0; i < all->len; i++) {
		struct top_talkers_job *job = &all->job[i];

		atomic_store_explicit(&job->on, on, memory_order_release);
		asked &= task_send(&job->task, &job->worker->pipeline.mailbox);
	}
	return asked;
}

// Has all workers begin, or end, and waits until they have.
static int switch_all(struct top_talkers *all, bool on, struct why *why)
{
	mono_t until = mono_add(clock_kernel(), PATIENCE_US);
	bool asked = ask_all(all, on);

	for (unsigned i = 0; i < all->len; i++)
		if (!asked || !task_wait(&all->job[i].task, until))
			return why_fail(why, -ETIMEDOUT,
			                "worker %u has taken no turn for %u s; see `health`", i,
			                (unsigned)(PATIENCE_US / SEC_US));
	return 0;
}

static int talkers_make(struct top_talkers *all, const struct top_talkers_env *env, struct why *why)
{
	if (all->job)
		return 0;
	all->job = calloc(env->workers_len, sizeof(*all->job));
	all->table = line_alloc(env->workers_len, sizeof(*all->table));
	if (!all->job || !all->table) {
		free(all->job);
		free(all->table);
		all->job = NULL;
		all->table = NULL;
		return why_no_memory(why, "tables of clients");
	}
	all->len = env->workers_len;
	all->loop = env->loop;
	for (unsigned i = 0; i < all->len; i++) {
		struct top_talkers_job *job = &all->job[i];

		job->all = all;
		job->worker = &env->workers[i];
		job->talkers = &all->table[i];
		job->watch = (struct pipeline_watch){.fn = count_packets, .ctx = job};
		task_init(&job->task, job_run, job);
	}
	return 0;
}

// Tables for keys of the kind, with a new secret. No worker counts.
static int tables_open(struct top_talkers *all, struct why *why)
{
	size_t len = is_by_text(all->by) ? TALKERS_KEY_BYTES : sizeof(struct addr);
	uint64_t seed = seed_os();
	int err = 0;

	for (unsigned i = 0; i < all->len; i++)
		talkers_close(&all->table[i]);
	for (unsigned i = 0; i < all->len && !err; i++)
		err = talkers_open(&all->table[i], len, seed);
	return err ? why_no_memory(why, "tables of clients") : 0;
}

static void on_due(struct wheel_timer *timer, mono_t now)
{
	top_talkers_end(CONTAINER_OF(timer, struct top_talkers, due));
}

// The service that counts; services->len: none does.
static unsigned service_of(const struct services *services)
{
	unsigned i = 0;

	while (i < services->len && !services->service[i]->talkers)
		i++;
	return i;
}

// Why what is wanted cannot be counted; NULL: it can.
static const char *why_not(const struct service_talkers *of,
                           const struct top_talkers_wanted *wanted)
{
	if (!is_by_text(wanted->by))
		return NULL;
	if (!of || !of->name_text)
		return "this appliance counts by client or prefix; its clients ask for no names";
	if (wanted->packets)
		return "packets have no names: leave out packets";
	if (wanted->by == TALKERS_ZONE && !of->zones)
		return "this appliance counts by client, prefix or name; it has no zones";
	return NULL;
}

// What is counted, and who does it.
static int choose(struct top_talkers *all, const struct top_talkers_env *env,
                  const struct top_talkers_wanted *wanted, struct why *why)
{
	unsigned service = service_of(env->services);
	const struct service_talkers *of =
	        service < env->services->len ? env->services->service[service]->talkers : NULL;

	const char *refusal = why_not(of, wanted);

	if (refusal)
		return why_fail(why, -EINVAL, "%s", refusal);
	all->of = wanted->packets ? NULL : of;
	all->service = service;
	all->by = wanted->by;
	return 0;
}

int top_talkers_begin(struct top_talkers *all, const struct top_talkers_env *env,
                      const struct top_talkers_wanted *wanted, struct why *why)
{
	int err;

	if (all->counting)
		return why_fail(why, -EBUSY,
		                "it counts by %s already, and ends in %u s; `top-talkers off` ends "
		                "it now",
		                by_names[all->by],
		                (unsigned)(mono_until(clock_kernel(), all->due.when) / SEC_US + 1));
	err = talkers_make(all, env, why);
	if (!err)
		err = switch_all(all, false, why); // a task may be out since the last end
	if (!err)
		err = choose(all, env, wanted, why);
	if (!err)
		err = tables_open(all, why);
	if (err)
		return err;
	all->counting = true;
	all->begun = clock_kernel();
	wheel_timer_init(&all->due, on_due);
	wheel_add(&all->loop->wheel, &all->due, mono_add(all->begun, wanted->seconds * SEC_US));
	err = switch_all(all, true, why);
	if (err)
		top_talkers_end(all);
	return err;
}

void top_talkers_end(struct top_talkers *all)
{
	if (!all->counting)
		return;
	wheel_del(&all->loop->wheel, &all->due);
	all->counting = false;
	all->ended = clock_kernel();
	// One that cannot be asked now is asked by the next report.
	(void)ask_all(all, false);
}

static void key_text(const struct top_talkers *all, const struct talkers_key *key,
                     char text[TEXT_BYTES])
{
	char address[ADDR_TEXT_BYTES];
	struct addr addr;

	if (is_by_text(all->by)) {
		all->of->name_text(key->key, key->len, text, TEXT_BYTES);
		return;
	}
	memcpy(&addr, key->key, sizeof(addr));
	addr_text(addr, address);
	if (all->by == TALKERS_PREFIX)
		snprintf(text, TEXT_BYTES, "%s/%d", address,
		         addr_is_ipv4(addr) ? TALKERS_PREFIX_IPV4 : TALKERS_PREFIX_IPV6);
	else
		snprintf(text, TEXT_BYTES, "%s", address);
}

static json_t *row_json(const struct top_talkers *all, const struct talkers_row *row,
                        const struct talkers_total *total)
{
	char text[TEXT_BYTES];

	key_text(all, row->key, text);
	return json_pack(
	        "{s:o, s:I, s:I, s:o, s:I}", by_names[all->by], json_text(text), "at_least",
	        (json_int_t)row->at_least, "at_most", (json_int_t)row->at_most, "share",
	        json_sprintf("%.1f %%", 100.0 * (double)row->at_least / (double)total->counted),
	        "bytes_at_least", (json_int_t)row->bytes);
}

static void add_total(const struct top_talkers *all, const struct talkers_total *total,
                      json_t *reply)
{
	mono_t until = all->counting ? clock_kernel() : all->ended;

	json_object_set_new(reply, "by", json_string(by_names[all->by]));
	json_object_set_new(reply, "of", json_string(all->of ? all->of->of : "packets"));
	json_object_set_new(
	        reply, "seconds",
	        json_sprintf("%.1f", (double)mono_until(all->begun, until) / (double)SEC_US));
	json_object_set_new(reply, "counting", json_boolean(all->counting));
	json_object_set_new(reply, "counted", json_integer((json_int_t)total->counted));
	json_object_set_new(reply, "bytes", json_integer((json_int_t)total->bytes));
	json_object_set_new(reply, "others_at_most",
	                    json_integer((json_int_t)total->others_at_most));
}

static int add_rows(const struct top_talkers *all, unsigned most, json_t *reply, struct why *why)
{
	struct talkers_row *rows;
	struct talkers_total total;
	json_t *list = json_array();
	unsigned len;

	most = (unsigned)u64_min(most, (uint64_t)all->len * TALKERS_KEYS);
	rows = calloc((size_t)most + 1, sizeof(*rows));
	if (!rows) {
		json_decref(list);
		return why_no_memory(why, "a list of clients");
	}
	len = talkers_merge(all->table, all->len, rows, most, &total);
	add_total(all, &total, reply);
	for (unsigned i = 0; i < len; i++)
		json_array_append_new(list, row_json(all, &rows[i], &total));
	json_object_set_new(reply, "talkers", list);
	free(rows);
	return 0;
}

int top_talkers_report(struct top_talkers *all, unsigned most, json_t *reply, struct why *why)
{
	int err;

	if (!all->job || !all->begun.us)
		return why_fail(why, -ENOENT,
		                "nothing was counted yet: `top-talkers on client 5` counts for 5 "
		                "seconds");
	err = switch_all(all, false, why);
	if (!err)
		err = add_rows(all, most, reply, why);
	if (all->counting)
		(void)ask_all(all, true);
	return err;
}

void top_talkers_close(struct top_talkers *all)
{
	if (all->counting)
		wheel_del(&all->loop->wheel, &all->due);
	for (unsigned i = 0; i < all->len; i++) {
		talkers_close(&all->table[i]);
		task_fini(&all->job[i].task);
	}
	free(all->job);
	free(all->table);
	*all = (struct top_talkers){.len = 0};
}

int top_talkers_parse(struct top_talkers_wanted *wanted, const char *const *args, unsigned len,
                      struct why *why)
{
	*wanted = (struct top_talkers_wanted){.seconds = TOP_TALKERS_S};
	for (unsigned i = 0; i < len; i++) {
		unsigned by = 0;
		char *end;

		while (by < ARRAY_LEN(by_names) && strcmp(args[i], by_names[by]) != 0)
			by++;
		if (by < ARRAY_LEN(by_names)) {
			wanted->by = (enum talkers_by)by;
			continue;
		}
		if (strcmp(args[i], "packets") == 0) {
			wanted->packets = true;
			continue;
		}
		errno = 0;
		wanted->seconds = strtoull(args[i], &end, 10);
		if (args[i][0] < '1' || args[i][0] > '9' || *end != '\0' || errno ||
		    wanted->seconds > TOP_TALKERS_S_MAX)
			return why_fail(why, -EINVAL,
			                "'%s' is neither client, prefix, name, zone nor packets, "
			                "nor a number of seconds up to %d",
			                args[i], TOP_TALKERS_S_MAX);
	}
	return 0;
}
