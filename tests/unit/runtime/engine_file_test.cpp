#include "athanor/runtime/engine_file.hpp"

#include "support/temp_dir.hpp"
#include "unit/runtime/model_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::runtime {

namespace {

using ::testing::HasSubstr;
using testing::ModelMaker;
using testing::noise;

/// One of everything that a file can hold.
EngineModel full_model() {
  ModelMaker maker;
  const auto x = maker.input({open_batch, 4, 8, 8});
  const auto weights = maker.constant(noise({4, 4, 3, 3}, 1));
  const Convolution same{.pad_begin = {1, 1}, .pad_end = {1, 1}};
  const auto a = maker.layer(same, {x, weights}, {Elementwise{Function::clip, 0, 6}});
  const auto b = maker.layer(same, {a, weights}, {AddValue{a}, Elementwise{}});
  const auto pooled = maker.layer(Pool{PoolKind::average, {2, 2}, {2, 2}}, {b});
  const auto both = maker.layer(Concat{1}, {pooled, pooled});
  const auto cut = maker.layer(Slice{1, 2, 6}, {both});
  const auto sum = maker.layer(Binary{Arithmetic::subtract}, {cut, pooled});
  const auto mean = maker.layer(Mean{{2, 3}}, {sum});
  const auto turned = maker.layer(Transpose{{0, 2, 3, 1}}, {mean});
  const auto flat = maker.layer(Reshape{{open_batch, 4}}, {turned});
  const auto gate = maker.layer(Elementwise{Function::sigmoid}, {flat});
  const auto matrix = maker.constant(noise({5, 4}, 2));
  const auto logits = maker.layer(Linear{}, {gate, matrix});
  const auto product = maker.layer(MatMul{}, {logits, maker.constant(noise({5, 5}, 3))});
  maker.output(maker.layer(Softmax{1, true}, {product}));
  maker.model().metadata = {{"classes", "[\"cat\"]"}};
  return maker.model();
}

TEST(EngineFile, GivesBackWhatWasWritten) {
  const auto model = full_model();

  const auto read = parse_engine_file(render_engine_file(model));

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->values, model.values);
  EXPECT_EQ(read->layers, model.layers);
  EXPECT_EQ(read->inputs, model.inputs);
  EXPECT_EQ(read->outputs, model.outputs);
  EXPECT_EQ(read->metadata, model.metadata);
  EXPECT_EQ(read->weights, model.weights);
  EXPECT_EQ(read->machine, model.machine);
  EXPECT_EQ(read->max_batch, model.max_batch);
}

TEST(EngineFile, IsRefusedWhenAnyPartIsDamaged) {
  const auto bytes = render_engine_file(full_model());
  for (const std::size_t place : {0UL, 9UL, 13UL, 17UL, 30UL, 95UL, bytes.size() - 1}) {
    auto damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    EXPECT_FALSE(parse_engine_file(damaged)) << "byte " << place;
  }
  for (const std::size_t length : {0UL, 7UL, 87UL, 88UL, 500UL, bytes.size() - 1}) {
    EXPECT_FALSE(parse_engine_file(bytes.substr(0, length))) << length << " bytes";
  }
  EXPECT_FALSE(parse_engine_file(bytes + "x"));
}

TEST(EngineFile, OfAnotherProcessorIsRefusedWithTheMend) {
  auto model = full_model();
  model.machine.isa = "avx10";

  const auto read = parse_engine_file(render_engine_file(model));

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::unsupported);
  EXPECT_THAT(read.error().message, HasSubstr("avx10"));
  EXPECT_THAT(read.error().message, HasSubstr("anew with convert"));
}

TEST(EngineFile, OfAnotherFormatVersionIsRefusedWithTheMend) {
  auto bytes = render_engine_file(full_model());
  bytes[8] = 9;

  const auto read = parse_engine_file(bytes);

  EXPECT_EQ(read.error().code, ErrorCode::unsupported);
  EXPECT_THAT(read.error().message, HasSubstr("anew with convert"));
}

TEST(EngineFile, ThatContradictsItselfIsRefused) {
  auto model = full_model();
  model.layers[0].inputs[0] = 77;

  EXPECT_THAT(parse_engine_file(render_engine_file(model)).error().message,
              HasSubstr("layer layer0"));
}

TEST(EngineFile, RefusesDescriptionsWithWrongMembers) {
  const auto sound = description_of(full_model());
  ASSERT_TRUE(model_from_description(sound));
  for (const auto* path : {"machine", "threads", "tensors", "layers", "inputs", "outputs"}) {
    auto json = sound;
    json[path] = "something else";
    EXPECT_FALSE(model_from_description(json)) << path;
  }
  auto huge = sound;
  huge["max_batch"] = 18446744073709551615U;
  EXPECT_FALSE(model_from_description(huge));
  auto unknown = sound;
  unknown["layers"][0]["operation"] = "magic";
  EXPECT_THAT(model_from_description(unknown).error().message, HasSubstr("magic"));
}

TEST(Engine, IsLoadedFromAFileAndNamesItInErrors) {
  const athanor::testing::TempDir folder;
  const auto path = folder.path() / "model.engine";
  ASSERT_TRUE(write_file_atomic(path, render_engine_file(full_model())));

  const auto engine = Engine::load(path);

  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ(engine->inputs(), (std::vector<Port>{{"tensor0", {open_batch, 4, 8, 8}}}));
  EXPECT_EQ(engine->outputs().front().shape, (Shape{open_batch, 5}));
  EXPECT_EQ(engine->precision(), Precision::fp32);
  EXPECT_EQ(engine->layers()[1].operation, "convolution + add + relu");

  ASSERT_TRUE(write_file_atomic(path, "no engine"));
  EXPECT_THAT(Engine::load(path).error().message, HasSubstr("model.engine: this is no engine"));
}

}  // namespace

}  // namespace athanor::runtime
