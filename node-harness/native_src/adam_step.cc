// One step of Adam as an operation of TensorFlow: one pass over memory, where its own operations would take twelve.
//
// AdamStep(variable, mean, square, gradient, settings) -> variable, mean, square
// The settings are a tensor, not attributes: TensorFlow keeps a kernel for every set of attributes that it meets.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"

#if defined(__x86_64__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

namespace {

enum Input { kVariable, kMean, kSquare, kGradient, kSettings, kInputs };
constexpr int kOutputs = 3;
// Below this many numbers another thread costs more than it saves.
constexpr int64_t kLeastPerThread = 1 << 16;

// As `AdamStep` in lib/backend/kernels.ts, in this order.
struct Settings {
  float beta1, beta2, rate, correction, eps, keep, penalty;
};

struct Arrays {
  const float* in[4];
  float* out[kOutputs];
};

FOR_EACH_PROCESSOR
void Step(const Arrays& arrays, const Settings& s, int64_t from, int64_t to) {
  const float* __restrict variable = arrays.in[kVariable];
  const float* __restrict mean = arrays.in[kMean];
  const float* __restrict square = arrays.in[kSquare];
  const float* __restrict gradient = arrays.in[kGradient];
  float* __restrict new_variable = arrays.out[kVariable];
  float* __restrict new_mean = arrays.out[kMean];
  float* __restrict new_square = arrays.out[kSquare];
  const float rest1 = 1 - s.beta1, rest2 = 1 - s.beta2, scale = 1 / s.correction;
  for (int64_t i = from; i < to; i++) {
    const float g = gradient[i] + s.penalty * variable[i];
    const float m = s.beta1 * mean[i] + rest1 * g;
    const float v = s.beta2 * square[i] + rest2 * g * g;
    new_mean[i] = m;
    new_square[i] = v;
    new_variable[i] = s.keep * variable[i] - s.rate * m / (std::sqrt(v) * scale + s.eps);
  }
}

void StepInThreads(const Arrays& arrays, const Settings& settings, int64_t count) {
  const int64_t cores = std::max(1u, std::thread::hardware_concurrency());
  const int64_t parts = std::clamp<int64_t>(count / kLeastPerThread, 1, cores);
  std::vector<std::thread> others;
  for (int64_t i = 1; i < parts; i++) {
    others.emplace_back([=, &arrays, &settings] { Step(arrays, settings, count * i / parts, count * (i + 1) / parts); });
  }
  Step(arrays, settings, 0, count / parts);
  for (auto& thread : others) thread.join();
}

void Compute(void*, TF_OpKernelContext* context) {
  TF_Status* status = TF_NewStatus();
  TF_Tensor* tensors[kInputs + kOutputs] = {};
  Arrays arrays;
  for (int i = 0; i < kInputs && TF_GetCode(status) == TF_OK; i++) TF_GetInput(context, i, &tensors[i], status);
  const auto count = TF_GetCode(status) == TF_OK ? TF_TensorElementCount(tensors[kVariable]) : 0;
  for (int i = kVariable; i <= kGradient && TF_GetCode(status) == TF_OK; i++) {
    if (TF_TensorElementCount(tensors[i]) != count) TF_SetStatus(status, TF_INVALID_ARGUMENT, "Sizes differ.");
    arrays.in[i] = static_cast<const float*>(TF_TensorData(tensors[i]));
  }
  if (TF_GetCode(status) == TF_OK && TF_TensorByteSize(tensors[kSettings]) != sizeof(Settings)) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, "Seven settings are needed.");
  }
  for (int i = 0; i < kOutputs && TF_GetCode(status) == TF_OK; i++) {
    const int rank = TF_NumDims(tensors[kVariable]);
    std::vector<int64_t> shape(rank);
    for (int axis = 0; axis < rank; axis++) shape[axis] = TF_Dim(tensors[kVariable], axis);
    TF_Tensor*& output = tensors[kInputs + i];
    output = TF_AllocateOutput(context, i, TF_FLOAT, shape.data(), rank, count * sizeof(float), status);
    if (TF_GetCode(status) == TF_OK) arrays.out[i] = static_cast<float*>(TF_TensorData(output));
  }
  if (TF_GetCode(status) == TF_OK) {
    StepInThreads(arrays, *static_cast<const Settings*>(TF_TensorData(tensors[kSettings])), count);
  } else {
    TF_OpKernelContext_Failure(context, status);
  }
  for (TF_Tensor* tensor : tensors) {
    if (tensor) TF_DeleteTensor(tensor);
  }
  TF_DeleteStatus(status);
}

// Runs when the library is loaded. What fails here shows when the operation is used.
__attribute__((constructor)) void Register() {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* operation = TF_NewOpDefinitionBuilder("AdamStep");
  for (const char* input : {"variable", "mean", "square", "gradient", "settings"}) {
    TF_OpDefinitionBuilderAddInput(operation, (std::string(input) + ": float").c_str());
  }
  for (const char* output : {"new_variable", "new_mean", "new_square"}) {
    TF_OpDefinitionBuilderAddOutput(operation, (std::string(output) + ": float").c_str());
  }
  TF_OpDefinitionBuilderSetShapeInferenceFunction(
      operation, [](TF_ShapeInferenceContext* context, TF_Status* status) {
        TF_ShapeInferenceContextSetUnknownShape(context, status);
      });
  TF_RegisterOpDefinition(operation, status);
  TF_RegisterKernelBuilder("AdamStep", TF_NewKernelBuilder("AdamStep", "CPU", nullptr, Compute, nullptr), status);
  TF_DeleteStatus(status);
}

}  // namespace
