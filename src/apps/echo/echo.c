// echo: wadi-echo: echo, discard and chargen (RFC 862, 863, 864) over UDP and TCP. The smallest
// appliance: a table of keys, one of ports, and what is done with what comes to them.
// docs/tutorial.md builds it step by step.
#include <wadi/wadi.h>

struct echo_conf {
	uint64_t echo, discard, chargen, fast_open, keepalive, user_timeout;
};

#define PORT(key, port, text)                                                                      \
	{                                                                                          \
#key, CONF_UNSIGNED, offsetof(struct echo_conf, key), port, 0, 65535, .help = text \
	}
static const struct conf_key keys[] = {
        PORT(echo, "7", "UDP and TCP port that returns what comes to it; 0: none."),
        PORT(discard, "9", "UDP and TCP port that takes all and answers nothing; 0: none."),
        PORT(chargen, "19", "UDP and TCP port that sends characters; 0: none."),
        PORT(fast_open, "0", "TCP connections to echo whose SYN may bring data; 0: none."),
        PORT(keepalive, "7200", "Seconds until silent TCP clients are probed; 0: never."),
        PORT(user_timeout, "0", "Seconds clients may acknowledge nothing (RFC 5482); 0: 300."),
        {0},
};
static const struct conf_section section = {sizeof(struct echo_conf), keys};

// Replies in place: the request is the reply.
static void echo_reply(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		udp_reply(&dgrams[i], dgrams[i].len);
}

static void discard_reply(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
}

#define LINE 74 // 72 of 95 characters, CR and LF; each line begins one further
static void chargen_fill(uint8_t *bytes, size_t len, size_t at)
{
	for (size_t i = 0; i < len; i++, at++) {
		size_t column = at % LINE, shift = (at / LINE + column) % 95;

		bytes[i] = (uint8_t)(column < 72 ? ' ' + shift : (size_t) "\r\n"[column - 72]);
	}
}

// As long as the request: more would serve those who forge their victim's address.
static void chargen_reply(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++) {
		chargen_fill(dgrams[i].payload, dgrams[i].len, 0);
		udp_reply(&dgrams[i], dgrams[i].len);
	}
}

// Sends the pages in which the bytes came; those for which there is no room are given again.
static unsigned echo_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                          mono_t now)
{
	return tcp_send_pages(conn, data, n);
}

// As much as the connection takes. Its ctx is how far the characters are.
static void chargen_send(void *ctx, struct tcp_conn *conn, mono_t now)
{
	size_t at = (uintptr_t)ctx, sent;
	uint8_t bytes[1024];

	do {
		chargen_fill(bytes, sizeof(bytes), at);
		sent = tcp_send(conn, bytes, sizeof(bytes));
		at = (at + sent) % ((size_t)95 * LINE);
	} while (sent == sizeof(bytes));
	tcp_set_ctx(conn, (void *)(uintptr_t)at);
}

#define AT(member) offsetof(struct echo_conf, member)
static const struct service_port ports[] = {
        {AT(echo), echo_reply, &(const struct tcp_ops){.data = echo_data}, "are you there?",
         AT(fast_open), AT(keepalive), AT(user_timeout)},
        {AT(discard), discard_reply, &(const struct tcp_ops){NULL}, .keepalive = AT(keepalive)},
        {AT(chargen), chargen_reply,
         &(const struct tcp_ops){.opened = chargen_send, .writable = chargen_send},
         .keepalive = AT(keepalive), .user_timeout = AT(user_timeout)},
        {0},
};

static const struct service service = {
        .name = "echo", .help = "The ports.", .section = &section, .ports = ports};

static const struct appliance appliance = {
        .name = "wadi-echo",
        .summary = "sends back what it gets, discards it, or sends characters",
        .text = "Serves echo, discard and chargen (RFC 862 to 864), to try a device or a client.",
        .services = (const struct service *const[]){&service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}
