// Lives of several controllers that share a network of switches with loops, each with its engines
// of the cluster and of the network, on virtual time: links go down and come up, controllers die,
// freeze and are cut off, clocks jump, messages are lost and late, the store is away and forgets.
// Never is there a loop of ports that carry floods, whatever each controller knows; and in the end
// all have one picture and one spanning tree.
#include "cluster/member_conf.h"
#include "share_store.h"

#include "apps/sdn/sdn_share.h"
#include "core/rand.h"
#include "proto/sdn/sdn_snapshot.h"

#include <stdio.h>
#include <stdlib.h>

#define MEMBERS_MAX  4
#define SWITCHES_MAX 8
#define PORTS_MAX    5 // of a switch; number 1 leads to a host
#define CABLES_MAX   16
#define FLIGHTS_MAX  128
#define PROBES_MAX   512
#define STEP_MS      5
#define LIFE_MS      30000
#define CALM_MS      10000 // at the end of a life nothing bad happens

// The network: switches, cables, and the controllers.

struct cable {
	unsigned at[2], port[2];
	bool up;
};

struct sim_switch {
	uint64_t generation;
	int master;
	int cable[PORTS_MAX + 1]; // of each port; -1: none
	unsigned host;            // its address; 0: there is none
};

struct sim_role {
	bool acts, out;
	uint64_t since, serial;
};

enum flight_kind { FLIGHT_NONE, FLIGHT_ASK, FLIGHT_ANSWER, FLIGHT_ROLE, FLIGHT_TOLD };

struct flight {
	enum flight_kind kind;
	unsigned who, on;
	uint64_t at_ms, serial, life, generation;
	bool master, accepted;
	struct mail *mail;
};

struct sim_member {
	struct cluster_member member;
	struct sdn_forward forward;
	bool runs;
	uint64_t frozen_until, dead_until, cut_until, skew_ms, serial, life;
	mono_t asked;
	uint64_t told_generation, net_since, role_serial;
	struct sim_role role[SWITCHES_MAX];
	size_t written_len[SWITCHES_MAX];
	uint8_t written[SWITCHES_MAX][TEXT_BYTES];
	struct mail out;     // rows of the request that is out
	unsigned probes_len; // that wait while it is frozen
	struct sim_probe {
		unsigned on, number;
		size_t len;
		uint8_t frame[SDN_LLDP_PROBE_BYTES];
	} probe[PROBES_MAX];
};

static struct {
	struct rand rand;
	uint64_t seed, ms, away_until, next_id;
	unsigned members, switches, cables, loss;
	struct store store;
	struct sim_switch on[SWITCHES_MAX];
	struct cable cable[CABLES_MAX];
	struct sim_member m[MEMBERS_MAX];
	struct flight flight[FLIGHTS_MAX];
	uint64_t floods_seen, rows_taken;
} sim;

static mono_t now_of(const struct sim_member *m)
{
	return (mono_t){(10000 + sim.ms + m->skew_ms) * MS_US};
}

static bool is_calm(void)
{
	return sim.ms > LIFE_MS - CALM_MS;
}

static bool is_awake(const struct sim_member *m)
{
	return m->runs && m->frozen_until <= sim.ms;
}

static uint64_t datapath_of(unsigned on)
{
	return on + 1;
}

static uint32_t port_find(const struct sdn_forward *forward, unsigned on, uint32_t number)
{
	uint32_t at = sdn_topology_find_switch(&forward->topology, datapath_of(on));

	return at == SDN_LIST_NONE ? at : sdn_topology_find_port(&forward->topology, at, number);
}

// Whether the switch's master floods by the port, and takes what was flooded by it.
static bool is_open(unsigned on, unsigned number)
{
	int who = sim.on[on].master;
	const struct sim_member *m = who < 0 ? NULL : &sim.m[who];
	uint32_t port;
	uint8_t state;

	if (!m || !m->runs || !m->role[on].acts)
		return false;
	port = port_find(&m->forward, on, number);
	if (port == SDN_LIST_NONE)
		return false;
	state = m->forward.topology.port[port].state;
	// An edge of one that is frozen: what would come round waits in a queue, behind the probes
	// by which it finds that it is none.
	if (state == SDN_PORT_EDGE)
		return is_awake(m) && m->probes_len == 0;
	return state == SDN_PORT_LINK && sdn_forward_is_open(&m->forward, port);
}

