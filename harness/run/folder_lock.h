// One writer a results folder.
#pragma once

#include <filesystem>

#include "harness/run/child.h"

namespace ablate {

// In the folder. It is left there: what counts is who holds it.
inline constexpr const char* kLockFile = ".lock";

// Makes `folder` where it is absent, and holds its lock until the descriptor is closed, which the
// kernel does for a process that ends, however it ends. What is held is the lock of the folder that
// `folder` names at that moment, not that of one which was moved away meanwhile. Throws Error where
// another process holds it, naming it.
FileDescriptor LockFolder(const std::filesystem::path& folder);

// Keeps writers away while a folder is read; writes nothing. Throws Error where one is there.
// Holds nothing where the folder never had a writer.
FileDescriptor LockFolderForReading(const std::filesystem::path& folder);

}  // namespace ablate
