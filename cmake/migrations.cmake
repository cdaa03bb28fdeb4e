# src/athanor/store/migrations/NNNN_name.sql are compiled into athanor_store, in their order.

set(migrations_folder ${PROJECT_SOURCE_DIR}/src/athanor/store/migrations)
set(migrations_source ${PROJECT_BINARY_DIR}/generated/athanor/store/migration_list.cpp)
file(GLOB migration_files CONFIGURE_DEPENDS ${migrations_folder}/*.sql)
add_custom_command(
  OUTPUT ${migrations_source}
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${migrations_folder} -DOUTPUT=${migrations_source}
          -P ${PROJECT_SOURCE_DIR}/cmake/embed_migrations.cmake
  DEPENDS ${migration_files} ${PROJECT_SOURCE_DIR}/cmake/embed_migrations.cmake
  COMMENT "Embedding the database migrations"
  VERBATIM)
target_sources(athanor_store PRIVATE ${migrations_source})
