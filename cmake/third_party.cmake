# Debian's libraries behind one target each; their headers are SYSTEM so that only our code warns.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(ZLIB REQUIRED)
find_package(JPEG REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
pkg_check_modules(fmt REQUIRED IMPORTED_TARGET fmt)
pkg_check_modules(spdlog REQUIRED IMPORTED_TARGET spdlog)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(lzma REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)

# Asio and Beast are compiled once, in http/beast_impl.cpp.
add_library(athanor_asio INTERFACE)
target_compile_definitions(athanor_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_CONCEPTS)
target_link_libraries(athanor_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
if(ATHANOR_SANITIZE MATCHES thread)
  # The thread sanitizer does not understand the fences that Asio uses otherwise.
  target_compile_definitions(athanor_asio INTERFACE
    BOOST_ASIO_DISABLE_STD_ATOMIC BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
add_library(athanor_beast INTERFACE)
target_compile_definitions(athanor_beast INTERFACE BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(athanor_beast INTERFACE athanor_asio)

add_library(athanor_soci INTERFACE)
target_link_libraries(athanor_soci INTERFACE soci_core soci_sqlite3 soci_postgresql sqlite3
  PkgConfig::libpq)

add_library(athanor_cli11 INTERFACE)

if(ATHANOR_COMPUTE)
  find_package(Torch REQUIRED)
  add_library(athanor_torch INTERFACE)
  target_include_directories(athanor_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(athanor_torch INTERFACE ${TORCH_LIBRARIES})

  add_library(athanor_opencv INTERFACE)
  target_include_directories(athanor_opencv SYSTEM INTERFACE /usr/include/opencv4)
  target_link_libraries(athanor_opencv INTERFACE opencv_imgcodecs opencv_imgproc opencv_core)
  add_library(athanor_opencv_dnn INTERFACE)
  target_link_libraries(athanor_opencv_dnn INTERFACE athanor_opencv opencv_dnn)

  # The oneDNN that LibTorch itself computes convolutions with.
  find_package(OpenMP REQUIRED)
  add_library(athanor_onednn INTERFACE)
  target_link_libraries(athanor_onednn INTERFACE dnnl OpenMP::OpenMP_CXX)

  find_package(Protobuf REQUIRED)
  add_library(athanor_onnx INTERFACE)
  target_compile_definitions(athanor_onnx INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
  target_link_libraries(athanor_onnx INTERFACE onnx onnx_proto protobuf::libprotobuf)
endif()
if(ATHANOR_TESTS)
  find_package(GTest REQUIRED)
endif()
