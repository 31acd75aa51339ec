// cluster_member: see the header.
#include "proto/cluster/cluster_member.h"

#include "proto/cluster/cluster_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

// What is connected is written again after 16 beats, should the store have lost it while we
// did not look.
#define REACH_BEATS 16

#define KEY_US SEC_US // that a key is in use at least, beside a beat

static bool takes_part(const struct cluster_member *member)
{
	return member->election.conf.shares;
}

int cluster_member_open(struct cluster_member *member, const struct cluster_member_conf *conf,
                        mono_t now)
{
	struct cluster_share_conf share = {.id = conf->election.id,
	                                   .silence_us = conf->election.silence_us,
	                                   .seed = conf->seed,
	                                   .switches_max = conf->switches_max};

	*member = (struct cluster_member){
	        .network = conf->network, .beat = now, .share_next = now, .key_due = now};
	memcpy(share.name, conf->election.name, sizeof(share.name));
	cluster_election_init(&member->election, &conf->election, now);
	member->share_text = malloc(CLUSTER_SHARE_BYTES(conf->switches_max));
	member->reach_text = malloc(CLUSTER_REACH_BYTES(conf->switches_max));
	member->tree_text = malloc(CLUSTER_TREE_BYTES(conf->switches_max));
	if (member->share_text && member->reach_text && member->tree_text &&
	    cluster_share_open(&member->share, &share, now) == 0)
		return 0;
	cluster_member_close(member);
	return -ENOMEM;
}

void cluster_member_close(struct cluster_member *member)
{
	cluster_share_close(&member->share);
	free(member->share_text);
	free(member->reach_text);
	free(member->tree_text);
	*member = (struct cluster_member){0};
}

void cluster_member_connect(struct cluster_member *member, uint64_t datapath_id, bool connected)
{
	if (cluster_share_connect(&member->share, datapath_id, connected))
		member->reach++;
}

void cluster_member_set_key(struct cluster_member *member, const uint8_t key[CLUSTER_KEY_BYTES],
                            mono_t now)
{
	struct cluster_peer *own = &member->share.peer[0];

	for (unsigned i = 0; i < CLUSTER_KEYS; i++) {
		const uint8_t *next = i + 1 < CLUSTER_KEYS ? own->key[i + 1] : key;

		memmove(own->key[i], next, CLUSTER_KEY_BYTES);
	}
	own->has_keys = true;
	member->keys_out = member->keys_new = true;
	member->key_due = mono_add(now, KEY_US + member->election.conf.beat_us);
}

void cluster_member_attend(struct cluster_member *member, uint64_t datapath_id, bool attended)
{
	member->tree += cluster_share_attend(&member->share, datapath_id, attended);
}

void cluster_member_narrow(struct cluster_member *member, uint64_t digest)
{
	member->tree += digest != member->digest;
	member->agreed &= digest == member->digest;
	member->digest = digest;
}

// Requests.

static struct fill put_begin(struct cluster_member *member, const char *kind, void *room,
                             size_t size)
{
	struct cluster_put *put = &member->request.put[member->request.puts_len];

	put->is_net = false;
	snprintf(put->name, sizeof(put->name), "%s%s", kind,
	         kind[strlen(kind) - 1] == '/' ? member->election.conf.name : "");
	return fill_of(room, size);
}

static void put_end(struct cluster_member *member, uint8_t *room, const struct fill *text)
{
	assert(!text->bad);
	member->request.put[member->request.puts_len++].text = span_of(room, fill_len(text));
}

static void put_member(struct cluster_member *member)
{
	struct fill text =
	        put_begin(member, "member/", member->member_text, sizeof(member->member_text));

	member->share.peer[0].heard = member->election.highest;
	member->keys_new = false;
	cluster_share_put_member(&member->share, member->leaving, &text);
	put_end(member, member->member_text, &text);
}

