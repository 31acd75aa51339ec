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

	why_set(why, "is no pattern of file names with one * for the origin, such as *.zone");
	return star && !strchr(star + 1, '*') && !strchr(text, '/');
}

#define ZONE(member) offsetof(struct dns_zone_conf, member)

static const struct conf_key zone_keys[] = {
        {"origin", CONF_STRING, ZONE(origin), "", .max = 1004, .check = check_origin,
         .help = "The name at the top of the zone, such as example.org. It stands with file or "
                 "image, in place of directory."},
        {"file", CONF_PATH, ZONE(file), "", .max = PATH_MAX - 1,
         .help = "The zone file (RFC 1035 section 5)."},
        {"image", CONF_PATH, ZONE(image), "", .max = PATH_MAX - 1,
         .help = "In place of file: the zone as \"wadi-dns compile\" wrote it. It is mapped, not "
                 "read, so that a big zone is served at once and several servers share its "
                 "memory. One that is damaged, made for another machine, or older than the zone "
                 "files that it was made from is not served. Nobody but its owner, the server's "
                 "user or root, may have the right to write to it. A new one is written beside it "
                 "and renamed, as compile does: who writes to this one waits until the server has "
                 "a copy."},
        {"directory", CONF_PATH, ZONE(directory), "", .max = PATH_MAX - 1,
         .help = "A folder whose files are zones: at start and at each reload every file that "
                 "matches the pattern is one."},
        {"pattern", CONF_STRING, ZONE(pattern), "*.zone", .min = 1, .max = NAME_MAX,
         .check = check_pattern,
         .help = "The names of the files in the directory. What stands in place of the * is the "
                 "origin: example.org.zone holds example.org, and @.zone the root. In an origin "
                 "\\047 stands for a slash. Names that begin with a dot are passed over."},
        {"allow", CONF_STRINGS, ZONE(allow), "any", 1, ACL_TEXTS_MAX, .check = acl_check,
         .help = "Who is answered; others get REFUSED. Prefixes such as 192.0.2.0/24, addresses, "
                 "any or none; ! before one takes it out. The longest prefix that covers a client "
                 "decides, in whatever order they stand."},
        {0},
};
static const struct conf_section zone_section = {sizeof(struct dns_zone_conf), zone_keys};

static const char *const any_choices[] = {
        [DNS_ANY_ONE] = "one", [DNS_ANY_ALL] = "all", [DNS_ANY_REFUSE] = "refuse", NULL};

static const struct conf_key dns_keys[] = {
        {"zones", CONF_SECTIONS, offsetof(struct dns_conf, zones), .min = 1, .max = DNS_ZONES_MAX,
         .section = &zone_section, .help = "The zones to answer for."},
        {"checks", CONF_SECTIONS, offsetof(struct dns_conf, checks), "", .max = ZONE_CHECKS_LEN,
         .section = &dns_checks_section,
         .help = "What counts as an error or a warning in a zone, where that is to be other than "
                 "usual. Zones that are served already stay so until their files change."},
        {"udp_size", CONF_UNSIGNED, offsetof(struct dns_conf, udp_size), "1232", DNS_UDP_SIZE_MIN,
         DNS_UDP_SIZE_MAX,
         .help = "Most bytes of a reply over UDP, also to who would take more: 1232 fits any "
                 "network without fragments (RFC 9715)."},
        {"any", CONF_ENUM, offsetof(struct dns_conf, any), "one", .choices = any_choices,
         .help = "What is answered to type ANY, and of signatures to RRSIG (RFC 8482): \"one\" set "
                 "of records, \"all\" that "
                 "there are, or \"refuse\": over UDP nothing but the way to TCP."},
        {"version", CONF_STRING, offsetof(struct dns_conf, version), "wadi-dns " WADI_VERSION,
         .max = DNS_CHAOS_MAX,
         .help = "The answer to version.bind and version.server in class CH. Empty: REFUSED."},
        {"identity", CONF_STRING, offsetof(struct dns_conf, identity), DNS_IDENTITY_HOST,
         .max = DNS_CHAOS_MAX,
         .help = "The answer to hostname.bind and id.server in class CH; \"hostname\" is the "
                 "host's own name. Empty: REFUSED."},
        {"nsid", CONF_STRING, offsetof(struct dns_conf, nsid), "", .max = DNS_NSID_MAX,
         .help = "What is told to who asks for the server's identifier (RFC 5001). Empty: "
                 "nothing."},
        {"rate_limit", CONF_SECTION, offsetof(struct dns_conf, rate_limit),
         .section = &client_limits_rate_section,
         .help = "How often a network gets the same reply over UDP."},
        {"cookies", CONF_SECTION, offsetof(struct dns_conf, cookies),
         .section = &client_limits_cookies_section,
         .help = "How clients show that their address is not forged."},
        {"query_log", CONF_SECTION, offsetof(struct dns_conf, query_log),
         .section = &query_log_writer_section,
         .help = "Queries and replies for others to look at; none without file or socket. What is "
                 "changed here counts from the next start on."},
        {0},
};
const struct conf_section dns_conf_section = {sizeof(struct dns_conf), dns_keys};