static bool cable_is_open(const struct cable *cable)
{
	return cable->up && is_open(cable->at[0], cable->port[0]) &&
	       is_open(cable->at[1], cable->port[1]);
}

static unsigned root_of(const unsigned *parent, unsigned at)
{
	while (parent[at] != at)
		at = parent[at];
	return at;
}

// Joins what cables join; returns how many did so. A loop ends the test.
static unsigned loops_look(bool all)
{
	unsigned parent[SWITCHES_MAX], joined = 0;

	for (unsigned i = 0; i < sim.switches; i++)
		parent[i] = i;
	for (unsigned i = 0; i < sim.cables; i++) {
		const struct cable *cable = &sim.cable[i];
		unsigned a, b;

		if (all ? !cable->up : !cable_is_open(cable))
			continue;
		a = root_of(parent, cable->at[0]);
		b = root_of(parent, cable->at[1]);
		if (a == b && !all)
			fail_msg("seed %ju, %ju ms: floods go round by the cable of switches %u "
			         "and %u",
			         (uintmax_t)sim.seed, (uintmax_t)sim.ms, cable->at[0],
			         cable->at[1]);
		joined += a != b;
		parent[a] = b;
	}
	return joined;
}

// Messages.

static void flight_end(struct flight *flight)
{
	free(flight->mail);
	*flight = (struct flight){0};
}

static void fly(struct flight flight)
{
	bool is_mail = flight.kind == FLIGHT_ASK || flight.kind == FLIGHT_ANSWER;
	bool lost = is_mail && !is_calm() && rand_below(&sim.rand, 100) < sim.loss;
	bool is_late = !is_calm() && rand_below(&sim.rand, 10) == 0;

	flight.at_ms = sim.ms + 1 + rand_below(&sim.rand, is_late ? 800 : 20);
	for (unsigned i = 0; i < FLIGHTS_MAX && !lost; i++)
		if (sim.flight[i].kind == FLIGHT_NONE) {
			sim.flight[i] = flight;
			return;
		}
	flight_end(&flight);
}

// Roles, as sdn_role.c asks for them.

static void rest(struct sim_member *m, unsigned on)
{
	uint32_t at = sdn_topology_find_switch(&m->forward.topology, datapath_of(on));

	if (!m->role[on].acts)
		return;
	m->role[on].acts = false;
	if (at != SDN_LIST_NONE)
		sdn_topology_hold_switch(&m->forward.topology, at, true, now_of(m));
	cluster_member_attend(&m->member, datapath_of(on), false);
}

static void role_ask(struct sim_member *m, unsigned on)
{
	struct sim_role *role = &m->role[on];
	uint64_t generation = cluster_member_generation(&m->member);

	if (role->out || generation == 0)
		return;
	role->out = true;
	role->since = cluster_share_since(&m->member.share, datapath_of(on));
	role->serial = ++m->role_serial;
	fly((struct flight){.kind = FLIGHT_ROLE,
	                    .who = (unsigned)(m - sim.m),
	                    .on = on,
	                    .life = m->life,
	                    .serial = role->serial,
	                    .master = cluster_member_is_master(&m->member, datapath_of(on)),
	                    .generation = generation});
}

static void roles_tell(struct sim_member *m)
{
	for (unsigned on = 0; on < sim.switches; on++) {
		bool master = cluster_member_is_master(&m->member, datapath_of(on));
		uint64_t since = cluster_share_since(&m->member.share, datapath_of(on));

		if (master && m->role[on].acts && m->role[on].since == since)
			continue;
		rest(m, on);
		m->role[on].out = false;
		if (master)
			role_ask(m, on);
	}
}

