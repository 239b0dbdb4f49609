// What the daemon answers: received whole, and only then printed.
#pragma once

#include <stddef.h>

/** Messages, one behind the other, each with its length in front. */
struct answers {
  char *bytes;
  size_t size;
  size_t room;
};

/** What has become of the request. */
enum fate {
  /** The daemon has done it, and said so to the end. */
  DONE,
  /** The daemon has done nothing and will do nothing. */
  NOT_BEGUN,
  /** The daemon may have done it, or a part of it; it is no longer at it. */
  CUT_OFF,
};

/** Receives answers to the last one. */
enum fate receive_answers(int daemon, struct answers *answers);

/** Prints what was received when all is DONE, and returns the exit code. */
int print_answers(const struct answers *answers);
