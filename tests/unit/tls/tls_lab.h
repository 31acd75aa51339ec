// tls_lab: two ends of TLS in one process, and a wire between them that cuts, holds back and spoils
// bytes as a test says. Certificates are those of certificates.sh; the time is when they were made.
#ifndef TLS_LAB_H
#define TLS_LAB_H

#include "harness.h"

#include "proto/tls/tls.h"

#include <stdio.h>
#include <stdlib.h>

#define LAB_DAY_S      86400
#define LAB_WIRE_BYTES (1 << 18)
#define LAB_TURNS      100000

static struct tls_file lab_files[64];
static unsigned lab_files_len;

// A file of certificates.sh; read once. "": none.
static struct tls_file lab_file(const char *name)
{
	char path[512];
	struct tls_file *file;
	uint8_t *bytes;
	FILE *from;

	if (!*name)
		return (struct tls_file){0};
	for (unsigned i = 0; i < lab_files_len; i++)
		if (strcmp(lab_files[i].name, name) == 0)
			return lab_files[i];
	assert_true(lab_files_len < ARRAY_LEN(lab_files));
	snprintf(path, sizeof(path), "%s/%s", getenv("TLS_CERTIFICATES"), name);
	from = fopen(path, "rb");
	bytes = malloc(1 << 16);
	assert_non_null(from);
	assert_non_null(bytes);
	file = &lab_files[lab_files_len++];
	*file = (struct tls_file){name, bytes, fread(bytes, 1, 1 << 16, from)};
	fclose(from);
	return *file;
}

static inline void lab_forget_files(void)
{
	while (lab_files_len > 0)
		free((void *)(uintptr_t)lab_files[--lab_files_len].bytes);
}

// When the certificates were made, in seconds since 1970, and a minute.
static inline int64_t lab_now_s(void)
{
	return strtoll(lab_file("now").bytes, NULL, 10) + 60;
}

static inline struct tls_identity lab_identity(const char *name)
{
	char chain[64], key[64];
	static char names[16][2][64];
	static unsigned len;
	unsigned i = len++ % 16;

	snprintf(chain, sizeof(chain), "%s.chain.pem", name);
	snprintf(key, sizeof(key), "%s.key.pem", name);
	strcpy(names[i][0], chain);
	strcpy(names[i][1], key);
	return (struct tls_identity){.chain = lab_file(names[i][0]), .key = lab_file(names[i][1])};
}

// One direction of the wire.
struct lab_wire {
	uint8_t bytes[LAB_WIRE_BYTES];
	size_t len, taken;
	size_t room; // bytes that it takes until lab_pump is called again
};

struct lab_end {
	struct tls_conn *conn;
	struct lab_wire *in, *out;
	size_t given; // bytes of `in` that it may see
	uint8_t got[LAB_WIRE_BYTES];
	size_t got_len;
	const uint8_t *to_send;
	size_t to_send_len;
	enum tls_status status;
	const struct tls_tickets *tickets;
};

struct lab {
	struct tls_context *client_context, *server_context;
	struct lab_wire up, down;
	struct lab_end client, server;
	size_t cut;  // most bytes that an end is given at a time
	size_t room; // most bytes that an end may send at a time
	int64_t now_s;
};

static uint32_t lab_send(void *ctx, const void *bytes, uint32_t len)
{
	struct lab_wire *wire = ctx;
	size_t n = size_min(len, wire->room);

	assert_true(wire->len + n <= sizeof(wire->bytes));
	memcpy(wire->bytes + wire->len, bytes, n);
	wire->len += n;
	wire->room -= n;
	return (uint32_t)n;
}

static inline struct tls_io lab_io(struct lab *lab, struct lab_end *end)
{
	return (struct tls_io){
	        .in = span_of(end->in->bytes + end->in->taken, end->given - end->in->taken),
	        .send = lab_send,
	        .ctx = end->out,
	        .tickets = end->tickets,
	        .now_s = lab->now_s};
}

// One call: the handshake, else what is to be sent, else what has come.
static enum tls_status lab_step(struct lab *lab, struct lab_end *end)
{
	struct tls_io io = lab_io(lab, end);
	enum tls_status status;
	uint32_t n = 0;

