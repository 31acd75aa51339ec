// answer_command: see the header. Reads questions as text and prints responses as JSON
// (message_json.h), one on each line.
#include "apps/dns/answer_command.h"

#include "apps/dns/dns_conf.h"
#include "apps/dns/load.h"
#include "apps/dns/message_json.h"
#include "apps/dns/settings.h"

#include "proto/dns/wire/dns_class.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARGS_MAX 3 // of a question: NAME TYPE CLASS
#define BLANKS   " \t\r\n"

#define AT(member) offsetof(struct answer_given, member)

// What the options set.
struct answer_given {
	struct cmdline_list zones;
	struct cmdline_number bufsize;
	bool dnssec_ok, edns, recursion_desired, tcp;
};

static const struct cmdline_option answer_options[] = {
        {"zone", 0, CMDLINE_LIST, AT(zones), "ORIGIN=FILE",
         .help = "Adds a zone from a zone file. May be given more than once. Without -c, --set "
                 "accepts keys below \"dns\" only."},
        {"do", 0, CMDLINE_FLAG, AT(dnssec_ok),
         .help = "Sets the DO flag, which requests DNSSEC records."},
        {"bufsize", 0, CMDLINE_NUMBER, AT(bufsize), "N", .max = UINT16_MAX,
         .help = "Sets the UDP payload size that EDNS advertises; 1232 by default."},
        {"edns", 0, CMDLINE_FLAG, AT(edns),
         .help = "Adds EDNS to the query; --do and --bufsize imply it."},
        {"rd", 0, CMDLINE_FLAG, AT(recursion_desired),
         .help = "Sets the RD flag, which requests recursion."},
        {"tcp", 0, CMDLINE_FLAG, AT(tcp), .help = "Answers as if the query came over TCP."},
        {0},
};
const struct cmdline_table answer_command_options = {sizeof(struct answer_given), answer_options};

// One run of the command.
struct answer {
	json_t *named; // zones of --zone, in the form of dns.zones
	bool edns, dnssec_ok, recursion_desired;
	uint16_t bufsize;
	enum dns_transport transport;
	const char *const *args; // the question on the command line, if any
	unsigned args_len;

	struct conf conf;        // of the zones of --zone only
	struct conf_list joined; // zones of --zone and of the configuration
	struct dns_settings *settings;
	struct zone_set *zones;
	struct dns_server server;
	struct message_json json;
	uint8_t msg[UINT16_MAX];
};

static int answer_usage_error(const char *sentence, const char *arg)
{
	fprintf(stderr, "wadi-dns: answer: %s%s; wadi-dns answer --help explains\n", sentence, arg);
	return TOOL_EXIT_USAGE;
}

static int answer_parse_zone(struct answer *answer, const char *text)
{
	static const uint8_t root[] = {0};
	const char *equals = strchr(text, '='), *sentence;
	struct dns_name name;

	if (!equals || equals[1] == '\0')
		return answer_usage_error("--zone takes ORIGIN=FILE, not ", text);
	if (!dns_name_parse(&name, text, (size_t)(equals - text), root, &sentence)) {
		fprintf(stderr,
		        "wadi-dns: answer: --zone %s: the origin is not a domain name: %s\n", text,
		        sentence);
		return TOOL_EXIT_USAGE;
	}
	json_array_append_new(answer->named,
	                      json_pack("{s:s%, s:s}", "origin", text, (size_t)(equals - text),
	                                "file", equals + 1));
	return TOOL_EXIT_DONE;
}

static int answer_take(struct answer *answer, const struct tool_call *call)
{
	const struct answer_given *given = call->values;
	int status = TOOL_EXIT_DONE;

	answer->dnssec_ok = given->dnssec_ok;
	answer->edns = given->edns || given->dnssec_ok || given->bufsize.given;
	answer->recursion_desired = given->recursion_desired;
	answer->transport = given->tcp ? DNS_TCP : DNS_UDP;
	if (given->bufsize.given)
		answer->bufsize = (uint16_t)given->bufsize.value;
	answer->args = (const char *const *)call->args;
	answer->args_len = (unsigned)call->args_len;
	if (answer->args_len > ARGS_MAX)
		return answer_usage_error("a question is NAME TYPE [CLASS]; unexpected argument: ",
		                          answer->args[ARGS_MAX]);
	if (answer->args_len == 1)
		return answer_usage_error("a type is missing after ", answer->args[0]);
	for (size_t i = 0; i < given->zones.len && status == TOOL_EXIT_DONE; i++)
		status = answer_parse_zone(answer, given->zones.items[i]);
	return status;
}

