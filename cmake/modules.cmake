# athanor_layer() declares one module: a static library of src/athanor/NAME/*.cpp (and of its
# sub-folders), linked to what it may include. Third-party libraries are attached in the root file.

function(athanor_layer name plane)
  set_property(GLOBAL APPEND PROPERTY ATHANOR_LAYERS ${name})
  set_property(GLOBAL PROPERTY ATHANOR_PLANE_${name} ${plane})
  if(plane STREQUAL compute AND NOT ATHANOR_COMPUTE)
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/athanor/${name}/*.cpp)
  if(sources)
    add_library(athanor_${name} STATIC ${sources})
    target_link_libraries(athanor_${name} PUBLIC athanor_options)
    set(visibility PUBLIC)
    athanor_unity(athanor_${name} ${plane})
  else()
    add_library(athanor_${name} INTERFACE)
    target_link_libraries(athanor_${name} INTERFACE athanor_options)
    set(visibility INTERFACE)
  endif()
  foreach(dependency IN LISTS ARGN)
    target_link_libraries(athanor_${name} ${visibility} athanor_${dependency})
  endforeach()
endfunction()

# Several sources become one: most of the time that a file takes is for the headers that it shares
# with its neighbours. Always for the compute plane, whose files include torch; for the others where
# ATHANOR_UNITY says so, since a change of one file then costs more. Names in anonymous namespaces
# have to differ within a module.
function(athanor_unity target plane)
  if(plane STREQUAL compute)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 24)
  elseif(ATHANOR_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
  endif()
endfunction()

# athanor_link(NAME LIBRARIES...) attaches third-party libraries to a module, where it is built.
function(athanor_link name)
  if(NOT TARGET athanor_${name})
    return()
  endif()
  get_target_property(kind athanor_${name} TYPE)
  if(kind STREQUAL INTERFACE_LIBRARY)
    target_link_libraries(athanor_${name} INTERFACE ${ARGN})
  else()
    target_link_libraries(athanor_${name} PUBLIC ${ARGN})
  endif()
endfunction()
