// cluster_rows: the rows of cluster_share.h as texts: "wadi-1 ID HEARD" of a member, with " KEY"
// three times in a network, "wadi-1 ID DATAPATH..." of what is connected to it, "wadi-1
// GENERATION", with a line "ID NAME DATAPATH-SINCE..." for each master, of the shares, and "wadi-1
// ID GENERATION DIGEST DATAPATH..." of the tree. Numbers have 16 hexadecimal digits, keys 32. What
// was read is checked here once.
#include "proto/cluster/cluster_share_internal.h"

#include "proto/cluster/cluster_text.h"

#define MAGIC "wadi-1 "

static unsigned peer_named(const struct cluster_share *share, const char *name)
{
	unsigned i = 0;

	while (i < CLUSTER_MEMBERS_MAX && strcmp(share->peer[i].name, name) != 0)
		i++;
	return i;
}

static void switches_leave(struct cluster_share *share, unsigned who)
{
	uint16_t others = (uint16_t) ~(1u << who);

	for (uint32_t i = 0; i < share->len; i++) {
		share->at[i].reach &= others;
		share->at[i].attended &= others;
		if (share->at[i].owner == who)
			share->at[i].owner = CLUSTER_NO_MEMBER;
	}
	cluster_share_count(share);
}

// A place for a name that is new: a free one, or that of one that is gone and master of nothing.
static unsigned place_find(const struct cluster_share *share, mono_t now)
{
	for (unsigned i = 1; i < CLUSTER_MEMBERS_MAX; i++)
		if (!*share->peer[i].name)
			return i;
	for (unsigned i = 1; i < CLUSTER_MEMBERS_MAX; i++)
		if (share->peer[i].switches == 0 &&
		    mono_due(mono_add(share->peer[i].since, 4 * share->conf.silence_us), now))
			return i;
	return CLUSTER_MEMBERS_MAX;
}

// The place of the name with that id, as of now; CLUSTER_MEMBERS_MAX: there is none.
static unsigned peer_enter(struct cluster_share *share, const char *name, uint64_t id, mono_t now)
{
	unsigned who = peer_named(share, name);
	bool is_new = who == CLUSTER_MEMBERS_MAX;

	if (is_new)
		who = place_find(share, now);
	if (who == CLUSTER_MEMBERS_MAX || (!is_new && share->peer[who].id == id))
		return who;
	// A start of before is no master of anything any more. One that leaves is, until others
	// have taken its switches.
	if (is_new || id != 0)
		switches_leave(share, who);
	share->peer[who] = (struct cluster_peer){.id = id, .since = now, .joined = now};
	memcpy(share->peer[who].name, name, strlen(name) + 1);
	cluster_share_count(share);
	share->changes++;
	return who;
}

// The keys of a member, if it has some, up to the end of its row. False: they are malformed.
static bool keys_read(struct span text, struct cluster_peer *to)
{
	to->has_keys = span_left(&text) > 0;
	for (unsigned i = 0; i < CLUSTER_KEYS && to->has_keys; i++) {
		struct fill key = fill_of(to->key[i], sizeof(to->key[i]));
		uint64_t high, low;

		if (!cluster_text_take(&text, " ") || !cluster_text_hex(&text, &high) ||
		    !cluster_text_hex(&text, &low))
			return false;
		fill_u64(&key, high);
		fill_u64(&key, low);
	}
	return span_left(&text) == 0;
}

static void keys_take(struct cluster_share *share, struct cluster_peer *peer,
                      const struct cluster_peer *read)
{
	share->changes += peer->has_keys != read->has_keys ||
	                  memcmp(peer->key, read->key, sizeof(peer->key)) != 0;
	peer->has_keys = read->has_keys;
	memcpy(peer->key, read->key, sizeof(peer->key));
}

static void member_read(struct cluster_share *share, const char *name, uint64_t revision,
                        struct span text, mono_t now)
{
	struct cluster_peer *peer, read = {0};
	uint64_t id, heard;
	unsigned who;

