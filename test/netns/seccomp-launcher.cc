// Runs a command under a seccomp filter that lets the calls of `allowed` through and refuses every other with EPERM.
// usage: seccomp-launcher <command> [argument...]
// `allowed.h` is made from install/systemd/seccomp.list by the test that compiles this.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

namespace {

constexpr unsigned allowed[] = {
#include "allowed.h"
};

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#endif

sock_filter load(unsigned offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }
sock_filter skipUnless(unsigned value) { return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1); }
sock_filter skipIf(unsigned value) { return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0); }
sock_filter end(unsigned action) { return BPF_STMT(BPF_RET | BPF_K, action); }

}  // namespace

int main(int, char** argv) {
  constexpr unsigned refuse = SECCOMP_RET_ERRNO | EPERM;
  std::vector<sock_filter> filter = {load(offsetof(seccomp_data, arch)), skipIf(kArchitecture), end(SECCOMP_RET_KILL_PROCESS),
                                     load(offsetof(seccomp_data, nr))};
  for (const unsigned call : allowed) {
    filter.push_back(skipUnless(call));
    filter.push_back(end(SECCOMP_RET_ALLOW));
  }
  filter.push_back(end(refuse));
  const sock_fprog program = {static_cast<unsigned short>(filter.size()), filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    perror("seccomp");
    return 125;
  }
  execvp(argv[1], argv + 1);
  perror(argv[1]);
  return 127;
}
