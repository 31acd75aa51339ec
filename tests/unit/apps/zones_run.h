// zones_run: wadi-dns without workers over a folder of its own below /tmp: zone files are written,
// the server is opened and reloaded, and commands are run. For the tests of zones and reloads.
#ifndef UNIT_APPS_ZONES_RUN_H
#define UNIT_APPS_ZONES_RUN_H

#include "harness.h"

#include "dns_conf.h"

#include "apps/dns/dns.h"
#include "apps/dns/zone_command.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static const struct service_env env;
static struct dns *dns;
static struct why why;
static json_t *reply;               // the last one
static const char *state_directory; // dns.state_directory of the next open_with; NULL: none

static inline const char *path_of(const char *file)
{
	static char paths[64][256]; // paths that one test uses
	static unsigned turn;
	char *path = paths[turn++ % ARRAY_LEN(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, file);
	return path;
}

static inline void write_text(const char *file, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

// Waits until another change of the files gets a different time.
static inline void let_it_age(void)
{
	usleep(30000);
}

static inline void write_zone(const char *file, unsigned serial)
{
	char text[160];

	snprintf(text, sizeof(text), "$TTL 60\n@ SOA ns host %u 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n",
	         serial);
	write_text(file, text);
}

static inline int setup(void **state)
{
	strcpy(folder, "/tmp/wadi-zones-XXXXXX");
	why.text[0] = '\0';
	return mkdtemp(folder) && mkdir(path_of("zones"), 0700) == 0 ? 0 : -1;
}

static inline int teardown(void **state)
{
	char command[128];

	if (dns)
		dns_service.close(dns);
	dns = NULL;
	state_directory = NULL;
	json_decref(reply);
	reply = NULL;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command); // NOLINT(cert-env33-c): the directory is of this test
}

static inline int open_with(const struct dns_zone_conf *items, size_t len)
{
	struct dns_conf conf = dns_conf_of(items, len);
	void *state;
	int err;

	conf.state_directory = state_directory;
	err = dns_service.open(&state, &conf, &env, &why);

	if (!err)
		dns = state;
	return err;
}

static inline int reload_with(const struct dns_zone_conf *items, size_t len, bool all)
{
	const struct dns_conf conf = dns_conf_of(items, len);

	json_decref(reply);
	reply = json_object();
	return dns_service.reload(dns, &conf, all, reply, &why);
}

static inline int run_args(const char *name, const char *const *args, unsigned len)
{
	json_decref(reply);
	reply = json_object();
	if (strcmp(name, "reload") == 0)
		return dns_service.reload_one(dns, args[0], reply, &why);
	for (const struct service_command *own = zone_commands; own->name; own++)
		if (strcmp(own->name, name) == 0)
			return own->run(dns, args, len, reply, &why);
	fail_msg("no command %s", name);
	return -1;
}

static inline int run(const char *name, const char *a, const char *b)
{
	const char *args[] = {a, b};

	return run_args(name, args, a ? b ? 2 : 1 : 0);
}

static inline json_int_t count(const char *key)
{
	return json_integer_value(json_object_get(reply, key));
}

static inline const char *text(const char *key)
{
	const char *value = json_string_value(json_object_get(reply, key));

	return value ? value : "";
}

// The counts "loaded unchanged removed failed" of the last reload.
static inline const char *counts(void)
{
	static char line[64];

	snprintf(line, sizeof(line), "%d %d %d %d", (int)count("loaded"), (int)count("unchanged"),
	         (int)count("removed"), (int)count("failed"));
	return line;
}

// The reply of `zones` as "a.:served:1 b.:not served:0".
static inline const char *listed(void)
{
	static char line[4096];
	json_t *row;
	size_t i, len = 0;

	assert_int_equal(run("zones", NULL, NULL), 0);
	line[0] = '\0';
	json_array_foreach (json_object_get(reply, "zones"), i, row)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s:%s:%d", i ? " " : "",
		                        json_string_value(json_object_get(row, "origin")),
		                        json_string_value(json_object_get(row, "state")),
		                        (int)json_integer_value(json_object_get(row, "serial")));
	return line;
}

#define ZONES_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

// Why the first zone of the results is not served from its file.
static inline const char *first_reason(void)
{
	const json_t *row = json_array_get(json_object_get(reply, "results"), 0);

	return json_string_value(json_object_get(row, "why"));
}

#endif
