// beside: see the header.
#include "beside.h"

#include "measure.h"

#include <sched.h>

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0)
		measure_fail("a thread cannot be kept on core %d", cpu);
}

static void answer_slice(struct beside *beside, unsigned slice)
{
	lab_run(beside->lab, beside->frames + (size_t)slice * LAB_SLICE, LAB_SLICE);
}

static void *answer(void *ctx)
{
	struct beside *beside = ctx;

	pin(beside->cpu);
	for (unsigned i = 0; i < beside->slices; i++)
		answer_slice(beside, i);
	sem_post(&beside->warm);
	for (unsigned i = 0; !beside->stop; i++)
		answer_slice(beside, i % beside->slices);
	return NULL;
}

// Two cores that the process may use, now and before it kept itself to the first.
static void find_cores(int cores[2])
{
	static cpu_set_t allowed;
	unsigned found = 0;

	if (CPU_COUNT(&allowed) == 0 && sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		measure_fail("which cores there are cannot be found out");
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++) {
		if (CPU_ISSET((unsigned)cpu, &allowed))
			cores[found++] = cpu;
	}
	if (found < 2)
		measure_fail("a worker beside the one measured takes a second core, and this "
		             "process has one");
}

void beside_open(struct beside *beside, struct lab *lab, const struct lab_frame *frames,
                 unsigned len)
{
	int cores[2];

	find_cores(cores);
	pin(cores[1]);
	*beside = (struct beside){
	        .lab = lab, .frames = frames, .slices = len / LAB_SLICE, .cpu = cores[0]};
	if (sem_init(&beside->warm, 0, 0) != 0)
		measure_fail("a second worker cannot be waited for");
}

void beside_close(struct beside *beside)
{
	sem_destroy(&beside->warm);
}

void beside_start(struct beside *beside)
{
	beside->stop = false;
	if (pthread_create(&beside->thread, NULL, answer, beside) != 0)
		measure_fail("a second worker cannot be started");
	while (sem_wait(&beside->warm) != 0)
		;
}

void beside_stop(struct beside *beside)
{
	beside->stop = true;
	pthread_join(beside->thread, NULL);
}
