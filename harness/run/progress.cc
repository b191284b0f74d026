#include "harness/run/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "harness/run/format.h"

namespace ablate {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedrawEvery = std::chrono::milliseconds(200);

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string Counter(int64_t done, int64_t total) {
  const std::string all = std::to_string(total);
  std::string now = std::to_string(done);
  now.insert(0, all.size() - std::min(all.size(), now.size()), ' ');
  return "[" + now + "/" + all + "]";
}

std::string FinishedLine(int64_t done, int64_t total, const std::string& cell, const Record& record,
                         const std::string& outcome, bool again) {
  return Counter(done, total) + " " + cell + " seed " + std::to_string(record.seed) + ": " +
         outcome + (again ? "; again" : "");
}

class LineProgress : public Progress {
 public:
  LineProgress(std::ostream& out, CellText cell) : out_(out), cell_(std::move(cell)) {}

  void Start(int64_t total, int64_t kept) override {
    total_ = total;
    done_ = kept;
    if (kept > 0) Note(std::to_string(kept) + " of " + std::to_string(total) + " runs are kept");
  }
  void RunStarts(const Record&) override {}
  void Heard(const nlohmann::json&) override {}
  void Tick() override {}
  void RunEnds(const Record& record, bool again) override {
    if (!again) ++done_;
    Note(FinishedLine(done_ + (again ? 1 : 0), total_, cell_(record), record,
                      DescribeOutcome(record), again));
  }
  void Note(const std::string& text) override { out_ << text << std::endl; }

 private:
  std::ostream& out_;
  CellText cell_;
  int64_t total_ = 0;
  int64_t done_ = 0;
};

const char* ColourOf(Status status) {
  if (status == Status::kReached) return "\x1b[32m";
  return IsFinal(status) ? "\x1b[33m" : "\x1b[31m";
}

class LiveProgress : public Progress {
 public:
  LiveProgress(std::ostream& out, std::function<size_t()> width, bool colour, CellText cell)
      : out_(out), width_(std::move(width)), colour_(colour), cell_(std::move(cell)) {}

  void Start(int64_t total, int64_t kept) override {
    total_ = total;
    done_ = kept;
    if (kept > 0) Note(std::to_string(kept) + " of " + std::to_string(total) + " runs are kept");
  }

  void RunStarts(const Record& identity) override {
    running_ = identity;
    event_ = nlohmann::json::object();
    started_ = Clock::now();
    drawn_ = {};
    Tick();
  }

  void Heard(const nlohmann::json& event) override {
    for (const auto& [key, value] : event.items()) {
      if (value.is_primitive()) event_[key] = value;  // a copy of what is nested may need any stack
    }
  }

  void Tick() override {
    if (Clock::now() - drawn_ < kRedrawEvery) return;
    drawn_ = Clock::now();
    out_ << "\r" << LiveLine() << "\x1b[K" << std::flush;
  }

  void RunEnds(const Record& record, bool again) override {
    estimate_.Add(record.cell, record.time.wall_s.value_or(SecondsSince(started_)));
    if (!again) ++done_;
    const std::string outcome = DescribeOutcome(record);
    Note(FinishedLine(done_ + (again ? 1 : 0), total_, cell_(record), record,
                      colour_ ? ColourOf(record.status) + outcome + "\x1b[0m" : outcome, again));
  }

  void Note(const std::string& text) override { out_ << "\r\x1b[K" << text << std::endl; }

 private:
  // The cell's name gives way where the line is longer than the terminal is wide.
  std::string LiveLine() const {
    const size_t width = std::max<size_t>(width_(), 2) - 1;  // the last column would wrap
    const std::string front = Counter(done_ + 1, total_) + " ";
    const std::string back = " seed " + std::to_string(running_.seed) + Details();
    const size_t taken = DisplayWidth(front) + DisplayWidth(back);
    const std::string cell = FitWidth(cell_(running_), width > taken + 8 ? width - taken : 8);
    return FitWidth(front + cell + back, width);
  }

