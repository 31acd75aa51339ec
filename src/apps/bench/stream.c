// stream: see the header.
#include "apps/bench/stream.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A server has no default port, but this says that one is missing.
static bool parse_target(const char *text, struct target *target)
{
	return target_parse(text, 0, target) && target->port && !addr_is_any(target->addr) &&
	       !addr_is_multicast(target->addr);
}

static bool check_target(const char *text, struct why *why)
{
	struct target target;

	why_set(why, "is not an address with a port, such as 192.0.2.1:7 or [2001:db8::1]:7");
	return parse_target(text, &target);
}

static bool check_from(const char *text, struct why *why)
{
	struct addr addr;

	why_set(why, "is not an IP address");
	return addr_parse(text, &addr) && !addr_is_any(addr) && !addr_is_multicast(addr);
}

static const char *const modes[] = {[STREAM_KEPT] = "kept",
                                    [STREAM_EACH] = "each",
                                    [STREAM_SEND] = "send",
                                    [STREAM_RECEIVE] = "receive",
                                    NULL};

#define AT(member) offsetof(struct stream_conf, member)

static const struct conf_key keys[] = {
        {"to", CONF_STRING, AT(to), "", .check = check_target,
         .help = "The server: ADDRESS:PORT or [ADDRESS]:PORT."},
        {"listen", CONF_UNSIGNED, AT(listen), "0", 0, UINT16_MAX,
         .help = "TCP port at which this end is the server; 0: it is the client, of `to`."},
        {"from", CONF_STRINGS, AT(from), "", .max = STREAM_FROM_MAX, .check = check_from,
         .help = "Addresses that connections come from, in turn, of those that the port has; those "
                 "of the other family than the server's are not used. None: its address on the way "
                 "to the server."},
        {"mode", CONF_ENUM, AT(mode), "kept", .choices = modes,
         .help = "kept: requests and answers on connections that stay open; each: a connection for "
                 "each request; send: as many bytes to the peer as it takes; receive: bytes from "
                 "the peer."},
        {"connections", CONF_UNSIGNED, AT(connections), "64", 1, 65536,
         .help = "Connections at a time, of all workers together."},
        {"request", CONF_PATH, AT(request), "", .max = PATH_MAX - 1,
         .help = "The file whose bytes are a request; without one it is zeros."},
        {"request_bytes", CONF_UNSIGNED, AT(request_bytes), "64", 1, STREAM_REQUEST_MAX,
         .help = "Bytes of a request without a file, and of those that a server answers."},
        {"answer_bytes", CONF_UNSIGNED, AT(answer_bytes), "64", 0, STREAM_REQUEST_MAX,
         .help = "Bytes of an answer; 0: for a client all until the server closes, for a server "
                 "no answer."},
        {"duration", CONF_UNSIGNED, AT(duration_s), "10", 1, 86400,
         .help = "Seconds of a client's measurement."},
        {"warm_up", CONF_UNSIGNED, AT(warm_up_ms), "1000", 0, 600000,
         .help = "Milliseconds before the measurement, which do not count."},
        {"json", CONF_BOOL, AT(json), "false", .help = "Whether the result is printed as JSON."},
        {0},
};

const struct conf_section stream_conf_section = {sizeof(struct stream_conf), keys};

// The texts have passed the checks of their keys.
static void take_addresses(struct stream *stream)
{
	const char *const *from = stream->conf->from.items;
	bool sound = *stream->conf->to == '\0' || parse_target(stream->conf->to, &stream->target);

	for (size_t i = 0; i < stream->conf->from.len && sound; i++) {
		struct addr *addr = &stream->from[stream->from_len];

		sound = addr_parse(from[i], addr);
		stream->from_len += addr_is_ipv4(*addr) == addr_is_ipv4(stream->target.addr);
	}
	assert(sound);
	(void)sound;
}

static int read_request(struct stream *stream, const char *path, struct why *why)
{
	FILE *in = fopen(path, "r");
	size_t len;

	if (!in)
		return why_fail(why, -errno, "%s: %s", path, strerror(errno));
	len = fread(stream->request, 1, STREAM_REQUEST_MAX, in);
	fclose(in);
	if (len == 0)
		return why_fail(why, -EINVAL, "%s: there is no request in it", path);
	stream->request_len = (uint32_t)len;
	return 0;
}

int stream_open(struct stream *stream, const struct stream_conf *conf, struct why *why)
{
	*stream = (struct stream){.conf = conf, .request_len = (uint32_t)conf->request_bytes};
	if (*conf->to && conf->listen)
		return why_fail(why, -EINVAL,
		                "tcp.listen: this end is a client of %s already, by tcp.to",
		                conf->to);
	take_addresses(stream);
	stream->request = calloc(1, STREAM_REQUEST_MAX);
	if (!stream->request)
		return why_no_memory(why, "a request");
	return *conf->request ? read_request(stream, conf->request, why) : 0;
}

void stream_close(struct stream *stream)
{
	free(stream->request);
}
