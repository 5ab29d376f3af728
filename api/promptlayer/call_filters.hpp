#pragma once

#include "api/failure.hpp"
#include "api/promptlayer/values.hpp"
#include "storage/call_filter.hpp"
#include "storage/call_search.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How PromptLayer's bodies say which calls they mean: the one place that makes storage's filters of them. What is
/// wrong is 422, named by its path.
namespace weir::api::promptlayer
{

/// `{"logic":"AND","filters":[…]}`, where a filter is a group, or `{"field","operator","value","nested_key"}`.
result<storage::call_filter> read_filter_group(boost::json::value const& group, std::string const& path);

enum class call_sort { request_start_time, input_tokens, output_tokens, cost, latency_ms, status };
BOOST_DESCRIBE_ENUM(call_sort, request_start_time, input_tokens, output_tokens, cost, latency_ms, status)

enum class sort_way { asc, desc };
BOOST_DESCRIBE_ENUM(sort_way, asc, desc)

/// What says which calls are meant, and in which order, where there are filter groups.
struct call_choice_params {
    std::optional<boost::json::value> filter_group;
    std::optional<std::string> q;
    std::optional<call_sort> sort_by;
    std::optional<sort_way> sort_order;
};
BOOST_DESCRIBE_STRUCT(call_choice_params, (), (filter_group, q, sort_by, sort_order))

result<storage::call_search> read_choice(call_choice_params const& params);

struct metadata_filter {
    std::string key;
    boost::json::value value;
};
BOOST_DESCRIBE_STRUCT(metadata_filter, (), (key, value))

struct score_filter {
    std::optional<std::string> name;
    std::string operator_;
    double value = 0;
};
BOOST_DESCRIBE_STRUCT(score_filter, (), (name, operator_, value))

struct template_filter {
    std::string name;
    std::optional<std::vector<std::int64_t>> version_numbers;
    std::optional<std::vector<std::string>> labels; ///< versions that have one of them now, beside those by number
};
BOOST_DESCRIBE_STRUCT(template_filter, (), (name, version_numbers, labels))

/// The flat form of the API's first age, with what later revisions added to it.
struct flat_filter_params {
    std::optional<std::string> q;
    std::optional<time_value> start_time, end_time;
    std::optional<std::vector<std::string>> tags, tags_and, tags_or;
    std::optional<std::vector<metadata_filter>> metadata, metadata_and, metadata_or;
    std::optional<std::vector<score_filter>> scores;
    std::optional<bool> starred;
    std::optional<template_filter> prompt_template;
    std::optional<std::vector<template_filter>> prompt_templates_include, prompt_templates_exclude;
    std::optional<std::vector<std::string>> status;
    std::optional<std::int64_t> id;
    std::optional<std::int64_t> limit;
    std::optional<call_sort> sort_by;
    std::optional<sort_way> sort_order;
};
BOOST_DESCRIBE_STRUCT(flat_filter_params, (),
                      (q, start_time, end_time, tags, tags_and, tags_or, metadata, metadata_and, metadata_or, scores,
                       starred, prompt_template, prompt_templates_include, prompt_templates_exclude, status, id, limit,
                       sort_by, sort_order))

/// Rows that one dataset takes at most.
inline constexpr std::int64_t most_dataset_rows = 50'000;

/// Templates are named, and one alone stands for its newest version where it does not say any: whoever asks the store
/// fills those in (`with_templates`).
struct flat_choice {
    storage::call_search search;
    std::optional<template_filter> prompt_template;
    std::vector<template_filter> any_of, none_of; ///< in any version, where they say none
};
result<flat_choice> read_flat_filter(flat_filter_params const& params);

/// The search with its templates, as they are now; errc::not_found when there is no such template. In a query.
storage::result<storage::call_search> with_templates(storage::connection& db, storage::organization_id whose,
                                                     flat_choice choice);

} // namespace weir::api::promptlayer
