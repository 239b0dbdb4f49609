// What the client writes.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** Writes all of it, whether the descriptor blocks or not. A closed one takes everything. False on an error. */
bool print_all(int fd, const char *bytes, size_t size);

/** Ends the client with a CNI error object that says `what` failed, with which errno (CNI spec 1.1.0, "Error"). */
__attribute__((noreturn)) void fail(const char *what, long outcome);
