#pragma once

#include "api/failure.hpp"
#include "api/prompt_types.hpp"
#include "api/services.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/describe/class.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Versions that are derived from others: of prompts by themselves, and as columns of experiments.
namespace weir::api
{

struct subversion_params {
    boost::json::value newHeliconeTemplate;
    std::optional<bool> isMajorVersion;
    std::optional<free_object> metadata;
    std::optional<std::string> experimentId, bumpForMajorPromptVersionId;
};
BOOST_DESCRIBE_STRUCT(subversion_params, (),
                      (newHeliconeTemplate, isMajorVersion, metadata, experimentId, bumpForMajorPromptVersionId))

/// Columns that an experiment may have.
inline constexpr std::int64_t most_experiment_versions = 100;

/// The keys of a template's inputs that an experiment is to know: those in their usual form.
result<std::vector<std::string>> read_plain_input_keys(boost::json::value const& content, std::string_view field);

/// Derives a version from `parent`, which has these keys. It is a column of the experiment that the parameters name, if
/// they name one, which then knows the keys, too.
boost::asio::awaitable<result<prompt_version_result>> derive_version(storage::uuid parent, subversion_params params,
                                                                     std::vector<std::string> keys, services& with);

/// An id out of a body.
result<storage::uuid> read_id(std::string_view field, std::string const& text);

} // namespace weir::api
