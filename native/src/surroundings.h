// What a command sees beside its arguments: prepared by the caller, made so by the child that becomes it.
#pragma once

#include <fcntl.h>
#include <napi.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "string-vector.h"

namespace tsnet {

/** What a command is to see: its namespace (-1: ours), streams, files over others, name of the host and folder. */
struct Surroundings {
  explicit Surroundings(const Napi::Object& told)
      : ns(told.Get("namespace").As<Napi::Number>()),
        input(told.Get("input").As<Napi::Number>()),
        output(told.Get("output").As<Napi::Number>()),
        mounts(told.Get("mounts").As<Napi::Array>()),
        ids(told.Get("ids").As<Napi::Array>()),
        hostname(told.Get("hostname").As<Napi::String>().Utf8Value()),
        directory(told.Get("directory").As<Napi::String>().Utf8Value()) {}
  const int ns, input, output;
  /** Pairs: a file, and the path that it is to be seen at. */
  const StringVector mounts;
  /** Nothing, or what uid_map and gid_map of a user namespace of its own are to be (user_namespaces(7)). */
  const StringVector ids;
  const std::string hostname, directory;
};

/** What failed before the command was there; native/index.ts has the names in the same order. */
enum Step : int { kExec, kSetns, kUnshare, kMount, kSethostname, kChdir, kNewUser, kMapIds };

// Mounts of the host go on to be seen; nothing of ours is seen there. A file that is not there is not covered.
inline bool coverFiles(char* const* pair) {
  if (mount("", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return false;
  for (; pair[0] != nullptr && pair[1] != nullptr; pair += 2)
    if (mount(pair[0], pair[1], nullptr, MS_BIND, nullptr) != 0 && errno != ENOENT) return false;
  return true;
}

inline bool writeText(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t length = static_cast<ssize_t>(strlen(text));
  const bool isWritten = write(fd, text, length) == length;
  const int error = errno;
  close(fd);
  errno = error;
  return isWritten;
}

// Only a process of one thread may do that, which a forked child is. Who may not set groups may map his own one.
inline Step enterOwnWorld(char* const* ids) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0) return kNewUser;
  const bool isMapped = writeText("/proc/self/setgroups", "deny") && writeText("/proc/self/uid_map", ids[0]) &&
                        writeText("/proc/self/gid_map", ids[1]);
  return isMapped ? kExec : kMapIds;
}

/** Returns the step that failed, with errno set. */
inline Step surround(const Surroundings& around) {
  if (char* const* ids = around.ids.data(); ids[0] != nullptr && ids[1] != nullptr)
    if (const Step failed = enterOwnWorld(ids); failed != kExec) return failed;
  const bool hasMounts = around.mounts.data()[0] != nullptr;
  const int apart = (hasMounts ? CLONE_NEWNS : 0) | (around.hostname.empty() ? 0 : CLONE_NEWUTS);
  if (around.ns >= 0 && setns(around.ns, CLONE_NEWNET) != 0) return kSetns;
  if (apart != 0 && unshare(apart) != 0) return kUnshare;
  if (hasMounts && !coverFiles(around.mounts.data())) return kMount;
  if (!around.hostname.empty() && sethostname(around.hostname.data(), around.hostname.size()) != 0)
    return kSethostname;
  if (!around.directory.empty() && chdir(around.directory.c_str()) != 0) return kChdir;
  return kExec;
}

}  // namespace tsnet