// Opens a configuration that consists of the zones of --zone, as if it came from a file.
static int answer_open_conf(struct conf *conf, json_t *zones, const struct conf_source *source,
                            struct why *why)
{
	static const struct conf_key keys[] = {
	        {"dns", CONF_SECTION, 0, .section = &dns_conf_section, .help = "What is served."},
	        {0}};
	static const struct conf_section root = {sizeof(struct dns_conf *), keys};
	json_t *tree = json_pack("{s:{s:O}}", "dns", "zones", zones);
	char *text = json_dumps(tree, JSON_COMPACT);
	int err = -ENOMEM;

	why_no_memory(why, "the zones");
	if (text)
		err = conf_open_text(conf, &root, source, text, strlen(text), why);
	free(text);
	json_decref(tree);
	return err;
}

// Both lists in one, in newly allocated memory.
static struct conf_list answer_join_zones(const struct conf_list *a, const struct conf_list *b)
{
	struct dns_zone_conf *items = calloc(a->len + b->len, sizeof(*items));

	if (!items)
		return (struct conf_list){NULL, 0};
	memcpy(items, a->items, a->len * sizeof(*items));
	memcpy(items + a->len, b->items, b->len * sizeof(*items));
	return (struct conf_list){items, a->len + b->len};
}

static void answer_print_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	zone_report_text(report, text, sizeof(text));
	fprintf(stderr, "%s\n", text);
}

// Loads the zones and settings that the engine answers from. 0, or negative errno with a
// sentence in why, which is "" when reports of zones have been printed.
static int answer_load(struct answer *answer, const struct dns_conf *conf, struct why *why)
{
	static const uint8_t no_secret[COOKIE_SECRET_BYTES];
	struct zone_policy checks = dns_checks_policy(&conf->checks);
	struct dns_loaded loaded;
	int err;

	answer->settings = dns_settings_new(conf, 1, no_secret, why);
	if (!answer->settings)
		return -EINVAL;
	err = dns_load(conf, &checks, &loaded, answer_print_report, NULL, why);
	if (err && loaded.errors)
		why->text[0] = '\0';
	answer->zones = loaded.set;
	answer->server = (struct dns_server){.zones = loaded.set,
	                                     .policy = &answer->settings->policy,
	                                     .last_resort = answer->transport == DNS_TCP ||
	                                                    answer->settings->udp_only};
	return err;
}

// As answer_load, with the zones of the configuration and those of --zone.
static int answer_load_all(struct answer *answer, const struct tool_call *call, struct why *why)
{
	static const struct conf_source no_source;
	const struct dns_conf *given = call->conf;
	struct dns_conf both;
	int err = -ENOMEM;

	if (json_array_size(answer->named) == 0)
		return answer_load(answer, given, why);
	if (answer_open_conf(&answer->conf, answer->named, given ? &no_source : call->source, why))
		return -EINVAL;
	both = **(struct dns_conf **)answer->conf.values;
	if (!given)
		return answer_load(answer, &both, why);
	why_no_memory(why, "the zones");
	answer->joined = answer_join_zones(&given->zones, &both.zones);
	both = *given;
	both.zones = answer->joined;
	if (both.zones.items)
		err = answer_load(answer, &both, why);
	return err;
}

// Parses a question of two or three arguments. False with a sentence in why.
static bool answer_parse_question(struct dns_question *question, const char *const *args,
                                  unsigned args_len, struct why *why)
{
	static const uint8_t root[] = {0};
	const char *sentence;

	if (!dns_name_parse(&question->name, args[0], strlen(args[0]), root, &sentence)) {
		why_set(why, "\"%s\" is not a domain name: %s", args[0], sentence);
		return false;
	}
	if (!dns_type_parse(args[1], strlen(args[1]), &question->qtype)) {
		why_set(why, "\"%s\" is not a record type, such as AAAA or TYPE65280", args[1]);
		return false;
	}
	question->qclass = DNS_CLASS_IN;
	if (args_len > 2 && !dns_class_parse(args[2], strlen(args[2]), &question->qclass)) {
		why_set(why, "\"%s\" is not a class, such as IN or CLASS65280", args[2]);
		return false;
	}
	return true;
}

