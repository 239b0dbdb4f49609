// The request: fields that end in a NUL, an empty one, then stdin.
#include "request.h"

#include "system.h"
#include "text.h"

#ifndef TSNET_VERSION
#error "TSNET_VERSION: the version of package.json, as the daemon has it"
#endif

static bool add_field(struct request *request, const char *field) {
  const size_t size = strlen(field) + 1;
  if (size > REQUEST_LIMIT - request->size) return false;
  memcpy(request->bytes + request->size, field, size);
  request->size += size;
  return true;
}

static bool is_told(const char *variable) {
  return has_prefix(variable, "CNI_") || has_prefix(variable, "TSNET_") || has_prefix(variable, "TRACEPARENT=");
}

bool begin_request(struct request *request, const char *plugin, char **environment) {
  if (!add_field(request, "tsnet " TSNET_VERSION) || !add_field(request, plugin)) return false;
  for (; *environment != NULL; environment++) {
    if (is_told(*environment) && !add_field(request, *environment)) return false;
  }
  const bool fits = add_field(request, "");
  request->input_at = request->size;
  return fits;
}

enum input read_input(struct request *request) {
  while (request->size <= REQUEST_LIMIT) {
    const long count = sys_read(0, request->bytes + request->size, sizeof request->bytes - request->size);
    if (count == 0) return INPUT_WHOLE;
    if (count == -EAGAIN) sys_wait_for(0, POLLIN);
    else if (count < 0 && count != -EINTR) return INPUT_FAILED;
    else if (count > 0) request->size += (size_t)count;
  }
  return INPUT_TOO_LARGE;
}
