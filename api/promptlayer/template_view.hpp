#pragma once

#include "api/failure.hpp"
#include "api/promptlayer/template_types.hpp"
#include "api/services.hpp"
#include "storage/prompt_blueprints.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>

/// Versions of prompts as PromptLayer's clients see them.
namespace weir::api::promptlayer
{

/// What a client may ask of a version beside the version.
struct template_wish {
    std::string identifier; ///< of the prompt: its name or number
    storage::version_choice which;
    bool resolves_snippets = true;
    bool with_llm_kwargs = true;
    std::optional<boost::json::object> input_variables; ///< none: texts stay templates
    std::string provider, model;                        ///< instead of the version's, where they are not empty
    boost::json::object model_parameter_overrides;
};

/// 404 for what is not there, 422 for what cannot be rendered.
boost::asio::awaitable<result<prompt_template_answer>> show_template(template_wish wish, services& with);

/// What is said of a prompt or version that is not there.
failure no_such_prompt(boost::system::error_code why);

} // namespace weir::api::promptlayer
