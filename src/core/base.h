// base: attributes, macros and the few inline functions that every file uses. Functions
// of one module belong to its own header.
#ifndef CORE_BASE_H
#define CORE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE_BYTES 64

#define OVERLAY       __attribute__((packed, may_alias))
#define PURE          __attribute__((pure))
#define MUST_CHECK    __attribute__((warn_unused_result))
#define PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define CACHE_ALIGNED _Alignas(CACHE_LINE_BYTES)
#define COLD          __attribute__((cold, noinline))
// Keeps a rare path from spilling registers in the hot one.
#define NOINLINE __attribute__((noinline))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_LEN(a)                    (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define ROUND_UP(n, to)                 (((n) + (to)-1) / (to) * (to))

// Every overlay states its size and the offset of its last member.
#define OVERLAY_SIZE(type, bytes, last, last_offset)                                               \
	_Static_assert(sizeof(type) == (bytes), "size of " #type);                                 \
	_Static_assert(offsetof(type, last) == (last_offset), "layout of " #type)

static inline size_t size_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline uint64_t u64_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

// Prefetches a cache line for reading. gcc removes calls of an inline function whose only
// statement is __builtin_prefetch, as without effect; the asm statement stays.
static inline void prefetch(const void *line)
{
#if defined(__x86_64__) && !defined(WADI_PORTABLE)
	__asm__ volatile("prefetcht0 %0" : : "m"(*(const uint8_t *)line));
#else
	__builtin_prefetch(line);
#endif
}

#endif
