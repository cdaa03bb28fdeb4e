#include "athanor/pretrained/import_weights.hpp"

#include <limits>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/pretrained/backbone_name.hpp"
#include "athanor/pretrained/norm_pairs.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::pretrained {

namespace {

using ::testing::HasSubstr;

constexpr const char* backbone_name = "resnet10";

/// A backbone whose norms are no identities.
std::shared_ptr<backbones::Backbone> seeded_backbone(std::int64_t classes,
                                                     std::string_view name = backbone_name) {
  torch::manual_seed(5);
  auto options = options_of_backbone(name).value();
  options.num_classes = classes;
  auto backbone = backbones::make_backbone(options).value();
  const torch::NoGradGuard no_grad;
  for (const auto& buffer : backbone->named_buffers()) {
    if (buffer.key().ends_with("running_mean")) {
      buffer.value().normal_(0, 0.1);
    } else if (buffer.key().ends_with("running_var")) {
      buffer.value().uniform_(0.5, 2);
    }
  }
  for (const auto& parameter : backbone->named_parameters()) {
    if (parameter.value().dim() == 1) {
      parameter.value().uniform_(0.5, 1.5);
    }
  }
  backbone->eval();
  return backbone;
}

/// Writes files and imports them.
class ImportWeights : public ::testing::Test {
 protected:
  void write(const tensor::NamedTensors& tensors) {
    ASSERT_TRUE(tensor::write_safetensors(file_, {tensors, {}}));
  }

  std::string refusal(std::string_view backbone = backbone_name) {
    const auto imported = import_weights(file_, backbone, folder_.path());
    return imported ? "imported" : imported.error().message;
  }

  Json manifest() { return parse_json(read_file(folder_.path() / manifest_file).value()).value(); }

  tensor::NamedTensors imported() {
    return tensor::read_safetensors(folder_.path() / weights_file).value().tensors;
  }

