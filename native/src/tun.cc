// Devices of /dev/net/tun: make one, change its settings.
#include <fcntl.h>
#include <linux/if.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result.h"

namespace tsnet {
namespace {

// SELinux gives a device the context of the task that makes it, and lets only a process of one thread change its own.
long createIn(const std::string& context, int fd, unsigned long request, ifreq& device) {
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    const int own = open("/proc/self/attr/current", O_WRONLY | O_CLOEXEC);
    const bool isThere = own >= 0 && write(own, context.data(), context.size()) >= 0;
    _exit(isThere && ioctl(fd, request, &device) == 0 ? 0 : errno);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
  return errno == 0 ? 0 : -1;
}

Napi::Value createTun(const Napi::CallbackInfo& info) {
  const int fd = integer(info, 0);
  const int request = integer(info, 1);
  const std::string context = text(info, 4);
  ifreq device{};
  text(info, 2).copy(device.ifr_name, IFNAMSIZ - 1);
  device.ifr_flags = static_cast<short>(integer(info, 3));
  return result(info, context.empty() ? ioctl(fd, request, &device) : createIn(context, fd, request, device));
}

Napi::Value controlTun(const Napi::CallbackInfo& info) {
  const unsigned long value = info[2].As<Napi::Number>().Uint32Value();
  return result(info, ioctl(integer(info, 0), integer(info, 1), value));
}

}  // namespace

void exportTun(Napi::Env env, Napi::Object exports) {
  exports["createTun"] = Napi::Function::New(env, createTun);
  exports["controlTun"] = Napi::Function::New(env, controlTun);
}

}  // namespace tsnet
