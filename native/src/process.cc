// The program and the memory of this process.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "result.h"
#include "string-vector.h"

namespace tsnet {
namespace {

/** (file, argv, variables) -> -errno; on success nobody is there to return to. Descriptors stay open but for those that close on exec. */
Napi::Value replaceProgram(const Napi::CallbackInfo& info) {
  const std::string file = text(info, 0);
  const StringVector argv(info[1].As<Napi::Array>());
  const StringVector variables(info[2].As<Napi::Array>());
  return result(info, execve(file.c_str(), argv.data(), variables.data()));
}

/** () -> 0 or -errno: gives up the pages of code; those that are still in use come back by themselves. */
Napi::Value releaseCode(const Napi::CallbackInfo& info) {
  FILE* const maps = fopen("/proc/self/maps", "re");
  if (maps == nullptr) return result(info, -1);
  char line[4352];
  while (fgets(line, sizeof line, maps) != nullptr) {
    unsigned long start, end, inode;
    char access[5];
    if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &start, &end, access, &inode) != 4) continue;
    // Never written to, so what the file has is what the pages had.
    if (inode == 0 || strcmp(access, "r-xp") != 0) continue;
    madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  fclose(maps);
  return result(info, 0);
}

/** () -> 0 */
Napi::Value giveWay(const Napi::CallbackInfo& info) {
  return result(info, sched_yield());
}

}  // namespace

void exportProcess(Napi::Env env, Napi::Object exports) {
  exports["replaceProgram"] = Napi::Function::New(env, replaceProgram);
  exports["giveWay"] = Napi::Function::New(env, giveWay);
  exports["releaseCode"] = Napi::Function::New(env, releaseCode);
}

}  // namespace tsnet
