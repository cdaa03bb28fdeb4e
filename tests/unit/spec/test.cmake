# Its files are small and each declares a table of its own.
set_target_properties(spec_test PROPERTIES UNITY_BUILD OFF)
