// tls_none: see tls.h: a build without OpenSSL's TLS (-Dtls=false). No context can be opened, and
// so there is never a connection: what takes one is not called.
#include "proto/tls/tls.h"

#include <stdlib.h>

struct tls_context *tls_context_open(const struct tls_context_conf *conf, struct why *why)
{
	why_set(why, "this build has no TLS: build with -Dtls=true");
	return NULL;
}

void tls_context_put(struct tls_context *context)
{
	assert(!context);
}

int64_t tls_context_expires_s(const struct tls_context *context)
{
	abort();
}

const char *tls_context_slow_key(const struct tls_context *context)
{
	abort();
}

void tls_tickets_rotate(struct tls_tickets *tickets, const uint8_t key[TLS_TICKET_KEY_BYTES])
{
	abort();
}

struct tls_conn *tls_open(struct tls_context *context, const char *server_name)
{
	abort();
}

void tls_close(struct tls_conn *conn)
{
	abort();
}

enum tls_status tls_handshake(struct tls_conn *conn, struct tls_io *io)
{
	abort();
}

bool tls_is_open(const struct tls_conn *conn)
{
	abort();
}

enum tls_status tls_read(struct tls_conn *conn, struct tls_io *io, void *bytes, uint32_t room,
                         uint32_t *len)
{
	abort();
}

enum tls_status tls_peek(struct tls_conn *conn, struct tls_io *io, void *bytes, uint32_t room,
                         uint32_t *len)
{
	abort();
}

enum tls_status tls_write(struct tls_conn *conn, struct tls_io *io, const void *bytes, uint32_t len,
                          uint32_t *taken)
{
	abort();
}

enum tls_status tls_shutdown(struct tls_conn *conn, struct tls_io *io)
{
	abort();
}

enum tls_fail tls_fail(const struct tls_conn *conn)
{
	abort();
}

const char *tls_fail_detail(const struct tls_conn *conn)
{
	abort();
}

bool tls_peer_digest(const struct tls_conn *conn, uint8_t digest[TLS_DIGEST_BYTES])
{
	abort();
}

bool tls_peer_has_name(const struct tls_conn *conn, const char *name)
{
	abort();
}

void tls_info(const struct tls_conn *conn, struct tls_info *info)
{
	abort();
}

void tls_session(const struct tls_conn *conn, uint8_t *bytes, size_t size, size_t *len)
{
	abort();
}

bool tls_resume(struct tls_conn *conn, const uint8_t *bytes, size_t len)
{
	abort();
}
