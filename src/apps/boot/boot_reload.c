// boot_reload: reads the configuration of a running appliance again, and has its
// services take it. Asked for by SIGHUP (boot_run.c) and by a command (command.c).
#include "apps/boot/boot_internal.h"

#include "core/host/clock.h"
#include "core/host/feature.h"
#include "core/host/log.h"

// The warnings, and the errors when there are several.
static void add_reports(const struct conf *conf, json_t *reply)
{
	json_t *rows = json_array();

	for (const struct conf_report *report = conf->reports; report; report = report->next)
		if (report->warning || conf->errors > 1)
			json_array_append_new(
			        rows,
			        json_pack("{s:s, s:o}", "kind",
			                  report->warning ? "warning" : "error", "configuration",
			                  json_sprintf("%s: %s", report->place, report->text)));
	if (json_array_size(rows))
		json_object_set(reply, "configuration", rows);
	json_decref(rows);
}

static int reload_services(struct boot *boot, bool all, json_t *reply, struct why *why)
{
	const struct boot_conf *values;
	struct conf conf;
	int err = boot_configure(boot, &conf, BOOT_CHECK_TEXT, why);

	boot_log_reports(&conf);
	add_reports(&conf, reply);
	values = conf.values;
	if (!err)
		err = services_reload(&boot->services, values->services, all, reply, why);
	conf_close(&conf);
	return err;
}

// Reads what the toolstack gives again as well, and keeps it when all went well.
static int reload_conf(struct boot *boot, bool all, json_t *reply, struct why *why)
{
	struct conf_source before = boot->source;
	struct vmdata vmdata;
	int err = boot_find_source(boot, &vmdata, why);

	if (err)
		return err;
	err = reload_services(boot, all, reply, why);
	if (err)
		boot->source = before;
	if (FEATURE_XEN)
		vmdata_close(err ? &vmdata : &boot->vmdata);
	if (!err)
		boot->vmdata = vmdata;
	return err;
}

// Of one thing by its name nothing is noted. error NULL: there was none.
static void note_reload(struct boot *boot, const struct boot_reload *what, const struct why *error)
{
	struct boot_reloaded *last = &boot->reloaded;

	if (what->name)
		return;
	last->at = clock_kernel();
	last->failed = error != NULL;
	if (error)
		last->why = *error;
	else
		last->good = last->at;
}

static int reload_run(struct boot *boot, const struct boot_reload *what, json_t *reply,
                      struct why *why)
{
	mono_t began = clock_kernel();
	const char *partly;
	uint64_t ms;
	int err;

	if (!what->name)
		services_reopen(&boot->services);
	if (what->name)
		err = services_reload_one(&boot->services, what->name, reply, why);
	else
		err = reload_conf(boot, what->all, reply, why);
	ms = mono_until(began, clock_kernel()) / MS_US;
	boot_trace(boot, TRACE_RELOAD, err == 0, ms);
	if (err) {
		sandbox_remedy(NULL, why);
		note_reload(boot, what, why);
		log_error("not reloaded, nothing has changed: %s", why->text);
		return err;
	}
	json_object_set_new(reply, "ms", json_integer((json_int_t)ms));
	partly = json_string_value(json_object_get(reply, "error"));
	if (!partly) {
		note_reload(boot, what, NULL);
		log_info("reloaded");
		return 0;
	}
	why_set(why, "%s", partly);
	sandbox_remedy(NULL, why);
	json_object_set_new(reply, "error", json_text(why->text));
	note_reload(boot, what, why);
	log_error("reloaded in part: %s", why->text);
	return 0;
}

int boot_reload(struct boot *boot, const struct boot_reload *what, json_t *reply, struct why *why)
{
	int err;

	notify_reloading(&boot->notify);
	err = reload_run(boot, what, reply, why);
	notify_reloaded(&boot->notify);
	return err;
}
