# LibTorch as an imported target, so that no nvcc is needed: `ablate::torch`.
#
# TORCH_DIR is the folder of the `torch` Python package (…/site-packages/torch) or of an unpacked official archive
# (libtorch/); both hold include/ and lib/. CUDA's headers come from the wheel's neighbours where there are any.
#
# Only the CPU half is linked. The worker opens libtorch_cuda.so when a run asks for a CUDA device, so that one binary
# serves both, and a CPU run does not pay for loading CUDA.
set(TORCH_DIR "" CACHE PATH "Folder that holds LibTorch's include/ and lib/")
if(NOT TORCH_DIR)
  file(GLOB ablate_torch_candidates ${PROJECT_SOURCE_DIR}/.deps/lib/python3*/site-packages/torch)
  list(GET ablate_torch_candidates 0 TORCH_DIR)
endif()
if(NOT EXISTS ${TORCH_DIR}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "No LibTorch in TORCH_DIR='${TORCH_DIR}'. Run ./ablate setup, or pass -DTORCH_DIR=….")
endif()

add_library(ablate_torch_imported INTERFACE)
add_library(ablate::torch ALIAS ablate_torch_imported)
target_include_directories(ablate_torch_imported SYSTEM INTERFACE
  ${TORCH_DIR}/include ${TORCH_DIR}/include/torch/csrc/api/include)
file(GLOB ablate_cuda_includes
  ${TORCH_DIR}/../nvidia/cu13/include ${PROJECT_SOURCE_DIR}/.deps/lib/python3*/site-packages/nvidia/cu13/include)
find_path(NVTX_INCLUDE_DIR nvtx3/nvToolsExt.h REQUIRED PATHS ${ablate_cuda_includes} NO_DEFAULT_PATH)
find_path(NVML_INCLUDE_DIR nvml.h REQUIRED PATHS ${ablate_cuda_includes} NO_DEFAULT_PATH)
target_include_directories(ablate_torch_imported SYSTEM INTERFACE ${NVTX_INCLUDE_DIR})
target_link_libraries(ablate_torch_imported INTERFACE
  ${TORCH_DIR}/lib/libtorch_cpu.so ${TORCH_DIR}/lib/libc10.so ${CMAKE_DL_LIBS} Threads::Threads)
