// sdn_change: see the header.
#include "proto/sdn/sdn_change.h"

void sdn_change_put(struct sdn_changes *changes, const struct sdn_change *change)
{
	if (!changes)
		return;
	if (changes->put - changes->taken == SDN_CHANGES_KEPT) {
		changes->taken++;
		changes->lost++;
	}
	changes->ring[changes->put++ % SDN_CHANGES_KEPT] = *change;
}

bool sdn_change_take(struct sdn_changes *changes, struct sdn_change *change)
{
	if (changes->taken == changes->put)
		return false;
	*change = changes->ring[changes->taken++ % SDN_CHANGES_KEPT];
	return true;
}

static const struct {
	const char *name, *help;
} kinds[] = {
#define X(NAME, name, help) [SDN_CHANGE_##NAME] = {name, help},
        SDN_CHANGE_LIST(X)
#undef X
};

const char *sdn_change_name(enum sdn_change_kind kind)
{
	return kinds[kind].name;
}

const char *sdn_change_help(enum sdn_change_kind kind)
{
	return kinds[kind].help;
}
