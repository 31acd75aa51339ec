// sdn_api_intents: intents that a program puts: checked as a file is, written to the file that the
// configuration includes, and put in force; or, as a dry run, only a report of what they would
// change.
#include "apps/sdn/api/sdn_api_internal.h"

#include "apps/sdn/plan_side.h"
#include "core/host/log.h"
#include "proto/openflow/of_version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME   "intents" // of the content, in the places of errors
#define HEAD        "{\"sdn\":{\"intents\":"
#define TAIL        "}}"
#define LINES_MAX   100  // changes of a switch that are listed one by one
#define CHANGE_TEXT 8192 // bytes of one

// The content as a configuration, so that it is checked as that is.
struct put_sdn {
	struct intent_conf *intents;
};
struct put_root {
	struct put_sdn *sdn;
};
static const struct conf_key sdn_keys[] = {
        {"intents", CONF_SECTION, offsetof(struct put_sdn, intents),
         .section = &intent_conf_section, .help = "Intents."},
        {0},
};
static const struct conf_section sdn_section = {sizeof(struct put_sdn), sdn_keys};
static const struct conf_key root_keys[] = {
        {"sdn", CONF_SECTION, offsetof(struct put_root, sdn), .section = &sdn_section,
         .help = "The section of wadi-sdn."},
        {0},
};
static const struct conf_section root_section = {sizeof(struct put_root), root_keys};

// Files of this machine are no client's.
static bool names_files(const json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_object(value) && json_object_get(value, "include"))
		return true;
	if (json_is_array(value)) {
		json_array_foreach (value, i, member)
			if (names_files(member))
				return true;
	} else if (json_is_object(value)) {
		json_object_foreach ((json_t *)value, name, member)
			if (names_files(member))
				return true;
	}
	return false;
}

// Whether the content is an object of JSON, and that alone; else the problem is put.
static bool is_object(struct sdn_api_call *call)
{
	const struct sdn_api *api = call->api;
	json_error_t error;
	json_t *root =
	        json_loadb((const char *)api->body, api->body_len, JSON_REJECT_DUPLICATES, &error);
	bool is = json_is_object(root), names = names_files(root);

	if (!root)
		sdn_api_job_problem(call, 400, "The content is not JSON: line %d: %s", error.line,
		                    error.text);
	else if (!is)
		sdn_api_job_problem(call, 400, "The content is not an object {...} of intents.");
	else if (names)
		sdn_api_job_problem(call, 422, "Intents that are put include no files.");
	json_decref(root);
	return is && !names;
}

static void content_read(const struct sdn_api *api, struct conf *conf)
{
	const struct conf_source source = {.file_place = FILE_NAME};
	size_t len = strlen(HEAD) + api->body_len + strlen(TAIL);
	char *text = malloc(len + 1);
	const struct put_root *root;

	if (text)
		snprintf(text, len + 1, "%s%.*s%s", HEAD, (int)api->body_len,
		         (const char *)api->body, TAIL);
	conf_read_text(conf, &root_section, &source, text ? text : "{}", text ? len : 2);
	free(text);
	root = conf->values;
	if (root && !conf_has_error(conf, "sdn.intents"))
		sdn_conf_check_intents(api->owner.conf, root->sdn->intents, conf);
}

// "intents:12" is line 12 of the content.
static json_t *error_json(const struct conf_report *report)
{
	const char *line = strchr(report->place, ':');

	return json_pack("{s:o, s:s}", "place",
	                 line ? json_sprintf("line %s", line + 1) : json_string(""), "detail",
	                 report->text);
}

static void put_errors(struct sdn_api_call *call, const struct conf *conf)
{
	json_t *errors = json_array(), *problem;
	const struct conf_report *first = NULL;

	for (const struct conf_report *r = conf->reports; r; r = r->next) {
		if (r->warning)
			continue;
		first = first ? first : r;
		json_array_append_new(errors, error_json(r));
	}
	problem = json_pack("{s:s, s:s, s:i, s:s, s:o}", "type", "about:blank", "title",
	                    "Unprocessable Content", "status", 422, "detail",
	                    first ? first->text : "The intents cannot be read.", "errors", errors);
	http_handover_put(&call->handover, 422, SDN_API_PROBLEM_TYPE,
	                  json_dumps(problem, JSON_COMPACT));
	json_decref(problem);
}

// What changes.

static json_t *lines_json(const struct plan_side *new, const struct plan_side *old,
                          const struct sdn_diff_change *changes, uint32_t len)
{
	json_t *lines = json_array();
	char text[CHANGE_TEXT];

	for (uint32_t i = 0; i < len && i < LINES_MAX; i++) {
		struct of_text line = {.out = fill_of(text, sizeof(text))};

		sdn_diff_text(&new->intent, &old->intent, &changes[i], &line);
		json_array_append_new(lines, json_stringn(text, fill_len(&line.out)));
	}
	return lines;
}

static json_t *change_json(const struct sdn_intent_switch *on, const char *refused,
                           uint32_t changes, uint32_t of, json_t *lines)
{
	return json_pack("{s:o, s:s, s:o, s:I, s:I, s:o}", "datapath",
	                 sdn_api_datapath_json(on->datapath_id), "name", on->name, "refused",
	                 *refused ? json_text(refused) : json_null(), "changes",
	                 (json_int_t)changes, "of", (json_int_t)of, "lines", lines);
}

