// A filter as a person types it: refused with a sentence, or taken, and then it has no more
// conditions than there is room for, each of them sound.
#include "apps/boot/filter_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_room(const struct pkt_filter *filter)
{
	if (filter->hosts_len > PKT_FILTER_HOSTS || filter->ports_len > PKT_FILTER_PORTS ||
	    filter->names_len > PKT_FILTER_NAMES || filter->drops_len >= DROP_COUNT)
		abort();
	for (unsigned i = 0; i < filter->names_len; i++)
		if (filter->name[i].len == 0 || filter->name[i].wire[filter->name[i].len - 1] != 0)
			abort();
	for (unsigned i = 0; i < filter->drops_len; i++)
		if (filter->drop[i] == DROP_NONE || filter->drop[i] >= DROP_COUNT)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t frame[64] = {[12] = 0x08, [14] = 0x45};
	struct why why = {""};
	struct pkt_filter filter;
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	if (filter_text_compile(&filter, text, metric_drop_rows, &why) == 0) {
		check_room(&filter);
		(void)!pkt_filter_match(&filter, span_of(frame, sizeof(frame)));
	} else if (!*why.text) {
		abort();
	}
	free(text);
	return 0;
}
