#pragma once

#include <string>
#include <vector>

#include <napi.h>

namespace tsnet {

/** A string array as execve takes it; it owns the strings. */
class StringVector {
 public:
  explicit StringVector(const Napi::Array& array) {
    for (uint32_t i = 0; i < array.Length(); i++) strings_.push_back(array.Get(i).As<Napi::String>().Utf8Value());
    for (std::string& string : strings_) pointers_.push_back(string.data());
    pointers_.push_back(nullptr);
  }
  char* const* data() const { return pointers_.data(); }

 private:
  std::vector<std::string> strings_;
  std::vector<char*> pointers_;
};

}  // namespace tsnet