static void port_status(struct sim_member *m, unsigned on, unsigned number)
{
	uint32_t at = sdn_topology_find_switch(&m->forward.topology, datapath_of(on));
	int cable = sim.on[on].cable[number];
	struct sdn_port_desc desc = {.number = number, .up = cable < 0 || sim.cable[cable].up};

	(void)sdn_topology_set_port(&m->forward.topology, at, &desc, now_of(m));
}

static void act(struct sim_member *m, unsigned on)
{
	uint32_t at = sdn_topology_add_switch(&m->forward.topology, datapath_of(on), now_of(m));

	m->role[on].acts = true;
	sdn_topology_hold_switch(&m->forward.topology, at, false, now_of(m));
	cluster_member_attend(&m->member, datapath_of(on), true);
	for (unsigned number = 1; number <= PORTS_MAX; number++)
		if (number == 1 || sim.on[on].cable[number] >= 0)
			port_status(m, on, number);
}

// OpenFlow 1.5.1 section 6.3.9: a generation that is older is refused; who was master is told.
static bool switch_take(const struct flight *flight)
{
	struct sim_switch *on = &sim.on[flight->on];

	if ((int64_t)(flight->generation - on->generation) < 0)
		return false;
	on->generation = flight->generation;
	if (flight->master && on->master >= 0 && on->master != (int)flight->who)
		fly((struct flight){.kind = FLIGHT_TOLD,
		                    .who = (unsigned)on->master,
		                    .on = flight->on,
		                    .life = sim.m[on->master].life,
		                    .generation = on->generation});
	if (flight->master)
		on->master = (int)flight->who;
	return true;
}

static void role_land(struct sim_member *m, const struct flight *flight)
{
	struct sim_role *role = &m->role[flight->on];

	if (!flight->master) { // another one is master
		rest(m, flight->on);
		role->out = false;
		cluster_election_fenced(&m->member.election, flight->generation, now_of(m));
	} else if (role->out && role->serial == flight->serial) {
		role->out = false;
		if (!flight->accepted)
			cluster_election_fenced(&m->member.election, flight->generation, now_of(m));
		else if (cluster_member_is_master(&m->member, datapath_of(flight->on)))
			act(m, flight->on);
	}
}

// The store's answers, as sdn_cluster.c takes them.

static void path_ignore(void *ctx, uint32_t from, uint32_t to)
{
}

static void update(struct sim_member *m)
{
	while (sdn_forward_update(&m->forward, SWITCHES_MAX, path_ignore, NULL))
		;
	sdn_share_settle(&m->forward, &m->member);
}

static void rows_take(struct sim_member *m, const struct mail *mail)
{
	for (unsigned i = 0; i < mail->rows_len; i++) {
		const struct row *row = &mail->row[i];
		struct span text = span_of(row->text, row->len);

		// Of a switch of ours it says nothing new.
		if (row->is_net && sdn_snapshot_take(&m->forward, text, now_of(m)))
			sim.rows_taken++;
		if (!row->is_net)
			cluster_member_row(&m->member, span_of(row->name, strlen(row->name)),
			                   row->revision, text, now_of(m));
		if (row->is_net && row->revision >= m->net_since)
			m->net_since = row->revision + 1;
	}
}

static void written_note(struct sim_member *m, bool written)
{
	for (unsigned i = 0; i < m->out.rows_len; i++) {
		const struct row *row = &m->out.row[i];
		unsigned on = (unsigned)strtoul(row->name + 4, NULL, 16) - 1;

		m->written_len[on] = written ? row->len : 0;
		memcpy(m->written[on], row->text, row->len);
	}
	m->out.rows_len = 0;
}

