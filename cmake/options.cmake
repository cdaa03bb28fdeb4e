# Language level, warnings, sanitizers and build aids: what every target of ours shares.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Release keeps assertions out but a usable backtrace in.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

find_program(CCACHE ccache)
if(CCACHE)
  # Relative paths and no working folder in the hash: build folders and clones share the cache.
  set(launcher env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
find_program(MOLD mold)

add_library(athanor_options INTERFACE)
target_include_directories(athanor_options INTERFACE ${PROJECT_SOURCE_DIR}/src
                                                     ${PROJECT_BINARY_DIR}/generated)
target_compile_options(athanor_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wformat=2)
target_compile_definitions(athanor_options INTERFACE
  ATHANOR_VERSION="${PROJECT_VERSION}" $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 reports a false dangling pointer inside its own coroutine frames.
  # It takes the sources of a unity file for headers, which hold nothing without linkage.
  target_compile_options(athanor_options INTERFACE
    -Wno-dangling-pointer -Wno-mismatched-new-delete -Wno-subobject-linkage)
endif()
if(ATHANOR_SANITIZE)
  target_compile_options(athanor_options INTERFACE
    -fsanitize=${ATHANOR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(ATHANOR_SANITIZE MATCHES undefined)
    # A check at every access to an object doubles the time of compilation. Null pointers, accesses
    # beyond an object and most wrong casts stop the address sanitizer as well; misaligned accesses,
    # which x86-64 allows, go unseen.
    target_compile_options(athanor_options INTERFACE
      -fno-sanitize=null,alignment,object-size,vptr)
  endif()
  target_link_options(athanor_options INTERFACE -fsanitize=${ATHANOR_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    # Clang 14 cannot assemble coroutines with this check.
    target_compile_options(athanor_options INTERFACE -fno-sanitize=function)
  endif()
elseif(MOLD)
  target_link_options(athanor_options INTERFACE -fuse-ld=mold)
endif()
if(CMAKE_BUILD_TYPE STREQUAL Release)
  target_compile_options(athanor_options INTERFACE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(athanor_options INTERFACE -Wl,-z,relro,-z,now)
endif()
