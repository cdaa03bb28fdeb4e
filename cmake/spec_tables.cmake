# specs/**.tsv are checked and compiled into C++ by scripts/compile_specs.py: a faulty table fails
# the build with its file and line. Includes of athanor/spec/keys/*.hpp come from here too.

file(GLOB spec_tables CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/specs/*/*.tsv)
set(spec_output ${PROJECT_BINARY_DIR}/generated/athanor/spec)
set(spec_subjects ${spec_tables})
list(TRANSFORM spec_subjects REPLACE ".*/specs/([^/]+)/.*" "\\1")
list(REMOVE_DUPLICATES spec_subjects)
set(spec_keys ${spec_subjects})
list(TRANSFORM spec_keys PREPEND ${spec_output}/keys/)
list(TRANSFORM spec_keys APPEND .hpp)

add_custom_command(
  OUTPUT ${spec_output}/tables.cpp ${spec_keys}
  COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/scripts/compile_specs.py
          ${PROJECT_SOURCE_DIR}/specs ${spec_output}
  DEPENDS ${spec_tables} ${PROJECT_SOURCE_DIR}/scripts/compile_specs.py
  COMMENT "Compiling the parameter tables"
  VERBATIM)
target_sources(athanor_spec PRIVATE ${spec_output}/tables.cpp ${spec_keys})
