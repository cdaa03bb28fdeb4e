#include "athanor/preflight/classification.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/catalog/input_size.hpp"
#include "athanor/catalog/layer_kinds.hpp"
#include "athanor/preflight/backbone_rules.hpp"
#include "athanor/preflight/data_rules.hpp"
#include "athanor/preflight/spec_rules.hpp"
#include "athanor/spec/keys/classification.hpp"

namespace athanor::preflight::classification {

namespace {

namespace keys = spec::keys::classification;
namespace train = keys::train_config;

constexpr Bound training_bounds[] = {
    {train::n_epochs.path, 1},
    {train::batch_size_per_gpu.path, 1},
    {train::n_workers.path, 0},
    {train::label_smoothing.path, 0},
    {train::mixup_alpha.path, 0},
    {train::optimizer::sgd::lr.path, 0},
    {train::optimizer::sgd::decay.path, 0},
    {train::optimizer::sgd::momentum.path, 0},
    {train::optimizer::adam::lr.path, 0},
    {train::optimizer::adam::decay.path, 0},
    {train::optimizer::rmsprop::lr.path, 0},
    {train::optimizer::rmsprop::decay.path, 0},
};

constexpr Bound evaluation_bounds[] = {
    {keys::eval_config::batch_size.path, 1},
    {keys::eval_config::n_workers.path, 0},
    {keys::eval_config::top_k.path, 1},
};

/// sgd and step are always there by default; they count where none of these is given.
constexpr std::string_view other_optimisers[] = {train::optimizer::adam::self.path,
                                                 train::optimizer::rmsprop::self.path};
constexpr std::string_view other_schedules[] = {train::lr_config::soft_anneal::self.path,
                                                train::lr_config::cosine::self.path};

void check_numbers(const JobFacts& job, Faults& faults) {
  if (job.trains()) {
    check_bounds(job, training_bounds, faults);
  }
  if (job.trains() || job.action == "evaluate" || job.action == "inference") {
    check_bounds(job, evaluation_bounds, faults);
  }
}

void check_choices(const JobFacts& job, Faults& faults) {
  if (job.trains()) {
    check_one_of(job, other_optimisers, faults);
    check_one_of(job, other_schedules, faults);
  }
}

void check_decays(const JobFacts& job, Faults& faults) {
  check_nesterov(job, train::optimizer::sgd::nesterov, train::optimizer::sgd::momentum, faults);
  namespace adam = train::optimizer::adam;
  for (const auto& key : {adam::beta_1, adam::beta_2}) {
    const auto decay = job.trains() ? job.spec.find(key) : std::nullopt;
    if (decay && !(*decay >= 0 && *decay < 1)) {
      faults.add(
          key.path,
          fmt::format("{} is no decay of a running average; give one from 0 to below 1, such "
                      "as {}",
                      *decay,
                      key.path == adam::beta_1.path ? 0.9 : 0.999));
    }
  }
}

void check_schedule(const JobFacts& job, Faults& faults) {
  namespace anneal = train::lr_config::soft_anneal;
  if (!job.trains()) {
    return;
  }
  for (const auto& key : {anneal::soft_start, train::lr_config::cosine::soft_start}) {
    const auto share = job.spec.find(key);
    if (share && !(*share >= 0 && *share < 1)) {
      faults.add(key.path,
                 fmt::format("a warm-up of {} of the training never ends; give a part from 0 to "
                             "below 1",
                             *share));
    }
  }
  if (const auto points = job.spec.find(anneal::annealing_points)) {
    check_points(anneal::annealing_points.path,
                 *points,
                 job.spec.find(anneal::soft_start).value_or(0),
                 faults);
  }
}

void check_penalised_layers(const JobFacts& job, Faults& faults) {
  const auto& key = train::reg_config::scope;
  if (const auto scope = job.trains() ? job.spec.find(key) : std::nullopt) {
    faults.add_failure(key.path, catalog::parse_layer_kinds(*scope));
  }
}

/// The letters of the means are b, g and r for colour and l for grey.
void check_mean_channels(const JobFacts& job,
                         const std::vector<std::string>& channels,
                         Faults& faults) {
  const auto& key = train::image_mean::self;
  const auto size = catalog::parse_input_size(
      job.spec.find(keys::model_config::input_image_size).value_or("3,224,224"));
  if (!size) {
    return;
  }
  const std::string_view allowed = size->channels == 1 ? "l" : "bgr";
  std::set<std::string> seen;
  for (const auto& channel : channels) {
    if (channel.size() != 1 || allowed.find(channel) == std::string_view::npos) {
      faults.add(key.path,
                 fmt::format("\"{}\" is no channel of the {} pictures that input_image_size asks "
                             "for; use {}",
                             channel,
                             size->channels == 1 ? "grey" : "colour",
                             size->channels == 1 ? "l" : "b, g and r"));
    } else if (!seen.insert(channel).second) {
      faults.add(key.path, fmt::format("the channel {} has two means; keep one", channel));
    }
  }
}

void check_image_mean(const JobFacts& job, Faults& faults) {
  const auto& key = train::image_mean::self;
  const auto* given = job.spec.find(key);
  if (!job.trains() || given == nullptr || given->empty()) {
    return;
  }
  const auto means = read_named_numbers(job, key.path, faults);
  if (means.well_formed) {
    check_mean_channels(job, means.names, faults);
  }
  if (job.spec.find(train::preprocess_mode).value_or("caffe") != "caffe") {
    faults.add(key.path,
               "only preprocess_mode caffe subtracts a mean of your own; use it or leave this out");
  }
}

using Classes = std::vector<std::string>;

std::string label_column_of(const spec::SpecView& spec) {
  return spec.find(keys::athanor::label_column).value_or("");
}

/// The classes of a dataset: its class folders, or the values of the column. None where they are
/// not known; what is known to be wrong is added.
std::optional<Classes> classes_of(const DataFacts& data,
                                  const std::string& column,
                                  std::string_view role,
                                  Faults& faults) {
  if (data.format != "custom") {
    return data.classes ? std::optional(values_of(*data.classes)) : std::nullopt;
  }
  const auto* table =
      require_table(data, role, role == train_role ? train_table : eval_table, faults);
  if (table == nullptr || column.empty()) {
    return std::nullopt;
  }
  const auto found = table->columns.find(column);
  if (found == table->columns.end()) {
    faults.add(keys::athanor::label_column.path,
               fmt::format("{} of {} has no column \"{}\"; it has {}",
                           role == train_role ? train_table : eval_table,
                           role,
                           column,
                           fmt::join(columns_of(*table), ", ")));
    return std::nullopt;
  }
  return values_of(found->second);
}

bool is_custom(const DataFacts& data) {
  return data.format == "custom";
}

/// "; val.csv has shade, size": the end of a message about a column, where the table is known.
std::string columns_told(const DataFacts& data, std::string_view name) {
  if (!data.tables) {
    return "";
  }
  const auto table = data.tables->find(std::string(name));
  return table != data.tables->end() && !table->second.columns.empty()
             ? fmt::format("; {} has {}", name, fmt::join(columns_of(table->second), ", "))
             : "";
}

/// Tables have many columns, so that one has to be chosen.
void check_label_column(const JobFacts& job, Faults& faults) {
  if (!job.trains() || !label_column_of(job.spec).empty()) {
    return;
  }
  const auto custom = std::ranges::find_if(job.train, is_custom);
  if (custom == job.train.end() && !(job.eval && is_custom(*job.eval))) {
    return;
  }
  faults.add(keys::athanor::label_column.path,
             "format custom needs the name of the column that holds the class" +
                 (custom != job.train.end() ? columns_told(*custom, train_table)
                                            : columns_told(*job.eval, eval_table)));
}

/// A model that learned from class folders does not say which column of a table holds the class.
/// An evaluation can; a conversion has no parameter for it.
void add_missing_column(const JobFacts& job, Faults& faults) {
  constexpr std::string_view reason =
      "the model was trained on class folders, so that nothing tells which column of the custom "
      "eval_dataset holds the class";
  const auto columns = columns_told(*job.eval, eval_table);
  if (job.action == "evaluate") {
    faults.add(keys::athanor::label_column.path,
               fmt::format("{}; give its name{}", reason, columns));
  } else {
    faults.add(eval_role, fmt::format("{}; link a dataset with class folders{}", reason, columns));
  }
}

void check_top_k(const JobFacts& job, std::size_t classes, Faults& faults) {
  const auto& key = keys::eval_config::top_k;
  const auto top_k = job.spec.find(key).value_or(1);
  if (is_chosen(job, key.path) && top_k > static_cast<std::int64_t>(classes)) {
    faults.add(key.path,
               fmt::format("every picture is right among {} of {} classes; give {} at most",
                           top_k,
                           classes,
                           classes));
  }
}

void check_class_weights(const JobFacts& job, const Classes& classes, Faults& faults) {
  const std::string_view path = keys::athanor::class_weights.path;
  const auto weights = read_named_numbers(job, path, faults);
  if (!classes.empty()) {
    check_known_names(path, weights.names, classes, "class", faults);
  }
}

/// Evaluation data have the classes of the model, where these are known.
void check_eval_classes(const DataFacts& eval,
                        const std::string& column,
                        const std::optional<Classes>& known,
                        Faults& faults) {
  const auto own = classes_of(eval, column, eval_role, faults);
  if (!own || !known) {
    return;
  }
  if (is_custom(eval)) {
    check_values_known(*own, *known, eval_role, "class", faults);
  } else {
    check_same_names(*known, *own, eval_role, "class folder", faults);
  }
}

/// The classes of the first training dataset are those of the model.
void check_classes(const JobFacts& job, Faults& faults) {
  if (!job.trains()) {
    return;
  }
  const auto column = label_column_of(job.spec);
  std::optional<Classes> classes;
  for (std::size_t i = 0; i < job.train.size(); ++i) {
    const auto own = classes_of(job.train[i], column, train_role, faults);
    if (i == 0) {
      classes = own;
    } else if (classes && own && is_custom(job.train[i])) {
      check_values_known(*own, *classes, train_role, "class", faults);
    } else if (classes && own) {
      check_same_names(*classes, *own, train_role, "class folder", faults);
    }
  }
  check_class_weights(job, classes.value_or(Classes()), faults);
  if (!classes) {
    return;
  }
  if (classes->size() < 2) {
    faults.add(train_role,
               classes->empty()
                   ? "there are no labels; add class folders or rows with a class"
                   : fmt::format("there is one class alone, \"{}\"; add pictures of another",
                                 classes->front()));
  }
  check_top_k(job, classes->size(), faults);
  if (job.eval) {
    check_eval_classes(*job.eval, column, classes, faults);
  }
}

/// A model is measured on the classes of the training that it comes from, by the column of that
/// training unless the job has its own.
void check_measured_classes(const JobFacts& job, Faults& faults) {
  if (!job.measures() || !job.eval) {
    return;
  }
  auto column = label_column_of(job.spec);
  std::optional<Classes> known;
  if (job.origin) {
    const auto column_of_training = label_column_of(job.origin->spec);
    column = column.empty() ? column_of_training : column;
    if (column.empty() && is_custom(*job.eval)) {
      add_missing_column(job, faults);
      return;
    }
    if (!job.origin->data.empty()) {
      Faults of_training;  // Which tells them itself.
      known = classes_of(job.origin->data.front(), column_of_training, train_role, of_training);
    }
  }
  check_eval_classes(*job.eval, column, known, faults);
}

void check_import(const JobFacts& job, Faults& faults) {
  if (job.action == "export" && job.spec.find(keys::is_byom).value_or(false)) {
    faults.add(keys::is_byom.path,
               "true stands for an imported model of your own, and importing is not supported: set "
               "it to false");
  }
}

void check_batch_of_one(const JobFacts& job, Faults& faults) {
  check_single_pictures(job, train::batch_size_per_gpu.path, faults);
}

constexpr Rule all_rules[] = {
    check_numbers,
    check_backbone,
    check_input_size,
    check_frozen_blocks,
    check_activation,
    check_norm_momentum,
    check_batch_of_one,
    check_choices,
    check_decays,
    check_schedule,
    check_penalised_layers,
    check_image_mean,
    check_label_column,
    check_classes,
    check_measured_classes,
    check_import,
    check_pretrained,
    check_disk,
};

}  // namespace

std::span<const Rule> rules() {
  return all_rules;
}

}  // namespace athanor::preflight::classification
