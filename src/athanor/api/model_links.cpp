#include "athanor/api/model_links.hpp"

#include <string_view>

#include <fmt/format.h>

#include "athanor/catalog/datasets.hpp"
#include "athanor/catalog/networks.hpp"

namespace athanor::api {

namespace {

auto refused(std::string_view field, std::string_view why) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("Provided {} cannot be added: {}", field, why));
}

Status check_dataset(Services& services,
                     const store::ModelRecord& model,
                     std::string_view field,
                     Uuid id,
                     bool needs_labels) {
  const auto dataset = services.store.datasets().get(model.user_id, id);
  if (!dataset) {
    return dataset.error().code == ErrorCode::not_found
               ? Status(refused(field, fmt::format("there is no dataset {}", id.to_string())))
               : Status(fail(dataset.error()));
  }
  const auto* network = catalog::find_network(model.network_arch);
  if (dataset->type != network->dataset_type) {
    return refused(field,
                   fmt::format("{} takes {} datasets, this one is {}",
                               model.network_arch,
                               network->dataset_type,
                               dataset->type));
  }
  if (needs_labels && !catalog::has_labels(dataset->format)) {
    return refused(field, fmt::format("a {} dataset has no labels", dataset->format));
  }
  return {};
}

Status apply_link(Services& services,
                  const store::ModelRecord& model,
                  std::string_view field,
                  const LinkChange& change,
                  bool needs_labels,
                  std::optional<Uuid>& target) {
  if (!change.given) {
    return {};
  }
  target.reset();
  for (const auto& id : change.ids) {
    ATHANOR_CHECK_OK(check_dataset(services, model, field, id, needs_labels));
    target = id;
  }
  return {};
}

Status apply_train_links(Services& services, const LinkChange& change, store::ModelRecord& model) {
  if (!change.given) {
    return {};
  }
  for (const auto& id : change.ids) {
    ATHANOR_CHECK_OK(check_dataset(services, model, "train_datasets", id, true));
  }
  model.train_datasets = change.ids;
  return {};
}

Status apply_ptm(Services& services, const LinkChange& change, store::ModelRecord& model) {
  if (!change.given) {
    return {};
  }
  model.ptm.reset();
  for (const auto& id : change.ids) {
    const auto pretrained = services.store.models().get(model.user_id, id, true);
    if (!pretrained) {
      return pretrained.error().code == ErrorCode::not_found
                 ? Status(refused("ptm", fmt::format("there is no model {}", id.to_string())))
                 : Status(fail(pretrained.error()));
    }
    if (pretrained->network_arch != model.network_arch) {
      return refused("ptm", fmt::format("it is of the network {}", pretrained->network_arch));
    }
    model.ptm = id;
  }
  return {};
}

}  // namespace

Result<ModelLinks> parse_links(const BodyFields& fields) {
  ModelLinks links;
  ATHANOR_TRY(links.ptm, fields.link("ptm"));
  ATHANOR_TRY(links.train, fields.links("train_datasets"));
  ATHANOR_TRY(links.eval, fields.link("eval_dataset"));
  ATHANOR_TRY(links.inference, fields.link("inference_dataset"));
  ATHANOR_TRY(links.calibration, fields.link("calibration_dataset"));
  return links;
}

Status apply_links(Services& services, const ModelLinks& links, store::ModelRecord& model) {
  ATHANOR_CHECK_OK(apply_train_links(services, links.train, model));
  ATHANOR_CHECK_OK(
      apply_link(services, model, "eval_dataset", links.eval, true, model.eval_dataset));
  ATHANOR_CHECK_OK(apply_link(
      services, model, "inference_dataset", links.inference, false, model.inference_dataset));
  ATHANOR_CHECK_OK(apply_link(
      services, model, "calibration_dataset", links.calibration, false, model.calibration_dataset));
  return apply_ptm(services, links.ptm, model);
}

}  // namespace athanor::api
