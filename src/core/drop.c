// drop: names and help texts of stages and drop reasons.
#include "core/drop.h"

static const struct {
	const char *name, *help;
} stages[STAGE_COUNT] = {
#define S(stage, name, help) [STAGE_##stage] = {name, help},
#define D(stage, reason, name, help)
        DROP_LIST(S, D)
#undef S
#undef D
};

static const struct {
	const char *name, *help;
	enum stage stage;
} drops[DROP_COUNT] = {[DROP_NONE] = {"none", "not dropped", STAGE_RX},
#define S(stage, name, help)
#define D(stage, reason, name, help) [DROP_##stage##_##reason] = {name, help, STAGE_##stage},
                       DROP_LIST(S, D)
#undef S
#undef D
};

const char *drop_stage_name(enum stage stage)
{
	return stages[stage].name;
}

const char *drop_stage_help(enum stage stage)
{
	return stages[stage].help;
}

const char *drop_name(enum drop drop)
{
	return drops[drop].name;
}

const char *drop_help(enum drop drop)
{
	return drops[drop].help;
}

enum stage drop_stage(enum drop drop)
{
	return drops[drop].stage;
}
