// dns_files: see the header.
#include "apps/dns/dns_files.h"

#include "proto/dns/zone/zone_file.h"

static int dns_files_zone(const struct dns_zone *zone, struct sandbox *sandbox, struct why *why)
{
	const struct zone_file *file = zone->zone ? zone_files(zone->zone) : NULL;
	int err = sandbox_read(sandbox, zone->file, why);

	for (; file && !err; file = file->next)
		err = sandbox_read(sandbox, file->path, why);
	return err;
}

static int dns_files_query_log(const struct query_log_conf *conf, struct sandbox *sandbox,
                               struct why *why)
{
	if (*conf->socket)
		sandbox_connect(sandbox);
	return sandbox_write(sandbox, conf->file, why);
}

int dns_files(const struct dns_conf *conf, const struct zone_table *zones, struct sandbox *sandbox,
              struct why *why)
{
	const struct dns_zone_conf *items = conf->zones.items;
	int err = dns_files_query_log(conf->query_log, sandbox, why);

	if (!err && conf->state_directory)
		err = sandbox_write(sandbox, conf->state_directory, why);
	if (!err)
		err = tls_conf_files(&conf->tls->files, sandbox, why);
	if (!err)
		err = tls_conf_files(&conf->https->files, sandbox, why);
	for (size_t i = 0; i < conf->zones.len && !err; i++)
		if (items[i].directory)
			err = sandbox_read(sandbox, items[i].directory, why);
	for (size_t i = 0; i < zones->len && !err; i++)
		err = dns_files_zone(zones->items[i], sandbox, why);
	return err;
}
