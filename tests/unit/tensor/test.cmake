set(tensor_test_shards 2)
