// Files: what tells one from another, locks, and short texts. node:fs does all of it and takes several times as long.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "inside.h"
#include "result.h"

namespace tsnet {
namespace {

/** Asks for a file by its path, or behind a descriptor. The C library's own function may be younger than what this runs on. */
long ask(const Napi::Value& file, struct statx* found) {
  constexpr unsigned kMask = STATX_INO | STATX_MNT_ID;
  if (file.IsNumber()) return syscall(SYS_statx, file.As<Napi::Number>().Int32Value(), "", AT_EMPTY_PATH, kMask, found);
  return syscall(SYS_statx, AT_FDCWD, file.As<Napi::String>().Utf8Value().c_str(), 0, kMask, found);
}

/** (path or fd, Float64Array that gets device, inode and the mount that it is on, 0 where the kernel does not tell) */
Napi::Value identifyFile(const Napi::CallbackInfo& info) {
  auto told = info[1].As<Napi::Float64Array>();
  struct statx found {};
  const long outcome = ask(info[0], &found);
  if (outcome == 0) {
    told[0] = static_cast<double>(makedev(found.stx_dev_major, found.stx_dev_minor));
    told[1] = static_cast<double>(found.stx_ino);
    told[2] = (found.stx_mask & STATX_MNT_ID) != 0 ? static_cast<double>(found.stx_mnt_id) : 0;
  }
  return result(info, outcome);
}

int takeLock(int fd, int operation) {
  int outcome;
  do {
    outcome = flock(fd, operation);
  } while (outcome < 0 && errno == EINTR);
  return outcome;
}

/** (fd, operation of flock(2)) */
Napi::Value lockFile(const Napi::CallbackInfo& info) {
  return result(info, takeLock(integer(info, 0), integer(info, 1)));
}

/** (path, operation of flock(2)) -> a descriptor that holds the lock, or -errno. The file is made if it is missing. */
Napi::Value openLocked(const Napi::CallbackInfo& info) {
  const int fd = open(text(info, 0).c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 || takeLock(fd, integer(info, 1)) == 0) return result(info, fd);
  closeKeepingErrno(fd);
  return result(info, -1);
}

/** (fd) */
Napi::Value closeFile(const Napi::CallbackInfo& info) {
  return result(info, close(integer(info, 0)));
}

/** (namespace fd or -1, path) -> up to 4 KiB of the file, or -errno */
Napi::Value readText(const Napi::CallbackInfo& info) {
  const std::string path = text(info, 1);
  char buffer[4096];
  const Inside inside(integer(info, 0));
  const int fd = inside.entered() ? open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return result(info, -1);
  const ssize_t length = read(fd, buffer, sizeof buffer);
  closeKeepingErrno(fd);
  if (length < 0) return result(info, length);
  return Napi::String::New(info.Env(), buffer, static_cast<size_t>(length));
}

}  // namespace

void exportFile(Napi::Env env, Napi::Object exports) {
  exports["identifyFile"] = Napi::Function::New(env, identifyFile);
  exports["lockFile"] = Napi::Function::New(env, lockFile);
  exports["openLocked"] = Napi::Function::New(env, openLocked);
  exports["closeFile"] = Napi::Function::New(env, closeFile);
  exports["readText"] = Napi::Function::New(env, readText);
}

}  // namespace tsnet
