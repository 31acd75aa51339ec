// conns: see the header.
#include "apps/boot/conns.h"

#include "core/host/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LOOKS_AT_ONCE 4096 // places of a table; about 50 us
#define PATIENCE_US   (2 * SEC_US)
#define LOOK_AGAIN_NS 1000000

// A mailbox_fn of the worker.
static void list(void *ctx, mono_t now)
{
	struct conns_job *job = ctx;

	job->len = tcp_list(job->tcp, &job->from, LOOKS_AT_ONCE, job->row, CONNS_AT_ONCE);
}

// A mailbox_fn of the worker.
static void leave(void *ctx, mono_t now)
{
	struct conns_job *job = ctx;

	tcp_set_accept(job->tcp, job->accept);
	tcp_leave(job->tcp, job->how, &job->leave_from, LOOKS_AT_ONCE, &job->left, now);
}

static int conns_open(struct conns *conns, struct worker *workers, unsigned len, struct why *why)
{
	if (conns->job)
		return 0;
	conns->job = calloc(len, sizeof(*conns->job));
	if (!conns->job)
		return why_no_memory(why, "a list of connections");
	conns->len = len;
	for (unsigned i = 0; i < len; i++) {
		task_init(&conns->job[i].task, list, &conns->job[i]);
		task_init(&conns->job[i].leave, leave, &conns->job[i]);
		conns->job[i].tcp = stack_tcp(workers[i].self.stack);
	}
	return 0;
}

void conns_close(struct conns *conns)
{
	for (unsigned i = 0; i < conns->len; i++) {
		task_fini(&conns->job[i].task);
		task_fini(&conns->job[i].leave);
	}
	free(conns->job);
	*conns = (struct conns){.len = 0};
}

// Has the worker list some more; one that did not the last time may still do so. False: it takes
// no turns.
static bool ask(struct conns_job *job, struct worker *worker)
{
	return task_send(&job->task, &worker->pipeline.mailbox) &&
	       task_wait(&job->task, mono_add(clock_kernel(), PATIENCE_US));
}

static json_t *end_text(struct addr addr, uint16_t port)
{
	char text[ADDR_TEXT_BYTES];

	return json_sprintf(addr_is_ipv4(addr) ? "%s:%u" : "[%s]:%u", addr_text(addr, text), port);
}

// What a table has no room for, in the manner of ss(8): what is zero is left out.
static json_t *more_text(const struct tcp_info *info)
{
	const struct {
		const char *name;
		uint32_t value;
	} members[] = {{"rto", info->rto_us / 1000}, {"backoff", info->retransmits},
	               {"mss", info->mss},           {"snd_wnd", info->snd_wnd},
	               {"rcv_wnd", info->rcv_wnd},   {"lost", info->lost},
	               {"retrans", info->retrans},   {"sacked", info->sacked},
	               {"received", info->received}};
	char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (members[i].value)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:%u",
			                        len ? " " : "", members[i].name, members[i].value);
	return json_string(text);
}

static json_t *info_json(const struct tcp_info *info)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:i, "
	                 "s:i}",
	                 "srtt_us", (json_int_t)info->srtt_us, "rttvar_us",
	                 (json_int_t)info->rttvar_us, "rto_us", (json_int_t)info->rto_us, "cwnd",
	                 (json_int_t)info->cwnd, "ssthresh", (json_int_t)info->ssthresh, "snd_wnd",
	                 (json_int_t)info->snd_wnd, "rcv_wnd", (json_int_t)info->rcv_wnd,
	                 "in_flight", (json_int_t)info->in_flight, "queued",
	                 (json_int_t)info->queued, "received", (json_int_t)info->received, "mss",
	                 info->mss, "retransmits", info->retransmits, "lost", info->lost, "retrans",
	                 info->retrans, "sacked", info->sacked);
}

static json_t *row_json(unsigned worker, const struct tcp_row *row)
{
	const struct tcp_info *info = &row->info;

	return json_pack("{s:o, s:s, s:o, s:o, s:I, s:I, s:o, s:I, s:o, s:o}", "id",
	                 json_sprintf("%u.%u", worker, row->id), "state", info->state, "local",
	                 end_text(row->peers.local, row->peers.local_port), "peer",
	                 end_text(row->peers.remote, row->peers.remote_port), "in_flight",
	                 (json_int_t)info->in_flight, "queued", (json_int_t)info->queued, "rtt_ms",
	                 json_sprintf("%.3f/%.3f", info->srtt_us / 1e3, info->rttvar_us / 1e3),
	                 "cwnd", (json_int_t)info->cwnd, "more", more_text(info), "info",
	                 info_json(info));
}

