// sdn_snapshots: what the master knows of each switch (proto/sdn/sdn_snapshot.h) in rows of the
// cluster's store, net/DATAPATH, from which the others learn it. The master writes what has
// changed: a bounded number of switches at a time, and one of them at most once a second, so that
// hosts that come and go cost no more; but changes of links at once where several controllers share
// the network, since floods wait for them. Belongs to the worker.
#ifndef APPS_SDN_SDN_SNAPSHOTS_H
#define APPS_SDN_SDN_SNAPSHOTS_H

#include "core/mono.h"
#include "core/span.h"
#include "proto/cluster/cluster_member.h"

struct sdn_fabric;

#define SDN_SNAPSHOTS_AT_ONCE CLUSTER_NET_PUTS_MAX

struct sdn_snapshots {
	struct sdn_fabric *fabric;
	struct sdn_snapshots_row {
		uint64_t datapath_id; // 0: the place is free
		bool changed;
		uint64_t version; // of what its ports hear, as was written
		mono_t written;
	} * row;
	uint32_t max, next;
	uint64_t lost;                       // changes of the topology that were not seen
	uint32_t out[SDN_SNAPSHOTS_AT_ONCE]; // rows that are being written
	unsigned out_len;
	uint8_t *room; // for the texts of these
};

// 0 or -ENOMEM; all zeros can be closed. fabric is borrowed.
int sdn_snapshots_open(struct sdn_snapshots *snapshots, struct sdn_fabric *fabric) MUST_CHECK;
void sdn_snapshots_close(struct sdn_snapshots *snapshots);

// Something has changed at the switch; at all of them, such as when this controller becomes master.
void sdn_snapshots_note(struct sdn_snapshots *snapshots, uint64_t datapath_id);
void sdn_snapshots_note_all(struct sdn_snapshots *snapshots);

// Master, or master of some: adds the rows that are due to the request, which is about to be sent;
// and what became of them.
void sdn_snapshots_put(struct sdn_snapshots *snapshots, struct cluster_request *request,
                       mono_t now);
void sdn_snapshots_written(struct sdn_snapshots *snapshots, bool written, mono_t now);

// Another controller: a row that was read.
void sdn_snapshots_take(struct sdn_snapshots *snapshots, struct span text, mono_t now);

#endif