static void answer_take(struct sim_member *m, const struct mail *mail)
{
	mono_t now = now_of(m);
	uint8_t key[CLUSTER_KEY_BYTES];

	rows_take(m, mail);
	written_note(m, !mail->answer.refused);
	if (mail->answer.revision + 1 < m->net_since)
		m->net_since = 0;
	cluster_member_answer(&m->member, &mail->answer, now);
	if (cluster_member_generation(&m->member) != m->told_generation) {
		m->told_generation = cluster_member_generation(&m->member);
		m->net_since = 0;
		memset(m->written_len, 0, sizeof(m->written_len)); // the store may have lost them
		roles_tell(m);
	}
	sdn_share_looked(&m->forward, m->asked);
	sdn_share_apply(&m->forward, &m->member, now);
	update(m);
	if (cluster_member_key_is_due(&m->member, now)) {
		for (unsigned i = 0; i < sizeof(key); i++)
			key[i] = (uint8_t)rand_below(&sim.rand, 256);
		sdn_share_sign(&m->forward, &m->member, key, now);
	}
}

static void snapshots_put(struct sim_member *m, struct cluster_request *request)
{
	static uint8_t room[SDN_SNAPSHOT_BYTES];

	if (request->ask.put || m->member.share_revision == 0)
		return;
	for (unsigned on = 0; on < sim.switches; on++) {
		struct fill out = fill_of(room, sizeof(room));
		struct row *row = &m->out.row[m->out.rows_len];

		if (!m->role[on].acts || !cluster_member_is_master(&m->member, datapath_of(on)))
			continue;
		sdn_snapshot_put(&m->forward, datapath_of(on), &out);
		assert_true(!out.bad && fill_len(&out) <= TEXT_BYTES);
		if (fill_len(&out) == m->written_len[on] &&
		    memcmp(room, m->written[on], m->written_len[on]) == 0)
			continue;
		*row = (struct row){.is_net = true, .len = fill_len(&out)};
		snprintf(row->name, sizeof(row->name), "net/%016jx", (uintmax_t)datapath_of(on));
		memcpy(row->text, room, row->len);
		m->out.rows_len++;
		request->fence = m->member.share_revision;
	}
}

static void request_fly(struct sim_member *m, struct cluster_request *request)
{
	struct mail *mail = calloc(1, sizeof(*mail));

	assert_non_null(mail);
	m->asked = now_of(m);
	request->net = true;
	request->net_since = m->net_since;
	snapshots_put(m, request);
	mail->request = *request;
	memcpy(mail->row, m->out.row, m->out.rows_len * sizeof(mail->row[0]));
	mail->rows_len = m->out.rows_len;
	for (unsigned i = 0; i < request->puts_len; i++) {
		struct row *row = &mail->row[mail->rows_len++];
		struct span text = request->put[i].text;

		*row = (struct row){.len = span_left(&text)};
		assert_true(row->len <= TEXT_BYTES);
		memcpy(row->name, request->put[i].name, sizeof(request->put[i].name));
		memcpy(row->text, text.p, row->len);
	}
	fly((struct flight){.kind = FLIGHT_ASK,
	                    .who = (unsigned)(m - sim.m),
	                    .life = m->life,
	                    .serial = ++m->serial,
	                    .mail = mail});
}

static void ask_land(struct flight *flight)
{
	struct flight back = *flight;

	if (sim.away_until > sim.ms || sim.m[flight->who].cut_until > sim.ms)
		return;
	store_do(&sim.store, flight->mail);
	qsort(flight->mail->row, flight->mail->rows_len, sizeof(flight->mail->row[0]), by_name);
	back.kind = FLIGHT_ANSWER;
	flight->mail = NULL;
	fly(back);
}

static void land(struct flight *slot)
{
	struct sim_member *m = &sim.m[slot->who];
	struct flight flight = *slot;

	// What comes to one that is frozen waits in a socket.
	if (flight.kind != FLIGHT_ASK && flight.kind != FLIGHT_ROLE && m->runs &&
	    m->frozen_until > sim.ms)
		return;
	*slot = (struct flight){0};
	if (flight.kind == FLIGHT_ASK) {
		ask_land(&flight);
	} else if (m->life == flight.life && m->runs) {
		if (flight.kind == FLIGHT_ANSWER && flight.serial == m->serial &&
		    m->cut_until <= sim.ms) {
			answer_take(m, flight.mail);
		} else if (flight.kind == FLIGHT_ROLE) {
			flight.accepted = switch_take(&flight);
			flight.generation = sim.on[flight.on].generation;
			flight.kind = FLIGHT_TOLD;
			if (flight.master)
				fly(flight);
		} else if (flight.kind == FLIGHT_TOLD) {
			role_land(m, &flight);
		}
	}
	flight_end(&flight);
}

