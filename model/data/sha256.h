// SHA-256, as 64 lower-case hexadecimal digits.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace ablate {

std::string Sha256Hex(std::string_view bytes);

// Throws Error where the file cannot be read.
std::string Sha256OfFile(const std::filesystem::path& path);

// The hash of a stream.
class Sha256 {
 public:
  Sha256();
  void Update(std::string_view bytes);
  // Ends the stream; call once.
  std::string HexDigest();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace ablate
