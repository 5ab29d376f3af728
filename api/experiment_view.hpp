#pragma once

#include "api/experiment_scores.hpp"
#include "api/failure.hpp"
#include "api/types.hpp"
#include "storage/experiment_tables.hpp"
#include "storage/experiments.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Experiments of the first kind with all that they have, as Helicone's API shows them.
namespace weir::api
{

struct response_obj {
    raw_json body;
    std::string createdAt;
    nullable<std::int64_t> completionTokens, promptTokens, promptCacheWriteTokens, promptCacheReadTokens;
    nullable<double> delayMs;
    std::string model;
};
BOOST_DESCRIBE_STRUCT(response_obj, (),
                      (body, createdAt, completionTokens, promptTokens, promptCacheWriteTokens, promptCacheReadTokens,
                       delayMs, model))

struct request_obj {
    std::string id, provider;
};
BOOST_DESCRIBE_STRUCT(request_obj, (), (id, provider))

struct dataset_input_record {
    std::string id, requestId, requestPath;
    std::vector<std::pair<std::string, std::string>> inputs;
    std::vector<boost::json::value> autoInputs;
    nullable<response_obj> response;
    nullable<request_obj> request;
};
BOOST_DESCRIBE_STRUCT(dataset_input_record, (), (id, requestId, requestPath, inputs, autoInputs, response, request))

struct experiment_dataset_row {
    std::string rowId;
    nullable<dataset_input_record> inputRecord;
    std::int64_t rowIndex = 0; ///< in the experiment's table; of a row that is in none, in the dataset
    std::string columnId;      ///< of its inputs in that table; empty when it is in none
    score_entries scores;
};
BOOST_DESCRIBE_STRUCT(experiment_dataset_row, (), (rowId, inputRecord, rowIndex, columnId, scores))

struct experiment_dataset {
    std::string id, name;
    std::vector<experiment_dataset_row> rows;
};
BOOST_DESCRIBE_STRUCT(experiment_dataset, (), (id, name, rows))

struct version_template {
    raw_json template_;
};
BOOST_DESCRIBE_STRUCT(version_template, (), (template_))

struct hypothesis_run_obj {
    std::string datasetRowId, resultRequestId;
    std::optional<response_obj> response;
    std::optional<request_obj> request;
    score_entries scores;
};
BOOST_DESCRIBE_STRUCT(hypothesis_run_obj, (), (datasetRowId, resultRequestId, response, request, scores))

struct hypothesis_obj {
    std::string id, promptVersionId, model, status, createdAt;
    nullable<std::string> providerKey;
    std::optional<version_template> promptVersion, parentPromptVersion;
    std::vector<hypothesis_run_obj> runs;
};
BOOST_DESCRIBE_STRUCT(hypothesis_obj, (),
                      (id, promptVersionId, model, status, createdAt, providerKey, promptVersion, parentPromptVersion,
                       runs))

struct dataset_scores {
    score_entries scores;
};
BOOST_DESCRIBE_STRUCT(dataset_scores, (), (scores))

struct run_scores {
    std::int64_t runsCount = 0;
    score_entries scores;
};
BOOST_DESCRIBE_STRUCT(run_scores, (), (runsCount, scores))

struct experiment_scores {
    dataset_scores dataset;
    run_scores hypothesis;
};
BOOST_DESCRIBE_STRUCT(experiment_scores, (), (dataset, hypothesis))

struct experiment {
    std::string id, organization;
    experiment_dataset dataset;
    raw_json meta;
    std::string createdAt;
    std::vector<hypothesis_obj> hypotheses;
    nullable<experiment_scores> scores;
    nullable<std::string> tableId;
};
BOOST_DESCRIBE_STRUCT(experiment, (), (id, organization, dataset, meta, createdAt, hypotheses, scores, tableId))

/// What is to be shown beside the rest.
struct experiment_parts {
    bool inputs = false, versions = false, bodies = false, scores = false;
};

/// Shows experiments one after the other. What all together may have is bounded.
class experiment_view
{
public:
    experiment_view(storage::connection& db, storage::organization_id whose, std::string organization,
                    experiment_parts parts)
        : db_(db)
        , whose_(whose)
        , organization_(std::move(organization))
        , parts_(parts)
    {
    }

    /// errc::conflict when what is shown would become more than one answer may have.
    result<experiment> show(storage::experiment const& one);

private:
    /// A call that is shown, or counted, if it is in the record.
    struct known_calls;

    result<void> take(std::size_t things);
    result<std::map<std::string, storage::table_row>> places_in(std::optional<storage::uuid> const& table);
    result<std::vector<experiment_dataset_row>> rows_of(storage::experiment const& one, known_calls& sources);
    result<hypothesis_obj> hypothesis_of(storage::hypothesis const& one, known_calls& results);
    result<dataset_input_record> input_record(storage::uuid const& id, std::string const& inputs,
                                              std::string const& auto_inputs, storage::request_row const& source);
    result<response_obj> response_of(storage::request_row const& call);

    storage::connection& db_;
    storage::organization_id const whose_;
    std::string const organization_;
    experiment_parts const parts_;
    std::size_t things_ = 0;                         ///< rows and runs so far
    std::size_t bytes_ = 0;                          ///< of inputs and templates
    std::size_t room_for_bodies_ = 32 * 1024 * 1024; ///< bytes; bodies behind are null
};

} // namespace weir::api