// Frames.

// The member that has what the switch hands up; NULL.
static struct sim_member *hears(unsigned on)
{
	int who = sim.on[on].master;
	struct sim_member *m = who < 0 ? NULL : &sim.m[who];

	return m && is_awake(m) && m->role[on].acts && cluster_member_acts(&m->member, now_of(m))
	               ? m
	               : NULL;
}

static void probe_input(struct sim_member *m, const struct sim_probe *probe)
{
	uint32_t port = port_find(&m->forward, probe->on, probe->number);

	if (port != SDN_LIST_NONE && m->role[probe->on].acts)
		(void)sdn_topology_input(&m->forward.topology, port,
		                         span_of(probe->frame + 14, probe->len - 14), now_of(m));
	update(m);
}

static void probe_cross(unsigned on, unsigned number, const uint8_t *frame, size_t len)
{
	int at = sim.on[on].cable[number];
	const struct cable *cable = at < 0 ? NULL : &sim.cable[at];
	unsigned end = cable && cable->at[0] == on && cable->port[0] == number;
	int who = cable && cable->up ? sim.on[cable->at[end]].master : -1;
	struct sim_member *m = who < 0 ? NULL : &sim.m[who];
	struct sim_probe probe = {.len = len};

	if (!m || !m->runs || (!is_calm() && rand_below(&sim.rand, 50) == 0))
		return;
	probe.on = cable->at[end];
	probe.number = cable->port[end];
	memcpy(probe.frame, frame, len);
	if (is_awake(m))
		probe_input(m, &probe);
	else if (m->probes_len < PROBES_MAX)
		m->probe[m->probes_len++] = probe;
}

static void probes_read(struct sim_member *m)
{
	for (unsigned i = 0; i < m->probes_len; i++)
		probe_input(m, &m->probe[i]);
	m->probes_len = 0;
}

static void probes_send(struct sim_member *m)
{
	for (;;) {
		uint8_t room[SDN_LLDP_PROBE_BYTES];
		struct fill out = fill_of(room, sizeof(room));
		uint32_t port = sdn_topology_probe(&m->forward.topology, &out, now_of(m));
		const struct sdn_topology_port *p;
		unsigned on;

		if (port == SDN_LIST_NONE)
			return;
		p = &m->forward.topology.port[port];
		on = (unsigned)m->forward.topology.at[p->at].datapath_id - 1;
		if (m->role[on].acts && sim.on[on].master == (int)(m - sim.m))
			probe_cross(on, p->number, room, fill_len(&out));
	}
}

static void host_send(unsigned on)
{
	uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0, 0x88, 0xb5};
	uint8_t room[SDN_PROXY_REPLY_BYTES];
	struct sdn_forward_outcome outcome;
	struct sim_member *m = hears(on);
	uint32_t at;

	if (!m || sim.on[on].host == 0)
		return;
	frame[11] = (uint8_t)sim.on[on].host;
	at = sdn_topology_find_switch(&m->forward.topology, datapath_of(on));
	sdn_forward_input(&m->forward, at, 1, span_of(frame, sizeof(frame)),
	                  fill_of(room, sizeof(room)), now_of(m), &outcome);
	sim.floods_seen += outcome.verdict == SDN_FORWARD_FLOOD;
}

// Controllers.

static void member_close(struct sim_member *m)
{
	cluster_member_close(&m->member);
	sdn_forward_close(&m->forward);
	m->runs = false;
}

