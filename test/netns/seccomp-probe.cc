// Makes system calls that tsnet has no use for, each in a way that does nothing where it is let through, and prints their
// names with the outcome.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

void tell(const char* name, long outcome) { printf("%s %s\n", name, outcome < 0 ? strerrorname_np(errno) : "0"); }

}  // namespace

int main() {
  tell("getpid", getpid());
  tell("ptrace", syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
  tell("setuid", syscall(SYS_setuid, getuid()));
  tell("chroot", syscall(SYS_chroot, "/nothing/there"));
  tell("personality", syscall(SYS_personality, 0xffffffff));
  tell("bpf", syscall(SYS_bpf, -1, nullptr, 0));
  tell("io_uring_setup", syscall(SYS_io_uring_setup, 0, nullptr));
  tell("kexec_load", syscall(SYS_kexec_load, 0, 0, nullptr, ~0UL));
  tell("init_module", syscall(SYS_init_module, nullptr, 0, ""));
  tell("process_vm_readv", syscall(SYS_process_vm_readv, getpid(), nullptr, 0, nullptr, 0, 0));
}
