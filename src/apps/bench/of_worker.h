// of_worker: emulated switches of one worker and their connections to a controller. The control
// thread reads the counts while it runs; the service is of_ports.h.
#ifndef APPS_BENCH_OF_WORKER_H
#define APPS_BENCH_OF_WORKER_H

#include "apps/bench/of_load.h"
#include "core/wheel.h"
#include "proto/bench/pace.h"
#include "proto/tcpip/tcp/tcp.h"

#include <stdatomic.h>

struct of_load_conn;

struct of_worker {
	const struct of_load *load;
	struct tcp *tcp;
	struct wheel *wheel;
	struct wheel_timer tick; // looks after connections
	struct of_load_conn *conn;
	struct of_switch_slot *slots; // of all
	uint8_t *out;                 // what one call writes
	uint8_t *rooms; // what was not sent, and messages in parts, of each connection
	unsigned conns_len;
	unsigned from;       // the next address
	unsigned visit, due; // the next connections to look after, and to have a packet-in due
	mono_t last, visited;
	uint64_t rate_per_s; // of this worker
	struct pace pace;
	bool paced, heard; // the pace has begun; something came since the last tick
	_Atomic bool over, ended;
	counter_t idle_us; // of turns in which nothing came
	struct of_tally tally;
};

// Prepares the switches first to first + conns - 1, which connect when the worker runs; it does not
// run yet. 0, or -ENOMEM with a sentence in why; of_worker_close in any case.
int of_worker_open(struct of_worker *worker, const struct of_load *load, unsigned first,
                   unsigned conns, uint64_t rate_per_s, struct tcp *tcp, struct wheel *wheel,
                   struct why *why) MUST_CHECK;
// Once a turn of the worker: at a rate, sends what has become due. Timers are too coarse for that:
// what they let pass would wait for one, and count as the controller's. Whether there is a rate,
// and so the next turn is due at once.
bool of_worker_turn(struct of_worker *worker, mono_t now);

void of_worker_close(struct of_worker *worker);

// Packet-ins of its switches that were answered until now, one count for each.
void of_worker_answered(const struct of_worker *worker, uint64_t *counts);

// Control thread: has it reset its connections and open no more, so that the controller keeps none
// of them; and whether it has.
void of_worker_end(struct of_worker *worker);
bool of_worker_has_ended(const struct of_worker *worker);

#endif
