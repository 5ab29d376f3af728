#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// An experiment as it stands in a file; docs/experiments.md has the keys.
namespace weir::experiments
{

namespace json = boost::json;

/// What is compared: a prompt and the model that it is sent to.
struct variant {
    std::string name, model;
    json::value content;                ///< a chat request with placeholders; null when `version` says which
    std::optional<std::string> version; ///< of a prompt in the record
};

struct evaluator_wish {
    std::string name;
    std::optional<std::string> id; ///< of one in the record; the rest is empty then
    std::string scoring_type;
    json::value llm_template;  ///< null: it is a check
    json::value code_template; ///< null: it is a judge
};

struct experiment_file {
    std::string name;
    std::optional<std::string> dataset; ///< of the record
    std::vector<json::object> rows;     ///< texts by key
    std::vector<variant> variants;      ///< the first one is the baseline
    std::vector<evaluator_wish> evaluators;
};

/// Reads one. On failure none, and `problem` names the file, the key and what it must be. Files that it names are
/// beside it.
std::optional<experiment_file> read_experiment_file(std::string const& path, std::string& problem);

/// `{{key}}` as the placeholders that prompts have, in all strings of a value.
json::value with_placeholders(json::value const& value);

} // namespace weir::experiments