	if (!cluster_text_hex(&text, &id) || !cluster_text_take(&text, " ") ||
	    !cluster_text_hex(&text, &heard) || !keys_read(text, &read))
		return;
	who = peer_enter(share, name, id, now);
	if (who == CLUSTER_MEMBERS_MAX)
		return;
	peer = &share->peer[who];
	if (peer->revision == revision)
		return;
	if (peer->silent || mono_due(mono_add(peer->since, share->conf.silence_us), now))
		peer->joined = now;
	peer->proven |= peer->revision != 0 || share->has_looked;
	peer->revision = revision;
	peer->since = now;
	peer->silent = false;
	peer->heard = heard;
	keys_take(share, peer, &read);
}

// This member's row: of another one that has the same name, when it is not the one of before.
static void rival_read(struct cluster_share *share, struct span text, mono_t now)
{
	uint64_t id;

	if (!share->has_row || !cluster_text_hex(&text, &id) || id == 0 || id == share->conf.id)
		return;
	share->rival = true;
	share->yields = id < share->conf.id;
	share->rival_seen = now;
}

static void reach_read(struct cluster_share *share, const char *name, struct span text)
{
	unsigned who = peer_named(share, name);
	uint16_t bit = (uint16_t)(1u << who);
	uint64_t id, datapath_id;

	if (who == CLUSTER_MEMBERS_MAX || !cluster_text_hex(&text, &id) ||
	    id != share->peer[who].id)
		return;
	for (uint32_t i = 0; i < share->len; i++)
		share->at[i].reach &= (uint16_t)~bit;
	while (cluster_text_take(&text, " ") && cluster_text_hex(&text, &datapath_id)) {
		struct cluster_switch *at = cluster_share_switch(share, datapath_id);

		if (at)
			at->reach |= bit;
	}
}

// Of a row of the tree: what it says of switches, which members that are not their masters may say,
// too.
static void tree_read(struct cluster_share *share, const char *name, struct span text)
{
	unsigned who = peer_named(share, name);
	uint16_t bit = (uint16_t)(1u << who);
	uint64_t id, generation, digest, datapath_id;

	if (who == CLUSTER_MEMBERS_MAX || !cluster_text_hex(&text, &id) ||
	    id != share->peer[who].id || !cluster_text_take(&text, " ") ||
	    !cluster_text_hex(&text, &generation) || !cluster_text_take(&text, " ") ||
	    !cluster_text_hex(&text, &digest))
		return;
	for (uint32_t i = 0; i < share->len; i++)
		share->at[i].attended &= (uint16_t)~bit;
	while (cluster_text_take(&text, " ") && cluster_text_hex(&text, &datapath_id)) {
		struct cluster_switch *at = cluster_share_switch(share, datapath_id);

		if (at)
			at->attended |= bit;
	}
	share->peer[who].tree_generation = generation;
	share->peer[who].tree_digest = digest;
	share->changes++;
}

// A switch of a line of the shares, of a list of that generation.
static bool place_read(struct span *text, uint64_t generation, uint64_t *datapath_id,
                       uint64_t *since)
{
	*since = generation;
	if (!cluster_text_take(text, " ") || !cluster_text_hex(text, datapath_id))
		return false;
	return !cluster_text_take(text, "-") || cluster_text_hex(text, since);
}

// A line of the shares. False: it is none.
static bool owner_read(struct cluster_share *share, uint64_t generation, struct span *text,
                       mono_t now)
{
	char name[CLUSTER_NAME_BYTES + 1];
	uint64_t id, datapath_id, since;
	unsigned who;

	if (!cluster_text_hex(text, &id) || !cluster_text_take(text, " ") ||
	    !cluster_text_word(text, name, sizeof(name)))
		return false;
	who = peer_named(share, name);
	if (who == CLUSTER_MEMBERS_MAX)
		who = peer_enter(share, name, id, now);
	while (place_read(text, generation, &datapath_id, &since)) {
		struct cluster_switch *at = cluster_share_switch(share, datapath_id);

		if (at && who < CLUSTER_MEMBERS_MAX &&
		    (share->peer[who].id == id || share->peer[who].id == 0)) {
			at->owner = (uint8_t)who;
			at->since = since;
		}
	}
	return true;
}

static void share_read(struct cluster_share *share, struct span text, mono_t now)
{
	uint64_t generation;

	if (!cluster_text_hex(&text, &generation))
		return;
	for (uint32_t i = 0; i < share->len; i++)
		share->at[i].owner = CLUSTER_NO_MEMBER;
	while (cluster_text_take(&text, "\n") && owner_read(share, generation, &text, now))
		;
	share->generation = generation;
	share->changes++;
	cluster_share_count(share);
}

