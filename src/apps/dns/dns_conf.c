// dns_conf: see the header. A key's value is checked here as far as it needs no other key;
// zone_list.c and settings.c check the rest.
#include "apps/dns/dns_conf.h"

#include "apps/dns/zone_table.h"
#include "proto/dns/answer/answer.h"

#include <limits.h>
#include <string.h>

static const uint8_t root[] = {0};

static bool check_origin(const char *text, struct why *why)
{
	struct dns_name name;
	const char *sentence;

	if (dns_name_parse(&name, text, strlen(text), root, &sentence))
		return true;
	why_set(why, "is not a domain name: %s", sentence);
	return false;
}

static bool check_pattern(const char *text, struct why *why)
{
	const char *star = strchr(text, '*');

	why_set(why, "is not a file name pattern with one * for the origin, such as *.zone");
	return star && !strchr(star + 1, '*') && !strchr(text, '/');
}

#define ZONE(member) offsetof(struct dns_zone_conf, member)

static const struct conf_key zone_keys[] = {
        {"origin", CONF_STRING, ZONE(origin), "", .max = 1004, .check = check_origin,
         .help = "The origin of the zone, such as example.org. Give it with file or image; it "
                 "cannot be combined with directory."},
        {"file", CONF_PATH, ZONE(file), "", .max = PATH_MAX - 1,
         .help = "The zone file (RFC 1035 section 5). To replace it, write a new file and rename "
                 "it. A "
                 "file that another process has open for writing is not read: the server waits up "
                 "to a second, then keeps the version before until a reload."},
        {"image", CONF_PATH, ZONE(image), "", .max = PATH_MAX - 1,
         .help = "The zone image that \"wadi-dns compile\" wrote, instead of file. The server maps "
                 "the image and does not parse it, so a large zone is served at once and several "
                 "servers share its memory. The server rejects an image that is damaged or was "
                 "compiled for another machine. One that is older than its zone files is served "
                 "with a warning, unless dns.checks makes image-stale an error; files whose times "
                 "alone differ count as unchanged. Only the owner, "
                 "which must be the server's user or root, may have write permission. To replace "
                 "the image, write a new file and rename it, as compile does; a process that opens "
                 "the served image for writing is blocked until the server has copied it."},
        {"directory", CONF_PATH, ZONE(directory), "", .max = PATH_MAX - 1,
         .help = "A directory of zone files. At startup and at each reload, each file whose name "
                 "matches the pattern is a zone. A file whose name is not an origin is reported "
                 "and "
                 "not served. Of several files for one origin, such as A.zone and a.zone, the one "
                 "that is already served is kept, and at startup the one in lower case; a zone "
                 "with "
                 "an entry of its own in dns.zones is served from that entry."},
        {"allow_empty", CONF_BOOL, ZONE(allow_empty), "false",
         .help = "Whether a reload may find none of the zones that were served from the directory. "
                 "With false such a reload fails and all zones are still served, since a volume "
                 "that is not mounted looks the same."},
        {"pattern", CONF_STRING, ZONE(pattern), "*.zone", .min = 1, .max = NAME_MAX,
         .check = check_pattern,
         .help = "Pattern of the file names in the directory. The text that matches the * is the "
                 "origin: example.org.zone holds example.org, and @.zone the root zone. Write a "
                 "slash in an origin as \\047. Files whose names begin with a dot are skipped."},
        {"allow", CONF_STRINGS, ZONE(allow), "any", 1, ACL_TEXTS_MAX, .check = acl_check,
         .help = "Clients that may query the zone; others get REFUSED. Prefixes such as "
                 "192.0.2.0/24, addresses, any or none; ! before a prefix or an address excludes "
                 "it. The longest prefix that matches the client decides; order does not matter."},
        {0},
};
static const struct conf_section zone_section = {sizeof(struct dns_zone_conf), zone_keys};

#define LIMIT(member) offsetof(struct dns_zone_limits_conf, member)

static const struct conf_key limits_keys[] = {
        {"records", CONF_UNSIGNED, LIMIT(records), "1000000000", 1, INT64_MAX,
         .help = "Maximum number of records of a zone file; a record takes about 200 bytes of "
                 "memory while the zone is loaded."},
        {"bytes", CONF_UNSIGNED, LIMIT(bytes), "137438953472", 1, INT64_MAX,
         .help = "Maximum number of bytes of a zone file together with all files that it "
                 "includes."},
        {"generated", CONF_UNSIGNED, LIMIT(generated), "1048576", 0, INT64_MAX,
         .help = "Maximum number of records that all $GENERATE of a zone file make together."},
        {"includes", CONF_UNSIGNED, LIMIT(includes), "1000", 0, INT64_MAX,
         .help = "Maximum number of $INCLUDE that are followed for a zone."},
        {"include_outside", CONF_BOOL, LIMIT(include_outside), "false",
         .help = "Whether $INCLUDE may read files outside the folder of the zone file and the "
                 "folders in it, links resolved. With true, the author of a zone file can have the "
                 "server read any file that its user may read."},
        {0},
};
static const struct conf_section limits_section = {sizeof(struct dns_zone_limits_conf),
                                                   limits_keys};

static const char *const any_choices[] = {
        [DNS_ANY_ONE] = "one", [DNS_ANY_ALL] = "all", [DNS_ANY_REFUSE] = "refuse", NULL};

