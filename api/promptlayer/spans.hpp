#pragma once

#include "api/promptlayer/tracking.hpp"
#include "api/services.hpp"
#include "storage/spans.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::api::promptlayer
{

/// A span as it came, and the call that it tells of, if it does. Its texts were checked.
struct told_span {
    storage::span what;
    std::optional<call_to_track> call;
};

struct kept_span {
    storage::stored_span what;
    std::optional<std::int64_t> request; ///< PromptLayer's id of its call
};

struct kept_spans {
    std::vector<kept_span> kept;
    std::vector<std::string> rejected_spans, rejected_traces; ///< of traces that are closed
};

/// Keeps spans, all in one transaction, and tracks their calls. A call whose prompt is not known is left out, and so is
/// one that was tracked when its span came before.
boost::asio::awaitable<result<kept_spans>> keep_spans(std::vector<told_span> spans, bool closes_traces, services& with);

inline constexpr std::size_t longest_span_id = 64, longest_span_name = 1024, longest_resource = 64 * 1024;

} // namespace weir::api::promptlayer