static json_t *switch_json(const struct plan_side *new, uint16_t number,
                           const struct plan_side *old)
{
	const struct sdn_intent_switch *on = &new->intent.switches[number];
	const struct sdn_tables *tables = &new->tables[number];
	struct sdn_diff_change *changes;
	uint32_t len;
	json_t *json;

	if (*new->refused[number].text)
		return change_json(on, new->refused[number].text, 0, 0, json_array());
	if (plan_side_diff(new, number, old, &changes, &len))
		return NULL;
	json = change_json(on, "", len, tables->flows_len + tables->groups_len + tables->meters_len,
	                   lines_json(new, old, changes, len));
	free(changes);
	return json;
}

// Those that are not declared any more: their flows are deleted.
static void gone_add(const struct plan_side *new, const struct plan_side *old, json_t *rows)
{
	for (uint32_t i = 0; i < old->intent.switches_len; i++) {
		const struct sdn_intent_switch *on = &old->intent.switches[i];

		if (sdn_intent_switch(&new->intent, on->datapath_id) == SDN_NONE)
			json_array_append_new(rows, change_json(on, "", old->tables[i].flows_len, 0,
			                                        json_array()));
	}
}

static json_t *switches_json(const struct plan_side *new, const struct plan_side *old)
{
	json_t *rows = json_array();

	for (uint32_t i = 0; i < new->intent.switches_len; i++)
		json_array_append_new(rows, switch_json(new, (uint16_t)i, old));
	gone_add(new, old, rows);
	return rows;
}

// NULL without memory.
static json_t *plan_json(const struct sdn_api *api, const struct intent_conf *intents)
{
	const struct intent_set *set = swap_read(api->owner.intents);
	struct plan_side new = {0}, old = {0};
	struct arena arena = {0};
	struct sdn_intent intent = intent_conf_build(intents, &arena);
	json_t *json = NULL;

	if (plan_side_make(&new, &intent, api->owner.conf->topology, OF13) == 0 &&
	    plan_side_make(&old, &set->intent, api->owner.conf->topology, OF13) == 0)
		json = switches_json(&new, &old);
	plan_side_free(&new);
	plan_side_free(&old);
	arena_fini(&arena);
	return json;
}

// The file.

// So that the new name survives a loss of power; the file is there anyway.
static void folder_sync(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *folder = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0 || fsync(fd) < 0)
		log_warning("%s: its folder cannot be synced: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(folder);
}

static int bytes_write(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

// The file is the former one, or the new one as a whole, whatever happens.
static int file_write(const char *file, const uint8_t *bytes, size_t len, struct why *why)
{
	char new[PATH_MAX + 8];
	int fd, err;

	snprintf(new, sizeof(new), "%s.new", file);
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	err = fd < 0 ? -errno : bytes_write(fd, bytes, len);
	if (fd >= 0 && close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(new, file) < 0)
		err = -errno;
	if (!err) {
		folder_sync(file);
		return 0;
	}
	why_set(why, "%s: %s", file, strerror(-err));
	unlink(new);
	sandbox_remedy(file, why);
	return err;
}

// Of a controller that stands by: which one says what switches do. NULL: this one, or none.
static const char *master_elsewhere(const struct sdn_api_call *call)
{
	const struct sdn_view_cluster *cluster = &call->view.cluster;

	return call->api->of->cluster && cluster->elsewhere ? cluster->first : NULL;
}

static void intents_apply(struct sdn_api_call *call, const struct intent_conf *intents,
                          json_t *plan)
{
	struct sdn_api *api = call->api;
	bool dry = call->query.dry_run;
	struct why why;
	int err = 0;

	if (!dry)
		err = file_write(api->conf.intents_file, api->body, api->body_len, &why);
	if (!err && !dry)
		err = api->owner.intents_set(api->owner.ctx, intents, &why);
	if (!err) {
		sdn_api_job_json(call, json_pack("{s:b, s:s?, s:O}", "applied", (int)!dry, "master",
		                                 master_elsewhere(call), "switches", plan));
		return;
	}
	sdn_api_job_problem(call, 500, "%s", why.text);
}

void sdn_api_intents_put(struct sdn_api_call *call)
{
	const struct sdn_api *api = call->api;
	const struct put_root *root;
	struct conf conf;
	struct why why;
	json_t *plan;

	if (!call->query.dry_run && *api->conf.intents_file == '\0') {
		sdn_api_job_problem(call, 409,
		                    "sdn.api.intents_file is not configured, so intents can be "
		                    "tried with dry_run and not be put.");
		return;
	}
	if (!call->query.dry_run && api->of->cluster && call->view.cluster.shared) {
		sdn_api_job_problem(call, 409,
		                    "The switches are shared by several controllers, each of which "
		                    "has the intents of its configuration: change the file of each "
		                    "and reload it. dry_run is possible.");
		return;
	}
	if (!is_object(call))
		return;
	content_read(api, &conf);
	if (conf.errors > 0) {
		put_errors(call, &conf);
		conf_close(&conf);
		return;
	}
	if (conf_settle(&conf, &why)) {
		sdn_api_job_problem(call, 500, "%s", why.text);
		return;
	}
	root = conf.values;
	plan = plan_json(api, root->sdn->intents);
	if (plan)
		intents_apply(call, root->sdn->intents, plan);
	else
		sdn_api_job_problem(call, 500, "There is not enough memory for the plan.");
	json_decref(plan);
	conf_close(&conf);
}
