// web_echo: see the header.
#include "apps/web/web_echo.h"

#include "apps/http/http_socket.h"

// A piece goes back as a frame of its own, so that a message of any length needs no memory here.
static void echo_message(struct http_socket *socket, struct span piece, bool last, mono_t now)
{
	bool written = http_socket_write(socket, http_socket_kind(socket), &piece, last, now);

	assert(written); // the contract of `message`
	(void)written;
}

static const struct http_socket_handler handler = {.message = echo_message};

void web_echo_request(struct http_exchange *exchange, mono_t now)
{
	(void)http_socket_accept(exchange, &handler, NULL, now);
}
