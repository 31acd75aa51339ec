// tls_swap: what the workers of an appliance share of TLS: certificates with their keys, and the
// keys of session tickets. The control thread reads the files at a start and a reload, replaces the
// key of tickets from time to time, and publishes each change as a whole. Connections are the
// service's.
#ifndef APPS_TLS_TLS_SWAP_H
#define APPS_TLS_TLS_SWAP_H

#include "apps/tls/tls_conf.h"
#include "core/host/swap.h"
#include "core/wheel.h"

struct service_env;

// What connections are opened with.
struct tls_shared {
	struct tls_context *context;
	struct tls_tickets tickets;
};

// What a service offers its clients; borrowed for the call. client: it is one itself, of servers
// whose certificates have to lead to client_ca, and needs no certificate.
struct tls_offer {
	const char *section; // "dns.tls", for errors
	const char *const *alpn;
	unsigned alpn_len;
	bool client;
};

// Reads and checks all files. NULL with a sentence in why that names the file.
struct tls_context *tls_swap_context(const struct tls_conf *conf, const struct tls_offer *offer,
                                     struct why *why) MUST_CHECK;

// All zeros: there is no TLS.
struct tls_swap {
	struct swap shared; // to a struct tls_shared
	const struct service_env *env;
	struct wheel_timer rotation;
	uint64_t rotation_us; // 0: the key stays
};

// 0, or negative errno with a sentence in why.
int tls_swap_open(struct tls_swap *tls, const struct tls_conf *conf, const struct tls_offer *offer,
                  const struct service_env *env, struct why *why) MUST_CHECK;
// No worker exists any more.
void tls_swap_close(struct tls_swap *tls);

// Publishes another context, which is consumed; connections keep theirs, tickets stay valid.
void tls_swap_reload(struct tls_swap *tls, struct tls_context *context);

// When the first of the certificates expires, since 1970; INT64_MAX: there is none.
int64_t tls_swap_expires_s(const struct tls_swap *tls);

#endif
