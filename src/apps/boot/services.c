// services: see the header.
#include "apps/boot/services.h"

#include "apps/log/log_service.h"
#include "proto/tcpip/tcp/tcp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// The services of every appliance; the log is first, so that it gets what the others
// log while they open.
static const struct service *const built_in[] = {&log_service};

static void add_drop(struct services *services, const struct service_drop *drop)
{
	unsigned id = DROP_COUNT + services->own_drops_len++;

	assert(services->own_drops_len <= DROP_OWN_MAX);
	services->drops[id - 1] =
	        (struct metric_row){"drops",
	                            "name",
	                            drop->name,
	                            "count",
	                            drop->help,
	                            METRIC_COUNTER,
	                            offsetof(struct worker_metric, drop) + id * sizeof(counter_t)};
}

static void services_add(struct services *services, const struct service *service)
{
	for (unsigned i = 0; i < services->len; i++)
		assert(strcmp(services->service[i]->name, service->name) != 0);
	assert(services->len < BOOT_SERVICES_MAX);
	services->drops_begin[services->len] = (enum drop)(DROP_COUNT + services->own_drops_len);
	for (const struct service_drop *drop = service->drops; drop && drop->name; drop++)
		add_drop(services, drop);
	services->service[services->len++] = service;
}

void services_init(struct services *services, const struct appliance *appliance)
{
	*services = (struct services){.appliance = appliance};
	// Every reason but DROP_NONE has a row.
	memcpy(services->drops, metric_drop_rows, (DROP_COUNT - 1) * sizeof(*services->drops));
	for (size_t i = 0; i < ARRAY_LEN(built_in); i++)
		services_add(services, built_in[i]);
	for (const struct service *const *own = appliance->services; own && *own; own++)
		services_add(services, *own);
}

int services_open(struct services *services, void *const *confs, const struct service_env *env,
                  struct why *why)
{
	int err = 0;

	for (unsigned i = 0; i < services->len && !err; i++) {
		const struct service *service = services->service[i];

		services->state[i] = service->open ? NULL : confs[i];
		services->conf[i] = confs[i];
		if (service->open)
			err = service->open(&services->state[i], confs[i], env, why);
		if (!err)
			services->open_len++;
	}
	return err;
}

void services_close(struct services *services)
{
	while (services->open_len) {
		unsigned i = --services->open_len;

		if (services->service[i]->close)
			services->service[i]->close(services->state[i]);
	}
}

int services_files(const struct services *services, void *const *confs, struct sandbox *sandbox,
                   struct why *why)
{
	int err = 0;

	for (unsigned i = 0; i < services->open_len && !err; i++)
		if (services->service[i]->files)
			err = services->service[i]->files(services->state[i], confs[i], sandbox,
			                                  why);
	return err;
}

#define PORT_BACKLOG 256

static uint64_t value_at(const struct services *services, unsigned i, size_t offset)
{
	return *(const uint64_t *)((const char *)services->conf[i] + offset);
}

uint16_t services_port(const struct services *services, unsigned i, const struct service_port *port)
{
	return (uint16_t)value_at(services, i, port->number);
}

// What the i-th service's configuration says of connections to the port.
static struct tcp_listener_conf listener_conf(const struct services *services, unsigned i,
                                              const struct service_port *port)
{
	struct tcp_listener_conf conf = {.port = services_port(services, i, port),
	                                 .backlog = PORT_BACKLOG,
	                                 .ops = port->tcp};

	if (port->fast_open)
		conf.fast_open = (uint32_t)value_at(services, i, port->fast_open);
	if (port->keepalive)
		conf.keepalive_s = (uint16_t)value_at(services, i, port->keepalive);
	if (port->user_timeout)
		conf.user_timeout_ms =
		        (uint32_t)(value_at(services, i, port->user_timeout) * (SEC_US / MS_US));
	conf.user_timeout_option = conf.user_timeout_ms > 0;
	return conf;
}

