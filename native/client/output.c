// Writing to the standard streams.
#include "output.h"

#include "system.h"
#include "text.h"

bool print_all(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    const long count = sys_write(fd, bytes, size);
    if (count >= 0) {
      bytes += count;
      size -= (size_t)count;
    } else if (count == -EAGAIN) {
      sys_wait_for(fd, POLLOUT);
    } else if (count == -EBADF) {
      // The one-shot executable opens /dev/null where a stream is closed.
      return true;
    } else if (count != -EINTR) {
      return false;
    }
  }
  return true;
}

static bool print_text(const char *text) {
  return print_all(1, text, strlen(text));
}

void fail(const char *what, long outcome) {
  char digits[8] = {0};
  size_t at = sizeof digits - 1;
  for (long rest = -outcome; at > 0 && (rest > 0 || at == sizeof digits - 1); rest /= 10) {
    digits[--at] = (char)('0' + rest % 10);
  }
  print_text("{\"cniVersion\":\"1.0.0\",\"code\":5,\"msg\":\"tsnet-client: ");
  print_text(what);
  print_text(": errno ");
  print_text(digits + at);
  print_text("\"}\n");
  sys_exit(1);
}