// Whether it is the name of another member, up to its end; whose: a member's, or "".
static bool other_take(const struct cluster_share *share, struct span *name, char *whose)
{
	bool is_name = cluster_text_word(name, whose, CLUSTER_NAME_BYTES + 1);

	if (!is_name || span_left(name) > 0)
		*whose = '\0';
	return *whose && strcmp(whose, share->conf.name) != 0;
}

void cluster_share_row(struct cluster_share *share, struct span name, uint64_t revision,
                       struct span text, mono_t now)
{
	char whose[CLUSTER_NAME_BYTES + 1];

	if (!cluster_text_take(&text, MAGIC))
		return;
	if (cluster_text_take(&name, "share")) {
		if (span_left(&name) == 0)
			share_read(share, text, now);
	} else if (cluster_text_take(&name, "member/")) {
		if (other_take(share, &name, whose))
			member_read(share, whose, revision, text, now);
		else if (strcmp(whose, share->conf.name) == 0)
			rival_read(share, text, now);
	} else if (cluster_text_take(&name, "reach/")) {
		if (other_take(share, &name, whose))
			reach_read(share, whose, text);
	} else if (cluster_text_take(&name, "tree/")) {
		if (other_take(share, &name, whose))
			tree_read(share, whose, text);
	}
}

static void place_put(const struct cluster_switch *at, uint64_t generation, bool known,
                      struct fill *out)
{
	bool stays = known && at->next == at->owner && at->since != 0;

	cluster_text_put(out, " ");
	cluster_text_put_hex(out, at->datapath_id);
	cluster_text_put(out, "-");
	cluster_text_put_hex(out, stays ? at->since : generation);
}

void cluster_share_put(const struct cluster_share *share, uint64_t generation, bool known,
                       struct fill *out)
{
	cluster_text_put(out, MAGIC);
	cluster_text_put_hex(out, generation);
	for (unsigned who = 0; who < CLUSTER_MEMBERS_MAX; who++) {
		if (!*share->peer[who].name || share->peer[who].id == 0)
			continue;
		cluster_text_put(out, "\n");
		cluster_text_put_hex(out, share->peer[who].id);
		cluster_text_put(out, " ");
		cluster_text_put(out, share->peer[who].name);
		for (uint32_t i = 0; i < share->len; i++) {
			if (share->at[i].next == who)
				place_put(&share->at[i], generation, known, out);
		}
	}
}

void cluster_share_put_member(const struct cluster_share *share, bool left, struct fill *out)
{
	cluster_text_put(out, MAGIC);
	cluster_text_put_hex(out, left ? 0 : share->conf.id);
	cluster_text_put(out, " ");
	cluster_text_put_hex(out, share->peer[0].heard);
	for (unsigned i = 0; i < CLUSTER_KEYS && share->peer[0].has_keys; i++) {
		struct span key = span_of(share->peer[0].key[i], CLUSTER_KEY_BYTES);

		cluster_text_put(out, " ");
		cluster_text_put_hex(out, span_u64(&key));
		cluster_text_put_hex(out, span_u64(&key));
	}
}

static void datapath_put(const struct cluster_switch *at, struct fill *out)
{
	cluster_text_put(out, " ");
	cluster_text_put_hex(out, at->datapath_id);
}

void cluster_share_put_reach(const struct cluster_share *share, struct fill *out)
{
	cluster_text_put(out, MAGIC);
	cluster_text_put_hex(out, share->conf.id);
	for (uint32_t i = 0; i < share->len; i++)
		if (share->at[i].reach & 1)
			datapath_put(&share->at[i], out);
}

void cluster_share_put_tree(const struct cluster_share *share, uint64_t digest, struct fill *out)
{
	cluster_text_put(out, MAGIC);
	cluster_text_put_hex(out, share->conf.id);
	cluster_text_put(out, " ");
	cluster_text_put_hex(out, share->generation);
	cluster_text_put(out, " ");
	cluster_text_put_hex(out, digest);
	for (uint32_t i = 0; i < share->len; i++)
		if (share->at[i].attended & 1)
			datapath_put(&share->at[i], out);
}
