#include "techniques/parallelism_torch.h"

#include <dlfcn.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "model/error.h"
#include "techniques/nccl_backend_torch.h"

namespace ablate {
namespace {

using Milliseconds = std::chrono::milliseconds;
using Store = c10::intrusive_ptr<c10d::Store>;
using Backend = c10::intrusive_ptr<c10d::Backend>;

int64_t IntegerVariable(const char* name, const char* value, int64_t minimum, int64_t maximum) {
  const std::string_view text = value;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < minimum ||
      number > maximum) {
    throw Error(std::string(name) + "='" + value + "' in the environment is no integer from " +
                std::to_string(minimum) + " to " + std::to_string(maximum) +
                "; a launcher such as torchrun sets it");
  }
  return number;
}

const char* Required(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw Error(std::string("The environment has some of RANK, WORLD_SIZE, MASTER_ADDR and "
                            "MASTER_PORT, but no ") +
                name + "; set all of them, as torchrun does, or none");
  }
  return value;
}

bool AnySet() {
  for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}) {
    if (std::getenv(name) != nullptr) return true;
  }
  return false;
}

bool IsLoopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

Store MeetAt(const RankEnvironment& environment, Milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(environment.master_port);
  options.isServer = environment.rank == 0 && !environment.launcher_listens;
  if (!environment.launcher_listens) options.numWorkers = environment.world_size;
  options.timeout = timeout;
  auto store = c10::make_intrusive<c10d::TCPStore>(environment.master_address, options);
  return c10::make_intrusive<c10d::PrefixStore>("ablate/" + std::to_string(environment.attempt),
                                                std::move(store));
}

Backend MakeGloo(const RankEnvironment& environment, const Store& store, Milliseconds timeout) {
  c10::intrusive_ptr<c10d::ProcessGroupGloo::Options> options;
  if (IsLoopback(environment.master_address)) {
    options = c10d::ProcessGroupGloo::Options::create(timeout);
    options->devices = {
        c10d::ProcessGroupGloo::createDeviceForHostname(environment.master_address)};
  } else {
    // By this machine's name, or as GLOO_SOCKET_IFNAME says.
    options = c10d::ProcessGroupGloo::Options::create_default(timeout);
  }
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupGloo>(
      store, static_cast<int>(environment.rank), static_cast<int>(environment.world_size), options);
}

// The worker links no CUDA, so what needs NCCL is a library of its own, beside the program.
// nullptr, and dlerror() says why, where it cannot be opened.
void* OpenNcclLibrary() {
  const auto path =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / kNcclBackendLibrary;
  return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
}

Backend MakeNccl(const RankEnvironment& environment, const Store& store, Milliseconds timeout) {
  void* library = OpenNcclLibrary();
  if (library == nullptr) {
    throw Error(std::string("No NCCL for parallelism on CUDA: ") + dlerror() +
                "; build with a LibTorch and the nccl.h of the same CUDA");
  }
  auto* make = reinterpret_cast<MakeNcclBackend*>(dlsym(library, kMakeNcclBackend));
  if (make == nullptr) {
    throw Error(std::string(kNcclBackendLibrary) + " is of another build; build it again");
  }
  Backend backend;
  make(store, static_cast<int>(environment.rank), static_cast<int>(environment.world_size), timeout,
       backend);
  return backend;
}

c10::intrusive_ptr<c10d::ProcessGroup> MakeGroup(const RankEnvironment& environment,
                                                 at::Device device, Milliseconds timeout) {
  using Type = c10d::ProcessGroup::BackendType;
  const Store store = MeetAt(environment, timeout);
  auto group = c10::make_intrusive<c10d::ProcessGroup>(store, static_cast<int>(environment.rank),
                                                       static_cast<int>(environment.world_size));
  const Type type = device.is_cpu() ? Type::GLOO : Type::NCCL;
  group->setDefaultBackend(type);
  group->setBackend(device.type(), type,
                    device.is_cpu() ? MakeGloo(environment, store, timeout)
                                    : MakeNccl(environment, store, timeout));
  return group;
}

}  // namespace

bool HasBackend(at::Device device) { return device.is_cpu() || OpenNcclLibrary() != nullptr; }

