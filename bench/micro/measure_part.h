// measure_part: what the files of measure share: measure.c measures, measure_count.c
// has callgrind count, measure_print.c prints.
#ifndef MICRO_MEASURE_PART_H
#define MICRO_MEASURE_PART_H

#include "measure.h"

// Of one item.
struct measure_figures {
	double ns, spread, cycles;
	double best;         // ns of the fastest round
	double instructions; // when they were counted
	double ratio;        // to the case that it is compared with; 0: there is none
};

// The option of the process that callgrind runs.
#define MEASURE_COUNTING "--counting"

// Has callgrind run this program, and ends with it.
_Noreturn void measure_profile(struct measure *measure);

// The same, counting each case; measure_counted_read gives the counts in their order.
void measure_count(struct measure *measure);
uint64_t measure_counted_read(struct measure *measure);

// Starts the program over with a malloc that asks for huge pages, if it has not been.
void measure_ask_for_huge_pages(struct measure *measure);

void measure_print(struct measure *measure, const struct measure_case *c,
                   const struct measure_figures *f);

#endif