// A worker's rows, which `wanted` has room for; returns how many were left out.
static uint64_t add_rows(json_t *rows, unsigned worker, const struct conns_job *job,
                         const struct conns_wanted *wanted)
{
	uint64_t left_out = 0;

	for (unsigned i = 0; i < job->len; i++) {
		const struct tcp_row *row = &job->row[i];

		if (!addr_is_any(wanted->peer) && !addr_eq(wanted->peer, row->peers.remote))
			continue;
		if (json_array_size(rows) < wanted->most)
			json_array_append_new(rows, row_json(worker, row));
		else
			left_out++;
	}
	return left_out;
}

int conns_report(struct conns *conns, struct worker *workers, unsigned len,
                 const struct conns_wanted *wanted, json_t *reply, struct why *why)
{
	json_t *rows = json_array();
	uint64_t left_out = 0;
	int err;

	json_object_set_new(reply, "tcp", rows);
	err = conns_open(conns, workers, len, why);
	for (unsigned i = 0; i < len && !err; i++) {
		struct conns_job *job = &conns->job[i];

		if (!task_is_out(&job->task))
			job->from = 0;
		do {
			if (!ask(job, &workers[i]))
				return why_fail(
				        why, -ETIMEDOUT,
				        "worker %u has taken no turn for %u s; see `health`", i,
				        (unsigned)(PATIENCE_US / SEC_US));
			left_out += add_rows(rows, i, job, wanted);
		} while (job->from != TCP_LIST_END);
	}
	if (left_out)
		json_object_set_new(
		        reply, "more",
		        json_sprintf("%ju more; --all lists them", (uintmax_t)left_out));
	return err;
}

// One worker's share of conns_look. False: it does not answer.
static bool look(struct conns_job *job, struct worker *worker, enum tcp_leave how,
                 enum tcp_accept accept)
{
	mono_t now = clock_kernel(), until = mono_add(now, CONNS_ANSWER_US);

	if (how == TCP_LEAVE_BUSY || how == TCP_LEAVE_BEGIN)
		job->heard = now;
	if (task_is_out(&job->leave))
		return false;
	if (how != TCP_LEAVE_AGAIN || !job->behind)
		job->how = how; // else some connections have not been asked
	job->leave_from = 0;
	job->left = (struct tcp_left){0};
	job->behind = true;
	job->accept = accept;
	do {
		if (!task_send(&job->leave, &worker->pipeline.mailbox) ||
		    !task_wait(&job->leave, until))
			return false;
	} while (job->leave_from != TCP_LIST_END);
	job->said = job->left;
	job->heard = clock_kernel();
	job->behind = false;
	return true;
}

// What of a worker is left that does not answer.
static struct tcp_left unanswered(const struct conns_job *job)
{
	struct tcp_left left = job->said;

	if (mono_until(job->heard, clock_kernel()) >= PATIENCE_US)
		return (struct tcp_left){0};
	if (left.in_progress == 0)
		left.in_progress = 1;
	return left;
}

struct tcp_left conns_look(struct conns *conns, struct worker *workers, unsigned len,
                           enum tcp_leave how, enum tcp_accept accept)
{
	struct tcp_left left = {0};
	struct why why;

	if (conns_open(conns, workers, len, &why))
		return left;
	for (unsigned i = 0; i < len; i++) {
		struct conns_job *job = &conns->job[i];
		struct tcp_left of_worker =
		        look(job, &workers[i], how, accept) ? job->said : unanswered(job);

		left.in_progress += of_worker.in_progress;
		left.unfinished += of_worker.unfinished;
	}
	return left;
}

void conns_leave(struct conns *conns, struct worker *workers, unsigned len, enum tcp_accept accept)
{
	const struct timespec again = {0, LOOK_AGAIN_NS};
	enum tcp_leave how = TCP_LEAVE_BEGIN;
	mono_t begun = clock_kernel();
	uint64_t passed_us = 0;

	while (passed_us < CONNS_LEAVE_US) {
		struct tcp_left left = conns_look(conns, workers, len, how, accept);

		passed_us = mono_until(begun, clock_kernel());
		if (how == TCP_LEAVE_END && left.in_progress + left.unfinished == 0)
			return;
		how = how == TCP_LEAVE_END || left.in_progress == 0 || passed_us >= CONNS_ANSWER_US
		              ? TCP_LEAVE_END
		              : TCP_LEAVE_AGAIN;
		nanosleep(&again, NULL);
	}
}
