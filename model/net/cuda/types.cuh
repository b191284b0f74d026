// Numbers in memory, and those that are computed with.
#pragma once

namespace ablate::cuda {

struct BFloat16 {
  unsigned short bits;
};
struct Half {
  unsigned short bits;
};

template <typename Scalar>
struct SumType {
  using Type = float;
};
template <>
struct SumType<double> {
  using Type = double;
};
template <typename Scalar>
using SumOf = typename SumType<Scalar>::Type;

#if defined(__CUDACC_RTC__)
__device__ inline unsigned int BitsOf(float x) { return __float_as_uint(x); }
__device__ inline float FloatOf(unsigned int bits) { return __uint_as_float(bits); }
__device__ inline float FloatOfHalf(unsigned short bits) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}
__device__ inline unsigned short HalfOfFloat(float x) {
  unsigned short bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}
#endif

__device__ inline float Widen(float x) { return x; }
__device__ inline double Widen(double x) { return x; }
__device__ inline float Widen(Half x) { return FloatOfHalf(x.bits); }
__device__ inline float Widen(BFloat16 x) {
  return FloatOf(static_cast<unsigned int>(x.bits) << 16);
}

// To the nearest, ties to even.
__device__ inline void Narrow(float x, float& to) { to = x; }
__device__ inline void Narrow(double x, double& to) { to = x; }
__device__ inline void Narrow(float x, Half& to) { to.bits = HalfOfFloat(x); }
__device__ inline void Narrow(float x, BFloat16& to) {
  const unsigned int bits = BitsOf(x);
  const unsigned int rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  to.bits = static_cast<unsigned short>(x == x ? rounded : 0x7FC0);
}

__device__ inline float Exp(float x) { return expf(x); }
__device__ inline double Exp(double x) { return exp(x); }
__device__ inline float Log(float x) { return logf(x); }
__device__ inline double Log(double x) { return log(x); }
__device__ inline float Erf(float x) { return erff(x); }
__device__ inline double Erf(double x) { return erf(x); }
__device__ inline float Root(float x) { return sqrtf(x); }
__device__ inline double Root(double x) { return sqrt(x); }

template <typename Sum>
__device__ inline Sum Infinity() {
  return static_cast<Sum>(__longlong_as_double(0x7FF0000000000000LL));
}
template <typename Sum>
__device__ inline Sum NotANumber() {
  return static_cast<Sum>(__longlong_as_double(0x7FF8000000000000LL));
}

}  // namespace ablate::cuda
