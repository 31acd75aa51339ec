// cluster_share: the tables of members and switches, and the shares. What rows look like is
// cluster_rows.c's.
#include "proto/cluster/cluster_share_internal.h"

#include "core/line.h"

#include <errno.h>
#include <stdlib.h>

static uint64_t hash_of(const struct cluster_share *share, uint64_t datapath_id)
{
	return hash_u128(share->conf.seed, 0, datapath_id);
}

static bool has_datapath(const void *ctx, const void *key, uint32_t index)
{
	return ((const struct cluster_share *)ctx)->at[index].datapath_id == *(const uint64_t *)key;
}

static uint32_t switch_find(const struct cluster_share *share, uint64_t datapath_id)
{
	return hash_find(&share->hash, hash_of(share, datapath_id), has_datapath, share,
	                 &datapath_id);
}

struct cluster_switch *cluster_share_switch(struct cluster_share *share, uint64_t datapath_id)
{
	uint32_t index = switch_find(share, datapath_id);

	if (index != HASH_NONE)
		return &share->at[index];
	if (share->len == share->conf.switches_max)
		return NULL;
	index = share->len++;
	if (hash_add(&share->hash, hash_of(share, datapath_id), index))
		assert(!"the hash table has room for all switches");
	share->at[index] = (struct cluster_switch){
	        .datapath_id = datapath_id, .owner = CLUSTER_NO_MEMBER, .next = CLUSTER_NO_MEMBER};
	return &share->at[index];
}

// The last one takes its place.
static void switch_del(struct cluster_share *share, uint32_t index)
{
	uint32_t last = --share->len;

	hash_del(&share->hash, hash_of(share, share->at[index].datapath_id), index);
	if (index == last)
		return;
	hash_del(&share->hash, hash_of(share, share->at[last].datapath_id), last);
	share->at[index] = share->at[last];
	if (hash_add(&share->hash, hash_of(share, share->at[index].datapath_id), index))
		assert(!"the hash table has room for what was in it");
}

// Those that no member has a connection to, and that have no master.
static void switches_purge(struct cluster_share *share)
{
	for (uint32_t i = share->len; i-- > 0;)
		if (share->at[i].reach == 0 && share->at[i].owner == CLUSTER_NO_MEMBER)
			switch_del(share, i);
}

int cluster_share_open(struct cluster_share *share, const struct cluster_share_conf *conf,
                       mono_t now)
{
	assert(conf->id != 0 && *conf->name && conf->switches_max <= CLUSTER_SWITCHES_MAX);
	*share = (struct cluster_share){.conf = *conf, .looked = now};
	share->peer[0] = (struct cluster_peer){.id = conf->id, .joined = now, .since = now};
	memcpy(share->peer[0].name, conf->name, sizeof(conf->name));
	share->at = line_alloc(conf->switches_max, sizeof(*share->at));
	if (share->at && hash_init(&share->hash, conf->switches_max) == 0)
		return 0;
	cluster_share_close(share);
	return -ENOMEM;
}

void cluster_share_close(struct cluster_share *share)
{
	hash_fini(&share->hash);
	free(share->at);
	*share = (struct cluster_share){0};
}

bool cluster_share_connect(struct cluster_share *share, uint64_t datapath_id, bool connected)
{
	struct cluster_switch *at = cluster_share_switch(share, datapath_id);

	if (!at)
		return false;
	at->reach = (uint16_t)(connected ? at->reach | 1u : at->reach & ~1u);
	return true;
}

bool cluster_share_attend(struct cluster_share *share, uint64_t datapath_id, bool attended)
{
	uint32_t index = switch_find(share, datapath_id);
	struct cluster_switch *at = index == HASH_NONE ? NULL : &share->at[index];

	if (!at || (at->attended & 1) == attended)
		return false;
	at->attended ^= 1;
	return true;
}

void cluster_share_lost(struct cluster_share *share)
{
	for (unsigned i = 1; i < CLUSTER_MEMBERS_MAX; i++)
		share->peer[i].revision = share->peer[i].tree_generation = 0;
	share->generation = 0;
	share->changes++;
}

void cluster_share_bury(struct cluster_share *share, uint64_t id)
{
	for (unsigned i = 1; i < CLUSTER_MEMBERS_MAX; i++)
		share->peer[i].silent |= share->peer[i].id == id;
}

void cluster_share_looked(struct cluster_share *share, mono_t now)
{
	uint64_t gap_us = mono_until(share->looked, now);

	// No member counts as silent for the time in which rows were not read.
	for (unsigned i = 1; i < CLUSTER_MEMBERS_MAX && gap_us >= share->conf.silence_us / 2; i++) {
		struct cluster_peer *peer = &share->peer[i];

		peer->since = mono_earlier(mono_add(peer->since, gap_us), now);
	}
	// The other one has ended, such as a start of before whose last request came late.
	if (share->yields && mono_due(mono_add(share->rival_seen, share->conf.silence_us), now))
		share->rival = share->yields = false;
	share->looked = now;
	share->has_looked = true;
}

static bool is_there(const struct cluster_share *share, unsigned who, mono_t now)
{
	const struct cluster_peer *peer = &share->peer[who];

	return who == 0 || (*peer->name && peer->id != 0 && !peer->silent &&
	                    !mono_due(mono_add(peer->since, share->conf.silence_us), now));
}

unsigned cluster_share_members(const struct cluster_share *share, mono_t now)
{
	unsigned members = 0;

	for (unsigned i = 0; i < CLUSTER_MEMBERS_MAX; i++)
		members += is_there(share, i, now);
	return members;
}

