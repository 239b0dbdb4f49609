// What is sent to the daemon: one message with the whole call in it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** The largest request, in bytes: what the kernel passes on in one message wherever nobody has lowered its limits. */
enum { REQUEST_LIMIT = 128 * 1024 };

struct request {
  size_t size;
  /** Where stdin begins, which goes to the end. */
  size_t input_at;
  /** One byte more than may be sent, so that what is too large is seen. */
  char bytes[REQUEST_LIMIT + 1];
};

/** Writes what is in front of stdin: version, plugin, variables. False when that alone is too large. */
bool begin_request(struct request *request, const char *plugin, char **environment);

/** How the reading of stdin ended: at its end, at the limit with more to come, or with an error. */
enum input { INPUT_WHOLE, INPUT_TOO_LARGE, INPUT_FAILED };

/** Appends stdin to its end. */
enum input read_input(struct request *request);
