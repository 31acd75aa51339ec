// beside: a second worker that answers on another core while the first is measured, so
// that what the two have in common tells by its cost.
#ifndef MICRO_BESIDE_H
#define MICRO_BESIDE_H

#include "lab.h"

#include <pthread.h>
#include <semaphore.h>

// In lines of its own: the second worker reads them all the time.
struct beside {
	CACHE_ALIGNED struct lab *lab;
	const struct lab_frame *frames;
	unsigned slices; // of LAB_SLICE frames
	int cpu;
	_Atomic bool stop;
	sem_t warm; // posted by the worker when it has answered each frame once
	pthread_t thread;
};

// For a lab that is to answer the frames over and over on the first of the process's
// cores; the caller stays on the second. Fails when there is only one.
void beside_open(struct beside *beside, struct lab *lab, const struct lab_frame *frames,
                 unsigned len);
void beside_close(struct beside *beside);

// Has the worker answer, from before the return of the one to after the call of the
// other; may be repeated.
void beside_start(struct beside *beside);
void beside_stop(struct beside *beside);

#endif
