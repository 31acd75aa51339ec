// zipf: see the header.
#include "proto/bench/zipf.h"

#include <errno.h>
#include <stdlib.h>

// Vose's way: each entry that has less than the mean is filled up by one that has more.
static void fill(struct zipf *zipf, double *share, uint32_t *queue)
{
	uint32_t len = zipf->len, small = 0, large = len;

	// Those with less than the mean from the front of the queue on, the others from its end.
	for (uint32_t i = 0; i < len; i++)
		queue[share[i] < 1 ? small++ : --large] = i;
	while (small > 0 && large < len) {
		uint32_t less = queue[--small], more = queue[large];

		zipf->entry[less] =
		        (struct zipf_entry){(uint32_t)(share[less] * 4294967295.0), more};
		share[more] -= 1 - share[less];
		if (share[more] < 1) {
			large++;
			queue[small++] = more;
		}
	}
	while (small > 0)
		zipf->entry[queue[--small]].keep_q32 = UINT32_MAX;
	while (large < len)
		zipf->entry[queue[large++]].keep_q32 = UINT32_MAX;
}

int zipf_open(struct zipf *zipf, uint32_t len)
{
	double *share = calloc(len, sizeof(*share)), sum = 0;
	uint32_t *queue = calloc(len, sizeof(*queue));

	zipf->len = len;
	zipf->entry = calloc(len, sizeof(*zipf->entry));
	if (!share || !queue || !zipf->entry) {
		free(share);
		free(queue);
		free(zipf->entry);
		zipf->entry = NULL;
		return -ENOMEM;
	}
	// The smallest first, for the sum's sake.
	for (uint32_t i = len; i > 0; i--)
		sum += 1.0 / i;
	for (uint32_t i = 0; i < len; i++) {
		share[i] = len / (sum * (i + 1.0));
		zipf->entry[i].other = i;
	}
	fill(zipf, share, queue);
	free(share);
	free(queue);
	return 0;
}

void zipf_close(struct zipf *zipf)
{
	free(zipf->entry);
	zipf->entry = NULL;
}
