// The addon: free functions on file descriptors, no policy, no libuv, no state but the one thread of watch.cc. native/index.ts is its typed face.
#include <napi.h>

namespace tsnet {
void exportNamespace(Napi::Env env, Napi::Object exports);
void exportSocket(Napi::Env env, Napi::Object exports);
void exportTun(Napi::Env env, Napi::Object exports);
void exportCommand(Napi::Env env, Napi::Object exports);
void exportUnix(Napi::Env env, Napi::Object exports);
void exportWatch(Napi::Env env, Napi::Object exports);
void exportBackground(Napi::Env env, Napi::Object exports);
void exportErrand(Napi::Env env, Napi::Object exports);
void exportProcess(Napi::Env env, Napi::Object exports);
void exportFile(Napi::Env env, Napi::Object exports);
}  // namespace tsnet

static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  tsnet::exportNamespace(env, exports);
  tsnet::exportSocket(env, exports);
  tsnet::exportTun(env, exports);
  tsnet::exportCommand(env, exports);
  tsnet::exportUnix(env, exports);
  tsnet::exportWatch(env, exports);
  tsnet::exportBackground(env, exports);
  tsnet::exportErrand(env, exports);
  tsnet::exportProcess(env, exports);
  tsnet::exportFile(env, exports);
  return exports;
}

NODE_API_MODULE(tsnet, initialize)