uint64_t cluster_share_heard(const struct cluster_share *share)
{
	uint64_t heard = 0;

	for (unsigned i = 1; i < CLUSTER_MEMBERS_MAX; i++)
		if (share->peer[i].heard > heard)
			heard = share->peer[i].heard;
	return heard;
}

const struct cluster_peer *cluster_share_owner(const struct cluster_share *share,
                                               uint64_t datapath_id)
{
	uint32_t index = switch_find(share, datapath_id);

	if (index == HASH_NONE || share->at[index].owner == CLUSTER_NO_MEMBER)
		return NULL;
	return &share->peer[share->at[index].owner];
}

bool cluster_share_is_attended(const struct cluster_share *share, uint64_t datapath_id)
{
	uint32_t index = switch_find(share, datapath_id);
	const struct cluster_switch *at = index == HASH_NONE ? NULL : &share->at[index];

	if (!at || at->owner == CLUSTER_NO_MEMBER || !(at->attended >> at->owner & 1))
		return false;
	return at->owner == 0 ||
	       (at->since != 0 && share->peer[at->owner].tree_generation >= at->since);
}

uint64_t cluster_share_since(const struct cluster_share *share, uint64_t datapath_id)
{
	uint32_t index = switch_find(share, datapath_id);

	return index == HASH_NONE || share->at[index].owner == CLUSTER_NO_MEMBER
	               ? 0
	               : share->at[index].since;
}

bool cluster_share_agrees(const struct cluster_share *share, uint64_t digest)
{
	for (unsigned i = 1; i < CLUSTER_MEMBERS_MAX; i++) {
		const struct cluster_peer *peer = &share->peer[i];

		if (peer->switches > 0 &&
		    (peer->tree_generation != share->generation || peer->tree_digest != digest))
			return false;
	}
	return share->generation != 0;
}

// Shares.

struct shares {
	// Members, a bit for each: that may go on, get what has no master, get more than that.
	uint16_t there, proven, settled;
	uint32_t len[CLUSTER_MEMBERS_MAX];
};

// The member of the set that has fewest switches.
static unsigned fewest(const struct shares *shares, uint16_t set)
{
	unsigned best = CLUSTER_NO_MEMBER;

	for (unsigned i = 0; i < CLUSTER_MEMBERS_MAX; i++)
		if ((set >> i & 1) &&
		    (best == CLUSTER_NO_MEMBER || shares->len[i] < shares->len[best]))
			best = i;
	return best;
}

// A row that was there before us may be one of a member that is gone. One that has just come may go
// at once: it gets what has no master, and more after a while.
static struct shares shares_begin(struct cluster_share *share, mono_t now)
{
	struct shares shares = {0};

	for (unsigned i = 0; i < CLUSTER_MEMBERS_MAX; i++) {
		if (!is_there(share, i, now))
			continue;
		shares.there |= (uint16_t)(1u << i);
		if (i != 0 && !share->peer[i].proven)
			continue;
		shares.proven |= (uint16_t)(1u << i);
		if (i == 0 ||
		    mono_due(mono_add(share->peer[i].joined, share->conf.silence_us), now))
			shares.settled |= (uint16_t)(1u << i);
	}
	return shares;
}

// Who can be master of a switch goes on to be it.
static void owners_keep(struct cluster_share *share, struct shares *shares)
{
	for (uint32_t i = 0; i < share->len; i++) {
		struct cluster_switch *at = &share->at[i];

		at->next = at->owner;
		if (at->next == CLUSTER_NO_MEMBER)
			continue;
		if (shares->there & at->reach & 1u << at->next)
			shares->len[at->next]++;
		else
			at->next = CLUSTER_NO_MEMBER;
	}
}

static void orphans_give(struct cluster_share *share, struct shares *shares)
{
	for (uint32_t i = 0; i < share->len; i++) {
		struct cluster_switch *at = &share->at[i];

		if (at->next != CLUSTER_NO_MEMBER)
			continue;
		at->next = (uint8_t)fewest(shares, shares->proven & at->reach);
		if (at->next != CLUSTER_NO_MEMBER)
			shares->len[at->next]++;
	}
}

// Moves a switch only from one that has two more than the other has. True: one was moved.
static bool surplus_move(struct cluster_share *share, struct shares *shares)
{
	bool moved = false;

	for (uint32_t i = 0; i < share->len; i++) {
		struct cluster_switch *at = &share->at[i];
		unsigned to = fewest(shares, shares->settled & at->reach);

		if (to == CLUSTER_NO_MEMBER || at->next == CLUSTER_NO_MEMBER ||
		    shares->len[at->next] < shares->len[to] + 2)
			continue;
		shares->len[at->next]--;
		shares->len[to]++;
		at->next = (uint8_t)to;
		moved = true;
	}
	return moved;
}

bool cluster_share_assign(struct cluster_share *share, mono_t now)
{
	struct shares shares = shares_begin(share, now);

	if (mono_due(mono_add(share->looked, share->conf.silence_us / 2), now))
		return false;
	switches_purge(share);
	owners_keep(share, &shares);
	orphans_give(share, &shares);
	for (unsigned i = 0; i < CLUSTER_MEMBERS_MAX && surplus_move(share, &shares); i++)
		;
	for (uint32_t i = 0; i < share->len; i++)
		if (share->at[i].next != share->at[i].owner)
			return true;
	return false;
}

void cluster_share_count(struct cluster_share *share)
{
	for (unsigned i = 0; i < CLUSTER_MEMBERS_MAX; i++)
		share->peer[i].switches = 0;
	for (uint32_t i = 0; i < share->len; i++)
		if (share->at[i].owner != CLUSTER_NO_MEMBER)
			share->peer[share->at[i].owner].switches++;
}
