// zone_crew: the threads that read zones. Each does the crew's task, if it has one, then
// helps those that share what they do with others, until the crew is dismissed.
#ifndef DNS_ZONE_CREW_H
#define DNS_ZONE_CREW_H

#include "proto/dns/load/zone_load.h"

#include <pthread.h>

#define CREW_MAX         64
#define CREW_YIELDS_NICE 10 // of threads that give way

struct crew_share;

struct crew {
	void (*task)(void *ctx);
	void *ctx;
	pthread_mutex_t lock;     // of what follows
	pthread_cond_t offered;   // a share, or the end
	pthread_cond_t completed; // a job of a share
	struct crew_share *shares;
	unsigned len, idle, max; // threads
	bool dismissed;
	bool yields; // the threads give way to others; set before they start
	pthread_t threads[CREW_MAX];
	struct zone_pool zone; // how a zone that is loaded sees the crew
};

// A crew of no threads yet, and at most so many, the one that calls not included unless it
// is itself at work.
void crew_open(struct crew *crew, unsigned max, void (*task)(void *ctx), void *ctx);

// Starts threads up to so many, or to what can be had; returns how many there are.
unsigned crew_start(struct crew *crew, unsigned len);

// Waits until all have ended.
void crew_close(struct crew *crew);

#endif
