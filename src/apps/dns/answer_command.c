// answer_command: `wadi-dns answer`: the engine without a network. Questions come
// as text, replies go as JSON (message_json), a line each.
#include "apps/dns/answer_command.h"

#include "apps/dns/load.h"
#include "apps/dns/message_json.h"
#include "apps/dns/settings.h"

#include "proto/dns/wire/dns_class.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORDS_MAX 3 // of a question
#define BLANKS    " \t\r\n"

const struct manual_item answer_command_options[] = {
        {"--zone ORIGIN=FILE", "answer: Answers from this zone file, too. May be given more than "
                               "once. Without -c, --set takes the keys of \"dns\" only."},
        {"--do", "answer: Asks for DNSSEC's records."},
        {"--bufsize N", "answer: The bytes that a reply over UDP may have, as EDNS tells the "
                        "server; 1232 unless said otherwise."},
        {"--edns", "answer: Asks with EDNS even without --do and --bufsize."},
        {"--rd", "answer: Asks for recursion."},
        {"--tcp", "answer: Answers as over TCP."},
        {0},
};

// One run of the command.
struct answer {
	json_t *named; // zones of --zone, as a configuration would have them
	bool edns, dnssec_ok, recursion_desired;
	uint16_t bufsize;
	enum dns_transport transport;
	const char *words[WORDS_MAX]; // the question that is given, if any
	unsigned words_len;

	struct conf conf;        // of --zone alone
	struct conf_list joined; // with what the configuration names
	struct dns_settings *settings;
	struct zone_set *zones;
	struct dns_server server;
	struct message_json json;
	uint8_t msg[UINT16_MAX];
};

static int usage_error(const char *sentence, const char *word)
{
	fprintf(stderr, "wadi-dns: answer: %s%s; wadi-dns --help tells more\n", sentence, word);
	return APP_EXIT_USAGE;
}

static int take_zone(struct answer *answer, const char *text)
{
	static const uint8_t root[] = {0};
	const char *equals = strchr(text, '='), *sentence;
	struct dns_name name;

	if (!equals || equals[1] == '\0')
		return usage_error("--zone takes ORIGIN=FILE, not ", text);
	if (!dns_name_parse(&name, text, (size_t)(equals - text), root, &sentence)) {
		fprintf(stderr,
		        "wadi-dns: answer: --zone %s: the origin is not a domain name: %s\n", text,
		        sentence);
		return APP_EXIT_USAGE;
	}
	json_array_append_new(answer->named,
	                      json_pack("{s:s%, s:s}", "origin", text, (size_t)(equals - text),
	                                "file", equals + 1));
	return APP_EXIT_DONE;
}

static int take_bufsize(struct answer *answer, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value > UINT16_MAX)
		return usage_error("--bufsize takes a number up to 65535, not ", text);
	answer->bufsize = (uint16_t)value;
	answer->edns = true;
	return APP_EXIT_DONE;
}

// An option without a value. False when there is none of that name.
static bool take_flag(struct answer *answer, const char *option)
{
	if (strcmp(option, "--do") == 0)
		answer->edns = answer->dnssec_ok = true;
	else if (strcmp(option, "--edns") == 0)
		answer->edns = true;
	else if (strcmp(option, "--rd") == 0)
		answer->recursion_desired = true;
	else if (strcmp(option, "--tcp") == 0)
		answer->transport = DNS_TCP;
	else
		return false;
	return true;
}