static const char *const unknown_choices[] = {
        [DNS_UNKNOWN_REFUSE] = "refuse", [DNS_UNKNOWN_DROP] = "drop", NULL};

static const struct conf_key dns_keys[] = {
        {"zones", CONF_SECTIONS, offsetof(struct dns_conf, zones), .min = 1, .max = DNS_ZONES_MAX,
         .live = true, .section = &zone_section, .help = "The zones served."},
        {"checks", CONF_SECTIONS, offsetof(struct dns_conf, checks), "", .max = ZONE_CHECKS_LEN,
         .live = true, .section = &dns_checks_section,
         .help = "Checks whose severity, error or warning, differs from the default. The change "
                 "applies to a loaded zone only once its file changes."},
        {"state_directory", CONF_PATH, offsetof(struct dns_conf, state_directory), "",
         .max = PATH_MAX - 16,
         .help = "A directory of the server's own, such as /var/lib/wadi-dns, that its user may "
                 "write to. The file zones in it holds what zone-add and zone-remove change, so "
                 "that it outlasts the server. Empty: it does not. A change of this key counts "
                 "from the next start."},
        {"udp_size", CONF_UNSIGNED, offsetof(struct dns_conf, udp_size), "1232", DNS_UDP_SIZE_MIN,
         DNS_UDP_SIZE_MAX, .live = true,
         .help = "Maximum size of a UDP response in bytes, also for clients that advertise more. "
                 "1232 passes any network without fragmentation (RFC 9715)."},
        {"any", CONF_ENUM, offsetof(struct dns_conf, any), "one", .choices = any_choices,
         .live = true,
         .help = "The response to queries of type ANY, and of type RRSIG (RFC 8482): \"one\" "
                 "RRset, \"all\" RRsets of the name, or \"refuse\": over UDP a truncated response "
                 "without records, so that the client retries over TCP, where it gets one RRset."},
        {"unknown", CONF_ENUM, offsetof(struct dns_conf, unknown), "refuse",
         .choices = unknown_choices, .live = true,
         .help = "The response to queries for names in no zone of the server: \"refuse\" sends "
                 "REFUSED, \"drop\" nothing, which leaves clients that were sent here by mistake "
                 "waiting, and forged ones without a response; drops counts them as "
                 "dns.not_served."},
        {"version", CONF_STRING, offsetof(struct dns_conf, version), "wadi-dns " WADI_VERSION,
         .max = DNS_CHAOS_MAX, .live = true,
         .help = "The answer to version.bind and version.server in class CH. Empty: REFUSED."},
        {"identity", CONF_STRING, offsetof(struct dns_conf, identity), DNS_IDENTITY_HOST,
         .max = DNS_CHAOS_MAX, .live = true,
         .help = "The answer to hostname.bind and id.server in class CH; \"hostname\" is the "
                 "host's own name. Empty: REFUSED."},
        {"nsid", CONF_STRING, offsetof(struct dns_conf, nsid), "", .max = DNS_NSID_MAX,
         .live = true,
         .help = "The name server identifier that a client can request (RFC 5001). Empty: none is "
                 "sent."},
        {"signature_warning_h", CONF_UNSIGNED, offsetof(struct dns_conf, signature_warning_h), "72",
         0, 87600, .live = true,
         .help = "\"wadi-ctl health\" warns when the first signature of a zone expires in "
                 "fewer hours than this. 0: only when one has expired."},
        {"rate_limit", CONF_SECTION, offsetof(struct dns_conf, rate_limit), .live = true,
         .section = &client_limits_rate_section,
         .help = "Response rate limiting: how often a client network gets the same UDP response."},
        {"cookies", CONF_SECTION, offsetof(struct dns_conf, cookies), .live = true,
         .section = &client_limits_cookies_section,
         .help = "How clients show that their address is not forged."},
        {"tcp", CONF_SECTION, offsetof(struct dns_conf, tcp), .section = &client_limits_tcp_section,
         .help = "DNS over TCP. Connections are limited in number and in time."},
        {"tls", CONF_SECTION, offsetof(struct dns_conf, tls), .section = &dns_tls_section,
         .help = "DNS over TLS: replies are padded for clients that ask for it (RFC 8467)."},
        {"https", CONF_SECTION, offsetof(struct dns_conf, https), .section = &dns_https_section,
         .help = "DNS over HTTPS."},
        {"zone_limits", CONF_SECTION, offsetof(struct dns_conf, zone_limits), .live = true,
         .section = &limits_section,
         .help = "What the author of a zone file may take of the server. A zone file that takes "
                 "more has an error."},
        {"query_log", CONF_SECTION, offsetof(struct dns_conf, query_log),
         .section = &query_log_writer_section,
         .help = "Queries and replies for others to look at; none without file or socket."},
        {0},
};
const struct conf_section dns_conf_section = {sizeof(struct dns_conf), dns_keys};

const struct zone_limits *dns_conf_zone_limits(const struct dns_conf *conf,
                                               struct zone_limits *limits)
{
	const struct dns_zone_limits_conf *from = conf->zone_limits;

	if (!from)
		return NULL;
	*limits = (struct zone_limits){from->records, from->bytes, from->generated, from->includes,
	                               from->include_outside};
	return limits;
}
