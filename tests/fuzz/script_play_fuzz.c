// A script of hostile text, played against the engine: it passes, fails or is refused with file
// and line, every page is home again, and it ends.
#include "run.h"
#include "target_wadi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play(const struct script *script, struct why *why)
{
	enum run_result result;
	struct target target;
	int err = target_wadi_open(&target, &script->conf, why);

	assert(err == 0);
	result = run_script(script, &target, why);
	target.ops->close(target.ctx); // asserts the balance of pages
	assert(result == RUN_PASSED || strncmp(why->text, "f.pkt:", 6) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct why why = {""};
	struct script script;

	if (script_parse(&script, "f.pkt", (const char *)data, size, NULL, 0, &why) == 0) {
		script.conf.verbose = false;
		play(&script, &why);
	}
	script_parse_fini(&script);
	return 0;
}
