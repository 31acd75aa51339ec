// query_log_switch: see the header.
#include "apps/dns/query_log_switch.h"

#include "apps/dns/serve.h"
#include "core/host/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_US (2 * SEC_US)

// Worker, or before it runs.
static void job_apply(struct query_log_switch_job *job)
{
	struct query_watch *watching = &job->worker->watching;
	uint64_t sample = atomic_load_explicit(&job->sample, memory_order_relaxed);
	bool on = atomic_load_explicit(&job->on, memory_order_relaxed);

	if (job->log->queue.sample != sample)
		job->log->queue.until = 0;
	job->log->queue.sample = sample;
	watching->log = on ? job->log : NULL;
	job->worker->watch = query_watch_if_any(watching);
}

// A mailbox_fn of the worker.
static void job_run(void *ctx, mono_t now)
{
	job_apply(ctx);
}

static struct query_log_setting configured(const struct query_log_conf *conf)
{
	return (struct query_log_setting){conf->enabled, conf->sample};
}

static void jobs_set(struct query_log_switch *all, struct query_log_setting setting)
{
	all->set = setting;
	for (unsigned i = 0; i < all->len; i++) {
		atomic_store_explicit(&all->job[i].on, setting.on, memory_order_relaxed);
		atomic_store_explicit(&all->job[i].sample, setting.sample, memory_order_relaxed);
	}
}

int query_log_switch_open(struct query_log_switch *all, struct query_log_writer *log,
                          const struct query_log_conf *conf, unsigned workers_len, struct why *why)
{
	if (!log)
		return 0;
	all->job = calloc(workers_len, sizeof(*all->job));
	if (!all->job)
		return why_no_memory(why, "the query log");
	for (unsigned i = 0; i < workers_len; i++) {
		all->job[i].log = query_log_writer_worker(log, i);
		task_init(&all->job[i].task, job_run, &all->job[i]);
	}
	all->len = workers_len;
	all->configured = configured(conf);
	jobs_set(all, all->configured);
	return 0;
}

void query_log_switch_attach(struct query_log_switch *all, struct dns_worker *worker,
                             struct pipeline *pipeline)
{
	struct query_log_switch_job *job;

	if (!all->job)
		return;
	job = &all->job[worker->number];
	job->worker = worker;
	job->pipeline = pipeline;
	job_apply(job);
}

void query_log_switch_close(struct query_log_switch *all)
{
	for (unsigned i = 0; i < all->len; i++)
		task_fini(&all->job[i].task);
	free(all->job);
	*all = (struct query_log_switch){.len = 0};
}

// False when a mailbox is full: the worker changes with the next setting.
static bool ask_all(struct query_log_switch *all)
{
	bool asked = true;

	for (unsigned i = 0; i < all->len; i++)
		asked &= task_send(&all->job[i].task, &all->job[i].pipeline->mailbox);
	return asked;
}

int query_log_switch_set(struct query_log_switch *all, struct query_log_setting setting,
                         struct why *why)
{
	mono_t until = mono_add(clock_kernel(), PATIENCE_US);
	bool asked;

	if (!all->job)
		return why_fail(why, -ENOENT,
		                "there is no query log: set dns.query_log.file, with "
		                "dns.query_log.enabled false for one that begins switched off, and "
		                "restart");
	jobs_set(all, setting);
	asked = ask_all(all);
	for (unsigned i = 0; i < all->len; i++)
		if (!asked || !task_wait(&all->job[i].task, until))
			return why_fail(why, -ETIMEDOUT,
			                "worker %u has taken no turn for %u s, and changes when it "
			                "does; see `health`",
			                i, (unsigned)(PATIENCE_US / SEC_US));
	return 0;
}

void query_log_switch_reload(struct query_log_switch *all, const struct query_log_conf *conf)
{
	struct query_log_setting now = configured(conf), setting = all->set;

	if (!all->job)
		return;
	if (now.on != all->configured.on)
		setting.on = now.on;
	if (now.sample != all->configured.sample)
		setting.sample = now.sample;
	all->configured = now;
	jobs_set(all, setting);
	(void)ask_all(all);
}

static bool sample_parse(const char *text, uint64_t *sample)
{
	char *end;

	errno = 0;
	*sample = strtoull(text, &end, 10);
	return *text >= '1' && *text <= '9' && *end == '\0' && errno == 0 && *sample <= UINT32_MAX;
}

bool query_log_switch_parse(struct query_log_setting *setting, const char *const *args,
                            unsigned len, struct why *why)
{
	for (unsigned i = 0; i < len; i++) {
		bool on = strcmp(args[i], "on") == 0;

		if (on || strcmp(args[i], "off") == 0) {
			setting->on = on;
			continue;
		}
		if (strcmp(args[i], "sample") == 0 && ++i < len &&
		    sample_parse(args[i], &setting->sample))
			continue;
		why_set(why, "query-log takes on or off, and sample N, where N is 1 to %u",
		        UINT32_MAX);
		return false;
	}
	return true;
}
