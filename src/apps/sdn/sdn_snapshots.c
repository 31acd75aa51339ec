// sdn_snapshots: see the header.
#include "apps/sdn/sdn_snapshots.h"

#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_fabric.h"
#include "proto/sdn/sdn_snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define WRITTEN_AGAIN_US SEC_US

static_assert(SDN_SNAPSHOT_BYTES == CLUSTER_NET_BYTES, "a snapshot is a row of the network");

int sdn_snapshots_open(struct sdn_snapshots *snapshots, struct sdn_fabric *fabric)
{
	uint32_t max = fabric->forward.topology.conf.switches_max;

	*snapshots = (struct sdn_snapshots){.fabric = fabric, .max = max};
	snapshots->row = calloc(max, sizeof(*snapshots->row));
	snapshots->room = malloc(SDN_SNAPSHOTS_AT_ONCE * SDN_SNAPSHOT_BYTES);
	if (snapshots->row && snapshots->room)
		return 0;
	sdn_snapshots_close(snapshots);
	return -ENOMEM;
}

void sdn_snapshots_close(struct sdn_snapshots *snapshots)
{
	free(snapshots->row);
	free(snapshots->room);
	*snapshots = (struct sdn_snapshots){0};
}

// The row of a switch of the topology stands at its number there, until another one has that.
static void row_note(struct sdn_snapshots *snapshots, uint32_t at, uint64_t datapath_id)
{
	struct sdn_snapshots_row *row = &snapshots->row[at];

	if (row->datapath_id != datapath_id)
		*row = (struct sdn_snapshots_row){.datapath_id = datapath_id};
	row->changed = true;
}

void sdn_snapshots_note(struct sdn_snapshots *snapshots, uint64_t datapath_id)
{
	uint32_t at = sdn_topology_find_switch(&snapshots->fabric->forward.topology, datapath_id);

	if (at != SDN_LIST_NONE)
		row_note(snapshots, at, datapath_id);
	else // it was removed
		for (uint32_t i = 0; i < snapshots->max; i++)
			snapshots->row[i].changed |= snapshots->row[i].datapath_id == datapath_id;
}

void sdn_snapshots_note_all(struct sdn_snapshots *snapshots)
{
	const struct sdn_topology *topology = &snapshots->fabric->forward.topology;

	for (uint32_t at = 0; at < topology->switches; at++)
		if (topology->at[at].datapath_id != 0)
			row_note(snapshots, at, topology->at[at].datapath_id);
}

static void row_put(struct sdn_snapshots *snapshots, struct cluster_request *request, uint32_t at)
{
	uint64_t datapath_id = snapshots->row[at].datapath_id;
	struct cluster_put *put = &request->put[request->puts_len];
	uint8_t *room = snapshots->room + snapshots->out_len * SDN_SNAPSHOT_BYTES;
	struct fill text = fill_of(room, SDN_SNAPSHOT_BYTES);

	snapshots->row[at].version = snapshots->fabric->forward.topology.at[at].version;
	sdn_snapshot_put(&snapshots->fabric->forward, datapath_id, &text);
	if (text.bad) // more ports than there is room for
		return;
	put->is_net = true;
	snprintf(put->name, sizeof(put->name), "net/%016jx", (uintmax_t)datapath_id);
	put->text = span_of(room, fill_len(&text));
	request->puts_len++;
	snapshots->out[snapshots->out_len++] = at;
}

// Ports of a switch that is ours hear others than was written.
static void ports_note(struct sdn_snapshots *snapshots)
{
	const struct sdn_topology *topology = &snapshots->fabric->forward.topology;

	for (uint32_t at = 0; at < topology->switches; at++)
		if (topology->at[at].datapath_id != 0 && !topology->at[at].held &&
		    (snapshots->row[at].datapath_id != topology->at[at].datapath_id ||
		     snapshots->row[at].version != topology->at[at].version))
			row_note(snapshots, at, topology->at[at].datapath_id);
}

// Whether the row is to be written now.
static bool is_due(const struct sdn_snapshots *snapshots, uint32_t at, mono_t now)
{
	const struct sdn_snapshots_row *row = &snapshots->row[at];
	const struct sdn_topology_switch *of = &snapshots->fabric->forward.topology.at[at];
	const struct sdn_cluster *cluster = snapshots->fabric->all->cluster;

	if (!row->changed)
		return false;
	if (cluster->member.network) {
		if (of->datapath_id != row->datapath_id || of->held ||
		    !cluster_member_is_master(&cluster->member, row->datapath_id))
			return false;
		if (row->version != of->version)
			return true;
	}
	return row->written.us == 0 || mono_due(mono_add(row->written, WRITTEN_AGAIN_US), now);
}

void sdn_snapshots_put(struct sdn_snapshots *snapshots, struct cluster_request *request, mono_t now)
{
	const struct sdn_changes *changes = &snapshots->fabric->changes;

	if (snapshots->lost != changes->lost)
		sdn_snapshots_note_all(snapshots);
	snapshots->lost = changes->lost;
	snapshots->out_len = 0;
	if (sdn_cluster_is_shared(snapshots->fabric->all->cluster))
		ports_note(snapshots);
	for (uint32_t i = 0; i < snapshots->max && snapshots->out_len < SDN_SNAPSHOTS_AT_ONCE;
	     i++) {
		snapshots->next = (snapshots->next + 1) % snapshots->max;
		if (!is_due(snapshots, snapshots->next, now))
			continue;
		snapshots->row[snapshots->next].changed = false;
		row_put(snapshots, request, snapshots->next);
	}
}

void sdn_snapshots_written(struct sdn_snapshots *snapshots, bool written, mono_t now)
{
	for (unsigned i = 0; i < snapshots->out_len; i++) {
		struct sdn_snapshots_row *row = &snapshots->row[snapshots->out[i]];

		row->changed |= !written;
		row->version = written ? row->version : 0;
		row->written = now;
	}
	snapshots->out_len = 0;
}

void sdn_snapshots_take(struct sdn_snapshots *snapshots, struct span text, mono_t now)
{
	sdn_fabric_restore(snapshots->fabric, text, now);
}
