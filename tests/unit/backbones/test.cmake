# The catalogue tells the server of the backbones.
target_link_libraries(backbones_test PRIVATE athanor_catalog)
set(backbones_test_shards 2)
