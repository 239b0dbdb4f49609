// Requests that the kernel answers late, sent by a child, which this process need not outlive.
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "../client/machine.h"
#include "result.h"

namespace tsnet {
namespace {

constexpr size_t kStack = 32 * 1024;

/** What the child does, at the bottom of its stack. */
struct Errand {
  int socket, beside;
  size_t length;
  unsigned char bytes[];
};

// In our memory, also when we have ended, and with what is the calling thread's own in the C library: system calls alone.
int runErrand(void* argument) {
  const auto* const errand = static_cast<const Errand*>(argument);
  const auto call = [](long number, long a, long b, long c, long d) {
    return system_call(number, a, b, c, d, 0, 0);
  };
  // What is sent to our group is not meant for it, and nobody's folder, pipe or lock is to wait for it.
  call(SYS_setsid, 0, 0, 0, 0);
  call(SYS_chdir, reinterpret_cast<long>("/"), 0, 0, 0);
  call(SYS_dup3, errand->socket, 0, 0, 0);
  call(SYS_dup3, errand->beside, 1, 0, 0);
  call(SYS_close_range, 2, ~0U, 0, 0);
  call(SYS_sendto, 0, reinterpret_cast<long>(errand->bytes), static_cast<long>(errand->length), 0);
  for (;;) call(SYS_exit_group, 0, 0, 0, 0);
}

/**
 * (fd, bytes, beside) -> the child's process, or -errno. It keeps both sockets open until the kernel has taken the bytes:
 * who closes `beside` meanwhile is not the last. Its memory is given back with ours.
 */
Napi::Value sendByChild(const Napi::CallbackInfo& info) {
  const auto bytes = info[1].As<Napi::Uint8Array>();
  errno = EMSGSIZE;
  if (bytes.ByteLength() > kStack / 2) return result(info, -1);
  void* const memory = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return result(info, -1);
  auto* const errand = static_cast<Errand*>(memory);
  errand->socket = integer(info, 0);
  errand->beside = integer(info, 2) < 0 ? errand->socket : integer(info, 2);
  errand->length = bytes.ByteLength();
  memcpy(errand->bytes, bytes.Data(), bytes.ByteLength());
  // A signal is for us.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const int child = clone(runErrand, static_cast<char*>(memory) + kStack, CLONE_VM, errand);
  const int failure = errno;
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) munmap(memory, kStack);
  errno = failure;
  return result(info, child);
}

}  // namespace

void exportErrand(Napi::Env env, Napi::Object exports) {
  exports["sendByChild"] = Napi::Function::New(env, sendByChild);
}

}  // namespace tsnet
