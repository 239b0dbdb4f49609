// What every function of the addon shares: reading its arguments and returning "a number, or minus errno".
#pragma once

#include <cerrno>
#include <napi.h>
#include <unistd.h>

namespace tsnet {

/** Turns the return value of a system call into what JavaScript gets: the value, or -errno. */
inline Napi::Value result(const Napi::CallbackInfo& info, long value) {
  return Napi::Number::New(info.Env(), static_cast<double>(value < 0 ? -errno : value));
}

/** Closes a descriptor on the way out of a failure, which stays the one to tell. */
inline void closeKeepingErrno(int fd) {
  const int failure = errno;
  close(fd);
  errno = failure;
}

inline int integer(const Napi::CallbackInfo& info, size_t at) {
  return info[at].As<Napi::Number>().Int32Value();
}

inline std::string text(const Napi::CallbackInfo& info, size_t at) {
  return info[at].As<Napi::String>().Utf8Value();
}

}  // namespace tsnet
