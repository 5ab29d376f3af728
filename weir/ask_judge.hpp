#pragma once

#include "api/services.hpp"
#include "experiments/evaluation_worker.hpp"

namespace weir
{

/// Asks a judge for the admin side; what the judge refuses is a failure that says why.
boost::asio::awaitable<api::result<std::string>> ask_judge(experiments::evaluation_worker& with,
                                                           api::judge_question question);

} // namespace weir
