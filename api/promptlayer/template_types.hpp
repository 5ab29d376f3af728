#pragma once

#include "api/types.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What the endpoints of templates share.
namespace weir::api::promptlayer
{

struct snippet_use {
    std::string prompt_name;
    std::int64_t version = 0;
    nullable<std::string> label;
};
BOOST_DESCRIBE_STRUCT(snippet_use, (), (prompt_name, version, label))

/// Where the client is to send its calls to a provider.
struct provider_base_url {
    std::int64_t id = 1;
    std::string name, provider, url;
};
BOOST_DESCRIBE_STRUCT(provider_base_url, (), (id, name, provider, url))

struct prompt_template_answer {
    bool success = true;
    std::int64_t id = 0;
    std::string prompt_name;
    std::int64_t version = 0;
    std::int64_t workspace_id = 1;
    boost::json::value prompt_template;
    nullable<boost::json::value> metadata;
    nullable<std::string> commit_message;
    std::vector<std::string> tags;
    std::string created_at;
    std::vector<snippet_use> snippets;
    std::optional<nullable<boost::json::value>> llm_kwargs;
    std::optional<promptlayer::provider_base_url> provider_base_url;
    std::optional<std::string> warning;
};
BOOST_DESCRIBE_STRUCT(prompt_template_answer, (),
                      (success, id, prompt_name, version, workspace_id, prompt_template, metadata, commit_message, tags,
                       created_at, snippets, llm_kwargs, provider_base_url, warning))

struct external_id_value {
    std::string source, external_id;
};
BOOST_DESCRIBE_STRUCT(external_id_value, (), (source, external_id))

struct published_template_answer {
    std::int64_t id = 0;
    std::string prompt_name;
    std::int64_t prompt_version_id = 0, version_number = 0;
    std::vector<std::string> tags, release_labels;
    boost::json::value prompt_template;
    nullable<boost::json::value> metadata;
    nullable<std::string> commit_message;
    std::vector<external_id_value> external_ids;
};
BOOST_DESCRIBE_STRUCT(published_template_answer, (),
                      (id, prompt_name, prompt_version_id, version_number, tags, release_labels, prompt_template,
                       metadata, commit_message, external_ids))

inline constexpr std::size_t longest_prompt_name = 512, longest_label = 512, longest_commit_message = 72,
                             most_labels = 100, most_external_ids = 100, longest_source = 128,
                             longest_external_id = 512;

} // namespace weir::api::promptlayer
