// of_version: see of_version.h.
#include "proto/openflow/of_version.h"

static uint8_t highest(uint32_t bitmap)
{
	return (uint8_t)(31 - __builtin_clz(bitmap));
}

struct of_msg of_version_hello(uint32_t ours, uint32_t xid)
{
	assert(ours && !(ours & ~OF_VERSION_ALL));
	return (struct of_msg){
	        .version = highest(ours), .type = OF_HELLO, .xid = xid, .hello = {.bitmap = ours}};
}

uint8_t of_version_negotiate(uint32_t ours, const struct of_msg *hello)
{
	uint32_t both = ours & hello->hello.bitmap;
	uint8_t lower = highest(ours);

	if (both)
		return highest(both);
	if (hello->version < lower)
		lower = hello->version;
	if (hello->hello.bitmap && !(hello->version < 32 && ours & OF_VERSION_BIT(hello->version)))
		return 0;
	return ours & OF_VERSION_BIT(lower) ? lower : 0;
}

const char *of_version_name(uint8_t version)
{
	static const char *const names[] = {NULL, "1.0", "1.1", "1.2", "1.3", "1.4", "1.5"};

	return version < ARRAY_LEN(names) ? names[version] : NULL;
}
