set(engine_test_shards 3)
