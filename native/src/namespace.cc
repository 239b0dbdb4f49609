// Network namespaces: create, enter for one call, pin under a name.
#include <fcntl.h>
#include <linux/netlink.h>
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

// The thread that JavaScript runs on is at home whenever it asks for this the first time; it stays open for good.
int home() {
  static int fd = -1;
  if (fd < 0) fd = open(kOwnNamespace, O_RDONLY | O_CLOEXEC);
  return fd;
}

}  // namespace

Inside::Inside(int fd) {
  if (fd < 0) {
    entered_ = true;
    return;
  }
  isAway_ = entered_ = home() >= 0 && setns(fd, CLONE_NEWNET) == 0;
}

Inside::~Inside() {
  if (!isAway_) return;
  const int failure = errno;
  if (setns(home(), CLONE_NEWNET) != 0) abort();
  errno = failure;
}

namespace {

Napi::Value createNamespace(const Napi::CallbackInfo& info) {
  if (home() < 0) return result(info, -1);
  int created = -1;
  if (unshare(CLONE_NEWNET) == 0) {
    created = open(kOwnNamespace, O_RDONLY | O_CLOEXEC);
    const int failure = errno;
    if (setns(home(), CLONE_NEWNET) != 0) abort();
    errno = failure;
  }
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
  closeKeepingErrno(fd);
  return isWritten;
}

/** Writes each value into the file at its path. What is not there is passed over; at the first failure it ends. */
bool writeEach(const Napi::Array& paths, const Napi::Array& values) {
  for (uint32_t at = 0; at < paths.Length(); at++)
    if (!writeFile(paths.Get(at).As<Napi::String>(), values.Get(at).As<Napi::String>())) return false;
  return true;
}

/** (namespace fd or -1, paths, values) -> 0, or -errno of the first that failed */
Napi::Value writeFiles(const Napi::CallbackInfo& info) {
  const Inside inside(integer(info, 0));
  const bool isFine = inside.entered() && writeEach(info[1].As<Napi::Array>(), info[2].As<Napi::Array>());
  return result(info, isFine ? 0 : -1);
}

/** (namespace fd or -1, protocol, paths, values) -> a bound socket, or -errno; the values are written before. */
Napi::Value openNetlink(const Napi::CallbackInfo& info) {
  const Inside inside(integer(info, 0));
  if (!inside.entered() || !writeEach(info[2].As<Napi::Array>(), info[3].As<Napi::Array>())) return result(info, -1);
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, integer(info, 1));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return result(info, fd);
  closeKeepingErrno(fd);
  return result(info, -1);
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
  exports["openNetlink"] = Napi::Function::New(env, openNetlink);
  exports["writeFiles"] = Napi::Function::New(env, writeFiles);
  exports["bindMount"] = Napi::Function::New(env, bindMount);
  exports["bindTree"] = Napi::Function::New(env, bindTree);
  exports["mountMemory"] = Napi::Function::New(env, mountMemory);
  exports["shareMount"] = Napi::Function::New(env, shareMount);
  exports["unmount"] = Napi::Function::New(env, unmount);
}

}  // namespace tsnet