static void put_reach(struct cluster_member *member)
{
	struct fill text = put_begin(member, "reach/", member->reach_text,
	                             CLUSTER_REACH_BYTES(member->share.conf.switches_max));

	member->reach_asked = member->reach;
	cluster_share_put_reach(&member->share, &text);
	put_end(member, member->reach_text, &text);
}

// Until it is answered this member does not know which of the two rows the others see.
static void put_tree(struct cluster_member *member)
{
	struct fill text = put_begin(member, "tree/", member->tree_text,
	                             CLUSTER_TREE_BYTES(member->share.conf.switches_max));

	member->tree_asked = member->tree;
	member->tree_generation = member->share.generation;
	member->agreed = false;
	cluster_share_put_tree(&member->share, member->digest, &text);
	put_end(member, member->tree_text, &text);
}

static void put_share(struct cluster_member *member, uint64_t generation)
{
	bool known = member->share.generation == member->election.seen.generation;
	struct fill text = put_begin(member, "share", member->share_text,
	                             CLUSTER_SHARE_BYTES(member->share.conf.switches_max));

	cluster_share_put(&member->share, generation, known, &text);
	put_end(member, member->share_text, &text);
}

// With a record: of a new term its shares; of one that leaves, that it does.
static void record_puts(struct cluster_member *member, mono_t now)
{
	const struct cluster_election *election = &member->election;
	const struct cluster_record *record = &member->request.ask.record;

	if (member->leaving)
		put_member(member);
	if (record->owner == 0 || (election->master && record->generation == election->generation))
		return;
	if (!election->master)
		cluster_share_bury(&member->share, election->seen.owner);
	(void)cluster_share_assign(&member->share, now);
	put_share(member, record->generation);
}

static void look_puts(struct cluster_member *member, mono_t now)
{
	if (!member->left && !member->share.yields &&
	    (mono_due(member->beat, now) || member->leaving))
		put_member(member);
	if (!member->share.yields &&
	    (member->reach != member->reach_written || mono_due(member->reach_next, now)))
		put_reach(member);
	if (member->network && !member->share.yields && member->share.generation != 0 &&
	    (member->tree != member->tree_written ||
	     member->tree_generation != member->share.generation ||
	     mono_due(member->tree_next, now)))
		put_tree(member);
}

// The shares have to be other ones than they are.
static void share_check(struct cluster_member *member, mono_t now)
{
	struct cluster_election *election = &member->election;

	if (!election->master || election->asking || !mono_due(member->share_next, now) ||
	    !cluster_election_is_present(election, now))
		return;
	if (cluster_share_assign(&member->share, now) ||
	    member->share.generation != election->generation)
		cluster_election_rise(election, now);
}

struct cluster_request *cluster_member_next(struct cluster_member *member, mono_t now)
{
	struct cluster_request *request = &member->request;

	if (takes_part(member))
		share_check(member, now);
	if (!cluster_election_next(&member->election, &request->ask, now))
		return NULL;
	member->newest = 0;
	request->rows = takes_part(member) || member->is_shared;
	request->since = member->since;
	request->net = false;
	request->fence = 0;
	request->puts_len = 0;
	if (takes_part(member) && request->ask.put)
		record_puts(member, now);
	else if (takes_part(member))
		look_puts(member, now);
	return request;
}

static bool is_share(struct span name)
{
	return cluster_text_take(&name, "share") && span_left(&name) == 0;
}

void cluster_member_row(struct cluster_member *member, struct span name, uint64_t revision,
                        struct span text, mono_t now)
{
	if (revision > member->newest)
		member->newest = revision;
	if (is_share(name))
		member->share_revision = revision;
	cluster_share_row(&member->share, name, revision, text, now);
}

