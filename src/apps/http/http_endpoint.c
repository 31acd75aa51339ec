// http_endpoint: see the header.
#include "apps/http/http_endpoint.h"

#include "core/host/log.h"
#include "core/host/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TLS_KEY(member) offsetof(struct http_endpoint_tls_conf, member)

bool http_endpoint_check_address(const char *text, struct why *why)
{
	struct addr addr;

	why_set(why, "is not an address, such as 192.0.2.1 or 2001:db8::1");
	return addr_parse(text, &addr) && !addr_is_multicast(addr) && !addr_is_any(addr);
}

static const struct conf_key tls_keys[] = {
        {"enabled", CONF_BOOL, TLS_KEY(enabled), "false",
         .help = "Whether the endpoint is served over TLS, and only so."},
        TLS_CONF_KEYS(TLS_KEY(files)),
        {0},
};
const struct conf_section http_endpoint_tls_section = {sizeof(struct http_endpoint_tls_conf),
                                                       tls_keys};

static const char *const alpn[] = {"http/1.1"};

// The section of the certificates has the endpoint's name in front.
static struct tls_offer offer_of(const struct http_endpoint *endpoint, char name[64])
{
	snprintf(name, 64, "%s.tls", endpoint->section);
	return (struct tls_offer){.section = name, .alpn = alpn, .alpn_len = 1};
}

void http_endpoint_check(const struct http_endpoint_conf *conf, const char *section,
                         struct conf *to)
{
	const char *port = conf_path(to, "%s.port", section);
	const char *address = conf_path(to, "%s.address", section);

	if (conf->port == 0)
		return;
	if (*conf->address == '\0' && !conf_has_error(to, address))
		conf_error(to, port,
		           "the endpoint needs %s: the address of a port that only operators "
		           "reach",
		           address);
	if (*conf->token_file == '\0' &&
	    !(conf->tls->enabled && *conf->tls->files.client_ca != '\0'))
		conf_error(to, port,
		           "the endpoint needs %s.token_file, or TLS with %s.tls.client_ca: "
		           "otherwise every host could read it",
		           section, section);
	if (conf->tls->enabled)
		tls_conf_check(&conf->tls->files, conf_path(to, "%s.tls", section), to);
	else if (*conf->token_file)
		conf_warning(to, port,
		             "without %s.tls the token crosses the network as it is: use an "
		             "interface on which no other host listens",
		             section);
}

unsigned http_endpoint_listens(const struct http_endpoint_conf *conf, const char *port_key,
                               const char *addr_key, struct service_listen *to)
{
	*to = (struct service_listen){
	        .key = port_key, .port = (uint16_t)conf->port, .addr_key = addr_key};
	return addr_parse(conf->address, &to->addr);
}

int http_endpoint_files(const struct http_endpoint_conf *conf, struct sandbox *sandbox,
                        struct why *why)
{
	int err = sandbox_read(sandbox, conf->token_file, why);

	if (!err && conf->read_token_file)
		err = sandbox_read(sandbox, conf->read_token_file, why);
	return err ? err : tls_conf_files(&conf->tls->files, sandbox, why);
}

// Tokens.

static void warn_readable(const char *file, int fd)
{
	struct stat stat;

	if (fstat(fd, &stat) == 0 && stat.st_mode & S_IROTH)
		log_warning("%s: every user can read the token: chmod o-r it", file);
}

