// plan: see the header. The packet's way from switch to switch is in plan_trace.c.
#include "apps/sdn/plan.h"

#include "apps/sdn/plan_side.h"
#include "apps/sdn/plan_trace.h"
#include "proto/openflow/of_version.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PLAN_DONE   0
#define PLAN_FAILED 1
#define PLAN_USAGE  2

#define AT(member) offsetof(struct plan_call, member)

static const struct cmdline_option options[] = {
        {"against", 0, CMDLINE_TEXT, AT(against), "FILE",
         .help = "The configuration that is in use: prints only what changes. Without it, what "
                 "switches without any flow would get."},
        {"packet", 0, CMDLINE_TEXT, AT(packet), "WORDS", .help = PLAN_PACKET_HELP},
        {"openflow", 0, CMDLINE_TEXT, AT(openflow), "VERSION",
         .help = "The version that the switches speak: 1.0, 1.3, 1.4 or 1.5. 1.3 by default."},
        {0},
};
const struct cmdline_table plan_options = {sizeof(struct plan_call), options};

// A configuration of which only the intents are of interest, and whether switches are one network.
struct plan_root {
	struct plan_sdn {
		struct intent_conf *intents;
		bool topology;
	} * sdn;
};
static const struct conf_key sdn_keys[] = {
        {"topology", CONF_BOOL, offsetof(struct plan_sdn, topology), "true",
         .help = "As in the section of wadi-sdn."},
        {"intents", CONF_SECTION, offsetof(struct plan_sdn, intents),
         .section = &intent_conf_section, .help = "Intents."},
        {0},
};
static const struct conf_section sdn_section = {sizeof(struct plan_sdn), sdn_keys};
static const struct conf_key root_keys[] = {
        {"sdn", CONF_SECTION, offsetof(struct plan_root, sdn), .section = &sdn_section,
         .help = "The section of wadi-sdn."},
        {0},
};
static const struct conf_section root_section = {sizeof(struct plan_root), root_keys};

// The intents of one configuration, and the tables of each of its switches.
struct plan_input {
	struct plan_side side;
	struct arena arena;
	struct conf conf; // of --against
	bool read;
};

static uint8_t plan_version(const char *text)
{
	static const uint8_t versions[] = {OF10, OF13, OF14, OF15};

	for (unsigned i = 0; i < ARRAY_LEN(versions); i++)
		if (strcmp(text, of_version_name(versions[i])) == 0)
			return versions[i];
	return 0;
}

static void input_close(struct plan_input *input)
{
	plan_side_free(&input->side);
	arena_fini(&input->arena);
	if (input->read)
		conf_close(&input->conf);
}

// The tables of all switches; what cannot be done is printed.
static int input_make(struct plan_input *input, const struct intent_conf *intents, bool topology,
                      uint8_t version, FILE *err)
{
	const struct plan_side *side = &input->side;
	struct sdn_intent intent = intent_conf_build(intents, &input->arena);

	if (plan_side_make(&input->side, &intent, topology, version)) {
		fprintf(err, "wadi-sdn: plan: not enough memory\n");
		return PLAN_FAILED;
	}
	for (uint32_t i = 0; i < intent.switches_len; i++)
		if (*side->refused[i].text)
			fprintf(err, "switch \"%s\": %s\n", intent.switches[i].name,
			        side->refused[i].text);
	return side->refusals ? PLAN_FAILED : PLAN_DONE;
}

// Reads the file of --against. Its other keys are of no interest, nor is what is wrong with them.
static const struct plan_sdn *against_read(struct plan_input *input, const char *file, FILE *err)
{
	struct conf_source source = {.file = file};
	const struct plan_root *root;

	conf_read(&input->conf, &root_section, &source);
	input->read = true;
	root = input->conf.values;
	if (root && !conf_has_error(&input->conf, "sdn.intents"))
		intent_conf_check(root->sdn->intents, "sdn.intents", &input->conf);
	if (root && !conf_has_error(&input->conf, "sdn.intents"))
		return root->sdn;
	for (const struct conf_report *r = input->conf.reports; r; r = r->next)
		if (!r->warning && (!root || strncmp(r->text, "sdn.intents", 11) == 0))
			fprintf(err, "%s: %s\n", r->place, r->text);
	return NULL;
}