  std::string Details() const {
    std::string details = " · " + Text("phase", "starting");
    if (const double loss = Number("train_loss"); loss >= 0)
      details += " · loss " + FormatFixed(loss, 3);
    if (const double rate = Number("target_tokens_per_s"); rate > 0) {
      details += " · " + FormatRate(rate) + " tokens/s";
    }
    const double running = SecondsSince(started_);
    details += " · " + FormatDuration(running);
    const double rest = estimate_.Remaining(total_ - done_ - 1, running_.cell, running);
    return rest < 0 ? details : details + " · " + FormatDuration(rest) + " left";
  }

  std::string Text(const char* key, const char* fallback) const {
    const auto found = event_.find(key);
    return found != event_.end() && found->is_string() ? found->get<std::string>() : fallback;
  }

  double Number(const char* key) const {
    const auto found = event_.find(key);
    return found != event_.end() && found->is_number() ? found->get<double>() : -1;
  }

  std::ostream& out_;
  std::function<size_t()> width_;
  bool colour_;
  CellText cell_;
  int64_t total_ = 0;
  int64_t done_ = 0;
  Record running_;
  nlohmann::json event_ = nlohmann::json::object();  // the newest value of each key
  Clock::time_point started_ = Clock::now();
  Clock::time_point drawn_;
  TimeEstimate estimate_;
};

size_t TerminalWidth() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// "4,310 examples, 21.3k tokens/s", as far as it is known.
std::string Work(const Record& record, const Record::Count& examples) {
  std::string text;
  if (examples) text = FormatGrouped(*examples) + " examples";
  if (const auto& rate = record.throughput.target_tokens_per_s) {
    text += (text.empty() ? "" : ", ") + FormatRate(*rate) + " tokens/s";
  }
  return text.empty() ? "" : " (" + text + ")";
}

}  // namespace

std::string DescribeOutcome(const Record& record) {
  if (record.status == Status::kReached && record.time_to_target_s) {
    return "reached in " + FormatDuration(*record.time_to_target_s) +
           Work(record, record.examples_to_target);
  }
  std::string name(Name(record.status));
  std::replace(name.begin(), name.end(), '_', ' ');
  const auto& loss = record.target_metric == "valid_loss" ? record.loss.valid : record.loss.train;
  if (record.status == Status::kNotReached && loss) {
    name += ", loss " + FormatFixed(*loss, 3) + Work(record, record.examples);
  }
  return record.reason.empty() ? name : name + ": " + record.reason;
}

void TimeEstimate::Add(const std::string& cell, double wall_s) {
  for (Mean* mean : {&cells_[cell], &all_}) {
    mean->sum += wall_s;
    ++mean->count;
  }
}

double TimeEstimate::Remaining(int64_t left, const std::string& running_cell,
                               double running_s) const {
  if (all_.count == 0) return -1;
  const double mean = all_.sum / static_cast<double>(all_.count);
  const auto known = cells_.find(running_cell);
  const double whole =
      known == cells_.end() ? mean : known->second.sum / static_cast<double>(known->second.count);
  return std::max(0.0, whole - running_s) + mean * static_cast<double>(left);
}

std::string WholeCellName(const Record& record) { return record.cell; }

std::unique_ptr<Progress> MakeLineProgress(std::ostream& out, CellText cell) {
  return std::make_unique<LineProgress>(out, std::move(cell));
}

std::unique_ptr<Progress> MakeLiveProgress(std::ostream& out, std::function<size_t()> width,
                                           bool colour, CellText cell) {
  return std::make_unique<LiveProgress>(out, std::move(width), colour, std::move(cell));
}

std::unique_ptr<Progress> MakeProgress(CellText cell) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string(terminal) == "dumb";
  if (isatty(STDOUT_FILENO) == 0 || dumb) return MakeLineProgress(std::cout, std::move(cell));
  return MakeLiveProgress(std::cout, TerminalWidth, std::getenv("NO_COLOR") == nullptr,
                          std::move(cell));
}

}  // namespace ablate
