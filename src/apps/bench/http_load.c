// http_load: see the header.
#include "apps/bench/http_load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HTTP_PORT  80
#define HTTPS_PORT 443

// What a server may send within a measurement: files of any length.
#define BODY_BYTES (UINT64_C(1) << 40)

static bool parse_server(const char *text, uint16_t port, struct target *target)
{
	return target_parse(text, port, target) && !addr_is_any(target->addr) &&
	       !addr_is_multicast(target->addr);
}

static bool check_server(const char *text, struct why *why)
{
	struct target target;

	why_set(why, "is not an address, such as 192.0.2.1:8080 or [2001:db8::1]:80");
	return parse_server(text, HTTP_PORT, &target);
}

static bool check_from(const char *text, struct why *why)
{
	struct addr addr;

	why_set(why, "is not an IP address");
	return addr_parse(text, &addr) && !addr_is_any(addr) && !addr_is_multicast(addr);
}

static const char *const modes[] = {[HTTP_LOAD_KEPT] = "kept", [HTTP_LOAD_EACH] = "each", NULL};
static const char *const handshakes[] = {[HTTP_LOAD_PLAIN] = "off",
                                         [HTTP_LOAD_FULL] = "full",
                                         [HTTP_LOAD_RESUMED] = "resumed",
                                         NULL};

#define AT(member) offsetof(struct http_load_conf, member)

static const struct conf_key keys[] = {
        {"to", CONF_STRING, AT(to), "", .check = check_server,
         .help = "The server: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT."},
        {"target", CONF_STRING, AT(target), "/", .help = "What is requested: a path."},
        {"host", CONF_STRING, AT(host), "",
         .help = "The value of Host; that of `to` unless given."},
        {"fields", CONF_STRINGS, AT(fields), "", .max = HTTP_LOAD_FIELDS_MAX,
         .help = "More fields of the request: NAME: VALUE."},
        {"from", CONF_STRINGS, AT(from), "", .max = HTTP_LOAD_FROM_MAX, .check = check_from,
         .help = "Addresses that connections come from, in turn, of those that the port has; those "
                 "of the other family than the server's are not used. None: its address on the way "
                 "to the server."},
        {"mode", CONF_ENUM, AT(mode), "kept", .choices = modes,
         .help = "kept: requests on connections that stay open; each: a connection for each "
                 "request, which the server closes."},
        {"tls", CONF_ENUM, AT(tls), "off", .choices = handshakes,
         .help = "off: HTTP; full: HTTPS, with a whole handshake for each connection; resumed: "
                 "HTTPS, "
                 "where connections resume a session. The server's certificate is not verified, "
                 "and "
                 "the port is 443 unless given."},
        {"connections", CONF_UNSIGNED, AT(connections), "64", 1, 65536,
         .help = "Connections at a time, of all workers together."},
        {"pipeline", CONF_UNSIGNED, AT(pipeline), "1", 1, HTTP_PIPELINE_MAX,
         .help = "Requests outstanding on a connection."},
        {"rate", CONF_UNSIGNED, AT(rate), "0", 0, 1000000000,
         .help = "Requests a second, of all workers together, whether answers come or not; 0: as "
                 "many as are answered."},
        {"status", CONF_UNSIGNED, AT(status), "200", 100, 599,
         .help = "The status of an answer that counts; others count as wrong."},
        {"length", CONF_UNSIGNED, AT(length), "0", 0, INT64_MAX,
         .help = "The bytes of content of an answer that counts; 0: any number."},
        {"duration", CONF_UNSIGNED, AT(duration_s), "10", 1, 86400,
         .help = "Seconds of the measurement."},
        {"warm_up", CONF_UNSIGNED, AT(warm_up_ms), "1000", 0, 600000,
         .help = "Milliseconds before the measurement, which do not count."},
        {"json", CONF_BOOL, AT(json), "false", .help = "Whether the result is printed as JSON."},
        {0},
};

const struct conf_section http_load_conf_section = {sizeof(struct http_load_conf), keys};

