#pragma once

#include "api/filter_types.hpp"
#include "api/types.hpp"
#include "storage/prompt_versions.hpp"
#include "storage/prompts.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the endpoints of prompts and of their versions share.
namespace weir::api
{

/// An object of whatever the client keeps there.
using free_object = keyed<boost::json::value>;

struct prompts_result {
    std::string id, user_defined_id;
    nullable<std::string> description, pretty_name;
    std::string created_at;
    std::int64_t major_version = 0;
    free_object metadata;
};
BOOST_DESCRIBE_STRUCT(prompts_result, (),
                      (id, user_defined_id, description, pretty_name, created_at, major_version, metadata))

struct prompt_result {
    std::string id, user_defined_id;
    nullable<std::string> description, pretty_name;
    std::int64_t major_version = 0;
    std::string latest_version_id, latest_model_used, created_at;
    nullable<std::string> last_used;
    std::vector<std::string> versions;
    free_object metadata;
};
BOOST_DESCRIBE_STRUCT(prompt_result, (),
                      (id, user_defined_id, description, pretty_name, major_version, latest_version_id,
                       latest_model_used, created_at, last_used, versions, metadata))

struct prompt_version_result {
    std::string id;
    std::int64_t minor_version = 0, major_version = 0;
    std::string prompt_v2; ///< the prompt's id
    std::string model;
    raw_json helicone_template;
    std::string created_at;
    free_object metadata;
    nullable<std::string> parent_prompt_version, experiment_id;
    std::string updated_at;
};
BOOST_DESCRIBE_STRUCT(prompt_version_result, (),
                      (id, minor_version, major_version, prompt_v2, model, helicone_template, created_at, metadata,
                       parent_prompt_version, experiment_id, updated_at))

/// Bytes of templates, or of inputs with bodies, in one answer.
inline constexpr std::size_t most_prompt_bytes = 64 * 1024 * 1024;

/// JSON as the store has it; null where it is none.
boost::json::value stored_json(std::string const& text);
/// The members of a stored object.
free_object stored_object(std::string const& text);
/// What is stored of a free object, with `more` in it.
std::string text_of(free_object const& from, boost::json::object more = {});

prompts_result shown(storage::prompt&& one);
prompt_result shown(storage::prompt_overview&& one);
prompt_version_result shown(storage::prompt_version&& one);

} // namespace weir::api