  testing::TempDir folder_;
  std::filesystem::path file_ = folder_.path() / "file";
};

void remove_tensor(tensor::NamedTensors& tensors, const std::string& name) {
  std::erase_if(tensors, [&name](const auto& each) { return each.name == name; });
}

torch::Tensor& value_of(tensor::NamedTensors& tensors, const std::string& name) {
  return std::ranges::find(tensors, name, &tensor::NamedTensor::name)->value;
}

TEST_F(ImportWeights, TakesABackbonesStateAsItIs) {
  const auto backbone = seeded_backbone(7);
  write(tensor::state_dict(*backbone));

  ASSERT_EQ(refusal(), "imported");

  const auto manifest = this->manifest();
  EXPECT_EQ(manifest.at("backbone"), "resnet10");
  EXPECT_EQ(manifest.at("format"), "safetensors");
  EXPECT_EQ(manifest.at("classes"), 7);
  EXPECT_EQ(manifest.at("notes"), Json::array());
  EXPECT_EQ(manifest.at("properties").at("arch"), "resnet");
  EXPECT_EQ(manifest.at("properties").at("n_layers"), 10);
  EXPECT_EQ(manifest.at("properties").at("preprocess_mode"), "torch");
  const auto tensors = imported();
  EXPECT_EQ(manifest.at("tensors"), tensors.size());
  EXPECT_TRUE(tensor::compare_state_dict(*backbone, tensors).complete());
  EXPECT_TRUE(value_of(const_cast<tensor::NamedTensors&>(tensors), "conv1.weight")
                  .equal(backbone->named_parameters()["conv1.weight"]));
}

TEST_F(ImportWeights, WidensHalves) {
  auto tensors = tensor::state_dict(*seeded_backbone(7));
  for (auto& [name, value] : tensors) {
    value = value.is_floating_point() ? value.to(torch::kFloat16) : value;
  }
  write(tensors);

  ASSERT_EQ(refusal(), "imported");

  for (const auto& [name, value] : imported()) {
    EXPECT_NE(value.scalar_type(), torch::kFloat16) << name;
  }
}

TEST_F(ImportWeights, MakesNormsOfTheBiasesIntoWhichTheyWereFolded) {
  const torch::NoGradGuard no_grad;
  const auto backbone = seeded_backbone(7);
  auto folded = tensor::state_dict(*backbone);
  for (auto& [name, value] : folded) {
    value = value.clone();
  }
  const auto pairs = norm_pairs_of(*backbone);
  ASSERT_EQ(fold_norms(folded, pairs), pairs.size());
  ASSERT_EQ(std::ranges::count_if(
                folded, [](const auto& each) { return each.name.ends_with("running_mean"); }),
            0);
  write(folded);

  ASSERT_EQ(refusal(), "imported");

  EXPECT_THAT(manifest().at("notes").at(0).get<std::string>(), HasSubstr("have to stay frozen"));
  const auto again = seeded_backbone(7);
  ASSERT_TRUE(tensor::load_state_dict(*again, imported()).complete());
  const auto pictures = torch::randn({2, 3, 64, 64});
  const auto expected = backbone->forward(pictures);
  EXPECT_LT((again->forward(pictures) - expected).abs().max().item<float>(),
            1e-3F * expected.abs().max().item<float>());
}

TEST_F(ImportWeights, TakesAFileWithoutAClassifier) {
  auto tensors = tensor::state_dict(*seeded_backbone(7));
  remove_tensor(tensors, "fc.weight");
  remove_tensor(tensors, "fc.bias");
  write(tensors);

  ASSERT_EQ(refusal(), "imported");

  EXPECT_EQ(manifest().at("classes"), 0);
}

TEST_F(ImportWeights, TakesEveryFamilyUnderItsName) {
  for (const auto* name : {"squeezenet1_0", "mobilenet_v2", "efficientnet_b0"}) {
    const auto backbone = seeded_backbone(7, name);
    write(tensor::state_dict(*backbone));

    ASSERT_EQ(refusal(name), "imported");

    EXPECT_EQ(manifest().at("backbone"), name);
    EXPECT_EQ(manifest().at("classes"), 7);
    EXPECT_EQ(manifest().at("notes"), Json::array());
    EXPECT_TRUE(tensor::compare_state_dict(*backbone, imported()).complete()) << name;
  }
}

TEST_F(ImportWeights, LeavesOutTheAuxiliaryClassifiersOfGooglenet) {
  const auto backbone = seeded_backbone(7, "googlenet");
  auto tensors = tensor::state_dict(*backbone);
  tensors.push_back({"aux1.conv.conv.weight", torch::ones({128, 512, 1, 1})});
  tensors.push_back({"aux2.fc2.bias", torch::ones({7})});
  write(tensors);

  ASSERT_EQ(refusal("googlenet"), "imported");

  EXPECT_EQ(manifest().at("notes"), Json::array({"left out the auxiliary classifiers"}));
  EXPECT_TRUE(tensor::compare_state_dict(*backbone, imported()).complete());
}

// Without its head, which is most of a vgg.
TEST_F(ImportWeights, TellsAVggWithBatchNormFromOneWithout) {
  write(tensor::state_dict(*seeded_backbone(0, "vgg16_bn")));

  EXPECT_THAT(refusal("vgg16"),
              ::testing::AllOf(HasSubstr("does not hold a vgg16: "),
                               HasSubstr("missing: features.2.weight"),
                               HasSubstr("unexpected: features.1.")));
  ASSERT_EQ(refusal("vgg16_bn"), "imported");
  EXPECT_EQ(manifest().at("classes"), 0);
  EXPECT_EQ(manifest().at("properties").at("use_batch_norm"), true);
}

TEST_F(ImportWeights, NamesWhatIsMissing) {
  auto tensors = tensor::state_dict(*seeded_backbone(7));
  remove_tensor(tensors, "layer2.0.conv1.weight");
  write(tensors);

  EXPECT_THAT(refusal(), HasSubstr("missing: layer2.0.conv1.weight"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / manifest_file));
}

TEST_F(ImportWeights, NamesWhatHasAnotherShape) {
  auto tensors = tensor::state_dict(*seeded_backbone(7));
  value_of(tensors, "layer1.0.conv1.weight") = torch::zeros({64, 64, 1, 1});
  write(tensors);

  EXPECT_THAT(refusal(),
              HasSubstr("layer1.0.conv1.weight: [64, 64, 1, 1] given, [64, 64, 3, 3] needed"));
}

TEST_F(ImportWeights, RefusesAnotherBackbonesFile) {
  write(tensor::state_dict(*seeded_backbone(7)));

  EXPECT_THAT(refusal("resnet18"),
              ::testing::AllOf(HasSubstr("does not hold a resnet18"), HasSubstr("layer1.1.conv1")));
}

TEST_F(ImportWeights, RefusesNumbersThatAreNotFinite) {
  auto tensors = tensor::state_dict(*seeded_backbone(7));
  auto broken = value_of(tensors, "bn1.weight").detach().clone();
  broken[3] = std::numeric_limits<float>::quiet_NaN();
  value_of(tensors, "bn1.weight") = broken;
  write(tensors);

  EXPECT_THAT(refusal(), HasSubstr("bn1.weight holds numbers that are not finite"));
}

TEST_F(ImportWeights, RefusesWhatIsNoWeightsAtAll) {
  ASSERT_TRUE(write_file_atomic(file_, "this is no file with weights"));

  EXPECT_THAT(refusal(), HasSubstr("neither a file of torch.save() nor safetensors"));
}

TEST(BackboneName, IsAnArchOrAnArchWithItsDepth) {
  EXPECT_EQ(options_of_backbone("resnet152")->n_layers, 152);
  for (const std::string_view name :
       {"", "18", "resnet", "resnet18x", "resnext50", "resnet1e9", "resnet99999999999999999999"}) {
    const auto options = options_of_backbone(name);
    EXPECT_TRUE(!options || name == "resnet") << name;
  }
  EXPECT_THAT(options_of_backbone("resnext50").error().message, HasSubstr("resnet"));
}

TEST(BackboneName, TellsThePicturesThatTheWeightsWereTrainedOn) {
  const auto properties = [](std::string_view name) {
    return properties_of(options_of_backbone(name).value());
  };
  EXPECT_EQ(properties("vgg16_bn").at("input_image_size"), "3,224,224");
  EXPECT_FALSE(properties("vgg16_bn").contains("resize_interpolation_method"));
  EXPECT_EQ(properties("efficientnet_b0").at("input_image_size"), "3,224,224");
  EXPECT_EQ(properties("efficientnet_b6").at("input_image_size"), "3,528,528");
  EXPECT_EQ(properties("efficientnet_b6").at("resize_interpolation_method"), "__BICUBIC__");
}

TEST(BackboneName, TellsWithAndWithoutBatchNormForVgg) {
  EXPECT_FALSE(options_of_backbone("vgg19")->use_batch_norm);
  EXPECT_TRUE(options_of_backbone("vgg19_bn")->use_batch_norm);
  EXPECT_EQ(options_of_backbone("vgg19_bn")->n_layers, 19);
}

TEST(BackboneName, OfASqueezenetIsThatOfTheFirst) {
  EXPECT_EQ(options_of_backbone("squeezenet1_0")->arch, "squeezenet");
  EXPECT_FALSE(options_of_backbone("squeezenet1_1"));
}

// torchvision's definitions; what the weights expect of pixels is in their transforms.
TEST(PropertiesOf, AreThePixelsAndTheEpsilonOfTheWeights) {
  struct Expected {
    const char* name;
    const char* preprocess_mode;
    double epsilon;
  };

  for (const auto& expected : {Expected{"resnet18", "torch", 1e-5},
                               Expected{"vgg16_bn", "torch", 1e-5},
                               Expected{"mobilenet_v2", "torch", 1e-5},
                               Expected{"googlenet", "tf", 1e-3},
                               Expected{"efficientnet_b0", "torch", 1e-5},
                               Expected{"efficientnet_b4", "torch", 1e-5},
                               Expected{"efficientnet_b5", "torch", 1e-3},
                               Expected{"efficientnet_b6", "torch", 1e-3}}) {
    const auto properties = properties_of(options_of_backbone(expected.name).value());

    EXPECT_EQ(properties.at("preprocess_mode"), expected.preprocess_mode) << expected.name;
    EXPECT_EQ(properties.at("batch_norm_epsilon"), expected.epsilon) << expected.name;
    EXPECT_EQ(properties.at("freeze_bn"), true) << expected.name;
  }
}

TEST(PropertiesOf, SayNothingOfNormsWhereThereAreNone) {
  EXPECT_FALSE(properties_of(options_of_backbone("squeezenet1_0").value()).contains("freeze_bn"));
  const auto vgg = properties_of(options_of_backbone("vgg16").value());
  EXPECT_EQ(vgg.at("use_batch_norm"), false);
  EXPECT_FALSE(vgg.contains("freeze_bn"));
}

}  // namespace

}  // namespace athanor::pretrained