// The texts have passed the checks of their keys.
static void take_addresses(struct http_load *load)
{
	const char *const *from = load->conf->from.items;
	bool valid = parse_server(load->conf->to, load->conf->tls ? HTTPS_PORT : HTTP_PORT,
	                          &load->target);

	for (size_t i = 0; i < load->conf->from.len && valid; i++) {
		struct addr *addr = &load->from[load->from_len];

		valid = addr_parse(from[i], addr);
		load->from_len += addr_is_ipv4(*addr) == addr_is_ipv4(load->target.addr);
	}
	assert(valid);
	(void)valid;
}

static int put_field(struct http_call *call, const char *field, struct why *why)
{
	const char *colon = strchr(field, ':');
	char name[64];

	if (!colon || (size_t)(colon - field) >= sizeof(name))
		return why_fail(why, -EINVAL, "http.fields: \"%s\" is not NAME: VALUE", field);
	memcpy(name, field, (size_t)(colon - field));
	name[colon - field] = 0;
	colon += 1 + strspn(colon + 1, " ");
	http_call_text(call, name, colon);
	if (call->malformed)
		return why_fail(why, -EINVAL, "http.fields: \"%s\" cannot be a field here", field);
	return 0;
}

// The same bytes are sent for every request.
static int write_request(struct http_load *load, struct http_client *client, const char *host,
                         struct why *why)
{
	const struct http_load_conf *conf = load->conf;
	struct fill out = fill_of(load->request, sizeof(load->request));
	const char *const *fields = conf->fields.items;
	struct http_call call;
	int err = 0;

	http_call_begin(&call, client, &out, "GET", span_of(conf->target, strlen(conf->target)),
	                span_of(host, strlen(host)));
	if (call.malformed)
		return why_fail(why, -EINVAL,
		                "http.target or http.host: %s of %s cannot be requested",
		                conf->target, host);
	for (size_t i = 0; i < conf->fields.len && err == 0; i++)
		err = put_field(&call, fields[i], why);
	if (err)
		return err;
	if (conf->mode == HTTP_LOAD_EACH)
		http_call_close(&call);
	if (http_call_end(&call) != HTTP_CALL_WRITTEN)
		return why_fail(why, -EINVAL, "http.fields: the request is longer than %d bytes",
		                HTTP_LOAD_HEAD_BYTES);
	load->request_len = (uint32_t)fill_len(&out);
	return 0;
}

// The name of the host is what the certificate is chosen by (RFC 6066 section 3); an address is
// none.
static void take_name(struct http_load *load)
{
	const char *host = load->conf->host;
	struct target address;
	size_t len = strcspn(host, ":");

	if (target_parse(host, HTTPS_PORT, &address) || len > TLS_NAME_MAX)
		return;
	memcpy(load->tls_name, host, len);
	load->tls_name[len] = '\0';
}

// A load generator is no client that has something to lose: any certificate will do.
static int open_tls(struct http_load *load, struct why *why)
{
	static const char *const alpn[] = {"http/1.1"};
	const struct tls_context_conf conf = {
	        .client = true, .alpn = alpn, .alpn_len = ARRAY_LEN(alpn)};

	if (load->conf->tls == HTTP_LOAD_PLAIN)
		return 0;
	take_name(load);
	load->tls = tls_context_open(&conf, why);
	return load->tls ? 0 : -EINVAL;
}

int http_load_init(struct http_load *load, const struct http_load_conf *conf, struct why *why)
{
	struct http_client client;
	char server[TARGET_TEXT_BYTES];
	int err;

	*load = (struct http_load){.conf = conf, .limits = http_limits_default};
	take_addresses(load);
	load->limits.body_bytes = BODY_BYTES;
	load->limits.requests_max = UINT32_MAX;
	http_client_init(&client, &load->limits, (mono_t){0});
	err = write_request(load, &client,
	                    *conf->host ? conf->host : target_text(&load->target, server), why);
	return err ? err : open_tls(load, why);
}

void http_load_fini(struct http_load *load)
{
	tls_context_put(load->tls);
}