// What was written. The shares were read among the rows, too.
static void puts_note(struct cluster_member *member, const struct cluster_answer *answer,
                      mono_t now)
{
	const struct cluster_request *request = &member->request;
	uint64_t beat_us = member->election.conf.beat_us;

	for (unsigned i = 0; i < request->puts_len; i++) {
		const struct cluster_put *put = &request->put[i];

		if (answer->refused || (request->ask.put && !answer->written))
			continue;
		if (put->text.p == member->share_text) {
			member->share_next = mono_add(now, beat_us);
		} else if (put->text.p == member->reach_text) {
			member->reach_written = member->reach_asked;
			member->reach_next = mono_add(now, REACH_BEATS * beat_us);
		} else if (put->text.p == member->tree_text) {
			member->tree_written = member->tree_asked;
			member->tree_next = mono_add(now, REACH_BEATS * beat_us);
		} else if (put->text.p == member->member_text) {
			member->beat = mono_add(now, beat_us);
			member->left = member->leaving;
			member->share.has_row = true;
			member->keys_out = member->keys_new;
		}
	}
}

// Whether the store has our row of the tree as it is, and all others' are for the same. Their rows
// were read when ours was there: if two did so for different trees, the one that came later has
// seen the other one's row.
static void tree_note(struct cluster_member *member)
{
	member->agreed = member->network && member->tree == member->tree_written &&
	                 member->tree_generation == member->share.generation &&
	                 cluster_share_agrees(&member->share, member->digest);
}

// Whether rows were lost: the record is gone, or the store is at an earlier revision than before.
static bool store_forgot(const struct cluster_member *member, const struct cluster_answer *answer)
{
	if (answer->found.revision == 0 && member->election.seen.revision != 0)
		return true;
	return answer->revision != 0 && answer->revision + 1 < member->since;
}

// What is known of rows. Shares are written together with their record, so if the two differ, the
// store was lost and has grown again while we did not look: all is read.
static void rows_note(struct cluster_member *member, const struct cluster_answer *answer,
                      mono_t now)
{
	cluster_share_looked(&member->share, now);
	if (member->newest >= member->since)
		member->since = member->newest + 1;
	if (store_forgot(member, answer)) {
		cluster_share_lost(&member->share);
		member->since = 0;
		member->share_revision = 0;
		member->reach++;
		member->tree++;
	} else if (answer->found.shares && answer->found.generation != member->share.generation) {
		member->since = 0;
	}
	if (answer->found.revision != 0)
		member->is_shared = answer->found.shares;
}

void cluster_member_answer(struct cluster_member *member, const struct cluster_answer *answer,
                           mono_t now)
{
	if (!member->election.asking)
		return;
	puts_note(member, answer, now);
	rows_note(member, answer, now);
	tree_note(member);
	cluster_election_answer(&member->election, answer, now);
	cluster_election_hear(&member->election, member->share.generation);
	cluster_election_hear(&member->election, cluster_share_heard(&member->share));
}

void cluster_member_fail(struct cluster_member *member, mono_t now)
{
	cluster_election_fail(&member->election, now);
}

void cluster_member_leave(struct cluster_member *member, mono_t now)
{
	member->leaving = true;
	cluster_election_resign(&member->election, now);
	if (!member->election.asking)
		member->election.next = now;
}

void cluster_member_stay(struct cluster_member *member, mono_t now)
{
	member->leaving = member->left = false;
	member->beat = member->reach_next = member->tree_next = now;
	cluster_election_stay(&member->election, now);
}

// What follows.

bool cluster_member_is_master(const struct cluster_member *member, uint64_t datapath_id)
{
	return member->is_shared ? cluster_share_is_mine(&member->share, datapath_id)
	                         : member->election.master;
}

uint64_t cluster_member_generation(const struct cluster_member *member)
{
	return member->is_shared ? member->share.generation
	                         : cluster_election_generation(&member->election);
}

bool cluster_member_acts(const struct cluster_member *member, mono_t now)
{
	return (member->is_shared || member->election.master) &&
	       cluster_election_is_present(&member->election, now);
}

const char *cluster_member_master_name(const struct cluster_member *member, uint64_t datapath_id)
{
	const struct cluster_peer *owner;

	if (!member->is_shared)
		return member->election.seen.owner ? member->election.seen.name : "";
	owner = cluster_share_owner(&member->share, datapath_id);
	return owner ? owner->name : "";
}
