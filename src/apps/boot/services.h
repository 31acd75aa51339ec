// services: the services of an appliance that runs, those of every appliance (the log)
// first: opened and closed in order, and asked as one. What a service is, is boot.h.
#ifndef BOOT_SERVICES_H
#define BOOT_SERVICES_H

#include "apps/boot/boot.h"

struct services {
	const struct appliance *appliance;
	const struct service *service[BOOT_SERVICES_MAX];
	unsigned len;
	// Of each service, in the same order:
	void *state[BOOT_SERVICES_MAX];
	const void *conf[BOOT_SERVICES_MAX]; // of open
	enum drop drops_begin[BOOT_SERVICES_MAX];
	unsigned open_len; // how many are open, from the first
	// All drop reasons, the common ones and then the services' own, as metrics of
	// struct worker_metric.
	struct metric_row drops[DROP_COUNT + DROP_OWN_MAX];
	unsigned own_drops_len;
};

// The services of one worker.
struct services_worker {
	struct service_worker worker[BOOT_SERVICES_MAX];
	unsigned open_len;
};

// Lists the services; none is open. The appliance is borrowed. Too many services or
// drop reasons, and names that are there twice, are asserted: services_check.h has said so.
void services_init(struct services *services, const struct appliance *appliance);

// Opens all; confs[i] is the struct of the i-th service's section. After an error, as
// after success, services_close closes those that were opened.
int services_open(struct services *services, void *const *confs, const struct service_env *env,
                  struct why *why) MUST_CHECK;
void services_close(struct services *services);

// Has all name their files; confs are those of services_open.
int services_files(const struct services *services, void *const *confs, struct sandbox *sandbox,
                   struct why *why) MUST_CHECK;

// Attaches all to a worker, which is the template for each service's. After an error,
// as after success, services_worker_close detaches those that were attached.
int services_worker_open(struct services *services, struct services_worker *of,
                         const struct service_worker *worker, struct why *why) MUST_CHECK;
void services_worker_close(struct services *services, struct services_worker *of);

// The number of one of the i-th service's ports; 0: not served.
uint16_t services_port(const struct services *services, unsigned i,
                       const struct service_port *port);

void services_drain(struct services *services);
void services_resume(struct services *services);
void services_reopen(struct services *services);
void services_lease_break(struct services *services);
void services_clock_set(struct services *services);

// Has all take the configuration; "services" of reply names those that take none while they
// run. 0 when at least one took it; services that did not
// are named in "error" of reply then. Otherwise the error of the first that failed.
int services_reload(struct services *services, void *const *confs, bool all, json_t *reply,
                    struct why *why) MUST_CHECK;
int services_reload_one(struct services *services, const char *name, json_t *reply,
                        struct why *why) MUST_CHECK;

void services_status(const struct services *services, json_t *reply);

// The metrics of the i-th service: fills in up to METRIC_SOURCES_MAX sources, returns
// how many.
unsigned services_metrics(const struct services *services, unsigned i,
                          struct metric_source *sources);

// "serving 1 zone, serving ports 7, 9", cut at size; "" when no service describes itself or has
// ports.
void services_describe(const struct services *services, char *text, size_t size);

// The version of a service.
const char *services_version(const struct services *services, unsigned i) PURE;

// A command of some service, whose state is then in *state; NULL when there is none.
const struct service_command *services_command(const struct services *services, const char *name,
                                               void **state);

// A tool of some service, whose place in the list is then in *i; NULL when there is none.
const struct service_tool *services_tool(const struct services *services, const char *name,
                                         unsigned *i);

#endif
