// netback_fake: the backend of one vif, which behaves as Linux's xen-netback, in a thread of its
// own or step by step: the handshake over xenstore, both rings by grant copies, extra information,
// several queues, the control ring. On request it violates the protocol, by a seed.
#ifndef FAKE_NETBACK_FAKE_H
#define FAKE_NETBACK_FAKE_H

#include "xen_fake.h"

#include "core/mono.h"

#include <pthread.h>
#include <stdatomic.h>

#define NETBACK_QUEUES_MAX 4
#define NETBACK_FRAME_MAX  65535
#define NETBACK_FRAMES_MAX 512

struct netback_conf {
	unsigned vif;
	const char *mac;
	unsigned queues; // multi-queue-max-queues
	bool no_split, no_sg, no_gso, no_cksum6, ctrl, multicast, dynamic_multicast, no_rx_copy;
	bool polls;          // never asks for an event
	bool hold;           // keeps transmit pages until netback_let_go
	bool deaf;           // says Connected without serving the rings
	unsigned late_s;     // that it takes to connect
	unsigned lie_every;  // of so many actions one is a lie; 0: honest
	unsigned first_slot; // bytes in the first page of a frame to the guest; 0: all that fit
	uint64_t seed;
};

// A frame that was transmitted.
struct netback_frame {
	uint32_t len;
	uint16_t gso_size;
	uint8_t gso_type;
	bool blank, validated;
	unsigned queue, slots;
	uint8_t *bytes; // in memory of exactly len bytes, the frame's owner's
};

struct netback_grant {
	uint32_t ref;
	uint8_t *page;
};

struct netback_queue {
	struct netback_grant tx, rx; // the rings' pages
	uint32_t tx_cons, rx_cons, rsp_tx, rsp_rx;
	uint32_t port_tx, port_rx;
	int fd; // what the guest's notifications write to
	uint16_t held_id[256];
	unsigned held_len;
};

struct netback {
	struct netback_conf conf;
	struct store_fake *store;
	pthread_mutex_t lock;
	pthread_t thread;
	bool threaded;
	_Atomic bool quit;
	char front[64], back[64];
	mono_t asked; // time at which the frontend was ready; 0: it is not
	bool connected;
	unsigned queues;
	struct netback_queue queue[NETBACK_QUEUES_MAX];
	struct netback_grant ctrl;
	uint32_t ctrl_cons, ctrl_port;
	uint32_t hash_mapping[64], hash_mapping_len, hash_alg;
	uint8_t group[64][6];
	unsigned groups_len;
	uint64_t rand;
	uint64_t lies;
	// To the guest, and from it.
	struct netback_frame in[NETBACK_FRAMES_MAX], out[NETBACK_FRAMES_MAX];
	unsigned in_head, in_tail, out_head, out_tail;
	uint64_t notified, delivered, received, tx_bad;
	_Atomic uint64_t connects;
};

// Makes the nodes of both sides, as the toolstack does, and starts the thread
// unless the test steps by itself.
void netback_open(struct netback *netback, struct store_fake *store,
                  const struct netback_conf *conf, bool threaded);

// Removes the nodes and releases all resources.
void netback_close(struct netback *netback);

// Does one step of work; true when there was any.
bool netback_step(struct netback *netback);

// Changes how it behaves from now on.
void netback_behave(struct netback *netback, unsigned lie_every, bool hold, bool deaf);
void netback_let_go(struct netback *netback);

// Enters Closing, and Closed when the guest follows, until netback_online.
void netback_offline(struct netback *netback);
void netback_online(struct netback *netback);

// Removes the nodes and creates them again, as for a new device.
void netback_detach(struct netback *netback);
void netback_attach(struct netback *netback, const char *mac);

// Sends a copy of a frame to the guest's queue; false when there is no room.
bool netback_send(struct netback *netback, const struct netback_frame *frame);

// Takes the next frame from the guest, whose bytes the caller frees; false: none.
bool netback_receive(struct netback *netback, struct netback_frame *frame);

#endif