// Reads options and the question's words; behind "--" there are words only.
static int parse(struct answer *answer, const struct app_call *call)
{
	bool words_only = false;
	int status = APP_EXIT_DONE;

	for (int i = 0; i < call->words_len && status == APP_EXIT_DONE; i++) {
		const char *word = call->words[i];
		bool zone = strcmp(word, "--zone") == 0, size = strcmp(word, "--bufsize") == 0;

		if (words_only || word[0] != '-') {
			if (answer->words_len == WORDS_MAX)
				return usage_error("one question is NAME TYPE [CLASS], without ",
				                   word);
			answer->words[answer->words_len++] = word;
		} else if (strcmp(word, "--") == 0) {
			words_only = true;
		} else if (!zone && !size) {
			if (!take_flag(answer, word))
				return usage_error("there is no option ", word);
		} else if (++i == call->words_len) {
			return usage_error("a value is missing behind ", word);
		} else {
			status = zone ? take_zone(answer, call->words[i])
			              : take_bufsize(answer, call->words[i]);
		}
	}
	if (status == APP_EXIT_DONE && answer->words_len == 1)
		return usage_error("a type is missing behind ", answer->words[0]);
	return status;
}

// The configuration of the zones of --zone alone, as if a file had it.
static int open_conf(struct conf *conf, json_t *zones, const struct conf_source *source,
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

// Both lists of zones, in memory of its own.
static struct conf_list join(const struct conf_list *a, const struct conf_list *b)
{
	struct dns_zone_conf *items = calloc(a->len + b->len, sizeof(*items));

	if (!items)
		return (struct conf_list){NULL, 0};
	memcpy(items, a->items, a->len * sizeof(*items));
	memcpy(items + a->len, b->items, b->len * sizeof(*items));
	return (struct conf_list){items, a->len + b->len};
}

static void print_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	zone_report_text(report, text, sizeof(text));
	fprintf(stderr, "%s\n", text);
}

// Fills in what answers are made from. 0, or negative errno with a sentence in why, or
// "" when all has been told.
static int load(struct answer *answer, const struct dns_conf *conf, struct why *why)
{
	static const uint8_t no_secret[COOKIE_SECRET_BYTES];
	struct zone_policy checks = dns_checks_policy(&conf->checks);
	struct dns_loaded loaded;
	int err;

	answer->settings = dns_settings_new(conf, 1, no_secret, why);
	if (!answer->settings)
		return -EINVAL;
	err = dns_load(conf, &checks, &loaded, print_report, NULL, why);
	if (err && loaded.errors)
		why->text[0] = '\0';
	answer->zones = loaded.set;
	answer->server =
	        (struct dns_server){.zones = loaded.set, .policy = &answer->settings->policy};
	return err;
}

// Loads the zones of the configuration and those of --zone. As load().
static int load_all(struct answer *answer, const struct app_call *call, struct why *why)
{
	static const struct conf_source no_source;
	const struct dns_conf *given = call->conf;
	struct dns_conf both;
	int err = -ENOMEM;

	if (json_array_size(answer->named) == 0)
		return load(answer, given, why);
	if (open_conf(&answer->conf, answer->named, given ? &no_source : call->source, why))
		return -EINVAL;
	both = **(struct dns_conf **)answer->conf.values;
	if (!given)
		return load(answer, &both, why);
	why_no_memory(why, "the zones");
	answer->joined = join(&given->zones, &both.zones);
	both = *given;
	both.zones = answer->joined;
	if (both.zones.items)
		err = load(answer, &both, why);
	return err;
}

// Reads a question of two or three words. False, with a sentence in why.
static bool parse_question(struct dns_question *question, const char *const *words,
                           unsigned words_len, struct why *why)
{
	static const uint8_t root[] = {0};
	const char *sentence;

	if (!dns_name_parse(&question->name, words[0], strlen(words[0]), root, &sentence)) {
		why_set(why, "\"%s\" is not a domain name: %s", words[0], sentence);
		return false;
	}
	if (!dns_type_parse(words[1], strlen(words[1]), &question->qtype)) {
		why_set(why, "\"%s\" is no type, such as AAAA or TYPE65280", words[1]);
		return false;
	}
	question->qclass = DNS_CLASS_IN;
	if (words_len > 2 && !dns_class_parse(words[2], strlen(words[2]), &question->qclass)) {
		why_set(why, "\"%s\" is no class, such as IN or CLASS65280", words[2]);
		return false;
	}
	return true;
}

