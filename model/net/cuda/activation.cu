// dropout(activation(hidden + bias)), and its gradients.
#include "model/net/cuda/philox.cuh"

namespace ablate::cuda {

// What activations read of a row.
template <typename Scalar>
struct ActivationRow {
  const Scalar* hidden;
  const SumOf<Scalar>* bias;
  Int64 columns;
  bool quads;

  // Of the first columns, or of the second half of swiglu's.
  __device__ Octet<SumOf<Scalar>> Argument(Int64 octet, Int64 half = 0) const {
    const Int64 at = half * columns;
    Octet<SumOf<Scalar>> argument = Load(hidden + at, octet, columns, quads);
    AddTo(argument, Load(bias + at, octet, columns, quads));
    return argument;
  }
};

struct Relu {
  static constexpr int kHalves = 1;
  template <typename Scalar>
  __device__ static Octet<SumOf<Scalar>> Value(const ActivationRow<Scalar>& row, Int64 octet) {
    Octet<SumOf<Scalar>> x = row.Argument(octet);
    for (int i = 0; i < kOctet; ++i) x.at[i] = x.at[i] < 0 ? 0 : x.at[i];
    return x;
  }
};

template <typename Sum>
__device__ inline Sum NormalCumulative(Sum x) {
  return Sum(0.5) + Sum(0.5) * Erf(x * Sum(0.70710678118654752));
}
template <typename Sum>
__device__ inline Sum NormalDensity(Sum x) {
  return Sum(0.39894228040143268) * Exp(x * x * Sum(-0.5));
}

// The exact one.
struct Gelu {
  static constexpr int kHalves = 1;
  template <typename Scalar>
  __device__ static Octet<SumOf<Scalar>> Value(const ActivationRow<Scalar>& row, Int64 octet) {
    Octet<SumOf<Scalar>> x = row.Argument(octet);
    for (int i = 0; i < kOctet; ++i) x.at[i] *= NormalCumulative(x.at[i]);
    return x;
  }
  // Calls put(half, gradient) for each half of the arguments.
  template <typename Scalar, typename Put>
  __device__ static void Gradient(const ActivationRow<Scalar>& row, Int64 octet,
                                  Octet<SumOf<Scalar>> d_value, Put put) {
    const Octet<SumOf<Scalar>> x = row.Argument(octet);
    for (int i = 0; i < kOctet; ++i) {
      d_value.at[i] *= NormalCumulative(x.at[i]) + x.at[i] * NormalDensity(x.at[i]);
    }
    put(0, d_value);
  }
};

template <typename Sum>
__device__ inline Sum Sigmoid(Sum x) {
  return Sum(1) / (Sum(1) + Exp(-x));
}

struct SwiGlu {
  static constexpr int kHalves = 2;
  template <typename Scalar>
  __device__ static Octet<SumOf<Scalar>> Value(const ActivationRow<Scalar>& row, Int64 octet) {
    Octet<SumOf<Scalar>> gate = row.Argument(octet);
    const Octet<SumOf<Scalar>> value = row.Argument(octet, 1);
    for (int i = 0; i < kOctet; ++i) gate.at[i] *= Sigmoid(gate.at[i]) * value.at[i];
    return gate;
  }
  template <typename Scalar, typename Put>
  __device__ static void Gradient(const ActivationRow<Scalar>& row, Int64 octet,
                                  const Octet<SumOf<Scalar>>& d_value, Put put) {
    using Sum = SumOf<Scalar>;
    const Octet<Sum> gate = row.Argument(octet), value = row.Argument(octet, 1);
    Octet<Sum> d_gate, d_factor;
    for (int i = 0; i < kOctet; ++i) {
      const Sum sigmoid = Sigmoid(gate.at[i]), silu = gate.at[i] * sigmoid;
      d_gate.at[i] = d_value.at[i] * value.at[i] * sigmoid * (Sum(1) + gate.at[i] - silu);
      d_factor.at[i] = d_value.at[i] * silu;
    }
    put(0, d_gate);
    put(1, d_factor);
  }
};

__device__ inline Int64 OctetOfThread() {
  return static_cast<Int64>(blockIdx.x) * blockDim.x + threadIdx.x;
}

template <typename Function, typename Scalar>
__global__ void ActivationForward(ActivationForwardRows rows) {
  const Int64 octet = OctetOfThread(), columns = rows.columns;
  if (FirstColumn(octet) >= columns) return;
  const Generator generator = GeneratorOf(rows.mask);
  for (Int64 row = blockIdx.y; row < rows.rows; row += gridDim.y) {
    const ActivationRow<Scalar> arguments{
        static_cast<const Scalar*>(rows.hidden) + row * columns * Function::kHalves,
        static_cast<const SumOf<Scalar>*>(rows.bias), columns, rows.quads};
    Octet<SumOf<Scalar>> value = Function::Value(arguments, octet);
    Drop(generator, row, octet, value);
    Store(value, static_cast<Scalar*>(rows.result) + row * columns, octet, columns, rows.quads);
  }
}

template <typename Function, typename Scalar>
__global__ void ActivationBackward(ActivationBackwardRows rows) {
  using Sum = SumOf<Scalar>;
  const Int64 octet = OctetOfThread(), columns = rows.columns;
  if (FirstColumn(octet) >= columns) return;
  const Generator generator = GeneratorOf(rows.mask);
  Octet<Sum> d_bias[Function::kHalves];
  for (int half = 0; half < Function::kHalves; ++half) d_bias[half] = Zeros<Sum>();
  for (Int64 row = blockIdx.y; row < rows.rows; row += gridDim.y) {
    const Int64 at = row * columns * Function::kHalves;
    const ActivationRow<Scalar> arguments{static_cast<const Scalar*>(rows.kept) + at,
                                          static_cast<const Sum*>(rows.bias), columns, rows.quads};
    Octet<Sum> d_value =
        Load(static_cast<const Scalar*>(rows.d_result) + row * columns, octet, columns, rows.quads);
    Drop(generator, row, octet, d_value);
    Function::Gradient(arguments, octet, d_value, [&](int half, const Octet<Sum>& gradient) {
      AddTo(d_bias[half], gradient);
      Store(gradient, static_cast<Scalar*>(rows.d_hidden) + at + half * columns, octet, columns,
            rows.quads);
    });
  }
  for (int half = 0; half < Function::kHalves; ++half) {
    Sum* const to = static_cast<Sum*>(rows.d_bias) +
                    (static_cast<Int64>(blockIdx.y) * Function::kHalves + half) * columns;
    Store(d_bias[half], to, octet, columns, rows.quads);
  }
}

// What is above zero of the result was above zero before, and has not been dropped.
template <typename Scalar>
__global__ void ReluBackward(ActivationBackwardRows rows) {
  using Sum = SumOf<Scalar>;
  const Int64 octet = OctetOfThread(), columns = rows.columns;
  if (FirstColumn(octet) >= columns) return;
  Octet<Sum> d_bias = Zeros<Sum>();
  for (Int64 row = blockIdx.y; row < rows.rows; row += gridDim.y) {
    const Int64 at = row * columns;
    const Octet<Sum> result =
        Load(static_cast<const Scalar*>(rows.kept) + at, octet, columns, rows.quads);
    Octet<Sum> gradient =
        Load(static_cast<const Scalar*>(rows.d_result) + at, octet, columns, rows.quads);
    for (int i = 0; i < kOctet; ++i) {
      gradient.at[i] =
          result.at[i] > 0 ? gradient.at[i] * static_cast<Sum>(rows.mask.keep_scale) : Sum(0);
    }
    AddTo(d_bias, gradient);
    Store(gradient, static_cast<Scalar*>(rows.d_hidden) + at, octet, columns, rows.quads);
  }
  Store(d_bias, static_cast<Sum*>(rows.d_bias) + blockIdx.y * columns, octet, columns, rows.quads);
}

}  // namespace ablate::cuda
