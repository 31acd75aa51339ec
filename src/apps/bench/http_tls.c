// http_tls: see the header.
#include "apps/bench/http_tls.h"

struct tls_conn *http_tls_open(const struct http_load *load, const struct http_tls_session *session)
{
	struct tls_conn *tls = tls_open(load->tls, *load->tls_name ? load->tls_name : NULL);

	// A session that is not taken costs a whole handshake, which the counts show.
	if (tls && session->len)
		(void)!tls_resume(tls, session->bytes, session->len);
	return tls;
}

void http_tls_keep(const struct tls_conn *tls, struct http_tls_session *session)
{
	if (session->len == 0)
		tls_session(tls, session->bytes, sizeof(session->bytes), &session->len);
}

static uint32_t to_tcp(void *ctx, const void *bytes, uint32_t len)
{
	return tcp_send(ctx, bytes, len);
}

struct tls_io http_tls_io(struct tcp_conn *tcp, struct span in)
{
	return (struct tls_io){.in = in, .send = to_tcp, .ctx = tcp};
}

uint32_t http_tls_send(struct tls_conn *tls, struct tcp_conn *tcp, const void *bytes, uint32_t len)
{
	struct tls_io io = http_tls_io(tcp, span_of(NULL, 0));
	enum tls_status status = TLS_DONE;
	uint32_t done = 0, n;

	while (done < len && status == TLS_DONE) {
		status = tls_write(tls, &io, (const uint8_t *)bytes + done, len - done, &n);
		done += n;
	}
	return done;
}
