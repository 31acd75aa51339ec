// sdn_api: the northbound interface of wadi-sdn: what it knows, as JSON over HTTP, and the intents
// that programs set; openapi.json says how. A request comes in the worker, which lets the client in
// (sdn_api_request.c), copies out what is asked for (sdn_view.h), or asks a switch (sdn_dump.h);
// the control thread makes the text (sdn_api_job.c). Off unless configured; docs/sdn.md is its
// manual.
#ifndef APPS_SDN_API_SDN_API_H
#define APPS_SDN_API_SDN_API_H

#include "apps/http/http_endpoint.h"
#include "apps/sdn/sdn_events.h"
#include "apps/sdn/sdn_switches.h"

struct sdn_api_conf {
	struct http_endpoint_conf endpoint;
	const char *intents_file;
	uint64_t poll_s;
};

extern const struct conf_section sdn_api_section;

// What the interface is to; all of it is borrowed, and the functions are called in the control
// thread.
struct sdn_api_owner {
	const struct sdn_conf *conf; // of the start
	const struct service_env *env;
	struct sdn_events *events;
	const struct swap *intents; // to a struct intent_set
	// The intents in force, as configured: borrowed until they are replaced.
	const json_t *(*intents_json)(void *ctx);
	// Puts checked intents in force. 0, or negative errno with a sentence in why.
	int (*intents_set)(void *ctx, const struct intent_conf *intents, struct why *why);
	void *ctx;
};

struct sdn_api;

// For struct service's functions of the same names. conf: the section sdn.
void sdn_api_check(const struct sdn_conf *conf, struct conf *to);
// NULL, as in tests, is allowed.
unsigned sdn_api_listens(const struct sdn_api_conf *conf, struct service_listen *to);
int sdn_api_files(const struct sdn_api_conf *conf, struct sandbox *sandbox,
                  struct why *why) MUST_CHECK;

// conf has a port. *to is NULL after an error, which why says.
int sdn_api_open(struct sdn_api **to, const struct sdn_api_conf *conf,
                 const struct sdn_api_owner *owner, struct why *why) MUST_CHECK;
// No worker exists any more. NULL is allowed.
void sdn_api_close(struct sdn_api *api);
int sdn_api_worker_open(struct sdn_api *api, struct sdn_switches *of, struct service_worker *worker,
                        struct why *why) MUST_CHECK;
void sdn_api_worker_close(struct sdn_api *api);
int sdn_api_reload(struct sdn_api *api, const struct sdn_api_conf *conf,
                   struct why *why) MUST_CHECK;
void sdn_api_clock_set(struct sdn_api *api);
// Returns how many sources it has filled in.
unsigned sdn_api_metrics(const struct sdn_api *api, struct metric_source *sources);
void sdn_api_text(const struct sdn_api *api, char *text, size_t size);

#endif
