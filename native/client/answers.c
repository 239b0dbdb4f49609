// The daemon's answers. Each is a message whose first byte tells its kind.
#include "answers.h"

#include "output.h"
#include "system.h"
#include "text.h"

enum kind { REFUSED = 'N', WAITING = 'W', BEGUN = 'B', OUTPUT = 'O', ERRORS = 'E', END = 'X' };

/** The longest message that is understood. The daemon's own have 64 KiB and a little. */
enum { MESSAGE_LIMIT = 256 * 1024 };

static bool make_room(struct answers *answers) {
  const size_t needed = answers->size + sizeof(size_t) + MESSAGE_LIMIT;
  if (needed <= answers->room) return true;
  const size_t larger = 2 * needed;
  const long memory =
      answers->bytes == NULL ? sys_map(larger) : sys_remap(answers->bytes, answers->room, larger);
  // Addresses that are errors (linux/err.h).
  if (memory < 0 && memory > -4096) return false;
  answers->bytes = (char *)memory;
  answers->room = larger;
  return true;
}

/** Receives one message behind those that are there. Returns its length, 0 at the end, or -errno. */
static long receive(int daemon, struct answers *answers) {
  if (!make_room(answers)) return -ENOMEM;
  char *message = answers->bytes + answers->size + sizeof(size_t);
  // MSG_TRUNC: the length is the message's own, also when it did not fit.
  const long length = sys_receive(daemon, message, MESSAGE_LIMIT, MSG_TRUNC);
  return length > MESSAGE_LIMIT ? -EMSGSIZE : length;
}

static char keep(struct answers *answers, size_t length) {
  memcpy(answers->bytes + answers->size, &length, sizeof length);
  answers->size += sizeof length + length;
  return answers->bytes[answers->size - length];
}

/** Tells whether a message of this kind may come, given what came before. */
static bool makes_sense(char kind, long length, bool has_begun) {
  if (kind == REFUSED || kind == WAITING) return !has_begun;
  if (kind == END) return length >= 2;
  return kind == BEGUN || kind == OUTPUT || kind == ERRORS;
}

enum fate receive_answers(int daemon, struct answers *answers) {
  bool has_begun = false;
  long length;
  while ((length = receive(daemon, answers)) != 0) {
    // ECONNRESET is told once, when the daemon ends with something unread; what it sent before is there still.
    if (length == -EINTR || length == -ECONNRESET) continue;
    if (length == -EAGAIN) {
      // After this every send of the daemon fails, that of BEGUN, too: what has come by now is all that ever comes.
      if (!has_begun) sys_stop_reading(daemon);
      continue;
    }
    const char kind = length < 0 ? '\0' : keep(answers, (size_t)length);
    const bool is_sound = makes_sense(kind, length, has_begun);
    if (is_sound && kind == WAITING) {
      // Its turn will come: the time in which it has to begin starts again.
      answers->size -= sizeof(size_t) + (size_t)length;
      continue;
    }
    if (is_sound && kind == REFUSED) return NOT_BEGUN;
    if (is_sound && kind == END) return DONE;
    has_begun = true;
    if (!is_sound) break;
  }
  if (!has_begun) return NOT_BEGUN;
  sys_stop_reading(daemon);
  sys_wait_for(daemon, 0);
  return CUT_OFF;
}

static int print(int fd, const char *bytes, size_t size, int code) {
  if (print_all(fd, bytes, size)) return code;
  print_all(2, "tsnet-client: cannot write the answer\n", 38);
  return code == 0 ? 1 : code;
}

int print_answers(const struct answers *answers) {
  int code = 0;
  // A reader that is gone is an error like others, not the end by a signal.
  sys_block_signal(SIGPIPE);
  for (size_t at = 0, length; at < answers->size; at += length) {
    memcpy(&length, answers->bytes + at, sizeof length);
    at += sizeof length;
    const char *message = answers->bytes + at;
    if (*message == OUTPUT) code = print(1, message + 1, length - 1, code);
    if (*message == ERRORS) code = print(2, message + 1, length - 1, code);
    if (*message == END) code = print(1, message + 2, length - 2, code == 0 ? (unsigned char)message[1] : code);
  }
  return code;
}
