// compile_command: see the header. proto/dns/zone/zone_stored.h defines the format of the image.
#include "apps/dns/compile_command.h"

#include "apps/dns/checks.h"
#include "apps/dns/dns_conf.h"
#include "apps/dns/zone_read.h"

#include "core/host/seed.h"
#include "core/host/thread_pool.h"
#include "proto/dns/zone/zone_stored.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct compile_given, member)

// What the options set.
struct compile_given {
	const char *image;
	bool strict;
	struct cmdline_list zones, as;
};

static const struct cmdline_option compile_options[] = {
        {"zone", 0, CMDLINE_LIST, AT(zones), "ORIGIN=FILE",
         .help = "The origin of the zone, and its zone file."},
        {"output", 'o', CMDLINE_TEXT, AT(image), "IMAGE", .help = "The file to write."},
        {"strict", 0, CMDLINE_FLAG, AT(strict), .help = "As for check."},
        {"as", 0, CMDLINE_LIST, AT(as), "CODE=KIND", .help = "As for check."},
        {0},
};
const struct cmdline_table compile_command_options = {sizeof(struct compile_given),
                                                      compile_options};

// One run of the command.
struct compile {
	const struct dns_conf *conf; // NULL: none was given
	struct dns_name origin;
	struct zone_policy policy;
	const char *file, *image;
	char *path; // absolute path of the zone file, which the image records
	char *temporary;
};

static int compile_usage_error(const char *sentence, const char *arg)
{
	fprintf(stderr, "wadi-dns: compile: %s%s; wadi-dns compile --help explains\n", sentence,
	        arg);
	return TOOL_EXIT_USAGE;
}

static int compile_parse_zone(struct compile *compile, const char *text)
{
	static const uint8_t root[] = {0};
	const char *equals = strchr(text, '='), *sentence;

	if (!equals || equals[1] == '\0')
		return compile_usage_error("--zone takes ORIGIN=FILE, not ", text);
	if (!dns_name_parse(&compile->origin, text, (size_t)(equals - text), root, &sentence)) {
		fprintf(stderr,
		        "wadi-dns: compile: --zone %s: the origin is not a domain name: %s\n", text,
		        sentence);
		return TOOL_EXIT_USAGE;
	}
	compile->file = equals + 1;
	return TOOL_EXIT_DONE;
}

static int compile_take(struct compile *compile, const struct tool_call *call)
{
	const struct compile_given *given = call->values;
	struct why why;

	if (call->args_len)
		return compile_usage_error("expected --zone ORIGIN=FILE or -o IMAGE, not ",
		                           call->args[0]);
	if (given->zones.len > 1)
		return compile_usage_error("an image holds one zone; unexpected: --zone ",
		                           given->zones.items[1]);
	if (!dns_checks_set_given(&compile->policy, given->strict, &given->as, &why))
		return compile_usage_error(why.text, "");
	if (given->zones.len == 0 || !given->image)
		return compile_usage_error("both --zone ORIGIN=FILE and -o IMAGE are required", "");
	compile->image = given->image;
	return compile_parse_zone(compile, given->zones.items[0]);
}

static void compile_print_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	zone_report_text(report, text, sizeof(text));
	fprintf(stderr, "%s\n", text);
}

static int compile_write_bytes(int fd, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

// Writes the image under a temporary name, so that no server maps an incomplete file and the
// old image stays intact for servers that have mapped it.
static int compile_write_temporary(struct compile *compile, const struct zone_stored *stored)
{
	int fd, err;

	if (asprintf(&compile->temporary, "%s.XXXXXX", compile->image) < 0) {
		compile->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(compile->temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = compile_write_bytes(fd, &stored->hdr, sizeof(stored->hdr));
	if (!err)
		err = compile_write_bytes(fd, stored->image, stored->image_bytes);
	if (!err)
		err = compile_write_bytes(fd, stored->sources, stored->sources_bytes);
	if (!err && fsync(fd) < 0)
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	if (err)
		unlink(compile->temporary);
	return err;
}

// Opens the temporary file as a server would, and renames it to the image. Removes it on error.
static int compile_replace(struct compile *compile)
{
	struct zone *zone = zone_stored_open(compile->temporary, compile->origin.wire, NULL, NULL,
	                                     compile_print_report, NULL);
	int err = zone ? 0 : -EINVAL;

	zone_put(zone);
	if (!err && rename(compile->temporary, compile->image) < 0) {
		err = -errno;
		fprintf(stderr, "wadi-dns: compile: %s cannot be replaced: %s\n", compile->image,
		        strerror(-err));
	}
	if (err)
		unlink(compile->temporary);
	return err;
}

static int compile_write_image(struct compile *compile, const struct zone *zone)
{
	struct zone_stored stored;
	int err = zone_stored_init(&stored, zone);

	if (!err)
		err = compile_write_temporary(compile, &stored);
	if (err)
		fprintf(stderr, "wadi-dns: compile: %s cannot be written: %s\n", compile->image,
		        strerror(-err));
	else
		err = compile_replace(compile);
	zone_stored_fini(&stored);
	return err;
}

// Loads the zone, with all cores if it is large. NULL when it has errors, which have been
// reported.
static struct zone *compile_load(struct compile *compile)
{
	struct zone_options options = dns_checks_options(&compile->policy, seed_os());
	struct zone_limits limits;
	unsigned threads = zone_read_threads();
	struct thread_pool pool;
	struct zone_pool zone_pool = {thread_pool_run, &pool, threads - 1};
	struct zone *zone;

	if (compile->conf)
		options.limits = dns_conf_zone_limits(compile->conf, &limits);
	thread_pool_open(&pool, threads - 1, NULL, NULL);
	if (threads > 1)
		options.pool = &zone_pool;
	// If the file does not exist, zone_load reports that.
	compile->path = realpath(compile->file, NULL);
	zone = zone_load(compile->path ? compile->path : compile->file, compile->origin.wire,
	                 &options, compile_print_report, NULL);
	thread_pool_close(&pool);
	return zone;
}

static int compile_run(struct compile *compile)
{
	struct zone *zone = compile_load(compile);
	int err = zone ? compile_write_image(compile, zone) : -EINVAL;

	if (!err)
		printf("%s: serial %u, %ju records, %ju names, %zu bytes\n", compile->image,
		       zone_serial(zone), (uintmax_t)zone_records(zone),
		       (uintmax_t)zone_names(zone), zone_bytes(zone));
	zone_put(zone);
	return err ? TOOL_EXIT_FAILED : TOOL_EXIT_DONE;
}

bool compile_command_needs_conf(const struct tool_call *call)
{
	return false; // of its keys only dns.checks matters
}

int compile_command(const struct tool_call *call)
{
	const struct dns_conf *conf = call->conf;
	struct compile compile = {.image = NULL};
	int status;

	if (conf)
		compile.policy = dns_checks_policy(&conf->checks);
	compile.conf = conf;
	status = compile_take(&compile, call);
	if (status == TOOL_EXIT_DONE)
		status = compile_run(&compile);
	free(compile.path);
	free(compile.temporary);
	return status;
}
