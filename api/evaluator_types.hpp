#pragma once

#include "api/failure.hpp"
#include "api/services.hpp"
#include "api/types.hpp"
#include "storage/evaluators.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the endpoints of evaluators share.
namespace weir::api
{

struct evaluator_result {
    std::string id, created_at, scoring_type;
    raw_json llm_template;
    std::string organization_id, updated_at, name;
    raw_json code_template, last_mile_config;
};
BOOST_DESCRIBE_STRUCT(evaluator_result, (),
                      (id, created_at, scoring_type, llm_template, organization_id, updated_at, name, code_template,
                       last_mile_config))

evaluator_result shown(storage::evaluator const& one);
std::vector<evaluator_result> shown(std::vector<storage::evaluator> const& all);

struct evaluator_request {
    std::string evaluatorId;
};
BOOST_DESCRIBE_STRUCT(evaluator_request, (), (evaluatorId))

/// The id of an evaluator out of a path.
result<storage::uuid> read_evaluator_id(std::string const& text);

failure unknown_evaluator();
/// What to say of an error of the store's, where not_found means the evaluator.
failure evaluator_failure(boost::system::error_code why);

/// Why a text cannot be an evaluator's name; nothing if it can.
std::optional<failure> problem_with_evaluator_name(std::string_view field, std::string_view name);

/// What an evaluator is made of, read and checked: what is empty was not given. A judge's template is whatever JSON:
/// what it lacks is told when it is to score.
struct evaluator_parts {
    std::optional<std::string> name, scoring_type;
    std::optional<boost::json::value> llm_template, code_template, last_mile_config;
};
result<storage::evaluator_change> read_parts(evaluator_parts const& from, services const& with);

/// Why a declaration of a check or a command is none, under the name that the body has for it; nothing if it is one.
std::optional<failure> problem_with_check(std::string_view field, boost::json::value const& declaration,
                                          services const& with);

} // namespace weir::api
