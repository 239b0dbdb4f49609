// The one-shot executable, with the same arguments, environment and stdin.
#include "one-shot.h"

#include "output.h"
#include "system.h"
#include "text.h"

// MFD_NOEXEC_SEAL of linux/memfd.h, which headers before 6.3 do not have.
static const unsigned NOEXEC_SEAL = 0x8;

static int open_memory_file(void) {
  const int fd = sys_memory_file("stdin", MFD_CLOEXEC | NOEXEC_SEAL);
  // Before Linux 6.3 that flag was unknown; since then a host may insist on it (vm.memfd_noexec).
  return fd == -EINVAL ? sys_memory_file("stdin", MFD_CLOEXEC) : fd;
}

static void pour_input(int file) {
  static char bytes[64 * 1024];
  for (;;) {
    const long count = sys_read(0, bytes, sizeof bytes);
    if (count == 0) return;
    if (count == -EAGAIN) sys_wait_for(0, POLLIN);
    else if (count < 0 && count != -EINTR) fail("cannot read stdin", count);
    else if (count > 0 && !print_all(file, bytes, (size_t)count)) fail("cannot keep stdin", -ENOSPC);
  }
}

void restore_input(const char *bytes, size_t size, bool is_whole) {
  const int file = open_memory_file();
  if (file < 0) fail("cannot make a file for stdin", file);
  if (!print_all(file, bytes, size)) fail("cannot keep stdin", -ENOSPC);
  if (!is_whole) pour_input(file);
  sys_rewind(file);
  // The copy lives on in the one-shot executable.
  const int outcome = sys_put_at(file, 0);
  if (outcome < 0) fail("cannot give stdin back", outcome);
}

void announce_retry(char **environment) {
  while (*environment != NULL) environment++;
  // The kernel's auxiliary vector comes behind, and nobody reads it any more.
  *environment++ = (char *)"TSNET_RETRY=1";
  *environment = NULL;
}

void become_one_shot(char **argv, char **environment) {
  static const char name[] = "tsnet";
  char path[PATH_MAX];
  const long length = sys_read_link("/proc/self/exe", path, sizeof path - sizeof name);
  if (length < 0) fail("cannot tell which file this is (/proc/self/exe)", length);
  path[length] = '\0';
  memcpy((char *)last_part(path), name, sizeof name);
  const int outcome = sys_execute(path, argv, environment);
  fail("cannot run the file tsnet in the folder of tsnet-client (tsnet cni install --daemon puts it there)", outcome);
}
