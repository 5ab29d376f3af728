#pragma once

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

/// What datasets look like as text: what is written and read alike.
namespace weir::api
{

/// What of a request stands beside the messages in a line of fine-tuning.
inline constexpr std::string_view kept_members[] = {"tools", "parallel_tool_calls", "functions"};

/// Why these are no messages of a chat that ends with an answer; empty: they are.
std::string problem_with_messages(boost::json::value const* messages);

/// The columns of CSV.
inline constexpr std::string_view origin_column = "origin_request_id", request_column = "request_body",
                                  response_column = "response_body";

} // namespace weir::api
