// http_endpoint: an HTTP service for operators and their programs, at an address and a port of its
// own, with tokens or client certificates: the keys that all of them have, who is let in, TLS, and
// the listener. What is answered is the owner's: the management endpoint, the API of wadi-sdn.
#ifndef APPS_HTTP_HTTP_ENDPOINT_H
#define APPS_HTTP_HTTP_ENDPOINT_H

#include "apps/http/http_guard.h"
#include "apps/http/http_links.h"
#include "apps/tls/tls_swap.h"

struct http_endpoint_tls_conf {
	bool enabled;
	struct tls_conf files;
};

struct http_endpoint_conf {
	const char *address, *token_file;
	const char *read_token_file; // NULL: there is no such key
	uint64_t port;               // 0: there is no endpoint
	struct http_endpoint_tls_conf *tls;
};

extern const struct conf_section http_endpoint_tls_section;
bool http_endpoint_check_address(const char *text, struct why *why);

// Rows of a table of keys for the struct http_endpoint_conf at `at` of the section's struct; what:
// "the management endpoint".
// clang-format off
#define HTTP_ENDPOINT_KEYS(at, what) \
	{"port", CONF_UNSIGNED, (at) + offsetof(struct http_endpoint_conf, port), "0", 0, 65535, \
	 .help = "The TCP port of " what "; 0: there is none."}, \
	{"address", CONF_STRING, (at) + offsetof(struct http_endpoint_conf, address), "", \
	 .check = http_endpoint_check_address, \
	 .help = "The address that it is served at: one of a port of the appliance that only " \
	         "operators reach, such as a TAP or a VLAN of its own. Required with a port."}, \
	{"token_file", CONF_PATH, (at) + offsetof(struct http_endpoint_conf, token_file), "", \
	 .max = PATH_MAX - 1, .live = true, \
	 .help = "A file with the token that clients have to bring: one line of 16 to 128 visible " \
	         "ASCII characters, as \"openssl rand -hex 32\" makes it. A reload reads it again. " \
	         "Required, but with client_ca in tls."}, \
	{"tls", CONF_SECTION, (at) + offsetof(struct http_endpoint_conf, tls), \
	 .section = &http_endpoint_tls_section, \
	 .help = "TLS of " what "; with client_ca also whose certificates it takes."}

// One more row, for an endpoint that changes something.
#define HTTP_ENDPOINT_READ_KEY(at) \
	{"read_token_file", CONF_PATH, (at) + offsetof(struct http_endpoint_conf, read_token_file), \
	 "", .max = PATH_MAX - 1, .live = true, \
	 .help = "As token_file, of a token whose bearers may read and change nothing."}
// clang-format on

// What a client may do.
enum http_right { HTTP_RIGHT_NONE, HTTP_RIGHT_READ, HTTP_RIGHT_ALL };

// Tokens in secret memory; len 0: there is none.
struct http_tokens {
	struct http_token all, read;
};

// Members are for reading. All zeros: closed.
struct http_endpoint {
	const char *section;            // "manage", for sentences
	struct http_endpoint_conf conf; // its texts live as long as the configuration
	const struct service_env *env;
	struct swap tokens; // to a struct http_tokens; NULL: certificates are enough
	struct tls_swap tls;
};

// For struct service's functions of the same names. section: of the keys.
void http_endpoint_check(const struct http_endpoint_conf *conf, const char *section,
                         struct conf *to);
// port_key and addr_key: the paths of these keys. Returns 1, or 0 if there is no endpoint.
unsigned http_endpoint_listens(const struct http_endpoint_conf *conf, const char *port_key,
                               const char *addr_key, struct service_listen *to);
int http_endpoint_files(const struct http_endpoint_conf *conf, struct sandbox *sandbox,
                        struct why *why) MUST_CHECK;

// Reads tokens and certificates. conf has a port and was checked; it is copied, section and env are
// borrowed. 0, or negative errno with a sentence in why, and nothing is to be closed.
int http_endpoint_open(struct http_endpoint *endpoint, const struct http_endpoint_conf *conf,
                       const char *section, const struct service_env *env,
                       struct why *why) MUST_CHECK;
// No worker exists any more.
void http_endpoint_close(struct http_endpoint *endpoint);
// Reads both again; all is right, or nothing changes.
int http_endpoint_reload(struct http_endpoint *endpoint, const struct http_endpoint_conf *conf,
                         struct why *why) MUST_CHECK;

// The links of a worker that listens for the endpoint, to be closed by http_links_close; NULL with
// a sentence in why.
struct http_links *http_endpoint_listen(const struct http_endpoint *endpoint,
                                        const struct http_links_conf *links_conf,
                                        struct service_worker *worker,
                                        const struct http_handler *handler, void *ctx,
                                        struct why *why) MUST_CHECK;

// "https://[fd53::2]:9100"
void http_endpoint_text(const struct http_endpoint *endpoint, char *text, size_t size);

// The client of a request. Counts wrong tokens into the worker's guard.
struct http_caller {
	enum http_right right;
	uint16_t status;  // of HTTP_RIGHT_NONE: 401 or 429
	bool wrong;       // it brought a wrong token
	const char *text; // a sentence for the client
};
struct http_caller http_endpoint_caller(const struct http_endpoint *endpoint,
                                        struct http_guard *guard,
                                        const struct http_exchange *exchange, mono_t now);

// Adds the fields of every answer: a page may use its own host's files and nothing else, and no
// inline code.
void http_endpoint_fields(struct http_reply *reply);
// Adds the fields that an answer of status 401 or 429 has besides.
void http_endpoint_challenge(struct http_reply *reply);

#endif
