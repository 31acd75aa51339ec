// Hostile bytes for an end of TLS: as the first of a connection, or behind a handshake that it did
// with an honest peer in this process. Nothing of them comes out as plaintext, and what is left is
// what was not looked at.
#include "proto/tls/tls.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A key of no other use, with its certificate until 2126.
static const char identity[] = "-----BEGIN CERTIFICATE-----\n"
                               "MIIBnDCCAUSgAwIBAgIUFY9uE9Dbq1kSyHmAq2TuCZ+08YUwCgYIKoZIzj0EAwIw\n"
                               "FzEVMBMGA1UEAwwMZnV6ei5leGFtcGxlMCAXDTI2MTEyOTEyMDg0M1oYDzIxMjYx\n"
                               "MTA1MTIwODQzWjAXMRUwEwYDVQQDDAxmdXp6LmV4YW1wbGUwWTATBgcqhkjOPQIB\n"
                               "BggqhkjOPQMBBwNCAATf25R2DJzd/SLcT9MuK8OtC+KkZ3FxaWC+DiLE19ZIMgLu\n"
                               "RTNE8LVEHoW1w98oQCZt5jN9OxEQNVStKsMCShOho2wwajAdBgNVHQ4EFgQUmfZN\n"
                               "GGARqCllwdf9x2f5PcoHK14wHwYDVR0jBBgwFoAUmfZNGGARqCllwdf9x2f5PcoH\n"
                               "K14wDwYDVR0TAQH/BAUwAwEB/zAXBgNVHREEEDAOggxmdXp6LmV4YW1wbGUwCgYI\n"
                               "KoZIzj0EAwIDRgAwQwIgfil7vtopL9RYtm7LrRmfJqLwLifI/slnSPHZxxeYjKIC\n"
                               "HwTr+8gGCq7kaDCTFVsilNi5n8T0od2pyF3CB3KidFY=\n"
                               "-----END CERTIFICATE-----\n"
                               "-----BEGIN PRIVATE KEY-----\n"
                               "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpIrsn3ulK924uq+L\n"
                               "ymWPE3fGjklmkBx9tQEzfvChWr+hRANCAATf25R2DJzd/SLcT9MuK8OtC+KkZ3Fx\n"
                               "aWC+DiLE19ZIMgLuRTNE8LVEHoW1w98oQCZt5jN9OxEQNVStKsMCShOh\n"
                               "-----END PRIVATE KEY-----\n";

#define NOW_S      2000000000
#define WIRE_BYTES 65536

enum mode {
	MODE_CLIENT = 1 << 0, // bytes for a client
	MODE_OPEN = 1 << 1,   // after the handshake
	MODE_TLS12 = 1 << 2,
	MODE_NARROW = 1 << 3, // the way back takes a byte at a time
};

struct wire {
	uint8_t bytes[WIRE_BYTES];
	size_t len, taken, room;
};

static uint32_t wire_send(void *ctx, const void *bytes, uint32_t len)
{
	struct wire *wire = ctx;
	size_t n = size_min(size_min(len, wire->room), WIRE_BYTES - wire->len);

	memcpy(wire->bytes + wire->len, bytes, n);
	wire->len += n;
	return (uint32_t)n;
}

static struct tls_io io_of(struct wire *in, struct wire *out)
{
	return (struct tls_io){.in = span_of(in->bytes + in->taken, in->len - in->taken),
	                       .send = wire_send,
	                       .ctx = out,
	                       .now_s = NOW_S};
}

static struct tls_context *context_of(bool client, bool tls12)
{
	struct tls_file pem = {"identity", identity, sizeof(identity) - 1};
	struct tls_identity one = {.chain = pem, .key = pem};
	struct tls_context_conf conf = {.client = client,
	                                .identities = client ? NULL : &one,
	                                .identities_len = !client,
	                                .ca = pem,
	                                .verify =
	                                        client ? TLS_VERIFY_REQUIRED : TLS_VERIFY_OPTIONAL,
	                                .version_max = tls12 ? 0x0303 : 0,
	                                .now_s = NOW_S};
	struct why why;
	struct tls_context *context = tls_context_open(&conf, &why);

	if (!context)
		abort();
	return context;
}

static void handshake(struct tls_conn *client, struct tls_conn *server, struct wire *up,
                      struct wire *down)
{
	for (unsigned i = 0; i < 8; i++) {
		struct tls_io of_client = io_of(down, up), of_server = io_of(up, down);

		(void)!tls_handshake(client, &of_client);
		down->taken = (size_t)(of_client.in.p - down->bytes);
		of_server.in = span_of(up->bytes + up->taken, up->len - up->taken);
		(void)!tls_handshake(server, &of_server);
		up->taken = (size_t)(of_server.in.p - up->bytes);
	}
	if (!tls_is_open(client) || !tls_is_open(server))
		abort();
}

// Gives the end the bytes in parts of `cut`.
static void hear(struct tls_conn *conn, struct wire *out, const uint8_t *bytes, size_t size,
                 size_t cut)
{
	size_t at = 0, given = 0;
	enum tls_status status = TLS_WAIT;
	uint8_t plain[256];
	uint32_t len = 0;

	for (unsigned call = 0; call < 4096 && status != TLS_FAILED; call++) {
		struct tls_io io = {.send = wire_send, .ctx = out, .now_s = NOW_S};

		if (status == TLS_WAIT && given == size)
			break;
		given = size_min(size, given + cut);
		io.in = span_of(bytes + at, given - at);
		status = tls_is_open(conn) ? tls_read(conn, &io, plain, sizeof(plain), &len)
		                           : tls_handshake(conn, &io);
		if (len > 0 || (status == TLS_WAIT && span_left(&io.in) > 0))
			abort();
		at = (size_t)(io.in.p - bytes);
		if (status == TLS_ENDED)
			abort(); // a close_notify is encrypted
	}
	if (status == TLS_FAILED && tls_fail(conn) == TLS_FAIL_NONE)
		abort();
}

// The first byte is the mode, the second the size of parts.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_context *contexts[2][2]; // kept: their keys are read once
	static struct wire up, down;
	struct tls_conn *client, *server;
	bool for_client, tls12;

	if (size < 2)
		return 0;
	for_client = data[0] & MODE_CLIENT;
	tls12 = data[0] & MODE_TLS12;
	for (unsigned i = 0; i < 2; i++)
		if (!contexts[tls12][i])
			contexts[tls12][i] = context_of(i, tls12);
	client = tls_open(contexts[tls12][1], "fuzz.example");
	server = tls_open(contexts[tls12][0], NULL);
	if (!client || !server)
		abort();
	up.len = up.taken = down.len = down.taken = 0;
	up.room = down.room = WIRE_BYTES;
	if (data[0] & MODE_OPEN)
		handshake(client, server, &up, &down);
	up.room = down.room = data[0] & MODE_NARROW ? 1 : WIRE_BYTES;
	hear(for_client ? client : server, for_client ? &up : &down, data + 2, size - 2,
	     data[1] ? data[1] : size);
	tls_close(client);
	tls_close(server);
	return 0;
}
