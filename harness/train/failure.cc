#include "harness/train/failure.h"

#include <c10/util/Exception.h>

#include <iostream>
#include <new>

#include "harness/train/out_of_memory.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr int kUserError = 3;
constexpr int kInternalError = 4;

Failure OutOfMemory(const std::string& reason) { return {Status::kOutOfMemory, reason, 0}; }

}  // namespace

std::optional<Failure> Attempt(const std::function<void()>& step) {
  try {
    step();
    return std::nullopt;
  } catch (const c10::OutOfMemoryError& error) {
    return OutOfMemory(error.what_without_backtrace());
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    if (SaysOutOfMemory(what)) return OutOfMemory(what);
    std::cerr << error.what() << std::endl;
    return Failure{Status::kFailed, what, kInternalError};
  } catch (const std::bad_alloc&) {
    return OutOfMemory("no host memory");
  } catch (const Error& error) {
    return Failure{Status::kFailed, error.what(), kUserError};
  } catch (const std::exception& error) {
    if (SaysOutOfMemory(error.what())) return OutOfMemory(error.what());
    return Failure{Status::kFailed, error.what(), kInternalError};
  }
}

}  // namespace ablate