static void member_open(unsigned who)
{
	struct sim_member *m = &sim.m[who];
	uint8_t keys[CLUSTER_KEYS][CLUSTER_KEY_BYTES];
	struct cluster_member_conf conf;
	struct sdn_forward_conf forward = {.topology = sdn_topology_defaults,
	                                   .hosts = sdn_host_defaults};

	member_close(m);
	sim.next_id += 1 + rand_below(&sim.rand, 1000);
	conf = member_conf(who, sim.next_id << 4 | who, SWITCHES_MAX);
	conf.network = true;
	assert_int_equal(cluster_member_open(&m->member, &conf, now_of(m)), 0);
	forward.topology.shared = true;
	forward.topology.switches_max = SWITCHES_MAX;
	forward.topology.ports_max = SWITCHES_MAX * PORTS_MAX;
	forward.topology.probe_us = SEC_US;
	forward.topology.link_us = 4 * SEC_US;
	forward.hosts.hosts_max = forward.hosts.addresses_max = 32;
	forward.floods_per_s = 100;
	assert_int_equal(sdn_forward_open(&m->forward, &forward), 0);
	for (size_t i = 0; i < sizeof(keys); i++)
		keys[i / CLUSTER_KEY_BYTES][i % CLUSTER_KEY_BYTES] =
		        (uint8_t)rand_below(&sim.rand, 256);
	sdn_share_begin(&m->forward, &m->member, keys, now_of(m));
	for (unsigned on = 0; on < sim.switches; on++) {
		m->role[on] = (struct sim_role){0};
		m->written_len[on] = 0;
		cluster_member_connect(&m->member, datapath_of(on), true);
	}
	m->told_generation = m->net_since = 0;
	m->out.rows_len = m->probes_len = 0;
	m->runs = true;
	m->life++;
}

// What switches have said of their ports since the last time.
static void ports_read(struct sim_member *m)
{
	for (unsigned i = 0; i < sim.cables; i++)
		for (unsigned end = 0; end < 2; end++) {
			const struct cable *cable = &sim.cable[i];
			unsigned on = cable->at[end];
			uint32_t port = port_find(&m->forward, on, cable->port[end]);

			if (m->role[on].acts && sim.on[on].master == (int)(m - sim.m) &&
			    (port == SDN_LIST_NONE ||
			     m->forward.topology.port[port].up != cable->up))
				port_status(m, on, cable->port[end]);
		}
}

static void member_turn(struct sim_member *m)
{
	mono_t now = now_of(m);
	struct cluster_request *request;

	if (cluster_election_is_late(&m->member.election, now)) {
		m->serial++;
		written_note(m, false);
		cluster_member_fail(&m->member, now);
	}
	request = cluster_member_next(&m->member, now);
	if (request)
		request_fly(m, request);
	ports_read(m);
	sdn_topology_tick(&m->forward.topology, 100, now);
	sdn_host_tick(&m->forward.hosts, 100, now);
	update(m);
	probes_read(m); // last: timers may well fire first
	probes_send(m);
	for (unsigned on = 0; on < sim.switches && sim.ms % 1000 == 0; on++)
		if (!m->role[on].acts && cluster_member_is_master(&m->member, datapath_of(on)))
			role_ask(m, on);
}

static void misfortune(void)
{
	struct sim_member *m = &sim.m[rand_below(&sim.rand, sim.members)];

	switch (rand_below(&sim.rand, 16)) {
	case 0:
		m->frozen_until = sim.ms + rand_below(&sim.rand, 3000);
		break;
	case 1:
		m->skew_ms += rand_below(&sim.rand, 3000);
		break;
	case 2:
		sim.away_until = sim.ms + rand_below(&sim.rand, 3000);
		break;
	case 3:
		member_close(m);
		m->dead_until = sim.ms + rand_below(&sim.rand, 4000);
		break;
	case 4: // from the store alone
		m->cut_until = sim.ms + rand_below(&sim.rand, 4000);
		break;
	case 5:
		if (sim.seed % 4 == 0)
			memset(&sim.store, 0, sizeof(sim.store));
		break;
	default: {
		struct cable *cable = &sim.cable[rand_below(&sim.rand, sim.cables)];

		cable->up = !cable->up;
	}
	}
}

