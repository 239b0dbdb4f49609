// Text that ends in a NUL, and bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// GCC calls these of its own accord, too.
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
size_t strlen(const char *text);

/** Tells whether `text` begins with `prefix`. */
bool has_prefix(const char *text, const char *prefix);

/** What is behind the last slash of `path`, as basename(1) has it for paths that do not end in one. */
const char *last_part(const char *path);

/** The value of the variable `name` in an environment; NULL when it is absent. */
const char *variable(char **environment, const char *name);
