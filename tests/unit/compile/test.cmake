target_link_libraries(compile_test PRIVATE athanor_backbones athanor_export)
# Threads that spin while they wait for each other take ten times as long on a busy machine.
set(compile_test_properties ENVIRONMENT OMP_WAIT_POLICY=PASSIVE)
