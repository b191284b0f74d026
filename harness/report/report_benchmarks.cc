// What `ablate bench` measured, beside the runs.
#include <algorithm>

#include "harness/report/benchmarks.h"
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/report.h"

namespace ablate {
namespace {

std::string Scaled(double value, const char* unit) {
  constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P"};
  size_t prefix = 0;
  while (value >= 1000 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++prefix;
  }
  const int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return Fixed(value, digits) + " " + kPrefixes[prefix] + unit;
}

std::string Rate(const std::optional<double>& rate, const char* unit) {
  return rate ? Scaled(*rate, unit) : kAbsent;
}

std::string Time(double seconds) {
  if (seconds < 1e-3) return Fixed(1e6 * seconds, seconds < 1e-5 ? 2 : 1) + " µs";
  return seconds < 1 ? Fixed(1e3 * seconds, 2) + " ms" : Duration(seconds);
}

std::string AgainstReference(const std::vector<Benchmark>& list, size_t index,
                             const BenchmarkName& name) {
  if (!name.reference) return kAbsent;
  const auto own = MeanSeconds(list[index]), reference = MeanSeconds(list[*name.reference]);
  return own && reference ? TimeRatio({*own / *reference, {}, {}}) : kAbsent;
}

std::string Where(const nlohmann::json& context) {
  if (!context.is_object()) return "";
  std::string text;
  const auto add = [&](const char* key, const char* words) {
    const auto found = context.find(key);
    if (found == context.end() || found->is_structured()) return;
    const std::string value = found->is_string() ? found->get<std::string>() : found->dump();
    text += (text.empty() ? "" : ", ") + std::string(words) + " " + Escape(value);
  };
  add("date", "on");
  add("device", "device");
  add("threads", "threads");
  return text.empty() ? "" : " Measured " + text + ".";
}

}  // namespace

std::string BenchmarksSection(const ReportInput& input) {
  if (!input.results.benchmarks) return "";
  const std::vector<Benchmark>& list = input.results.benchmarks->list;
  const std::vector<BenchmarkName> names = NamesOf(list);
  Table table({"operation", "variant", ">time", ">repetitions", ">tokens/s", ">bytes/s", ">FLOP/s",
               "against the reference", "did not run because"});
  for (size_t i = 0; i < list.size(); ++i) {
    const auto seconds = MeanSeconds(list[i]);
    table.AddRow({Escape(names[i].operation),
                  names[i].variant.empty() ? kAbsent : Escape(names[i].variant),
                  seconds ? Time(*seconds) : kAbsent,
                  seconds ? std::to_string(list[i].seconds.size()) : kAbsent,
                  Rate(list[i].tokens_per_s, ""), Rate(list[i].bytes_per_s, "B"),
                  Rate(list[i].flops_per_s, "FLOP"), AgainstReference(list, i, names[i]),
                  list[i].error.empty() ? kAbsent : Escape(list[i].error)});
  }
  if (table.empty()) return "";
  return "## Micro-benchmarks\n\nSingle operations, apart from any run." +
         Where(input.results.benchmarks->context) +
         " Times are geometric means over repetitions; *against the reference*: the same operation "
         "in plain tensor operations.\n\n" +
         Details(Plural(static_cast<int64_t>(table.size()), "micro-benchmark"), table.ToString());
}

}  // namespace ablate
