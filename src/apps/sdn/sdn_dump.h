// sdn_dump: what a switch answers when it is asked for its flows, groups or meters, as it is asked:
// on demand. There are few of these at a time, each with a fixed room; of an answer that is longer
// the beginning is kept. The worker fills one in, the control thread reads it and gives it back.
#ifndef APPS_SDN_SDN_DUMP_H
#define APPS_SDN_SDN_DUMP_H

#include "core/mono.h"
#include "proto/openflow/of_conn.h"

#define SDN_DUMPS      4
#define SDN_DUMP_BYTES (1u << 20)

// Tags of requests, one for each dump.
#define SDN_DUMP_TAG 160

static inline bool sdn_dump_has(uint32_t tag)
{
	return tag >= SDN_DUMP_TAG && tag < SDN_DUMP_TAG + SDN_DUMPS;
}

enum sdn_dump_kind { SDN_DUMP_FLOWS, SDN_DUMP_GROUPS, SDN_DUMP_METERS };

enum sdn_dump_end {
	SDN_DUMP_WHOLE,
	SDN_DUMP_CUT,     // it is longer than the room
	SDN_DUMP_REFUSED, // the switch answered by an error
	SDN_DUMP_SILENT,  // it did not answer
	SDN_DUMP_GONE,    // its connection ended
};

struct sdn_switch;

struct sdn_dump {
	_Atomic bool taken;
	bool abandoned; // the worker's: nothing is to be done with what comes
	enum sdn_dump_kind kind;
	enum sdn_dump_end end;
	struct sdn_switch *sw; // that was asked; the worker's
	uint8_t version, family;
	uint32_t len;
	uint8_t *bytes; // SDN_DUMP_BYTES
	// In the worker, once: `end` says how it went.
	void (*done)(struct sdn_dump *dump, mono_t now);
	void *ctx; // the caller's
};

struct sdn_dumps {
	struct sdn_dump dump[SDN_DUMPS];
	uint8_t *memory;
};

// 0, or -ENOMEM; all zeros can be closed.
int sdn_dump_open(struct sdn_dumps *dumps) MUST_CHECK;
void sdn_dump_close(struct sdn_dumps *dumps);

// Worker. Asks the switch, of flows those of the table, OF_TABLE_ALL: of all. NULL: too many are
// outstanding, or the switch has too much to read. `done` follows.
struct sdn_dump *sdn_dump_begin(struct sdn_dumps *dumps, struct sdn_switch *sw,
                                enum sdn_dump_kind kind, uint8_t table,
                                void (*done)(struct sdn_dump *dump, mono_t now), void *ctx,
                                mono_t now) MUST_CHECK;
// Worker, before `done`: no request waits any more, and `done` is not called.
void sdn_dump_abandon(struct sdn_dump *dump);

// Worker: a reply with one of the tags; NULL: none comes, and `refused` says whether the switch
// refused. The switch is gone.
void sdn_dump_reply(struct sdn_switch *sw, const struct of_msg *msg, bool refused, mono_t now);
void sdn_dump_leave(struct sdn_switch *sw, mono_t now);

// The items of a dump that is done.
struct of_list sdn_dump_items(const struct sdn_dump *dump);
// Any thread that has it: it is free for another one.
void sdn_dump_release(struct sdn_dump *dump);

#endif
