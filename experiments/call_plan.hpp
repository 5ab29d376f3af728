#pragma once

#include "storage/runs.hpp"

#include <string>
#include <string_view>

/// Where a run is sent, and what: docs/experiments.md has the rules.
namespace weir::experiments
{

struct call_plan {
    std::string provider; ///< weir's id of it
    std::string target;   ///< of the gateway
    std::string body;     ///< JSON
    std::string problem;  ///< why there is no call to make; empty: there is
};

/// The call that a run stands for: its template filled, with its hypothesis's model, not streamed; to `key_provider`,
/// if that is not empty, else to the provider of the model.
call_plan plan_call(storage::begun_run const& run, std::string const& key_provider);

/// Whether a provider's or a model's name can be a part of a path.
bool can_stand_in_path(std::string_view name);

/// The provider whose models have such names; empty when nothing can be told.
std::string provider_of_model(std::string_view model);

} // namespace weir::experiments