// Listens at the ports of the i-th service.
static int ports_open(const struct services *services, unsigned i, struct service_worker *worker,
                      struct why *why)
{
	const struct service_port *port = services->service[i]->ports;

	for (; port && (port->udp || port->tcp); port++) {
		uint16_t number = services_port(services, i, port);
		struct udp_listener_conf udp = {.port = number, .fn = port->udp, .ctx = worker};
		struct tcp_listener_conf tcp = listener_conf(services, i, port);
		int err = 0;

		if (number && port->udp)
			err = udp_listen(stack_udp(worker->stack), &udp, NULL);
		if (number && port->tcp && !err)
			err = tcp_listen(stack_tcp(worker->stack), &tcp, NULL);
		if (err)
			return why_fail(why, err, "%s cannot listen at port %u: %s",
			                services->service[i]->name, number, strerror(-err));
	}
	return 0;
}

int services_worker_open(struct services *services, struct services_worker *of,
                         const struct service_worker *worker, struct why *why)
{
	int err = 0;

	of->open_len = 0;
	for (unsigned i = 0; i < services->len && !err; i++) {
		const struct service *service = services->service[i];

		of->worker[i] = *worker;
		of->worker[i].drops_begin = services->drops_begin[i];
		err = ports_open(services, i, &of->worker[i], why);
		if (service->worker_open && !err)
			err = service->worker_open(services->state[i], &of->worker[i], why);
		if (!err)
			of->open_len++;
	}
	return err;
}

void services_worker_close(struct services *services, struct services_worker *of)
{
	while (of->open_len) {
		unsigned i = --of->open_len;

		if (services->service[i]->worker_close)
			services->service[i]->worker_close(services->state[i], &of->worker[i]);
	}
}

void services_drain(struct services *services)
{
	for (unsigned i = services->len; i-- > 0;)
		if (services->service[i]->drain)
			services->service[i]->drain(services->state[i]);
}

void services_resume(struct services *services)
{
	for (unsigned i = 0; i < services->len; i++)
		if (services->service[i]->resume)
			services->service[i]->resume(services->state[i]);
}

void services_reopen(struct services *services)
{
	for (unsigned i = 0; i < services->len; i++)
		if (services->service[i]->reopen && services->state[i])
			services->service[i]->reopen(services->state[i]);
}

void services_clock_set(struct services *services)
{
	for (unsigned i = 0; i < services->len; i++)
		if (services->service[i]->clock_set)
			services->service[i]->clock_set(services->state[i]);
}

void services_lease_break(struct services *services)
{
	for (unsigned i = 0; i < services->len; i++)
		if (services->service[i]->lease_break)
			services->service[i]->lease_break(services->state[i]);
}

// Puts an error of one service beside what others have done.
static void add_error(json_t *reply, const struct service *service, const struct why *why)
{
	const char *before = json_string_value(json_object_get(reply, "error"));
	struct why error;

	why_set(&error, "%s%s%s: %s", before ? before : "", before ? "; " : "", service->name,
	        why->text);
	json_object_set_new(reply, "error", json_text(error.text));
}

// A service with a configuration that takes none while it runs.
static void add_kept(json_t *reply, const struct service *service)
{
	json_t *rows = json_object_get(reply, "services");

	if (!service->section)
		return;
	if (!rows) {
		rows = json_array();
		json_object_set_new(reply, "services", rows);
	}
	json_array_append_new(rows, json_pack("{s:s, s:s}", "service", service->name, "reload",
	                                      "none: a change waits for a restart"));
}

// What a reload came to.
struct outcome {
	unsigned taken, failed;
	int first_err;
	struct why first_why;
};