	if (!tls_is_open(end->conn)) {
		status = tls_handshake(end->conn, &io);
	} else if (end->to_send_len > 0) {
		status = tls_write(end->conn, &io, end->to_send, (uint32_t)end->to_send_len, &n);
		end->to_send += n;
		end->to_send_len -= n;
	} else {
		status = tls_read(end->conn, &io, end->got + end->got_len,
		                  (uint32_t)(sizeof(end->got) - end->got_len), &n);
		end->got_len += n;
	}
	assert_true(status != TLS_WAIT || span_left(&io.in) == 0);
	end->in->taken = (size_t)(io.in.p - end->in->bytes);
	return status;
}

// Lets both ends go on until neither can. False: that has no end.
static bool lab_pump(struct lab *lab)
{
	struct lab_end *ends[] = {&lab->client, &lab->server};

	for (unsigned turn = 0; turn < LAB_TURNS; turn++) {
		bool idle = true;

		for (unsigned i = 0; i < 2; i++) {
			struct lab_end *end = ends[i];
			size_t before = end->out->len, left = end->in->len - end->given;

			end->given += size_min(left, lab->cut);
			end->out->room = lab->room;
			end->status = lab_step(lab, end);
			idle &= left == 0 && end->out->len == before && end->status != TLS_DONE &&
			        end->status != TLS_ROOM;
		}
		if (idle)
			return true;
	}
	return false;
}

static inline void lab_close_ends(struct lab *lab)
{
	if (lab->client.conn)
		tls_close(lab->client.conn);
	if (lab->server.conn)
		tls_close(lab->server.conn);
	lab->client.conn = lab->server.conn = NULL;
}

// New connections of the same contexts, on an empty wire.
static inline void lab_connect(struct lab *lab, const char *server_name)
{
	const struct tls_tickets *tickets = lab->server.tickets;

	lab_close_ends(lab);
	lab->up.len = lab->up.taken = lab->down.len = lab->down.taken = 0;
	lab->client = (struct lab_end){.in = &lab->down, .out = &lab->up};
	lab->server = (struct lab_end){.in = &lab->up, .out = &lab->down, .tickets = tickets};
	lab->client.conn = tls_open(lab->client_context, server_name);
	lab->server.conn = tls_open(lab->server_context, NULL);
	assert_non_null(lab->client.conn);
	assert_non_null(lab->server.conn);
}

static inline struct tls_context *lab_context(const struct tls_context_conf *conf)
{
	struct why why;
	struct tls_context *context = tls_context_open(conf, &why);

	if (!context)
		fail_msg("%s", why.text);
	return context;
}

// Contexts of a client and of a server; what a conf leaves out is: the server is a.example, and the
// client verifies it.
static inline struct lab *lab_open(struct tls_context_conf client, struct tls_context_conf server)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct tls_identity a = lab_identity("a");

	assert_non_null(lab);
	lab->cut = lab->room = LAB_WIRE_BYTES;
	lab->now_s = client.now_s = server.now_s = lab_now_s();
	client.client = true;
	if (!client.ca.len) {
		client.ca = lab_file("root.pem");
		client.verify = TLS_VERIFY_REQUIRED;
	}
	if (!server.identities_len) {
		server.identities = &a;
		server.identities_len = 1;
	}
	lab->client_context = lab_context(&client);
	lab->server_context = lab_context(&server);
	return lab;
}

static inline void lab_close(struct lab *lab)
{
	lab_close_ends(lab);
	tls_context_put(lab->client_context);
	tls_context_put(lab->server_context);
	free(lab);
}

// Each end sends bytes, and gets those of the other.
static inline void lab_exchange(struct lab *lab)
{
	static const uint8_t up[40000] = "query", down[70000] = "response";

	lab->client.to_send = up;
	lab->client.to_send_len = sizeof(up);
	lab->server.to_send = down;
	lab->server.to_send_len = sizeof(down);
	assert_true(lab_pump(lab));
	assert_int_equal(lab->server.got_len, sizeof(up));
	assert_memory_equal(lab->server.got, up, sizeof(up));
	assert_int_equal(lab->client.got_len, sizeof(down));
	assert_memory_equal(lab->client.got, down, sizeof(down));
}

#endif
