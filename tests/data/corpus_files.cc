#include "tests/data/corpus_files.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "model/error.h"
#include "tests/support/process.h"

namespace ablate::testing {
namespace {

struct Close {
  void operator()(archive* writer) const { archive_write_free(writer); }
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Writer = std::unique_ptr<archive, Close>;

void WriteEntry(archive* writer, const std::string& name, const std::string& content) {
  const std::unique_ptr<archive_entry, Close> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) {
    throw std::runtime_error(archive_error_string(writer));
  }
  archive_write_data(writer, content.data(), content.size());
}

std::string Write(const Entries& entries, int (*set_format)(archive*),
                  int (*add_filter)(archive*)) {
  const std::filesystem::path path = std::filesystem::path(TemporaryFolder()) / "archive";
  const Writer writer(archive_write_new());
  set_format(writer.get());
  add_filter(writer.get());
  archive_write_open_filename(writer.get(), path.c_str());
  for (const auto& [name, content] : entries) WriteEntry(writer.get(), name, content);
  archive_write_close(writer.get());
  return ReadFile(path);
}

}  // namespace

void WriteFile(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string Gzip(const std::string& content) {
  return Write({{"content", content}}, archive_write_set_format_raw, archive_write_add_filter_gzip);
}

std::string Zip(const Entries& entries) {
  return Write(entries, archive_write_set_format_zip, archive_write_add_filter_none);
}

std::string DebianPackage(const Entries& files) {
  const std::string control = Write({{"./control", "Package: test\n"}},
                                    archive_write_set_format_ustar, archive_write_add_filter_xz);
  const std::string data =
      Write(files, archive_write_set_format_ustar, archive_write_add_filter_xz);
  return Write({{"debian-binary", "2.0\n"}, {"control.tar.xz", control}, {"data.tar.xz", data}},
               archive_write_set_format_ar_svr4, archive_write_add_filter_none);
}

std::filesystem::path HelpPackages(const std::string& english_body,
                                   const std::string& french_body) {
  const std::filesystem::path folder = TemporaryFolder();
  const auto write = [&](const std::string& package, const std::string& language,
                         const std::string& body) {
    const std::string page = "<!DOCTYPE html><html><body>" + body + "</body></html>";
    WriteFile(
        folder / (package + "_4%3a7.4.7-1_all.deb"),
        DebianPackage({{"./usr/share/doc/" + package + "/copyright", "none"},
                       {"./usr/share/libreoffice/help/" + language + "/text/page.html", page}}));
  };
  write("libreoffice-help-en-us", "en-US", english_body);
  write("libreoffice-help-fr", "fr", french_body);
  return folder;
}

std::string MessageOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

}  // namespace ablate::testing
