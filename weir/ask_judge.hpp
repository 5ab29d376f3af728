#pragma once

#include "api/services.hpp"
#include "experiments/evaluation_worker.hpp"

namespace weir
{

/// Asks a judge for the admin side; what the judge refuses is a failure that says why.
boost::asio::awaitable<api::result<std::string>> ask_judge(experiments::evaluation_worker& with,
                                                           api::judge_question question);

/// Runs a command for the admin side; one that gives no score is a failure that says why.
boost::asio::awaitable<api::result<evaluation::score>> run_command(experiments::evaluation_worker& with,
                                                                   evaluation::command_wish what,
                                                                   evaluation::subject about);

} // namespace weir