// Builds the query as a client would send it. Returns its length.
static uint16_t answer_build_query(struct answer *answer, const struct dns_question *question)
{
	struct fill f = fill_of(answer->msg, sizeof(answer->msg));

	fill_u16(&f, 0); // the id, which the output does not show
	fill_u16(&f, answer->recursion_desired ? DNS_FLAG_RD : 0);
	fill_u16(&f, 1);
	fill_u32(&f, 0);
	fill_u16(&f, answer->edns);
	fill_bytes(&f, question->name.wire, question->name.len);
	fill_u16(&f, question->qtype);
	fill_u16(&f, question->qclass);
	if (answer->edns) {
		fill_u8(&f, 0);
		fill_u16(&f, DNS_TYPE_OPT);
		fill_u16(&f, answer->bufsize);
		fill_u32(&f, answer->dnssec_ok ? DNS_OPT_DO : 0);
		fill_u16(&f, 0);
	}
	return (uint16_t)fill_len(&f);
}

// Answers a question and prints the response. False when there is no memory or the output
// cannot be written.
static bool answer_print(struct answer *answer, const struct dns_question *question)
{
	static const uint8_t source[16] = {[15] = 1}; // ::1
	struct dns_request request = {.msg = answer->msg,
	                              .len = answer_build_query(answer, question),
	                              .room = sizeof(answer->msg),
	                              .transport = answer->transport,
	                              .source = source};
	json_t *object;

	answer->server.now_s = (uint32_t)time(NULL);
	answer_queries(&answer->server, &request, 1);
	if (request.reply_len)
		object = message_json(&answer->json, answer->msg, request.reply_len);
	else
		object = json_pack("{s:s, s:[o]}", "dropped", drop_name(request.drop), "question",
		                   message_json_question(question));
	if (!object || json_dumpf(object, stdout, JSON_COMPACT) != 0)
		return false;
	putchar('\n');
	json_decref(object);
	return true;
}

// Answers the question on one line of standard input; an empty line has none. False with a
// sentence in why.
static bool answer_line(struct answer *answer, char *line, struct why *why)
{
	const char *args[ARGS_MAX];
	struct dns_question question;
	unsigned args_len = 0;
	char *rest = line;

	for (char *arg; (arg = strtok_r(rest, BLANKS, &rest)) != NULL; args_len++) {
		if (args_len == ARGS_MAX) {
			why_set(why, "unexpected \"%s\": a question is NAME TYPE [CLASS]", arg);
			return false;
		}
		args[args_len] = arg;
	}
	if (args_len == 0)
		return true;
	if (args_len == 1) {
		why_set(why, "a type is missing after \"%s\"", args[0]);
		return false;
	}
	if (!answer_parse_question(&question, args, args_len, why))
		return false;
	why_set(why, "the reply cannot be written: %s", strerror(errno));
	return answer_print(answer, &question);
}

static int answer_lines(struct answer *answer)
{
	int status = TOOL_EXIT_DONE;
	struct why why;
	uintmax_t number = 1;
	char *line = NULL;
	size_t size = 0;

	for (; getline(&line, &size, stdin) >= 0; number++) {
		if (answer_line(answer, line, &why))
			continue;
		fprintf(stderr, "wadi-dns: answer: line %ju: %s\n", number, why.text);
		status = TOOL_EXIT_FAILED;
		if (ferror(stdout))
			break;
	}
	free(line);
	return status;
}

static int answer_args(struct answer *answer)
{
	struct dns_question question;
	struct why why;

	if (!answer_parse_question(&question, answer->args, answer->args_len, &why))
		return answer_usage_error(why.text, "");
	return answer_print(answer, &question) ? TOOL_EXIT_DONE : TOOL_EXIT_FAILED;
}

static int answer_run(struct answer *answer, const struct tool_call *call)
{
	struct why why = {""};
	int status;

	status = answer_take(answer, call);
	if (status != TOOL_EXIT_DONE)
		return status;
	if (answer_load_all(answer, call, &why)) {
		if (*why.text)
			fprintf(stderr, "%s\n", why.text);
		return TOOL_EXIT_FAILED;
	}
	// A program that writes one question at a time waits for each response.
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	status = answer->args_len ? answer_args(answer) : answer_lines(answer);
	if (fflush(stdout) != 0 || ferror(stdout))
		status = TOOL_EXIT_FAILED;
	return status;
}

bool answer_command_needs_conf(const struct tool_call *call)
{
	return ((const struct answer_given *)call->values)->zones.len == 0;
}

int answer_command(const struct tool_call *call)
{
	struct answer *answer = calloc(1, sizeof(*answer));
	int status = TOOL_EXIT_FAILED;

	if (!answer)
		return status;
	answer->bufsize = 1232; // RFC 9715
	answer->named = json_array();
	if (answer->named)
		status = answer_run(answer, call);
	if (answer->zones)
		zone_set_free(answer->zones);
	dns_settings_free(answer->settings);
	free(answer->joined.items);
	conf_close(&answer->conf);
	json_decref(answer->named);
	free(answer);
	return status;
}
