// Becoming the one-shot executable: what happens whenever the daemon is not there to do it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** Puts a file in the place of stdin with what has been read of it, and the rest of it unless that `is_whole`. */
void restore_input(const char *bytes, size_t size, bool is_whole);

/** Lets the one-shot executable take away first what an attempt that was cut off may have left (cni/invoke.ts). */
void announce_retry(char **environment);

/** Becomes the executable `tsnet` in the folder that the client's own file is in. */
__attribute__((noreturn)) void become_one_shot(char **argv, char **environment);
