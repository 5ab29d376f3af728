#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Spans of traces, as OpenTelemetry and PromptLayer's clients send them. A trace may be closed: it then takes no more.
namespace weir::storage
{

class connection;

struct span {
    std::string trace_id, span_id;        ///< unique together within the organisation
    std::optional<std::string> parent_id; ///< another span's
    std::string name;
    std::string kind;                          ///< INTERNAL, SERVER, CLIENT, PRODUCER or CONSUMER
    std::int64_t started_ns = 0, ended_ns = 0; ///< since 1970 UTC
    std::string status;                        ///< OK, ERROR or UNSET
    std::optional<std::string> status_description;
    std::string attributes = "{}", events = "[]", links = "[]", resource = "{}"; ///< JSON
    std::optional<uuid> request;                                                 ///< the call that it tells of
};

struct stored_span : span {
    std::int64_t id = 0;
};

/// Keeps a span, in place of what was known of it; a call that it told of stays its own. Returns its id.
result<std::int64_t> put_span(connection& db, organization_id organization, span const& what, std::int64_t now_us);

/// errc::not_found when the organisation has no such span.
result<stored_span> find_span(connection& db, organization_id organization, std::string_view trace_id,
                              std::string_view span_id);

/// In the order in which they began, at most `most`; none when there is no such trace.
result<std::vector<stored_span>> list_spans(connection& db, organization_id organization, std::string_view trace_id,
                                            std::int64_t most);

/// From now on the trace takes no more spans.
result<void> close_trace(connection& db, organization_id organization, std::string_view trace_id, std::int64_t now_us);
result<bool> is_trace_closed(connection& db, organization_id organization, std::string_view trace_id);

} // namespace weir::storage
