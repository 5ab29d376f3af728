#pragma once

#include "storage/request_record.hpp"

#include <boost/json/value.hpp>

#include <string>

/// How a judge is asked: by a chat completion through the gateway, which says whose evaluator it is for.
namespace weir::experiments
{

struct judge_call {
    storage::organization_id organization{};
    std::string evaluator;   ///< its name
    boost::json::value body; ///< a chat request of OpenAI's form, an object

    /// The provider of the request's model; OpenAI where that says nothing.
    std::string provider() const;
};

/// The gateway's path for chat requests of OpenAI's form to a provider.
std::string chat_target(std::string const& provider);

/// The field that keeps a judge's call from being scored itself.
std::string evaluator_field(std::string const& evaluator);

} // namespace weir::experiments