// The query as a client would send it; its length.
static uint16_t build_query(struct answer *answer, const struct dns_question *question)
{
	struct fill f = fill_of(answer->msg, sizeof(answer->msg));

	fill_u16(&f, 0); // the id, which nobody sees
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

// Asks, and prints the reply. False when memory is short.
static bool ask(struct answer *answer, const struct dns_question *question)
{
	static const uint8_t source[16] = {[15] = 1}; // ::1
	struct dns_request request = {.msg = answer->msg,
	                              .len = build_query(answer, question),
	                              .room = sizeof(answer->msg),
	                              .transport = answer->transport,
	                              .source = source};
	json_t *object;

	answer->server.now_s = (uint32_t)time(NULL);
	dns_answer(&answer->server, &request, 1);
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

// One line of standard input. False, with a sentence in why, when it is no question.
static bool take_line(struct answer *answer, char *line, struct why *why)
{
	const char *words[WORDS_MAX];
	struct dns_question question;
	unsigned words_len = 0;
	char *rest = line;

	for (char *word; (word = strtok_r(rest, BLANKS, &rest)) != NULL; words_len++) {
		if (words_len == WORDS_MAX) {
			why_set(why,
			        "\"%s\" is too much: a question is NAME TYPE "
			        "[CLASS]",
			        word);
			return false;
		}
		words[words_len] = word;
	}
	if (words_len == 0)
		return true;
	if (words_len == 1) {
		why_set(why, "a type is missing behind \"%s\"", words[0]);
		return false;
	}
	if (!parse_question(&question, words, words_len, why))
		return false;
	why_set(why, "the reply cannot be written: %s", strerror(errno));
	return ask(answer, &question);
}

static int take_lines(struct answer *answer)
{
	int status = APP_EXIT_DONE;
	struct why why;
	uintmax_t number = 1;
	char *line = NULL;
	size_t size = 0;

	for (; getline(&line, &size, stdin) >= 0; number++) {
		if (take_line(answer, line, &why))
			continue;
		fprintf(stderr, "wadi-dns: answer: line %ju: %s\n", number, why.text);
		status = APP_EXIT_FAILED;
		if (ferror(stdout))
			break;
	}
	free(line);
	return status;
}

static int take_words(struct answer *answer)
{
	struct dns_question question;
	struct why why;

	if (!parse_question(&question, answer->words, answer->words_len, &why))
		return usage_error(why.text, "");
	return ask(answer, &question) ? APP_EXIT_DONE : APP_EXIT_FAILED;
}

static int run(struct answer *answer, const struct app_call *call)
{
	struct why why = {""};
	int status;

	status = parse(answer, call);
	if (status != APP_EXIT_DONE)
		return status;
	if (!call->conf && json_array_size(answer->named) == 0)
		return usage_error("zones are needed: -c FILE or --zone ORIGIN=FILE", "");
	if (load_all(answer, call, &why)) {
		if (*why.text)
			fprintf(stderr, "%s\n", why.text);
		return APP_EXIT_FAILED;
	}
	// Whoever asks one question after the other waits for each reply.
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	status = answer->words_len ? take_words(answer) : take_lines(answer);
	if (fflush(stdout) != 0 || ferror(stdout))
		status = APP_EXIT_FAILED;
	return status;
}

int answer_command(const struct app_call *call)
{
	struct answer *answer = calloc(1, sizeof(*answer));
	int status = APP_EXIT_FAILED;

	if (!answer)
		return status;
	answer->bufsize = 1232; // what is asked with these days (RFC 9715)
	answer->named = json_array();
	if (answer->named)
		status = run(answer, call);
	if (answer->zones)
		zone_set_free(answer->zones);
	dns_settings_free(answer->settings);
	free(answer->joined.items);
	conf_close(&answer->conf);
	json_decref(answer->named);
	free(answer);
	return status;
}