static void changes_print(const struct plan_side *new, const struct plan_side *old,
                          const struct sdn_diff_change *changes, uint32_t len, FILE *out)
{
	char text[32768];

	for (uint32_t i = 0; i < len; i++) {
		struct of_text line = {.out = fill_of(text, sizeof(text) - 1)};

		sdn_diff_text(&new->intent, &old->intent, &changes[i], &line);
		fprintf(out, "  %.*s%s\n", (int)fill_len(&line.out), text,
		        line.out.bad ? " ..." : "");
	}
}

// "modify 1 flow and 0 meters, ..." of a switch, then each change.
static int switch_print(const struct plan_side *new, uint16_t number, const struct plan_side *old,
                        uint8_t version, FILE *out)
{
	const struct sdn_intent_switch *on = &new->intent.switches[number];
	const struct sdn_tables *tables = &new->tables[number];
	struct sdn_diff_change *changes;
	uint32_t len;

	if (plan_side_diff(new, number, old, &changes, &len))
		return PLAN_FAILED;
	fprintf(out, "switch \"%s\" (0x%" PRIx64 "): %u of %u flows, groups and meters change%s\n",
	        on->name, on->datapath_id, len,
	        tables->flows_len + tables->groups_len + tables->meters_len, len ? ":" : "");
	if (version < OF14 && sdn_diff_mixes(changes, len))
		fprintf(out,
		        "  (in several tables, and OpenFlow %s has no bundles: a packet that "
		        "several of the changes concern may meet old and new ones mixed)\n",
		        of_version_name(version));
	changes_print(new, old, changes, len, out);
	free(changes);
	return PLAN_DONE;
}

static void gone_print(const struct plan_side *new, const struct plan_side *old, FILE *out)
{
	for (uint32_t i = 0; i < old->intent.switches_len; i++) {
		const struct sdn_intent_switch *on = &old->intent.switches[i];

		if (sdn_intent_switch(&new->intent, on->datapath_id) == SDN_NONE)
			fprintf(out,
			        "switch \"%s\" (0x%" PRIx64
			        "): is not declared any more; its %u flows are deleted\n",
			        on->name, on->datapath_id, old->tables[i].flows_len);
	}
}

static int plan_changes(const struct plan_side *new, const struct plan_side *old, uint8_t version,
                        FILE *out)
{
	for (uint32_t i = 0; i < new->intent.switches_len; i++) {
		int status = switch_print(new, (uint16_t)i, old, version, out);

		if (status != PLAN_DONE)
			return status;
	}
	gone_print(new, old, out);
	return PLAN_DONE;
}

static int plan_inputs(const struct intent_conf *intents, bool topology,
                       const struct plan_call *call, uint8_t version, struct plan_input *new,
                       struct plan_input *old, FILE *out, FILE *err)
{
	const struct plan_sdn *before;
	int status = input_make(new, intents, topology, version, err);

	if (status != PLAN_DONE)
		return status;
	if (call->packet)
		return plan_trace(&new->side.intent, new->side.tables, call->packet, out, err);
	if (call->against) {
		before = against_read(old, call->against, err);
		status = before ? input_make(old, before->intents, before->topology, version, err)
		                : PLAN_FAILED;
	}
	return status == PLAN_DONE ? plan_changes(&new->side, &old->side, version, out) : status;
}

int plan_print(const struct intent_conf *intents, bool topology, const struct plan_call *call,
               FILE *out, FILE *err)
{
	uint8_t version = call->openflow ? plan_version(call->openflow) : OF13;
	struct plan_input new = {0}, old = {0};
	int status;

	if (!version) {
		fprintf(err, "wadi-sdn: plan: --openflow is 1.0, 1.3, 1.4 or 1.5, not \"%s\"\n",
		        call->openflow);
		return PLAN_USAGE;
	}
	if (call->packet && call->against) {
		fprintf(err, "wadi-sdn: plan: give --against or --packet, not both\n");
		return PLAN_USAGE;
	}
	status = plan_inputs(intents, topology, call, version, &new, &old, out, err);
	input_close(&new);
	input_close(&old);
	return status;
}
