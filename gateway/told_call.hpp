#pragma once

#include "gateway/errc.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::gateway
{

/// Names and values as headers have them.
using header_list = std::vector<std::pair<std::string, std::string>>;

/// A call that weir did not carry, as whoever made it tells of it (docs/logging.md).
struct told_call {
    std::string provider;                       ///< as told; empty: not said
    std::string url;                            ///< where it went, or whatever stands for that
    header_list headers;                        ///< `providerRequest.meta`: the Helicone-* ones among them count
    std::string request;                        ///< the body as JSON; empty: none
    std::string model_of_kind;                  ///< what stands for a model in a call of none; empty: look at the body
    std::string response;                       ///< the body: JSON, or the text that stands in its place
    std::string response_type;                  ///< the response's Content-Type, or what the text looks like
    int status = 0;                             ///< HTTP's, or one of storage::status
    std::string error_type, error_message;      ///< why it failed, where whoever made it says so
    std::optional<std::int64_t> cost_nanos;     ///< what it cost, where they know better than the price table
    std::int64_t started_us = 0, ended_us = 0;  ///< not after now, and in this order
    std::optional<std::int64_t> first_token_us; ///< since the start
};

/// Reads what Helicone calls an AsyncLog; a refusal names what is wrong by its path. `now_us` stands for times that are
/// not told.
boost::system::result<told_call, refusal> read_told_call(std::string_view json, std::int64_t now_us);

} // namespace weir::gateway
