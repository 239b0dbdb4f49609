// Network namespaces: create, enter for one call, pin under a name.
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "inside.h"
#include "result.h"

namespace tsnet {

namespace {
constexpr const char* kOwnNamespace = "/proc/thread-self/ns/net";
}

Inside::Inside(int fd) {
  if (fd < 0) {
    entered_ = true;
    return;
  }
  home_ = open(kOwnNamespace, O_RDONLY | O_CLOEXEC);
  entered_ = home_ >= 0 && setns(fd, CLONE_NEWNET) == 0;
}

Inside::~Inside() {
  if (home_ < 0) return;
  const int failure = errno;
  if (entered_ && setns(home_, CLONE_NEWNET) != 0) abort();
  close(home_);
  errno = failure;
}

namespace {

Napi::Value createNamespace(const Napi::CallbackInfo& info) {
  const int home = open(kOwnNamespace, O_RDONLY | O_CLOEXEC);
  if (home < 0) return result(info, -1);
  int created = -1;
  if (unshare(CLONE_NEWNET) == 0) {
    created = open(kOwnNamespace, O_RDONLY | O_CLOEXEC);
    if (setns(home, CLONE_NEWNET) != 0) abort();
  }
  const int failure = errno;
  close(home);
  errno = failure;
  return result(info, created);
}

Napi::Value namespaceType(const Napi::CallbackInfo& info) {
  return result(info, ioctl(integer(info, 0), NS_GET_NSTYPE));
}

Napi::Value openSocket(const Napi::CallbackInfo& info) {
  const Inside inside(integer(info, 0));
  if (!inside.entered()) return result(info, -1);
  return result(info, socket(integer(info, 1), integer(info, 2) | SOCK_CLOEXEC, integer(info, 3)));
}

// /proc/sys/net shows the namespace of the task that looks a name up, so the open has to happen inside.
Napi::Value openFile(const Napi::CallbackInfo& info) {
  const std::string path = text(info, 1);
  const Inside inside(integer(info, 0));
  if (!inside.entered()) return result(info, -1);
  return result(info, open(path.c_str(), integer(info, 2) | O_CLOEXEC));
}

bool writeFile(const std::string& path, const std::string& value) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT;
  const bool isWritten = write(fd, value.data(), value.size()) == static_cast<ssize_t>(value.size());
  const int failure = errno;
  close(fd);
  errno = failure;
  return isWritten;
}

/** (namespace fd or -1, paths, values) -> 0, or -errno of the first that failed. What is not there is passed over. */
Napi::Value writeFiles(const Napi::CallbackInfo& info) {
  const auto paths = info[1].As<Napi::Array>();
  const auto values = info[2].As<Napi::Array>();
  const Inside inside(integer(info, 0));
  bool isFine = inside.entered();
  for (uint32_t at = 0; isFine && at < paths.Length(); at++)
    isFine = writeFile(paths.Get(at).As<Napi::String>(), values.Get(at).As<Napi::String>());
  return result(info, isFine ? 0 : -1);
}

Napi::Value bindMount(const Napi::CallbackInfo& info) {
  return result(info, mount(text(info, 0).c_str(), text(info, 1).c_str(), nullptr, MS_BIND, nullptr));
}

/** (source, target) -> 0 or -errno: the folder with all that is mounted below it. */
Napi::Value bindTree(const Napi::CallbackInfo& info) {
  return result(info, mount(text(info, 0).c_str(), text(info, 1).c_str(), nullptr, MS_BIND | MS_REC, nullptr));
}

/** (target) -> 0 or -errno: an empty folder in memory. */
Napi::Value mountMemory(const Napi::CallbackInfo& info) {
  return result(info, mount("tsnet", text(info, 0).c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"));
}

Napi::Value shareMount(const Napi::CallbackInfo& info) {
  return result(info, mount("", text(info, 0).c_str(), nullptr, MS_SHARED | MS_REC, nullptr));
}

Napi::Value unmount(const Napi::CallbackInfo& info) {
  return result(info, umount2(text(info, 0).c_str(), MNT_DETACH | UMOUNT_NOFOLLOW));
}

}  // namespace

void exportNamespace(Napi::Env env, Napi::Object exports) {
  exports["createNamespace"] = Napi::Function::New(env, createNamespace);
  exports["namespaceType"] = Napi::Function::New(env, namespaceType);
  exports["openSocket"] = Napi::Function::New(env, openSocket);
  exports["openFile"] = Napi::Function::New(env, openFile);
  exports["writeFiles"] = Napi::Function::New(env, writeFiles);
  exports["bindMount"] = Napi::Function::New(env, bindMount);
  exports["bindTree"] = Napi::Function::New(env, bindTree);
  exports["mountMemory"] = Napi::Function::New(env, mountMemory);
  exports["shareMount"] = Napi::Function::New(env, shareMount);
  exports["unmount"] = Napi::Function::New(env, unmount);
}

}  // namespace tsnet