static void reload_service(struct services *services, unsigned i, const void *conf, bool all,
                           json_t *reply, struct outcome *outcome)
{
	const struct service *service = services->service[i];
	struct why error;
	int err;

	if (!service->reload) {
		add_kept(reply, service);
		return;
	}
	err = service->reload(services->state[i], conf, all, reply, &error);
	if (err >= 0) {
		outcome->taken += err == 0;
		return;
	}
	if (outcome->failed++ == 0) {
		outcome->first_err = err;
		outcome->first_why = error;
	}
	add_error(reply, service, &error);
}

int services_reload(struct services *services, void *const *confs, bool all, json_t *reply,
                    struct why *why)
{
	struct outcome outcome = {.taken = 0};

	for (unsigned i = ARRAY_LEN(built_in); i < services->len; i++)
		reload_service(services, i, confs[i], all, reply, &outcome);
	if (outcome.failed && !outcome.taken) {
		*why = outcome.first_why;
		return outcome.first_err;
	}
	// Theirs cannot fail, so that either all of a configuration is taken or nothing.
	for (unsigned i = 0; i < ARRAY_LEN(built_in); i++)
		reload_service(services, i, confs[i], all, reply, &outcome);
	return 0;
}

int services_reload_one(struct services *services, const char *name, json_t *reply, struct why *why)
{
	int err = why_fail(why, -EINVAL, "no service of this appliance reloads one thing by name");

	for (unsigned i = 0; i < services->len; i++) {
		if (!services->service[i]->reload_one)
			continue;
		err = services->service[i]->reload_one(services->state[i], name, reply, why);
		if (err != -ENOENT)
			return err;
	}
	return err;
}

void services_status(const struct services *services, json_t *reply)
{
	for (unsigned i = 0; i < services->len; i++)
		if (services->service[i]->status)
			services->service[i]->status(services->state[i], reply);
}

unsigned services_metrics(const struct services *services, unsigned i,
                          struct metric_source *sources)
{
	const struct service *service = services->service[i];

	return service->metrics ? service->metrics(services->state[i], sources) : 0;
}

static unsigned ports_len(const struct services *services, unsigned i)
{
	const struct service_port *port = services->service[i]->ports;
	unsigned len = 0;

	for (; port && (port->udp || port->tcp); port++)
		len += services_port(services, i, port) != 0;
	return len;
}

// "serving ports 7, 9".
static void describe_ports(const struct services *services, unsigned i, char *text, size_t size)
{
	const struct service_port *port = services->service[i]->ports;
	const char *before = ports_len(services, i) == 1 ? "serving port " : "serving ports ";
	size_t len = 0;

	for (; port && (port->udp || port->tcp); port++) {
		unsigned number = services_port(services, i, port);

		if (number && len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%u", len ? ", " : before,
			                        number);
	}
}

void services_describe(const struct services *services, char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (unsigned i = 0; i < services->len; i++) {
		char one[128] = "";

		if (services->service[i]->describe)
			services->service[i]->describe(services->state[i], one, sizeof(one));
		else
			describe_ports(services, i, one, sizeof(one));
		if (*one == '\0')
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "", one);
		len = size_min(len, size - 1);
	}
}

const char *services_version(const struct services *services, unsigned i)
{
	if (services->service[i]->version)
		return services->service[i]->version;
	return services->appliance->version ? services->appliance->version : WADI_VERSION;
}

const struct service_command *services_command(const struct services *services, const char *name,
                                               void **state)
{
	for (unsigned i = 0; i < services->len; i++) {
		const struct service_command *command = services->service[i]->commands;

		for (; command && command->name; command++) {
			if (strcmp(command->name, name) != 0)
				continue;
			*state = services->state[i];
			return command;
		}
	}
	return NULL;
}

const struct service_tool *services_tool(const struct services *services, const char *name,
                                         unsigned *i)
{
	for (*i = 0; *i < services->len; ++*i)
		for (const struct service_tool *tool = services->service[*i]->tools;
		     tool && tool->name; tool++)
			if (strcmp(tool->name, name) == 0)
				return tool;
	return NULL;
}
