// What the fuzzers share. A fuzzer hands bytes to what reads bytes of users; an Error is an answer,
// anything else that is thrown, and whatever a sanitizer says, is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "model/error.h"

namespace ablate::fuzz {

inline std::string_view View(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// False where `read` refused its input.
inline bool Accepts(const std::function<void()>& read) {
  try {
    read();
    return true;
  } catch (const Error&) {
    return false;
  }
}

// Makes a broken promise a finding.
inline void Ensure(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace ablate::fuzz
