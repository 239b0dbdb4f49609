// Text and bytes.
#include "text.h"

void *memcpy(void *to, const void *from, size_t size) {
  char *target = to;
  const char *source = from;
  while (size-- > 0) *target++ = *source++;
  return to;
}

void *memset(void *to, int value, size_t size) {
  char *target = to;
  while (size-- > 0) *target++ = (char)value;
  return to;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

bool has_prefix(const char *text, const char *prefix) {
  while (*prefix != '\0' && *text == *prefix) {
    text++;
    prefix++;
  }
  return *prefix == '\0';
}

const char *last_part(const char *path) {
  const char *part = path;
  for (; *path != '\0'; path++) {
    if (*path == '/') part = path + 1;
  }
  return part;
}

const char *variable(char **environment, const char *name) {
  const size_t length = strlen(name);
  for (; *environment != NULL; environment++) {
    if (has_prefix(*environment, name) && (*environment)[length] == '=') return *environment + length + 1;
  }
  return NULL;
}
