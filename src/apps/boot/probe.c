// probe: see the header.
#include "apps/boot/probe.h"

#include "core/host/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The counts of all drop reasons, of which only the worker itself writes.
struct probe_drops {
	uint64_t count[DROP_COUNT + DROP_OWN_MAX];
};

static struct probe_drops probe_drops_of(const struct worker_metric *metric)
{
	struct probe_drops drops;

	for (unsigned i = 0; i < ARRAY_LEN(drops.count); i++)
		drops.count[i] = counter_get(&metric->drop[i]);
	return drops;
}

// The name of the reason that was counted since; NULL: none was.
static const char *probe_reason(const struct probe_job *job, const struct probe_drops *before)
{
	struct probe_drops after = probe_drops_of(job->worker->self.metric);
	const struct metric_row *row = job->services->drops;

	for (; row->table; row++) {
		size_t i = (row->offset - offsetof(struct worker_metric, drop)) / sizeof(counter_t);

		if (after.count[i] != before->count[i])
			return row->value;
	}
	return NULL;
}

// The sentence about one that was not answered.
static void probe_explain(const struct probe_job *job, const struct stack_probe *asked,
                          const struct probe_drops *before, struct why *why)
{
	const char *reason = probe_reason(job, before);
	char addr[ADDR_TEXT_BYTES];

	why_set(why, "at %s: no reply%s%s", addr_text(asked->dst, addr),
	        reason ? ", dropped as " : "", reason ? reason : "");
}

static bool probe_judge(const struct probe_question *question, const uint8_t *reply, uint16_t len,
                        struct why *why)
{
	const struct service_probe *asked = &question->datagram;

	if (question->service->probe_judge)
		return question->service->probe_judge(asked, reply, len, why);
	if (len == asked->len && memcmp(reply, asked->bytes, len) == 0)
		return true;
	why_set(why, "other bytes came back");
	return false;
}

static void probe_ask(struct probe_job *job, unsigned i, unsigned iface, bool ipv6, mono_t now)
{
	const struct probe_question *question = &job->question[i];
	struct probe_drops before = probe_drops_of(job->worker->self.metric);
	struct probe_result *result = &job->result[i];
	uint8_t reply[SERVICE_PROBE_BYTES];
	struct stack_probe asked = {.netif = job->worker->pipeline.iface[iface].netif,
	                            .ipv6 = ipv6,
	                            .port = question->datagram.port,
	                            .len = question->datagram.len,
	                            .size = sizeof(reply),
	                            .bytes = question->datagram.bytes,
	                            .reply = reply};
	char addr[ADDR_TEXT_BYTES];
	struct why why;
	bool good = false;

	switch (stack_probe(job->worker->self.stack, &asked, now)) {
	case STACK_PROBE_NO_ADDRESS:
		return;
	case STACK_PROBE_ANSWERED:
		good = probe_judge(question, reply, asked.reply_len, &why);
		if (!good)
			why_set(&why, "at %s: %s", addr_text(asked.dst, addr), why.text);
		break;
	default:
		probe_explain(job, &asked, &before, &why);
		break;
	}
	if (!good && result->answered == result->asked)
		result->why = why;
	result->answered += good;
	result->asked++;
}

// A mailbox_fn of the worker.
static void probe_worker(void *ctx, mono_t now)
{
	struct probe_job *job = ctx;
	const struct pipeline *pipeline = &job->worker->pipeline;

	for (unsigned i = 0; i < job->questions_len; i++)
		for (unsigned k = 0; k < 2 * pipeline->ifaces_len; k++)
			probe_ask(job, i, k / 2, k % 2, now);
	for (unsigned i = 0; i < pipeline->ifaces_len; i++) {
		struct page_pool *pool = pipeline->iface[i].netif->pool[pipeline->queue];

		job->pool[i].pages = pool->pages;
		job->pool[i].free = pool->avail(pool);
	}
}

bool probe_fill(const struct services *services, unsigned i, struct service_probe *datagram)
{
	const struct service *service = services->service[i];
	const struct service_port *port = service->ports;

	if (service->probe)
		return service->probe(services->state[i], datagram);
	while (port && (port->udp || port->tcp) && !port->probe)
		port++;
	if (!port || !port->probe)
		return false;
	datagram->port = services_port(services, i, port);
	datagram->len = (uint16_t)size_min(strlen(port->probe), sizeof(datagram->bytes));
	memcpy(datagram->bytes, port->probe, datagram->len);
	snprintf(datagram->text, sizeof(datagram->text), "%u bytes to port %u", datagram->len,
	         datagram->port);
	return datagram->port != 0;
}

static void probe_prepare(struct probe_job *job, struct services *services)
{
	job->services = services;
	job->questions_len = 0;
	for (unsigned i = 0; i < services->len; i++) {
		struct probe_question *question = &job->question[job->questions_len];

		question->service = services->service[i];
		if (!probe_fill(services, i, &question->datagram))
			continue;
		job->result[job->questions_len++] = (struct probe_result){.asked = 0};
	}
}

static int probe_open(struct probe *probe, struct worker *workers, unsigned len, struct why *why)
{
	if (probe->job)
		return 0;
	probe->job = calloc(len, sizeof(*probe->job));
	if (!probe->job)
		return why_no_memory(why, "probes of %u workers", len);
	probe->len = len;
	for (unsigned i = 0; i < len; i++) {
		probe->job[i].worker = &workers[i];
		task_init(&probe->job[i].task, probe_worker, &probe->job[i]);
	}
	return 0;
}

int probe_run(struct probe *probe, struct services *services, struct worker *workers, unsigned len,
              uint64_t patience_us, struct why *why)
{
	mono_t now = clock_kernel();
	int err = probe_open(probe, workers, len, why);

	if (err)
		return err;
	for (unsigned i = 0; i < len; i++) {
		struct probe_job *job = &probe->job[i];

		if (task_is_out(&job->task))
			continue;
		probe_prepare(job, services);
		job->posted = now;
		job->sent = task_send(&job->task, &workers[i].pipeline.mailbox);
	}
	for (unsigned i = 0; i < len; i++)
		if (!task_wait(&probe->job[i].task, mono_add(now, patience_us)))
			continue; // check_workers reports it
	return 0;
}

void probe_close(struct probe *probe)
{
	for (unsigned i = 0; i < probe->len; i++)
		task_fini(&probe->job[i].task);
	free(probe->job);
	*probe = (struct probe){.len = 0};
}