static void step(void)
{
	for (unsigned i = 0; i < FLIGHTS_MAX; i++)
		if (sim.flight[i].kind != FLIGHT_NONE && sim.flight[i].at_ms <= sim.ms)
			land(&sim.flight[i]);
	loops_look(false);
	for (unsigned i = 0; i < sim.members; i++) {
		if (!sim.m[i].runs && sim.ms >= sim.m[i].dead_until)
			member_open(i);
		if (is_awake(&sim.m[i]))
			member_turn(&sim.m[i]);
		loops_look(false);
	}
	if (sim.ms % 500 == 0)
		for (unsigned on = 0; on < sim.switches; on++)
			host_send(on);
	if (!is_calm() && rand_below(&sim.rand, 50) == 0)
		misfortune();
	loops_look(false);
}

static void cable_add(unsigned a, unsigned b)
{
	struct cable *cable = &sim.cable[sim.cables];
	unsigned ends[] = {a, b};

	*cable = (struct cable){.up = true};
	for (unsigned end = 0; end < 2; end++) {
		unsigned port = 2;

		while (port <= PORTS_MAX && sim.on[ends[end]].cable[port] >= 0)
			port++;
		if (port > PORTS_MAX)
			return;
		cable->at[end] = ends[end];
		cable->port[end] = port;
	}
	for (unsigned end = 0; end < 2; end++)
		sim.on[cable->at[end]].cable[cable->port[end]] = (int)sim.cables;
	sim.cables++;
}

static void life_begin(uint64_t seed)
{
	memset(&sim, 0, sizeof(sim));
	rand_init(&sim.rand, seed);
	sim.seed = seed;
	sim.members = 2 + (unsigned)rand_below(&sim.rand, MEMBERS_MAX - 1);
	sim.switches = 3 + (unsigned)rand_below(&sim.rand, SWITCHES_MAX - 2);
	sim.loss = (unsigned)rand_below(&sim.rand, 3) * 5;
	for (unsigned on = 0; on < sim.switches; on++) {
		sim.on[on] = (struct sim_switch){.master = -1, .host = 1 + on};
		for (unsigned port = 0; port <= PORTS_MAX; port++)
			sim.on[on].cable[port] = -1;
	}
	for (unsigned on = 0; on < sim.switches; on++) // a ring, and some across
		cable_add(on, (on + 1) % sim.switches);
	for (unsigned i = 0; i < 6; i++) {
		unsigned a = (unsigned)rand_below(&sim.rand, sim.switches);
		unsigned b = (unsigned)rand_below(&sim.rand, sim.switches);

		if (a != b)
			cable_add(a, b);
	}
}

// In the end all know what there is, and floods reach all.
static void life_check(void)
{
	unsigned up = 0;

	for (unsigned i = 0; i < sim.cables; i++)
		up += sim.cable[i].up;
	for (unsigned i = 0; i < sim.members; i++) {
		const struct sdn_forward *forward = &sim.m[i].forward;

		if (forward->topology.links != up || forward->hosts.len != sim.switches ||
		    forward->flooding.digest != sim.m[0].forward.flooding.digest)
			fail_msg("seed %ju: controller %u knows %u of %u links and %u of %u hosts",
			         (uintmax_t)sim.seed, i, forward->topology.links, up,
			         forward->hosts.len, sim.switches);
	}
	if (loops_look(false) != loops_look(true))
		fail_msg("seed %ju: floods take %u links of a tree of %u", (uintmax_t)sim.seed,
		         loops_look(false), loops_look(true));
	assert_true(sim.floods_seen > 0 && sim.rows_taken > 0);
}

static void life(uint64_t seed)
{
	life_begin(seed);
	for (; sim.ms < LIFE_MS; sim.ms += STEP_MS)
		step();
	life_check();
	for (unsigned i = 0; i < FLIGHTS_MAX; i++)
		flight_end(&sim.flight[i]);
	for (unsigned i = 0; i < sim.members; i++)
		member_close(&sim.m[i]);
}

static void test_lives(void **state)
{
	const char *from = getenv("SEEDS_FROM"), *to = getenv("SEEDS_TO");

	for (uint64_t seed = from ? strtoul(from, NULL, 10) : 1;
	     seed <= (to ? strtoul(to, NULL, 10) : 40); seed++)
		life(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
