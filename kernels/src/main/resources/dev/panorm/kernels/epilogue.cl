// What follows the affine map: an optional residual (RES 2) and an optional activation (ACT), with derivatives.

#include "common.cl"

#define SQRT_HALF LIT(0.70710678118654752440)
#define INV_SQRT_2PI LIT(0.39894228040143267794)
#define SQRT_2_OVER_PI LIT(0.79788456080286535588)
#define GELU_CUBE LIT(0.044715)

// 1 / (1 + exp(-z)) and 1 minus that, both to full precision at both ends.
typedef struct {
  VEC value;
  VEC rest;
} Sigmoid;

INLINE Sigmoid sigmoid(VEC z) {
  VEC e = exp(-fabs(z));
  VEC large = 1 / (1 + e);
  VEC small = e * large;
  Sigmoid s;
  s.value = z < 0 ? small : large;
  s.rest = z < 0 ? large : small;
  return s;
}

// GELU by tanh is z sigmoid(2 u): (1 + tanh(u)) / 2 = sigmoid(2 u).
INLINE VEC gelu_argument(VEC z) { return 2 * SQRT_2_OVER_PI * (z + GELU_CUBE * z * z * z); }

INLINE VEC activate(VEC z) {
#if ACT == 1
  return z < 0 ? (VEC)(0) : z;
#elif ACT == 2
  return LIT(0.5) * z * (1 + erf(z * SQRT_HALF));
#elif ACT == 3
  return z * sigmoid(gelu_argument(z)).value;
#elif ACT == 4
  return z * sigmoid(z).value;
#elif ACT == 5
  return sigmoid(z).value;
#elif ACT == 6
  return tanh(z);
#else
  return z;
#endif
}

// dy times the derivative of the activation at z.
INLINE VEC activate_backward(VEC z, VEC dy) {
#if ACT == 1
  return z <= 0 ? (VEC)(0) : dy;
#elif ACT == 2
  return dy * (LIT(0.5) * (1 + erf(z * SQRT_HALF)) + z * INV_SQRT_2PI * exp(LIT(-0.5) * z * z));
#elif ACT == 3
  Sigmoid s = sigmoid(gelu_argument(z));
  VEC bounded = fmin(fmax(z, (VEC)(-100)), (VEC)(100)); // beyond, the sigmoid is flat and only z^2 would overflow
  VEC slope = 2 * SQRT_2_OVER_PI * (1 + 3 * GELU_CUBE * bounded * bounded);
  return dy * (s.value + z * (s.value * s.rest) * slope);
#elif ACT == 4
  Sigmoid s = sigmoid(z);
  return dy * (s.value * (1 + z * s.rest));
#elif ACT == 5
  Sigmoid s = sigmoid(z);
  return dy * (s.value * s.rest);
#elif ACT == 6
  Sigmoid s = sigmoid(2 * z); // 1 - tanh(z)^2 would cancel where tanh is almost 1
  return dy * (4 * s.value * s.rest);
#else
  return dy;
#endif
}

// activation(z + residual) for vector i of a run of n.
INLINE VEC epilogue(VEC z, __global const REAL *residual, long i, long n) {
#if RES == 2
  return activate(z + load_to(residual, i, n, 0));
#else
  return activate(z);
#endif
}

// Gradient with respect to z for vector i of a run of n.
INLINE VEC epilogue_backward(VEC z, VEC dy, __global const REAL *residual, long i, long n) {
#if RES == 2 && ACT != 0
  return activate_backward(z + load_to(residual, i, n, 0), dy);
#else
  return activate_backward(z, dy);
#endif
}