RankEnvironment RankEnvironment::Read() {
  RankEnvironment environment;
  if (!AnySet()) return environment;
  constexpr int64_t kMost = 1 << 20;
  environment.world_size = IntegerVariable("WORLD_SIZE", Required("WORLD_SIZE"), 1, kMost);
  environment.rank = IntegerVariable("RANK", Required("RANK"), 0, environment.world_size - 1);
  const char* local_rank = std::getenv("LOCAL_RANK");
  environment.local_rank = local_rank == nullptr
                               ? environment.rank
                               : IntegerVariable("LOCAL_RANK", local_rank, 0, kMost);
  const char* local_size = std::getenv("LOCAL_WORLD_SIZE");
  environment.local_world_size = local_size == nullptr
                                     ? environment.world_size
                                     : IntegerVariable("LOCAL_WORLD_SIZE", local_size, 1, kMost);
  environment.master_address = Required("MASTER_ADDR");
  environment.master_port = IntegerVariable("MASTER_PORT", Required("MASTER_PORT"), 1, 65535);
  const char* agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
  environment.launcher_listens = agent != nullptr && std::string_view(agent) == "True";
  const char* attempt = std::getenv("TORCHELASTIC_RESTART_COUNT");
  if (attempt != nullptr) {
    environment.attempt = IntegerVariable("TORCHELASTIC_RESTART_COUNT", attempt, 0, kMost);
  }
  return environment;
}

struct Ranks::Impl {
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::vector<c10::intrusive_ptr<c10d::Work>> sends;
};

Ranks::Ranks() : impl_(std::make_unique<Impl>()) {}

Ranks::Ranks(const RankEnvironment& environment, at::Device device, double timeout_s)
    : rank_(environment.rank), size_(environment.world_size), impl_(std::make_unique<Impl>()) {
  if (size_ == 1) return;
  const Milliseconds timeout(static_cast<int64_t>(std::ceil(timeout_s * 1e3)));
  try {
    impl_->group = MakeGroup(environment, device, timeout);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
    throw Error("Rank " + std::to_string(rank_) + " did not meet the other " +
                std::to_string(size_ - 1) + " of its run at " + environment.master_address + ":" +
                std::to_string(environment.master_port) + ": " +
                (torch_error != nullptr ? torch_error->what_without_backtrace() : error.what()));
  }
}

Ranks::~Ranks() = default;

void Ranks::Sum(at::Tensor tensor) {
  if (size_ == 1) return;
  std::vector<at::Tensor> tensors = {std::move(tensor)};
  impl_->group->allreduce(tensors)->wait();
}

void Ranks::Max(at::Tensor tensor) {
  if (size_ == 1) return;
  std::vector<at::Tensor> tensors = {std::move(tensor)};
  c10d::AllreduceOptions options;
  options.reduceOp = c10d::ReduceOp::MAX;
  impl_->group->allreduce(tensors, options)->wait();
}

void Ranks::Broadcast(at::Tensor tensor, int64_t from) {
  if (size_ == 1) return;
  std::vector<at::Tensor> tensors = {std::move(tensor)};
  c10d::BroadcastOptions options;
  options.rootRank = from;
  impl_->group->broadcast(tensors, options)->wait();
}

void Ranks::Send(const at::Tensor& tensor, int64_t to) {
  std::vector<at::Tensor> tensors = {tensor};
  impl_->sends.push_back(impl_->group->send(tensors, static_cast<int>(to), /*tag=*/0));
}

void Ranks::Receive(at::Tensor tensor, int64_t from) {
  std::vector<at::Tensor> tensors = {std::move(tensor)};
  impl_->group->recv(tensors, static_cast<int>(from), /*tag=*/0)->wait();
}

void Ranks::WaitForSends() {
  for (const auto& work : impl_->sends) work->wait();
  impl_->sends.clear();
}

void Ranks::Barrier() {
  if (size_ > 1) impl_->group->barrier()->wait();
}

const c10::intrusive_ptr<c10d::ProcessGroup>& Ranks::group() const { return impl_->group; }

void CheckEqual(const std::vector<at::Tensor>& tensors, Ranks& ranks) {
  const auto number = [&](size_t n) {
    return at::scalar_tensor(static_cast<double>(n), tensors.front().options().dtype(at::kDouble));
  };
  // Weighted by the position, so that tensors in another order are not equal.
  at::Tensor sum = number(0), elements = number(0);
  for (size_t i = 0; i < tensors.size(); ++i) {
    sum += tensors[i].detach().sum(at::kDouble) * static_cast<double>(i + 1);
    elements += static_cast<double>(tensors[i].numel() * (i + 1));
  }
  const at::Tensor own = at::stack({number(tensors.size()), elements, sum});
  const at::Tensor extremes = at::cat({own, -own});
  ranks.Max(extremes);
  if (at::equal(extremes.slice(0, 0, 3), -extremes.slice(0, 3, 6))) return;
  throw Error(
      "The processes of the run have built different models; start all of them with the same "
      "program and configuration, on machines of one kind");
}

}  // namespace ablate
