// probe: has every worker answer a datagram of each service that has one (struct
// service_probe), each by its own stack and in its own thread, and waits for a moment. How
// the stack does that is stack_probe; what is made of it is health.c.
#ifndef BOOT_PROBE_H
#define BOOT_PROBE_H

#include "apps/boot/services.h"
#include "apps/boot/worker.h"
#include "core/host/task.h"

#define PROBE_PATIENCE_US (2 * SEC_US)

struct probe_question {
	const struct service *service;
	struct service_probe datagram;
};

// What one worker made of one question, asked at each interface and family.
struct probe_result {
	unsigned asked, answered;
	struct why why; // of the first that was not answered
};

// One worker's. The control thread owns it but while its task is out; that of a worker that
// hangs stays out, and is found by the next look.
struct probe_job {
	struct task task;
	bool sent;
	mono_t posted;
	struct worker *worker;
	const struct services *services;
	unsigned questions_len;
	struct probe_question question[BOOT_SERVICES_MAX];
	struct probe_result result[BOOT_SERVICES_MAX]; // of each question
	struct {
		uint32_t pages, free;
	} pool[PIPELINE_IFACES_MAX]; // of each interface
};

struct probe {
	struct probe_job *job; // of each worker; NULL before the first probe
	unsigned len;
};

// Asks all workers, which run, and waits until all are done or patience_us is over. 0, or
// -ENOMEM with a sentence in why.
int probe_run(struct probe *probe, struct services *services, struct worker *workers, unsigned len,
              uint64_t patience_us, struct why *why) MUST_CHECK;

// Whether the worker has answered, so that its results are the control thread's.
static inline bool probe_is_done(const struct probe_job *job)
{
	return job->sent && !task_is_out(&job->task);
}

// After the workers have stopped; probe may be all zeros.
void probe_close(struct probe *probe);

// Fills in what the i-th service asks, or the first of its ports that has a probe; false: it has
// nothing to ask.
bool probe_fill(const struct services *services, unsigned i, struct service_probe *datagram);

#endif