static int token_read(const char *file, const char *key, struct http_token *token, struct why *why)
{
	uint8_t text[HTTP_TOKEN_MAX + 16];
	int fd = open(file, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (len < 0)
		err = why_fail(why, -errno, "%s: %s: %s", key, file, strerror(errno));
	else if (!http_guard_parse(file, span_of(text, (size_t)len), token, why))
		err = -EINVAL;
	else
		warn_readable(file, fd);
	explicit_bzero(text, sizeof(text));
	if (fd >= 0)
		close(fd);
	return err;
}

static bool tokens_are_same(const struct http_tokens *tokens)
{
	return tokens->read.len == tokens->all.len &&
	       memcmp(tokens->read.bytes, tokens->all.bytes, tokens->all.len) == 0;
}

// *tokens is NULL when there is none.
static int tokens_read(const struct http_endpoint *endpoint, const struct http_endpoint_conf *conf,
                       struct http_tokens **tokens, struct why *why)
{
	bool reads = conf->read_token_file && *conf->read_token_file;
	char key[64];
	int err;

	*tokens = NULL;
	if (!*conf->token_file && !reads)
		return 0;
	*tokens = secret_alloc(sizeof(**tokens));
	if (!*tokens)
		return why_no_memory(why, "tokens");
	memset(*tokens, 0, sizeof(**tokens));
	snprintf(key, sizeof(key), "%s.token_file", endpoint->section);
	err = *conf->token_file ? token_read(conf->token_file, key, &(*tokens)->all, why) : 0;
	snprintf(key, sizeof(key), "%s.read_token_file", endpoint->section);
	if (!err && reads)
		err = token_read(conf->read_token_file, key, &(*tokens)->read, why);
	if (!err && reads && tokens_are_same(*tokens))
		err = why_fail(why, -EINVAL, "%s: %s: has the token of token_file, too", key,
		               conf->read_token_file);
	if (err) {
		secret_free(*tokens);
		*tokens = NULL;
	}
	return err;
}

// Opening.

int http_endpoint_open(struct http_endpoint *endpoint, const struct http_endpoint_conf *conf,
                       const char *section, const struct service_env *env, struct why *why)
{
	struct http_tokens *tokens;
	struct tls_offer offer;
	char name[64];
	int err;

	*endpoint = (struct http_endpoint){.section = section, .conf = *conf, .env = env};
	err = tokens_read(endpoint, conf, &tokens, why);
	swap_init(&endpoint->tokens, tokens);
	offer = offer_of(endpoint, name);
	if (!err && conf->tls->enabled)
		err = tls_swap_open(&endpoint->tls, &conf->tls->files, &offer, env, why);
	if (err)
		http_endpoint_close(endpoint);
	return err;
}

void http_endpoint_close(struct http_endpoint *endpoint)
{
	tls_swap_close(&endpoint->tls);
	secret_free(swap_read(&endpoint->tokens));
	*endpoint = (struct http_endpoint){0};
}

int http_endpoint_reload(struct http_endpoint *endpoint, const struct http_endpoint_conf *conf,
                         struct why *why)
{
	struct tls_context *context = NULL;
	struct http_tokens *tokens;
	struct tls_offer offer;
	char name[64];
	int err = tokens_read(endpoint, conf, &tokens, why);

	if (err)
		return err;
	offer = offer_of(endpoint, name);
	if (endpoint->conf.tls->enabled) {
		context = tls_swap_context(&conf->tls->files, &offer, why);
		if (!context) {
			secret_free(tokens);
			return -EINVAL;
		}
		tls_swap_reload(&endpoint->tls, context);
	}
	secret_free(swap_publish(&endpoint->tokens, tokens, endpoint->env->pipelines,
	                         endpoint->env->workers_len));
	return 0;
}

struct http_links *http_endpoint_listen(const struct http_endpoint *endpoint,
                                        const struct http_links_conf *links_conf,
                                        struct service_worker *worker,
                                        const struct http_handler *handler, void *ctx,
                                        struct why *why)
{
	struct http_listener_conf listener = {
	        .port = (uint16_t)endpoint->conf.port, .handler = handler, .ctx = ctx};
	struct http_links *links;
	struct why inner;

	if (!addr_parse(endpoint->conf.address, &listener.addr)) {
		why_set(why, "%s.address is not an address", endpoint->section);
		return NULL;
	}
	if (endpoint->conf.tls->enabled)
		listener.tls = &endpoint->tls.shared;
	links = http_links_open(links_conf, worker, why);
	if (!links)
		return NULL;
	if (http_links_listen(links, &listener, &inner) == 0)
		return links;
	why_set(why, "%s: %s", endpoint->section, inner.text);
	http_links_close(links);
	return NULL;
}

void http_endpoint_text(const struct http_endpoint *endpoint, char *text, size_t size)
{
	const struct http_endpoint_conf *conf = &endpoint->conf;
	bool six = strchr(conf->address, ':') != NULL;

	snprintf(text, size, "%s://%s%s%s:%ju", conf->tls->enabled ? "https" : "http",
	         six ? "[" : "", conf->address, six ? "]" : "", (uintmax_t)conf->port);
}

// Callers.

static struct http_caller refused(unsigned status, const char *text)
{
	return (struct http_caller){.status = (uint16_t)status, .text = text};
}

struct http_caller http_endpoint_caller(const struct http_endpoint *endpoint,
                                        struct http_guard *guard,
                                        const struct http_exchange *exchange, mono_t now)
{
	const struct http_tokens *tokens = swap_read(&endpoint->tokens);
	struct addr source = http_exchange_peers(exchange).remote;
	struct http_caller caller = {.right = HTTP_RIGHT_ALL};
	struct span value;
	bool all, read;

	if (!tokens)
		return caller;
	if (!http_guard_allows(guard, source, now))
		return refused(429, "Too many wrong tokens came from this network.");
	if (!http_request_only(exchange->request, HTTP_FIELD_AUTHORIZATION, &value))
		return refused(401, "Send the token: \"Authorization: Bearer TOKEN\", or as the "
		                    "password of any user.");
	// Both are compared, so that the time does not depend on which of them it is.
	all = tokens->all.len > 0 && http_guard_has_token(&tokens->all, value);
	read = tokens->read.len > 0 && http_guard_has_token(&tokens->read, value);
	if (all || read) {
		caller.right = all ? HTTP_RIGHT_ALL : HTTP_RIGHT_READ;
		return caller;
	}
	http_guard_add(guard, source, now);
	caller = refused(401, "This is not the token.");
	caller.wrong = true;
	return caller;
}

void http_endpoint_fields(struct http_reply *reply)
{
	http_reply_text(reply, "Content-Security-Policy",
	                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
	                "connect-src 'self'; base-uri 'none'; form-action 'none'; "
	                "frame-ancestors 'none'");
	http_reply_text(reply, "X-Content-Type-Options", "nosniff");
	http_reply_text(reply, "Referrer-Policy", "no-referrer");
}

void http_endpoint_challenge(struct http_reply *reply)
{
	if (reply->status == 429)
		http_reply_text(reply, "Retry-After", "60");
	if (reply->status != 401)
		return;
	http_reply_text(reply, "WWW-Authenticate", "Bearer realm=\"wadi\"");
	http_reply_text(reply, "WWW-Authenticate",
	                "Basic realm=\"wadi: the token is the password\", charset=\"UTF-8\"");
}
